/** What became of an escrow's verdict, in a word for programs and a sentence for people. */
import type { EscrowFate } from "../../adapters/http/escrow-shapes.ts";
import type { JobEscrow } from "./job-records.ts";
import type { EscrowFacts } from "./network-handle.ts";

type Told = Pick<EscrowFate, "state" | "verdict" | "what">;
type Over = Extract<EscrowFacts, { readonly at: "over" }>;

export function fateInWords({ text }: JobEscrow, facts: EscrowFacts): EscrowFate {
  return { address: text, ...told(facts) };
}

function told(facts: EscrowFacts): Told {
  if (facts === null) {
    const what = "This network does not remember the escrow; pingo chain escrow status shows it.";
    return { state: "unknown", verdict: null, what };
  }
  return facts.at === "over" ? toldOver(facts) : toldOpen(facts);
}

function toldOpen({ known, verdict: under }: Exclude<EscrowFacts, Over | null>): Told {
  const { verdict, verified, refusals } = known;
  if (verdict === null) {
    const what =
      verified === ""
        ? "The escrow is watched: what its worker submits is judged by the result of its job, " +
          "and is wrong where none is verified by the middle of the judging time."
        : "The result is verified: the escrow pays once its worker submits it (pingo chain " +
          "escrow submit).";
    return { state: "watched", verdict, what };
  }
  if (under === "sent") {
    return { state: "sent", verdict, what: `The verdict "${verdict}" is on its way to the chain.` };
  }
  const again =
    refusals === 0 ? "" : `, which refused it ${refusals} times (see the network's log)`;
  return {
    state: "wanted",
    verdict,
    what: `The verdict "${verdict}" waits for the chain${again}.`,
  };
}

const settled = {
  good: 'The verdict "good" landed: the escrow paid its worker, and gave the bond back.',
  wrong: 'The verdict "wrong" landed: the price went back to the client, the bond to the pool.',
} as const;

function toldOver({ end, verdict }: Over): Told {
  switch (end) {
    case "settled":
      return { state: end, verdict, what: verdict === null ? "It is settled." : settled[verdict] };
    case "over":
      return {
        state: end,
        verdict,
        what: "The escrow ended without a verdict of this network: by its own time, or by others.",
      };
    case "late":
      return {
        state: end,
        verdict,
        what: "Its judging time was over before a verdict landed: anybody may expire it now.",
      };
    case "refused":
      return {
        state: end,
        verdict,
        what: "The chain did not take the verdict; the network's log has its words.",
      };
  }
}
