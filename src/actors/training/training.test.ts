import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, address } from "../../kernel/address.ts";
import { canaryKeeps } from "../../kernel/canary.ts";
import { MFLOP_PER_VCU } from "../../kernel/credit.ts";
import { micros } from "../../kernel/duration.ts";
import { tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import { outerStep } from "../../kernel/outer-step.ts";
import { quantise, writeQuantised } from "../../kernel/quantise.ts";
import { centeredClipping } from "../../policies/aggregation/centered-clipping.ts";
import { mean } from "../../policies/aggregation/mean.ts";
import { ContributorMessage } from "../contributor/messages.ts";
import { EdgeMessage } from "../edge/messages.ts";
import { LedgerMessage } from "../ledger/messages.ts";
import { writePayload } from "./payload.ts";
import type { TrainingInput } from "./state.ts";
import { entropy, own, tokenOf, trainingDelivery, trainingInput } from "./training.arbitrary.ts";
import { makeTraining } from "./training.ts";

const edge = address("edge", "e");
const ledger = address("ledger", "main");
const trainer = address("port", "trainer");
const VCU = 1_000_000_000n;
const MINUTE_US = 60_000_000;

type Body = Message & Readonly<Record<string, unknown>>;

class Talk {
  private readonly training = makeTraining({ aggregation: mean, aggregationParams: {} });
  private step;
  private atUs = 0;

  constructor(rest: Partial<TrainingInput> = {}) {
    this.step = this.training.init({
      training: own,
      edge,
      ledger,
      requester: address("contributor", "commons"),
      demand: null,
      rounds: 3,
      workers: 2,
      steps: 8,
      stepMflop: MFLOP_PER_VCU,
      memoryMib: 1,
      boxUs: MINUTE_US,
      canary: false,
      theta: [1, 2],
      reference: null,
      limits: tiny,
      ...rest,
    });
  }
  tell(from: Address, message: Body, afterUs = 0): this {
    this.atUs += afterUs;
    const rest = { id: "x#1" as MessageId, atUs: micros(this.atUs), entropy, from, message };
    this.step = this.training.step(this.step.state, { type: message.type, ...rest } as never);
    expect(this.step.handled, `${message.type} in ${this.at}`).toBe(true);
    return this;
  }
  /** Up to the first round's open wishes. */
  collecting(): this {
    this.tell(ledger, { type: "Reserved", standing: {}, onDebt: false });
    return this.published();
  }
  published(ok = true): this {
    const key = `${own}/publish/${this.context.round}`;
    const outcome = ok
      ? { ok, value: { losses: [] } }
      : { ok, reason: "unreachable", retryable: true };
    return this.tell(trainer, { type: "PortOutcome", port: "trainer", key, outcome });
  }
  update(round: number, n: number, row: ReadonlyArray<number>, steps = 8): this {
    const text = writeQuantised(quantise(Float64Array.from(row)));
    return this.result(round, n, writePayload(steps, text));
  }
  result(round: number, n: number, payload: string, token = tokenOf(n)): this {
    return this.tell(address("node", `n${n}`), {
      type: "ResultReported",
      task: `e.training.${round}`,
      attempt: `e.training.${round}.${n}`,
      token,
      owner: address("contributor", `c${n}`),
      digest: "",
      payload,
    });
  }
  lost(attempt: string): this {
    const task = attempt.slice(0, attempt.lastIndexOf("."));
    return this.tell(edge, { type: "AttemptLost", task, attempt, reason: "expired" });
  }
  after(name: string): this {
    return this.tell(own, { type: `xstate.after.${name}` }, MINUTE_US);
  }
  get said(): ReadonlyArray<string> {
    return this.step.commands.flatMap((one) => {
      if (one.command !== "Send") return one.command === "PortCall" ? [one.request.type] : [];
      const { type, attempt, task } = one.message as Body;
      return [[one.to, type, attempt ?? task].filter((x) => typeof x === "string").join(" ")];
    });
  }
  message(type: string): Body | undefined {
    const sent = this.step.commands.flatMap((one) =>
      one.command === "Send" || one.command === "PortCall"
        ? [(one.command === "Send" ? one.message : one.request) as Body]
        : [],
    );
    return sent.find((one) => one.type === type);
  }
  get placed(): ReadonlyArray<Body> {
    return this.step.commands.flatMap((one) =>
      one.command === "Send" && one.message.type === "PlaceTask" ? [one.message as Body] : [],
    );
  }
  get at() {
    return this.step.state.at;
  }
  get context() {
    return this.step.state.context;
  }
}

describe("Training: parameters by reference", () => {
  const reference = { plan: "a".repeat(64), parameters: 1_000 };
  const rounds = address("port", "rounds");
  const blob = (n: number) => String(n).repeat(64);
  const outcome = (talk: Talk, what: string, value: object) =>
    talk.tell(rounds, {
      type: "PortOutcome",
      port: "rounds",
      key: `${own}/${what}/${talk.context.round}`,
      outcome: { ok: true, value },
    });
  const opened = () => {
    const talk = new Talk({ reference, theta: [] });
    talk.tell(ledger, { type: "Reserved", standing: {}, onDebt: false });
    expect(talk.message("OpenRound")).toMatchObject({
      plan: reference.plan,
      state: "",
      workers: 2,
    });
    return outcome(talk, "publish", { contents: ["blob:x", "blob:y"] });
  };

  test("workers get the contents that the trainer wrote, and the sizes of the parameters", () => {
    const wish = opened().message("PlaceTask");
    expect(wish).toMatchObject({ content: "blob:x", inputBytes: 4_000 + 64 });
  });

  test("the trainer makes the step of the updates that came, and names the state after it", () => {
    const talk = opened()
      .result(0, 0, `8:blob:${blob(1)}`)
      .result(0, 1, `4:blob:${blob(2)}`);
    expect(talk.message("CloseRound")).toMatchObject({
      state: "",
      updates: [
        { id: "e.training.0.0", cluster: "contributor/c0", weight: 8, blob: blob(1) },
        { id: "e.training.0.1", cluster: "contributor/c1", weight: 4, blob: blob(2) },
      ],
    });
    outcome(talk, "try", { state: blob(3), used: 1 });
    expect(talk.message("OpenRound")).toMatchObject({ round: 1, state: blob(3) });
    expect(talk.context).toMatchObject({ moved: 1, used: 1, dropped: 1, contents: [], theta: [] });
  });

  test("a trainer that cannot be reached is asked again, and nothing is lost", () => {
    const talk = opened()
      .result(0, 0, `8:blob:${blob(1)}`)
      .result(0, 1, `8:blob:${blob(2)}`);
    const key = `${own}/try/0`;
    const failure = { ok: false, reason: "unreachable", retryable: true };
    talk.tell(rounds, { type: "PortOutcome", port: "rounds", key, outcome: failure });
    expect(talk.message("CloseRound")?.updates).toHaveLength(2);
    expect(talk.context).toMatchObject({ round: 0, judged: 2 });
  });

  test("numbers in a message are no update where blobs are expected", () => {
    const talk = opened().update(0, 0, [1, 1]);
    expect(talk.said).toEqual([]);
    expect(talk.context).toMatchObject({ dropped: 1, received: [] });
  });
});

describe("Training: a round", () => {
  test("reserves the whole run from the mint, publishes, then asks for workers", () => {
    const talk = new Talk();
    expect(talk.message("Reserve")).toMatchObject({ amount: 3n * 2n * 8n * VCU, commons: true });
    talk.tell(ledger, { type: "Reserved", standing: {}, onDebt: false });
    expect(talk.message("PublishRound")).toMatchObject({ round: 0, theta: [1, 2] });
    talk.published();
    expect(talk.said).toEqual([
      "edge/e PlaceTask e.training.0.0",
      "edge/e PlaceTask e.training.0.1",
    ]);
    const wish = talk.message("PlaceTask");
    expect(wish).toMatchObject({ content: "train:e.training:0:0", task: "e.training.0" });
    // one byte a parameter, a scale a block, a header
    expect(wish?.outputBytes).toBe(2 + 4 + 64);
  });

  test("a publication that fails is tried again", () => {
    const talk = new Talk().tell(ledger, { type: "Reserved", standing: {}, onDebt: false });
    expect(talk.published(false).said).toEqual(["PublishRound"]);
    expect(talk.at).toBe("announcing");
  });

  test("ends when all updates are in, by one outer step of their mean by weight", () => {
    const talk = new Talk().collecting().update(0, 0, [1.27, 0]).update(0, 1, [-1.27, 1.27], 4);
    const d = Float64Array.of((1.27 * 8 - 1.27 * 4) / 12, (1.27 * 4) / 12);
    const few = outerStep({ theta: Float64Array.of(1, 2), velocity: new Float64Array(2) }, d, 2);
    for (const [k, x] of talk.context.theta.entries()) expect(x).toBeCloseTo(few.theta[k] ?? 0, 5);
    expect(talk.at).toBe("announcing");
    expect(talk.context).toMatchObject({ round: 1, moved: 1, used: 2 });
  });

  test("pays verified steps up to those asked for, whatever the update's size", () => {
    const talk = new Talk().collecting().update(0, 0, [1000, 0], 4);
    const settle = { task: "e.training.0.0", each: 4n * VCU, wrong: [] };
    expect(talk.message("Settle")).toMatchObject(settle);
    expect(talk.update(0, 1, [0, 0], 99_999).message("Settle")).toMatchObject({ each: 8n * VCU });
  });

  test("an update of under a quarter of the steps, or unreadable, is neither used nor paid", () => {
    const talk = new Talk({ workers: 3 }).collecting().update(0, 0, [1, 1], 1);
    expect(talk.said).toEqual([]);
    talk.result(0, 1, "8:nonsense");
    expect(talk.said).toEqual([]);
    expect(talk.context).toMatchObject({ dropped: 2, received: [] });
  });

  test("without the attempt's token nothing is taken", () => {
    const talk = new Talk().collecting().result(0, 0, "8:00", 12_345);
    expect([talk.said, talk.context.received]).toEqual([[], []]);
  });

  test("a lost worker is replaced at once", () => {
    const talk = new Talk().collecting().lost("e.training.0.1");
    expect(talk.said).toEqual(["edge/e PlaceTask e.training.0.2"]);
    expect(talk.message("PlaceTask")?.content).toBe("train:e.training:0:1");
  });
});

describe("Training: fewer owners than workers", () => {
  test("workers are shared out evenly: no owner has two of one share", () => {
    const talk = new Talk({ workers: 8, owners: 3 }).collecting();
    const tasks = talk.placed.map(({ task }) => task);
    const shares = ["e.training.0-0", "e.training.0-1", "e.training.0-2"];
    expect(tasks).toEqual([0, 1, 2, 0, 1, 2, 0, 1].map((share) => shares[share]));
  });

  test("a lost worker is replaced in its share, under a name that no other attempt has", () => {
    const talk = new Talk({ workers: 4, owners: 2 }).collecting().lost("e.training.0.3");
    expect(talk.message("PlaceTask")).toMatchObject({
      attempt: "e.training.0.4",
      task: "e.training.0-1",
      content: "train:e.training:0:3",
    });
  });

  test("what is late is cancelled in every share", () => {
    const talk = new Talk({ workers: 4, owners: 2, rounds: 1 }).collecting();
    for (const n of [0, 1, 2]) talk.update(0, n, [1, 1]);
    talk.after("roundTerm.training.collecting");
    expect(talk.said.filter((one) => one.includes("CancelTask"))).toEqual([
      "edge/e CancelTask e.training.0-0",
      "edge/e CancelTask e.training.0-1",
    ]);
  });

  test("with owners enough there is one share, and it is named as ever", () => {
    const talk = new Talk({ workers: 2, owners: 2 }).collecting();
    expect(talk.message("PlaceTask")).toMatchObject({ task: "e.training.0" });
  });
});

describe("Training: a requester's run", () => {
  const you = address("contributor", "you");
  const standing = { balance: 5n, earned: 6n, spent: 1n, rate: 0n };
  const own7 = (rest: Partial<TrainingInput> = {}) =>
    new Talk({ requester: you, demand: 7, rounds: 1, workers: 1, ...rest });

  test("its requester pays, has its own turn, and is told the end with what it cost", () => {
    const talk = own7();
    expect(talk.message("Reserve")).toMatchObject({ requester: you, commons: false });
    talk.tell(ledger, { type: "Reserved", standing, onDebt: true }).published();
    const wish = { requester: you, standing, onDebt: true, commons: false, exclude: [you] };
    expect(talk.message("PlaceTask")).toMatchObject(wish);
    talk.update(0, 0, [1, 1]);
    talk.tell(ledger, { type: "JobClosed", spent: 8n * VCU, refunded: 0n });
    expect(talk.at).toBe("done");
    expect(talk.message("JobEnded")).toMatchObject({ commons: false });
    expect(talk.message("JobSettled")).toMatchObject({ demand: 7, job: own, spent: 8n * VCU });
  });

  test("without credit it is refused in the ledger's words", () => {
    const refused = { reason: "insufficient-credit", rule: "8 VCU, 0 here", have: 0n, need: 8n };
    const talk = own7().tell(ledger, { type: "ReserveRefused", ...refused });
    expect(talk.message("JobRefused")).toMatchObject({ demand: 7, ...refused });
    expect(talk.at).toBe("failed");
  });

  test("its requester may end it, and nobody else's contributor", () => {
    const talk = own7({ rounds: 3 }).tell(ledger, { type: "Reserved", standing, onDebt: false });
    talk.published().tell(address("contributor", "eve"), { type: "EndTraining" });
    expect(talk.context.ending).toBe(null);
    talk.tell(you, { type: "EndTraining" }).update(0, 0, [1, 1]);
    talk.tell(ledger, { type: "JobClosed", spent: 8n, refunded: 16n });
    expect(talk.message("JobSettled")).toMatchObject({ spent: 8n, refunded: 16n });
    expect(talk.context.round).toBe(1);
  });

  test("a run that nobody brings anything to has failed", () => {
    const talk = own7({ rounds: 9 }).tell(ledger, { type: "Reserved", standing, onDebt: false });
    for (let round = 0; round < 8; round++) {
      talk.published();
      talk.after("roundPatience.training.collecting");
    }
    talk.tell(ledger, { type: "JobClosed", spent: 0n, refunded: 8n });
    expect(talk.message("JobFailed")).toMatchObject({ demand: 7, reason: "attempts-exhausted" });
  });
});

describe("Training: time", () => {
  test("a round that is due waits for 60 % of the weight and no longer", () => {
    const talk = new Talk({ workers: 5 }).collecting().update(0, 0, [1, 1]).update(0, 1, [1, 1]);
    talk.after("roundTerm.training.collecting");
    expect(talk.at).toBe("collecting");
    expect(talk.update(0, 2, [1, 1]).at).toBe("announcing");
    expect(talk.context.used).toBe(3);
  });

  test("a late update counts half in the next round; one of two rounds ago is cancelled", () => {
    const talk = new Talk({ workers: 3 }).collecting().update(0, 0, [1.27, 0]);
    talk.update(0, 1, [1.27, 0]).after("roundTerm.training.collecting");
    expect(talk.at).toBe("announcing");
    talk.update(0, 2, [1.27, 0]);
    expect(talk.context).toMatchObject({ late: 1, received: [{ round: 0 }] });
    talk.published();
    talk.update(1, 0, [0, 1.27]).update(1, 1, [0, 1.27]);
    talk.after("roundTerm.training.collecting");
    // weights 4, 8, 8 of the late one and the two in time
    expect(talk.context.previous[0]).toBeCloseTo((1.27 * 4) / 20, 5);
    expect(talk.context.previous[1]).toBeCloseTo((1.27 * 16) / 20, 5);
    expect(talk.said).toContain("edge/e CancelTask e.training.0");
  });

  test("nobody comes: the round ends by itself, and after eight such the run gives up", () => {
    const talk = new Talk({ rounds: 99 }).collecting();
    for (let n = 0; n < 7; n++) talk.after("roundPatience.training.collecting").published();
    expect(talk.context).toMatchObject({ round: 7, barren: 7, theta: [1, 2] });
    talk.after("roundPatience.training.collecting");
    expect(talk.at).toBe("settling");
    talk.tell(ledger, { type: "JobClosed", spent: 0n, refunded: 0n });
    expect(talk.at).toBe("failed");
  });

  test("after the last round the escrow is closed, the edge told, the parameters stay", () => {
    const talk = new Talk({ rounds: 1 }).collecting().update(0, 0, [1, 1]).update(0, 1, [1, 1]);
    expect(talk.said).toContain("ledger/main CloseJob");
    talk.tell(ledger, { type: "JobClosed", spent: 0n, refunded: 0n });
    expect(talk.said).toEqual(["edge/e JobEnded"]);
    expect([talk.at, talk.context.moved]).toEqual(["done", 1]);
  });

  test("a ledger that refuses ends the run", () => {
    const why = { reason: "insufficient-credit", rule: "r", have: 0n, need: 1n };
    expect(new Talk().tell(ledger, { type: "ReserveRefused", ...why }).at).toBe("failed");
  });
});

describe("Training: the canary", () => {
  test.each([
    [
      [1_000_000, 1_010_000, 990_000, 5_000_000],
      [true, true, true, false],
    ],
    [
      [1_000_000, 1_000_000, 1_000_000, 1_029_000],
      [true, true, true, true],
    ],
    [
      [1_000_000, 1_000_000, 1_000_000, 1_031_000],
      [true, true, true, false],
    ],
    [[1_000_000], [true]],
  ])("of losses %j it keeps %j", (losses, kept) => {
    expect(losses.map((_, i) => canaryKeeps(losses, i))).toEqual(kept);
  });

  test("what it turns away has no part, and was paid", () => {
    const talk = new Talk({ workers: 4, canary: true }).collecting();
    for (const n of [0, 1, 2]) talk.update(0, n, [1.27, 0]);
    expect(talk.update(0, 3, [-127, 0]).message("Settle")).toBeDefined();
    expect(talk.message("TryUpdates")?.updates).toHaveLength(4);
    const value = { losses: [1, 2, 3, 9_000_000] };
    const key = `${own}/try/0`;
    const outcome = { ok: true, value };
    talk.tell(trainer, { type: "PortOutcome", port: "trainer", key, outcome });
    expect(talk.context).toMatchObject({ used: 3, dropped: 1 });
    expect(talk.context.previous[0]).toBeCloseTo(1.27, 5);
  });

  test("a trainer that does not answer does not stop the run", () => {
    const talk = new Talk({ canary: true }).collecting().update(0, 0, [1, 0]).update(0, 1, [1, 0]);
    const outcome = { ok: false, reason: "unreachable", retryable: true };
    talk.tell(trainer, { type: "PortOutcome", port: "trainer", key: `${own}/try/0`, outcome });
    expect(talk.context).toMatchObject({ used: 2, round: 1 });
  });
});

test("Outer step: Nesterov momentum by hand, and a lower rate for few workers", () => {
  const zero = { theta: Float64Array.of(1), velocity: Float64Array.of(0) };
  const once = outerStep(zero, Float64Array.of(1), 4);
  // v = 1, theta = 1 - .7 (1 + .9)
  expect([once.velocity[0], once.theta[0]]).toEqual([1, 1 - 0.7 * 1.9]);
  expect(outerStep(once, Float64Array.of(0), 4).velocity[0]).toBe(0.9);
  expect(outerStep(zero, Float64Array.of(1), 3).theta[0]).toBe(1 - 0.4 * 1.9);
});

test("any history: goes on bit for bit from its JSON, and sends what schemas say", () => {
  const aggregationParams = Schema.decodeUnknownSync(centeredClipping.Params)({});
  const training = makeTraining({ aggregation: centeredClipping, aggregationParams });
  const encode = Schema.encodeSync(training.State);
  const decode = Schema.decodeSync(training.State);
  const known = [EdgeMessage, LedgerMessage, ContributorMessage].map((schema) =>
    Schema.is(schema as Schema.Schema<unknown>, { onExcessProperty: "error" }),
  );
  const history = fc.array(trainingDelivery, { minLength: 10, maxLength: 40 });
  const property = fc.property(trainingInput, history, (input, deliveries) => {
    let { state } = training.init(input);
    for (const delivery of deliveries) {
      const restored = decode(JSON.parse(JSON.stringify(encode(state))));
      const again = training.step(restored, delivery as never);
      const step = training.step(state, delivery as never);
      expect(again.commands).toEqual(step.commands);
      expect(JSON.stringify(encode(again.state))).toBe(JSON.stringify(encode(step.state)));
      for (const command of step.commands) {
        if (command.command !== "Send") continue;
        expect(
          known.some((is) => is(command.message)),
          command.message.type,
        ).toBe(true);
      }
      state = step.state;
    }
  });
  fc.assert(property, { numRuns: 100 });
});
