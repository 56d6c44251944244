/** Deliveries that reach every branch of a training run, forged and outdated ones among them. */
import fc from "fast-check";
import { type Address, address } from "../../kernel/address.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { micros } from "../../kernel/duration.ts";
import { pick, type Seed } from "../../kernel/entropy.ts";
import { tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import { quantise, writeQuantised } from "../../kernel/quantise.ts";
import { writePayload } from "./payload.ts";
import type { TrainingInput } from "./state.ts";

export const own = address("training", "e.training");
const edge = address("edge", "e");
const ledger = address("ledger", "main");
const trainer = address("port", "trainer");
const rounds = address("port", "rounds");

/** Every delivery carries this entropy, so that tokens can be told in advance. */
export const entropy = 7 as Seed;
export const tokenOf = (attempt: number): number => pick(entropy, attempt, 0x1_0000_0000);

const usualInput = fc.record({
  training: fc.constant(own),
  edge: fc.constant(edge),
  ledger: fc.constantFrom(ledger, ledger, null),
  requester: fc.constant(address("contributor", "commons")),
  demand: fc.constantFrom(null, null, 4),
  rounds: fc.integer({ min: 1, max: 3 }),
  workers: fc.integer({ min: 1, max: 3 }),
  steps: fc.constant(8),
  stepMflop: fc.constant(1_000),
  memoryMib: fc.constant(1),
  boxUs: fc.constant(1_000_000),
  canary: fc.boolean(),
  theta: fc.constant([0.5, -0.25]),
  reference: fc.constantFrom(null, null, { plan: "p".repeat(64), parameters: 2 }),
  limits: fc.constant(tiny),
});
export const trainingInput: fc.Arbitrary<TrainingInput> = fc
  .tuple(usualInput, fc.constantFrom({}, {}, { owners: 1 }, { owners: 2 }))
  .map(([usual, few]) => ({ ...usual, ...few }));

interface Letter {
  readonly from: Address;
  readonly message: Message;
}
const letter = (from: Address, message: object): Letter => ({ from, message: message as Message });
const amount = fc.bigInt(0n, 2_000_000_000n).map(nanoVcu);

const update = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 2 })
  .map((row) => writeQuantised(quantise(Float64Array.from(row))));
const payload = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.integer({ min: 2, max: 9 }), update) },
  { weight: 1, arbitrary: fc.constant([1, "00"] as const) },
  { weight: 4, arbitrary: fc.constant([8, `blob:${"0".repeat(64)}`] as const) },
);

const result = fc
  .record({ round: fc.nat({ max: 3 }), n: fc.nat({ max: 3 }), payload, isForged: fc.boolean() })
  .map(({ round, n, payload: [steps, text], isForged }) =>
    letter(address("node", `n${n}`), {
      type: "ResultReported",
      task: `e.training.${round}`,
      attempt: `e.training.${round}.${n}`,
      token: isForged && n === 0 ? 1 : tokenOf(n),
      owner: address("contributor", `c${n}`),
      digest: "",
      payload: writePayload(steps, text),
    }),
  );
const lost = fc.record({ round: fc.nat({ max: 3 }), n: fc.nat({ max: 3 }) }).map(({ round, n }) => {
  const task = `e.training.${round}`;
  return letter(edge, { type: "AttemptLost", task, attempt: `${task}.${n}`, reason: "expired" });
});
const referenceValue = (what: string) =>
  what === "try" ? { state: "5".repeat(64), used: 1 } : { contents: ["blob:a", "blob:b"] };
const outcome = fc
  .record({
    what: fc.constantFrom("publish", "publish", "try"),
    round: fc.nat({ max: 3 }),
    ok: fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
    losses: fc.array(fc.nat({ max: 3_000_000 }), { maxLength: 3 }),
    byReference: fc.boolean(),
  })
  .map(({ what, round, ok, losses, byReference }) =>
    letter(byReference ? rounds : trainer, {
      type: "PortOutcome",
      port: byReference ? "rounds" : "trainer",
      key: `${own}/${what}/${round}`,
      outcome: ok
        ? {
            ok,
            value: byReference ? referenceValue(what) : { losses: what === "try" ? losses : [] },
          }
        : { ok, reason: "unreachable", retryable: true },
    }),
  );
const standing = fc.record({ balance: amount, earned: amount, spent: amount, rate: amount });
const word = fc.oneof(
  standing.map((of) => letter(ledger, { type: "Reserved", standing: of, onDebt: false })),
  amount.map((of) => letter(ledger, { type: "JobClosed", spent: of, refunded: of })),
);
const rare = fc.oneof(
  amount.map((of) =>
    letter(ledger, {
      type: "ReserveRefused",
      reason: "insufficient-credit",
      rule: "a rule with its numbers",
      have: of,
      need: of,
    }),
  ),
  fc.constant(letter(address("port", "operator"), { type: "EndTraining" })),
  fc
    .constantFrom(
      "admissionTerm.training.opening",
      "roundTerm.training.collecting",
      "roundTerm.training.collecting",
      "roundPatience.training.collecting",
    )
    .map((name) => letter(own, { type: `xstate.after.${name}` })),
);

/** One delivery; a history is an array of them. */
export const trainingDelivery: fc.Arbitrary<Delivery> = fc
  .record({
    letter: fc.oneof(
      { weight: 5, arbitrary: word },
      { weight: 20, arbitrary: outcome },
      { weight: 24, arbitrary: result },
      { weight: 4, arbitrary: lost },
      { weight: 4, arbitrary: rare },
    ),
    atUs: fc.nat().map(micros),
  })
  .map(({ letter: { from, message }, atUs }) => {
    const id = `${from}#1` as MessageId;
    return { type: message.type, id, atUs, entropy, from, message };
  });
