import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { address } from "../../kernel/address.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import type { MessageId } from "../../kernel/message.ts";
import { quorum } from "../../policies/verification/quorum.ts";
import { Verdict } from "../job/messages.ts";
import type { VerifierMessage } from "./messages.ts";
import { verifierDelivery } from "./verifier.arbitrary.ts";
import { makeVerifier } from "./verifier.ts";

const verifier = makeVerifier({ policy: quorum, params: { agree: 2, limit: 4 } });

/** A Judge of results given as text, one letter a digest, each of its own node and owner. */
function judgeOf(digests: string): Delivery<VerifierMessage> {
  const from = address("job", "j1");
  const results = digests.split("").map((digest, n) => ({
    attempt: `t1.${n}`,
    node: address("node", `n${n}`),
    owner: address("contributor", `c${n}`),
    digest,
  }));
  const message = { type: "Judge", task: "t1", results } as const;
  const rest = { id: `${from}#1` as MessageId, atUs: micros(0), entropy: 0 as Seed };
  return { ...rest, type: message.type, from, message };
}

describe("Verifier", () => {
  test.each([
    ["", { verdict: "more", digest: "", executions: 2 }],
    ["a", { verdict: "more", digest: "", executions: 1 }],
    ["ab", { verdict: "more", digest: "", executions: 1 }],
    ["aba", { verdict: "accepted", digest: "a", executions: 0 }],
    ["abcd", { verdict: "rejected", digest: "", executions: 0 }],
  ])("answers results %j with the policy's judgement", (digests, verdict) => {
    const { commands } = verifier.step(verifier.init({}).state, judgeOf(digests));
    const message = { type: "Verdict", task: "t1", ...verdict };
    expect(commands).toEqual([{ command: "Reply", message }]);
  });

  test("learns from what was accepted and not before", () => {
    const { state } = verifier.init({});
    expect(verifier.step(state, judgeOf("ab")).state).toBe(state);
    const learned = verifier.step(state, judgeOf("aba")).state.context.policy;
    expect(learned.entries()).toEqual([
      ["node/n0", { valid: 1, wrong: 0 }],
      ["node/n1", { valid: 0, wrong: 1 }],
      ["node/n2", { valid: 1, wrong: 0 }],
    ]);
  });

  test("any history: goes on from its JSON, and sends what schemas say", () => {
    const encode = Schema.encodeSync(verifier.State);
    const decode = Schema.decodeSync(verifier.State);
    const isWellFormed = Schema.is(Verdict, { onExcessProperty: "error" });
    const property = fc.property(fc.array(verifierDelivery, { maxLength: 20 }), (deliveries) => {
      let { state } = verifier.init({});
      for (const delivery of deliveries) {
        const restored = decode(JSON.parse(JSON.stringify(encode(state))));
        const again = verifier.step(restored, delivery);
        const step = verifier.step(state, delivery);
        expect(again.commands).toEqual(step.commands);
        expect(encode(again.state)).toEqual(encode(step.state));
        for (const command of step.commands) {
          if (command.command === "Reply") expect(isWellFormed(command.message)).toBe(true);
        }
        state = step.state;
      }
    });
    fc.assert(property, { numRuns: 100 });
  });
});
