/**
 * Histories that reach every branch of an edge. A letter is written when its turn comes, because
 * most of what nodes and jobs say is about attempts that the edge has handed out before.
 */
import fc from "fast-check";
import { type Address, address, idOf, portAddress } from "../../kernel/address.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { micros } from "../../kernel/duration.ts";
import { mix32, type Seed } from "../../kernel/entropy.ts";
import { tiny } from "../../kernel/limits.ts";
import type { MessageId } from "../../kernel/message.ts";
import type { EdgeMessage, PlaceTask } from "./messages.ts";
import type { EdgeContext, EdgeInput } from "./state.ts";

const edge = address("edge", "e");

export const edgeInput: fc.Arbitrary<EdgeInput> = fc.record({
  edge: fc.constant(edge),
  ledger: fc.constant(address("ledger", "main")),
  verifier: fc.constantFrom(address("verifier", "main"), null),
  limits: fc.constant({ ...tiny, queuedPerEdge: 6 }),
  executions: fc.integer({ min: 1, max: 2 }),
  commons: fc.record({
    mode: fc.constantFrom("off", "probation", "idle"),
    taskMflop: fc.constant(1_000),
    tasksPerJob: fc.integer({ min: 1, max: 3 }),
  }),
  gate: fc.constantFrom("credit", "open"),
});

interface Letter {
  readonly from: Address;
  readonly message: EdgeMessage;
}
/** Writes letter number n to an edge in this state. */
type Writer = (context: EdgeContext, n: number) => Letter;

const node = fc.nat({ max: 4 }).map((n) => address("node", `n${n}`));
const any = fc.nat({ max: 1_000 });

function oneOf<T>(all: ReadonlyArray<T>, choice: number): T | undefined {
  return all[choice % Math.max(1, all.length)];
}

const join = fc
  .record({
    from: node,
    owner: fc.nat({ max: 3 }),
    slots: fc.nat({ max: 2 }),
    young: fc.boolean(),
    network: fc.constantFrom("", "", "", "10.0.0", "10.0.1"),
  })
  .map(
    ({ from, owner, slots, young, network }): Writer =>
      () => ({
        from,
        message: {
          type: "Join",
          owner: address("contributor", `c${owner}`),
          slots,
          slotMflops: 1_000,
          rttUs: 1_000,
          probation: young,
          network,
        },
      }),
  );

const word = fc
  .record({
    from: node,
    message: fc.constantFrom<EdgeMessage>(
      { type: "NodePaused" },
      { type: "NodeResumed" },
      { type: "NodeResumed" },
      { type: "NodeStanding", probation: true },
      { type: "NodeStanding", probation: false },
      { type: "NodeLeft", reason: "stopping" },
      { type: "NodeLeft", reason: "drained" },
      { type: "Ping", probe: 3 },
      { type: "AttemptStarted", attempt: "unknown" },
      { type: "AttemptEnded", attempt: "unknown", outcome: "expired", fetchUs: 0 },
    ),
  })
  .map(
    (letter): Writer =>
      () =>
        letter,
  );

/** Something about an attempt that is out: from its node, from another, or the edge's timer. */
const attemptWord = fc
  .record({
    choice: any,
    other: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    message: fc.constantFrom<EdgeMessage>(
      { type: "AttemptStarted", attempt: "" },
      { type: "AttemptStarted", attempt: "" },
      { type: "AttemptEnded", attempt: "", outcome: "done", fetchUs: 9 },
      { type: "AttemptEnded", attempt: "", outcome: "done", fetchUs: 9 },
      { type: "AttemptEnded", attempt: "", outcome: "refused", fetchUs: 0 },
      { type: "AttemptEnded", attempt: "", outcome: "abandoned", fetchUs: 0 },
      { type: "AttemptEnded", attempt: "", outcome: "expired", fetchUs: 0 },
      { type: "AttemptEnded", attempt: "", outcome: "killed", fetchUs: 0 },
      { type: "LeaseExpired", attempt: "" },
      { type: "AttemptLate", attempt: "" },
    ),
  })
  .map(
    ({ choice, other, message }): Writer =>
      (context) => {
        const [attempt, open] = oneOf(context.attempts.entries(), choice) ?? ["none", undefined];
        const from = other || open === undefined ? address("node", "n0") : open.node;
        return {
          from: message.type === "LeaseExpired" || message.type === "AttemptLate" ? edge : from,
          message: { ...message, attempt } as EdgeMessage,
        };
      },
  );

/** Answers to the edge's own measurements, guessed ones among them, and what it asked others. */
const measurement = fc
  .record({ from: node, of: node, choice: any, guess: fc.boolean(), asked: fc.boolean() })
  .map(
    ({ from, of, choice, guess, asked }): Writer =>
      (context) => {
        const rttUs = choice * 2_500;
        if (guess) return { from, message: { type: "Measured", node: of, rttUs } };
        const [target, survey] = oneOf(context.surveys.entries(), choice) ?? [of, undefined];
        const vantage = oneOf(survey?.asked ?? [], choice);
        if (asked && vantage !== undefined) {
          return { from: vantage, message: { type: "Measured", node: target, rttUs } };
        }
        return { from: target, message: { type: "Pong", probe: survey?.probe ?? choice } };
      },
  );

