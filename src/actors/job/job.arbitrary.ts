/** Deliveries that reach every branch of a job, forged and outdated ones among them. */
import fc from "fast-check";
import { type Address, address } from "../../kernel/address.ts";
import type { ChartState } from "../../kernel/chart.ts";
import { commitmentTo } from "../../kernel/commitment.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import { tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import type { JobMessage, ResultCommitted, ResultReported } from "./messages.ts";
import { type JobContext, type JobInput, taskId } from "./state.ts";

const requester = address("contributor", "alice");
const edge = address("edge", "e");
const ledger = address("ledger", "main");
const verifier = address("verifier", "main");
const job = address("job", "e.0");

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
  contents: fc.constantFrom(null, null, ["again 0", "again 1", "again 2"]),
  exclude: fc.constantFrom([], [address("contributor", "proven")]),
  limits: fc.constant(tiny),
});

interface Letter {
  readonly from: Address;
  readonly message: Message;
}
/** Writes a letter to a job with this memory. */
type Write = (context: JobContext) => Letter;

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
const someTask = fc.nat({ max: 2 }).map((index) => `e.0.${index}`);

/** An attempt of the job's memory, told by its number among those that are open. */
interface Known {
  readonly task: string;
  readonly attempt: string;
  readonly token: number;
  readonly owner: Address;
  readonly node: Address;
}

function knownAttempt(context: JobContext, n: number): Known {
  const all = context.tasks.entries().flatMap(([index, { open }]) =>
    open.map(({ attempt, token, sealed }): Known => {
      const by = Number.parseInt(attempt.slice(-2), 16) % 5;
      const owner = sealed?.owner ?? address("contributor", `c${by}`);
      const node = sealed?.node ?? address("node", `n${by}`);
      return { task: taskId(context.input, index), attempt, token, owner, node };
    }),
  );
  const none: Known = {
    task: "e.0.0",
    attempt: "e.0.0.x",
    token: 1,
    owner: requester,
    node: address("node", "n9"),
  };
  return all[n % Math.max(1, all.length)] ?? none;
}

/** Mostly right: some have another's token, another's digest, or another's name. */
const flaw = fc.constantFrom("", "", "", "", "", "", "", "token", "digest", "sender");
const which = fc.nat({ max: 11 });
const digest = fc.constantFrom("good", "good", "good", "bad");

const committed = fc.record({ which, flaw, digest }).map(
  (drawn): Write =>
    (context) => {
      const { task, attempt, token, owner, node } = knownAttempt(context, drawn.which);
      const commit = commitmentTo({ worker: owner, task, token, digest: drawn.digest });
      const message: ResultCommitted = {
        type: "ResultCommitted",
        task,
        attempt,
        token: drawn.flaw === "token" ? token + 1 : token,
        owner,
        commit: drawn.flaw === "digest" ? "copied" : commit,
      };
      return { from: node, message };
    },
);
const result = fc.record({ which, flaw, digest }).map(
  (drawn): Write =>
    (context) => {
      const { task, attempt, token, owner, node } = knownAttempt(context, drawn.which);
      const message: ResultReported = {
        type: "ResultReported",
        task,
        attempt,
        token: drawn.flaw === "token" ? token + 1 : token,
        owner,
        digest: drawn.digest,
        payload: "",
      };
      const from = drawn.flaw === "sender" ? address("node", "forger") : node;
      return { from, message };
    },
);
const reason = fc.constantFrom("not-taken", "expired", "abandoned", "killed");
const lost = fc.record({ which, reason }).map(
  (drawn): Write =>
    (context) => {
      const { task, attempt } = knownAttempt(context, drawn.which);
      const message = { type: "AttemptLost", task, attempt, reason: drawn.reason };
      return { from: edge, message };
    },
);
const slow = which.map(
  (n): Write =>
    (context) => {
      const { task, attempt } = knownAttempt(context, n);
      return { from: edge, message: { type: "AttemptSlow", task, attempt } as Message };
    },
);
const due = which.map(
  (n): Write =>
    (context) => {
      const { task, attempt } = knownAttempt(context, n);
      return { from: job, message: { type: "RevealDue", task, attempt } as Message };
    },
);
const verdict = letter(
  verifier,
  fc.record({
    type: type("Verdict"),
    task: someTask,
    verdict: fc.constantFrom("accepted", "accepted", "accepted", "more", "more", "rejected"),
    digest: fc.constantFrom("good", "bad"),
    executions: fc.nat({ max: 2 }),
    agreed: fc.constant([]),
    wrong: fc.constant([]),
  }),
);
const weighed = letter(
  verifier,
  fc.record({
    type: type("Weighed"),
    task: someTask,
    more: fc.constantFrom(0, 0, 0, 1, 2),
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

const plain = (letters: fc.Arbitrary<Letter>): fc.Arbitrary<Write> =>
  letters.map((one) => () => one);

/** One delivery to a job in this state; a history is an array of them. */
export const jobLetter: fc.Arbitrary<(state: ChartState<JobContext>) => Delivery> = fc
  .record({
    write: fc.oneof(
      { weight: 4, arbitrary: plain(reserved) },
      { weight: 24, arbitrary: committed },
      { weight: 24, arbitrary: result },
      { weight: 6, arbitrary: lost },
      { weight: 3, arbitrary: slow },
      { weight: 4, arbitrary: due },
      { weight: 12, arbitrary: plain(weighed) },
      { weight: 10, arbitrary: plain(verdict) },
      { weight: 2, arbitrary: plain(closed) },
      { weight: 1, arbitrary: plain(refused) },
      { weight: 1, arbitrary: plain(cancelled) },
      { weight: 1, arbitrary: plain(term) },
    ),
    atUs: fc.nat().map(micros),
    entropy: fc.nat({ max: 0xffffffff }).map((word) => word as Seed),
  })
  .map(({ write, atUs, entropy }) => ({ context }) => {
    const { from, message } = write(context);
    const id = `${from}#1` as MessageId;
    return { type: message.type, id, atUs, entropy, from, message };
  });
