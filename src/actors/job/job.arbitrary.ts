/** Deliveries that reach every branch of a job, forged and outdated ones among them. */
import fc from "fast-check";
import { type Address, address } from "../../kernel/address.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { micros } from "../../kernel/duration.ts";
import { pick, type Seed } from "../../kernel/entropy.ts";
import { tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import type { JobMessage } from "./messages.ts";
import type { JobInput } from "./state.ts";

const requester = address("contributor", "alice");
const edge = address("edge", "e");
const ledger = address("ledger", "main");
const verifier = address("verifier", "main");
const job = address("job", "e.alice.0");

/** Every delivery carries this entropy, so that tokens can be told in advance. */
const entropy = 7 as Seed;

export const jobInput: fc.Arbitrary<JobInput> = fc.record({
  job: fc.constant(job),
  requester: fc.constant(requester),
  edge: fc.constant(edge),
  ledger: fc.constantFrom(ledger, ledger, ledger, null),
  verifier: fc.constantFrom(verifier, verifier, null),
  commons: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
  demand: fc.nat({ max: 3 }),
  tasks: fc.array(fc.nat({ max: 100_000 }), { maxLength: 3 }),
  inputBytes: fc.nat({ max: 9 }),
  outputBytes: fc.nat({ max: 9 }),
  memoryMib: fc.nat({ max: 9 }),
  executions: fc.integer({ min: 1, max: 2 }),
  limits: fc.constant(tiny),
});

interface Letter {
  readonly from: Address;
  readonly message: Message;
}
const letter = (usual: Address, message: fc.Arbitrary<JobMessage>): fc.Arbitrary<Letter> => {
  const forger = fc.constant(address("contributor", "forger"));
  const from = fc.oneof(
    { weight: 15, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: forger },
  );
  return fc.record({ from, message });
};
const type = <const T extends string>(name: T) => fc.constant(name);
const amount = fc.bigInt(0n, 2_000_000_000n).map(nanoVcu);
const task = fc.nat({ max: 2 }).map((index) => `e.alice.0.${index}`);

const result = fc
  .record({
    index: fc.nat({ max: 2 }),
    attempt: fc.nat({ max: 5 }),
    /** Draw that made the token: the job draws from 0 on in each step. */
    draw: fc.nat({ max: 5 }),
    owner: fc.nat({ max: 3 }),
    digest: fc.constantFrom("good", "good", "good", "bad"),
  })
  .map(
    ({ index, attempt, draw, owner, digest }): Letter => ({
      from: address("node", `n${owner}`),
      message: {
        type: "ResultReported",
        task: `e.alice.0.${index}`,
        attempt: `e.alice.0.${index}.${attempt}`,
        token: pick(entropy, draw, 0x1_0000_0000),
        owner: address("contributor", `c${owner}`),
        digest,
        payload: "",
      } as Message,
    }),
  );
const lost = fc
  .record({
    index: fc.nat({ max: 2 }),
    attempt: fc.nat({ max: 5 }),
    reason: fc.constantFrom("not-taken", "expired", "abandoned", "killed"),
  })
  .map(({ index, attempt, reason }): Letter => {
    const id = `e.alice.0.${index}`;
    const message = { type: "AttemptLost", task: id, attempt: `${id}.${attempt}`, reason };
    return { from: edge, message };
  });
const verdict = letter(
  verifier,
  fc.record({
    type: type("Verdict"),
    task,
    verdict: fc.constantFrom("accepted", "accepted", "accepted", "more", "more", "rejected"),
    digest: fc.constantFrom("good", "bad"),
    executions: fc.nat({ max: 2 }),
  }),
);
const reserved = letter(
  ledger,
  fc.record({
    type: type("Reserved"),
    standing: fc.record({ balance: amount, earned: amount, spent: amount, rate: amount }),
    onDebt: fc.boolean(),
  }),
);
const refused = letter(
  ledger,
  fc.record({
    type: type("ReserveRefused"),
    reason: fc.constantFrom("in-probation", "insufficient-credit"),
    rule: fc.constant("a rule with its numbers"),
    have: amount,
    need: amount,
  }),
);
const closed = letter(
  ledger,
  fc.record({ type: type("JobClosed"), spent: amount, refunded: amount }),
);
const cancelled = letter(requester, fc.record({ type: type("CancelJob") }));
const term: fc.Arbitrary<Letter> = fc
  .constantFrom("admissionTerm.job.submitted", "jobTerm.job.admitted")
  .map((name) => ({ from: job, message: { type: `xstate.after.${name}` } }));

/** One delivery; a history is an array of them. */
export const jobDelivery: fc.Arbitrary<Delivery> = fc
  .record({
    letter: fc.oneof(
      { weight: 4, arbitrary: reserved },
      { weight: 30, arbitrary: result },
      { weight: 8, arbitrary: lost },
      { weight: 10, arbitrary: verdict },
      { weight: 2, arbitrary: closed },
      { weight: 1, arbitrary: refused },
      { weight: 1, arbitrary: cancelled },
      { weight: 1, arbitrary: term },
    ),
    atUs: fc.nat().map(micros),
  })
  .map(({ letter: { from, message }, atUs }) => {
    const id = `${from}#1` as MessageId;
    return { type: message.type, id, atUs, entropy, from, message };
  });
