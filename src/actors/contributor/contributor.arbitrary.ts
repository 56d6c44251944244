/** Deliveries that reach every branch of the contributor, forged and outdated ones among them. */
import fc from "fast-check";
import { type Address, address, portAddress } from "../../kernel/address.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import { tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import { type ContributorMessage, JobFailureReason, RefusalReason } from "./messages.ts";
import type { ContributorInput } from "./state.ts";

const ledger = address("ledger", "main");
const edges = [address("edge", "a"), address("edge", "b")];

const inputOf = (gate: ContributorInput["gate"], rest = {}): ContributorInput => ({
  edges,
  ledger,
  nodes: [address("node", "n1"), address("node", "n2")],
  limits: tiny,
  gate,
  ...rest,
});
export const contributorInput: fc.Arbitrary<ContributorInput> = fc.constantFrom(
  inputOf("credit"),
  inputOf("credit", { earns: true }),
  inputOf("account"),
  inputOf("open"),
);

interface Letter {
  readonly from: Address;
  readonly message: Message;
}
const letter = (
  usual: fc.Arbitrary<Address>,
  message: fc.Arbitrary<ContributorMessage>,
): fc.Arbitrary<Letter> => {
  const forger = fc.constant(address("contributor", "forger"));
  const from = fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: forger });
  return fc.record({ from, message });
};
const type = <const T extends string>(name: T) => fc.constant(name);

const demand = fc.nat({ max: 3 });
const count = fc.nat({ max: 9 });
const amount = fc.bigInt(0n, 2_000_000_000n).map(nanoVcu);
const edge = fc.constantFrom(...edges);
const job = fc.constant(address("job", "j1"));
const fromLedger = fc.constant(ledger);

const demandArrived = letter(
  fc.constant(portAddress("requester")),
  fc.record({
    type: type("DemandArrived"),
    demand,
    tasks: fc.array(count, { maxLength: 2 }),
    inputBytes: count,
    outputBytes: count,
    memoryMib: count,
    contents: fc.constantFrom(null, ["blob:a", "blob:b"]),
  }),
);
const trainingWanted = letter(
  fc.constant(portAddress("requester")),
  fc.record({
    type: type("TrainingWanted"),
    demand,
    run: fc.constant({
      plan: "p".repeat(64),
      parameters: 2,
      rounds: 1,
      workers: 1,
      steps: 8,
      stepMflop: 1,
      memoryMib: 1,
      boxUs: 1_000,
      canary: false,
    }),
  }),
);
const withdrawn = letter(
  fc.constant(portAddress("requester")),
  fc.record({
    type: type("DemandWithdrawn"),
    job: fc.oneof(job, fc.constant(address("training", "e.c1-1"))),
  }),
);
const nodesChanged = letter(
  fc.constant(portAddress("requester")),
  fc.record({
    type: type("NodesChanged"),
    nodes: fc.array(fc.constantFrom(address("node", "n1"), address("node", "n3")), {
      maxLength: 3,
    }),
  }),
);
const pong = letter(edge, fc.record({ type: type("Pong"), probe: count }));
const opened = letter(
  fromLedger,
  fc.record({ type: type("AccountOpened"), sequence: fc.constant(1) }),
);
const changed = letter(
  fromLedger,
  fc.record({
    type: type("StandingChanged"),
    sequence: count,
    state: fc.constantFrom("probation", "active", "suspended", "revoked"),
    credential: fc.constantFrom("none", "valid", "lapsed"),
    rule: fc.constant("a rule with its numbers"),
    wrongLeft: count,
    balance: amount,
    earned: amount,
    validResults: count,
    wrongResults: count,
    evidence: fc.array(fc.constantFrom("t1", "t2"), { maxLength: 2 }),
  }),
);
const refused = letter(
  edge,
  fc.record({
    type: type("JobRefused"),
    demand,
    reason: fc.constantFrom(...RefusalReason.literals),
    rule: fc.constant("a rule with its numbers"),
    have: amount,
    need: amount,
  }),
);
const settled = letter(
  job,
  fc.record({ type: type("JobSettled"), demand, job, spent: amount, refunded: amount }),
);
const failed = letter(
  job,
  fc.record({
    type: type("JobFailed"),
    demand,
    job,
    reason: fc.constantFrom(...JobFailureReason.literals),
    spent: amount,
    refunded: amount,
  }),
);
const corrected = letter(
  fc.constant(address("verifier", "v")),
  fc.record({
    type: type("ResultCorrected"),
    task: fc.constant("e.1.0"),
    content: fc.constant("c1"),
    digest: fc.constant("good"),
  }),
);
const earningEnded: Letter = {
  from: address("contributor", "c1"),
  message: { type: "EarningEnded" },
};
const probeTerm: Letter = {
  from: address("contributor", "c1"),
  message: { type: "xstate.after.probeTerm.contributor.applicant.probing" },
};

/** One delivery; a history is an array of them. */
export const contributorDelivery: fc.Arbitrary<Delivery> = fc
  .record({
    letter: fc.oneof(
      { weight: 4, arbitrary: demandArrived },
      { weight: 3, arbitrary: pong },
      { weight: 3, arbitrary: opened },
      { weight: 5, arbitrary: changed },
      trainingWanted,
      withdrawn,
      nodesChanged,
      refused,
      settled,
      failed,
      corrected,
      fc.constant(earningEnded),
      fc.constant(probeTerm),
    ),
    atUs: fc.nat().map(micros),
    entropy: fc.nat({ max: 0xffffffff }).map((word) => word as Seed),
  })
  .map(({ letter: { from, message }, atUs, entropy }) => {
    const id = `${from}#1` as MessageId;
    return { type: message.type, id, atUs, entropy, from, message };
  });