const rested = node.map(
  (of): Writer =>
    () => ({ from: edge, message: { type: "NodeRested", node: of } }),
);

const train = fc.nat({ max: 3 }).map(
  (by): Writer =>
    () => ({
      from: address("contributor", `c${by}`),
      message: {
        type: "SubmitTraining",
        demand: by,
        run: {
          plan: "p".repeat(64),
          parameters: 2,
          rounds: 1,
          workers: 1,
          steps: 8,
          stepMflop: 1,
          memoryMib: 1,
          boxUs: 1_000,
          canary: false,
        },
      },
    }),
);
const submit = fc
  .record({ by: fc.nat({ max: 3 }), size: fc.constantFrom(1, 2, 2, tiny.tasksPerJob + 1) })
  .map(
    ({ by, size }): Writer =>
      () => ({
        from: address("contributor", `c${by}`),
        message: {
          type: "SubmitJob",
          demand: by,
          tasks: Array.from({ length: size }, () => 10),
          inputBytes: 1,
          outputBytes: 1,
          memoryMib: 1,
          contents: null,
        },
      }),
  );

const place = fc.record({ choice: any, task: fc.option(any), balance: fc.bigInt(0n, 9n) }).map(
  ({ choice, task, balance }): Writer =>
    (context, n) => {
      const [from, job] = oneOf(context.jobs.entries(), choice) ?? [address("job", "gone")];
      // another execution of a task that still is wanted, or the first one of a new task
      const known = task === null ? undefined : oneOf(job?.tasks.entries() ?? [], task);
      const id = known?.[0] ?? `${idOf(from)}.${n}`;
      const by = job?.commons === true ? "commons" : (from.split(".")[1] ?? "c0");
      const requester = address("contributor", by);
      const wish: PlaceTask = {
        type: "PlaceTask",
        attempt: `${id}.${n}`,
        task: id,
        requester,
        standing: {
          balance: nanoVcu(balance),
          earned: nanoVcu(9n),
          spent: nanoVcu(0n),
          rate: nanoVcu(9_000_000n),
        },
        commons: job?.commons ?? false,
        onDebt: job?.commons !== true && balance < 3n,
        content: id,
        mflop: 1_000,
        inputBytes: 1,
        outputBytes: 1,
        memoryMib: 1,
        token: n,
        exclude: [requester],
      };
      return { from, message: wish };
    },
);

const jobWord = fc.record({ choice: any, task: any, ends: fc.boolean() }).map(
  ({ choice, task, ends }): Writer =>
    (context) => {
      const [from, job] = oneOf(context.jobs.entries(), choice) ?? [address("job", "gone")];
      const [id] = oneOf(job?.tasks.entries() ?? [], task) ?? ["unknown"];
      const cancel: EdgeMessage = { type: "CancelTask", task: id };
      const isIdle = job?.tasks.entries().every(([, of]) => of.open.length + of.waiting === 0);
      // a job takes its tasks back before it ends
      if (!ends || isIdle !== true) return { from, message: cancel };
      return { from, message: { type: "JobEnded", job: from, commons: job?.commons ?? false } };
    },
);

const timer = fc.constantFrom<EdgeMessage>(
  { type: "Retry", what: "aside" },
  { type: "Retry", what: "commons" },
);
const retry = timer.map(
  (message): Writer =>
    () => ({ from: edge, message }),
);
const drain = fc.constant<Writer>(() => ({ from: edge, message: { type: "DrainEdge" } }));

const admit = fc.boolean().map(
  (isOperator): Writer =>
    () => ({
      from: isOperator ? portAddress("operator") : edge,
      message: { type: "AdmitTraining", training: address("training", "e.training") },
    }),
);

/** One letter still to be written; a history is an array of them. */
export const edgeLetter: fc.Arbitrary<(context: EdgeContext, n: number) => Delivery<EdgeMessage>> =
  fc
    .oneof(
      { weight: 14, arbitrary: join },
      { weight: 10, arbitrary: measurement },
      { weight: 3, arbitrary: rested },
      { weight: 12, arbitrary: word },
      { weight: 30, arbitrary: attemptWord },
      { weight: 8, arbitrary: submit },
      { weight: 40, arbitrary: place },
      { weight: 8, arbitrary: jobWord },
      { weight: 6, arbitrary: retry },
      { weight: 1, arbitrary: fc.oneof({ weight: 4, arbitrary: retry }, drain) },
      { weight: 1, arbitrary: fc.oneof(admit, train) },
    )
    .map((write) => (context, n) => {
      const { from, message } = write(context, n);
      const id = `${from}#${n}` as MessageId;
      const rest = { id, atUs: micros(n), entropy: mix32(n) as Seed, from, message };
      return { type: message.type, ...rest } as unknown as Delivery<EdgeMessage>;
    });
