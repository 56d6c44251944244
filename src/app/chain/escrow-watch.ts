/** What escrow commands ask of a gateway: which result it verified, and that it looks at once. */
import { asked } from "../job/asked.ts";
import { CommandError } from "../outcome.ts";
import type { Here, Shown } from "./act.ts";
import type { KnownEscrow } from "./escrow-terms.ts";
import type { ChainFlags } from "./hand.ts";

interface AskedAt extends ChainFlags {
  readonly url?: string;
}

interface Watched {
  readonly shown: Shown;
  readonly flags: AskedAt;
  /** What is said while no verdict is decided; else what the network says. */
  readonly soon?: string;
}

/** Hash of the result that the network verified of the escrow's job; throws where it has none. */
export async function verifiedBy(
  here: Here,
  { escrow }: KnownEscrow,
  { job, flags }: { readonly job: string; readonly flags: AskedAt },
): Promise<string> {
  const status = await asked(flags, (pingo) => pingo.status(job));
  const at = here.text(escrow.address);
  if (status.escrow?.address !== at) {
    const paid = status.escrow === null ? "no escrow" : `the escrow ${status.escrow.address}`;
    throw bad(`job ${job} is paid by ${paid}, and these terms are of ${at}; name the other job`);
  }
  if (status.result !== null) return status.result;
  const then = status.endedUs === null ? `pingo job wait ${job}` : `pingo job explain ${job}`;
  throw bad(`job ${job} is ${status.state} and has no verified result to submit; see ${then}`);
}

const bad = (message: string) => new CommandError(message, { code: "escrow", field: "job" });

/**
 * The same, and whether the network watches the escrow now. What was sent was sent, so a gateway
 * that is away or that refuses is told and is no failure.
 */
export async function withWatch(
  here: Here,
  { escrow }: KnownEscrow,
  { shown, flags, soon }: Watched,
): Promise<Shown> {
  const { json, lines } = shown;
  try {
    const fate = await asked(flags, (pingo) => pingo.watchEscrow(here.text(escrow.address)));
    const what = fate.state === "watched" ? (soon ?? fate.what) : fate.what;
    const watch = { state: fate.state, verdict: fate.verdict, what };
    return { json: { ...json, watch }, lines: [...lines, `  ${what}`] };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const what = `No network watches it yet: ${error.message}. Tell one by the same command.`;
    const watch = { state: "unwatched", verdict: null, what };
    return { json: { ...json, watch }, lines: [...lines, `  ${what}`] };
  }
}
