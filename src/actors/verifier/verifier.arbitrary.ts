/** Deliveries for the verifier: few owners and digests, so that votes agree, split and repeat. */
import fc from "fast-check";
import { address } from "../../kernel/address.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import type { MessageId } from "../../kernel/message.ts";
import type { VerifierMessage } from "./messages.ts";
import type { VerifierInput } from "./state.ts";

const ledger = address("ledger", "main");

const name = (kind: string) => fc.integer({ min: 1, max: 5 }).map((n) => address(kind, `x${n}`));
const results = fc.uniqueArray(
  fc.record({
    attempt: fc.nat({ max: 99 }).map((n) => `t1.${n}`),
    node: name("node"),
    owner: name("contributor"),
    digest: fc.constantFrom("a", "a", "b", "b", "c", "c", "withheld t1.7"),
  }),
  { maxLength: 9, selector: ({ attempt }) => attempt },
);

const work = fc.record({
  content: fc.constantFrom("c1", "c2", "c3"),
  mflop: fc.nat({ max: 9 }),
  memoryMib: fc.constantFrom(0, 4),
  inputBytes: fc.constant(1),
  outputBytes: fc.constant(2),
  requester: name("contributor"),
  commons: fc.boolean(),
  edge: fc.constantFrom(address("edge", "a"), address("edge", "b")),
});

export const verifierInput: fc.Arbitrary<VerifierInput> = fc.constantFrom(
  { ledger },
  { ledger },
  { ledger: null },
);

const judge = fc.record({
  type: fc.constant("Judge" as const),
  task: fc.constantFrom("t1", "t2"),
  work,
  results,
});
const weigh = fc.record({
  type: fc.constant("Weigh" as const),
  task: fc.constantFrom("t1", "t2"),
  content: fc.constantFrom("c1", "c2", "c3"),
  owners: fc.uniqueArray(name("contributor"), { maxLength: 5 }),
});
const reexamine = fc.record({
  type: fc.constant("Reexamine" as const),
  owner: name("contributor"),
  task: fc.constantFrom("t1", "t2"),
});

/** One delivery; a history is an array of them. */
export const verifierDelivery: fc.Arbitrary<Delivery<VerifierMessage>> = fc
  .record({
    message: fc.oneof(
      { weight: 5, arbitrary: judge },
      { weight: 2, arbitrary: weigh },
      { weight: 1, arbitrary: reexamine },
    ),
    isForged: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    atUs: fc.nat().map(micros),
    entropy: fc.nat({ max: 0xffffffff }).map((word) => word as Seed),
  })
  .map(({ message, isForged, atUs, entropy }) => {
    const from = message.type !== "Reexamine" || isForged ? address("job", "j1") : ledger;
    const rest = { id: `${from}#1` as MessageId, atUs, entropy, from };
    return { type: message.type, ...rest, message } as Delivery<VerifierMessage>;
  });
