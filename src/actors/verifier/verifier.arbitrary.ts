/** Deliveries for the verifier: few owners and digests, so that votes agree, split and repeat. */
import fc from "fast-check";
import { address } from "../../kernel/address.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import type { MessageId } from "../../kernel/message.ts";
import type { Judge, VerifierMessage } from "./messages.ts";

const name = (kind: string) => fc.integer({ min: 1, max: 5 }).map((n) => address(kind, `x${n}`));
const results = fc.uniqueArray(
  fc.record({
    attempt: fc.nat({ max: 99 }).map((n) => `t1.${n}`),
    node: name("node"),
    owner: name("contributor"),
    digest: fc.constantFrom("a", "b", "c"),
  }),
  { maxLength: 9, selector: ({ attempt }) => attempt },
);

/** One delivery; a history is an array of them. */
export const verifierDelivery: fc.Arbitrary<Delivery<VerifierMessage>> = fc
  .record({
    task: fc.constantFrom("t1", "t2"),
    results,
    atUs: fc.nat().map(micros),
    entropy: fc.nat({ max: 0xffffffff }).map((word) => word as Seed),
  })
  .map(({ task, results: some, atUs, entropy }) => {
    const from = address("job", "j1");
    const message: Judge = { type: "Judge", task, results: some };
    return { type: message.type, id: `${from}#1` as MessageId, atUs, entropy, from, message };
  });
