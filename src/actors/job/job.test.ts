import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Oracle } from "../../../test/oracle/chart-oracle.ts";
import { type Address, address } from "../../kernel/address.ts";
import { commitmentTo } from "../../kernel/commitment.ts";
import { MFLOP_PER_VCU, nanoVcu } from "../../kernel/credit.ts";
import { micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import { tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import { withheldDigest } from "../../kernel/policies/verification.ts";
import { ContributorMessage } from "../contributor/messages.ts";
import { EdgeMessage } from "../edge/messages.ts";
import { LedgerMessage } from "../ledger/messages.ts";
import { NodeMessage } from "../node/messages.ts";
import { VerifierMessage } from "../verifier/messages.ts";
import { jobInput, jobLetter } from "./job.arbitrary.ts";
import { makeJob } from "./job.ts";
import { jobMachine } from "./machine.ts";
import type { JobInput } from "./state.ts";

const requester = address("contributor", "alice");
const edge = address("edge", "e");
const ledger = address("ledger", "main");
const verifier = address("verifier", "main");
const job = address("job", "e.0");
const standing = { balance: nanoVcu(5n), earned: nanoVcu(6n) };
const VCU = 1_000_000_000n;

type Body = Message & Readonly<Record<string, unknown>>;
type Sent = readonly [Address, Body];

class Talk {
  private readonly job = makeJob();
  private step;
  /** Attempts by task, in the order in which they were asked for. */
  private readonly asked = new Map<string, Array<Body>>();
  private draws = 1;

  constructor(rest: Partial<JobInput> = {}) {
    this.step = this.job.init({
      job,
      requester,
      edge,
      ledger,
      verifier,
      commons: false,
      demand: 7,
      tasks: [MFLOP_PER_VCU, 2 * MFLOP_PER_VCU],
      inputBytes: 1,
      outputBytes: 2,
      memoryMib: 3,
      executions: 2,
      contents: null,
      exclude: [],
      limits: tiny,
      ...rest,
    });
  }
  tell(from: Address, message: Body): ReadonlyArray<Sent> {
    const entropy = this.draws++ as Seed;
    const rest = { id: "x#1" as MessageId, atUs: micros(0), entropy, from, message };
    this.step = this.job.step(this.step.state, { type: message.type, ...rest } as never);
    expect(this.step.handled, `${message.type} in ${this.at}`).toBe(true);
    for (const [, body] of this.sent) {
      if (body.type !== "PlaceTask") continue;
      const task = body.task as string;
      this.asked.set(task, [...(this.asked.get(task) ?? []), body]);
    }
    return this.sent;
  }
  get sent(): ReadonlyArray<Sent> {
    return this.step.commands.flatMap((one) =>
      one.command === "Send" ? [[one.to, one.message as Body] as const] : [],
    );
  }
  get timers(): ReadonlyArray<string> {
    return this.step.commands.flatMap((one) =>
      one.command === "StartTimer" || one.command === "CancelTimer"
        ? [`${one.command} ${this.nameOf(one.key.slice(one.key.indexOf("/") + 1))}`]
        : [],
    );
  }
  /** What was sent, in two words each; attempts by task and the number that they do not show. */
  get said(): ReadonlyArray<string> {
    return this.sent.map(([to, { type, attempt, task }]) => {
      const what = typeof attempt === "string" ? this.nameOf(attempt) : task;
      return [to, type, what].filter((word) => typeof word === "string").join(" ");
    });
  }
  private nameOf(attempt: string): string {
    for (const [task, wishes] of this.asked) {
      const n = wishes.findIndex((wish) => wish.attempt === attempt);
      if (n >= 0) return `${task}:${n}`;
    }
    return attempt;
  }
  /** The wish that is named like "task:number". */
  wish(name: string): Body {
    const [task = "", n] = name.split(":");
    const wish = this.asked.get(task)?.[Number(n)];
    if (wish === undefined) throw new Error(`${name} was never asked for`);
    return wish;
  }
  running(): this {
    this.tell(ledger, { type: "Reserved", standing, onDebt: false });
    return this;
  }
  commit(name: string, by: number, digest = "good", rest: object = {}): ReadonlyArray<Sent> {
    const { task, attempt, token } = this.wish(name);
    const sealed = { worker: owner(by), task: task as string, token: token as number, digest };
    const commit = commitmentTo(sealed);
    const body = { task, attempt, token, owner: owner(by), commit, ...rest };
    return this.tell(node(by), { type: "ResultCommitted", ...body });
  }
  reveal(name: string, by: number, digest = "good", rest: object = {}): ReadonlyArray<Sent> {
    const { task, attempt, token } = this.wish(name);
    const body = { task, attempt, token, owner: owner(by), digest, payload: "" };
    return this.tell(node(by), { type: "ResultReported", ...body, ...rest });
  }
  weighed(task: string, more: number): ReadonlyArray<Sent> {
    return this.tell(verifier, { type: "Weighed", task, more });
  }
  /** Commits, and reveals if the job asks for it as soon as no more copies are wanted. */
  result(name: string, by: number, digest = "good"): ReadonlyArray<Sent> {
    this.commit(name, by, digest);
    const { attempt, task } = this.wish(name);
    if (this.sent.some(([, { type }]) => type === "Weigh")) this.weighed(task as string, 0);
    const isAsked = this.sent.some(
      ([, { type, attempt: of }]) => type === "Reveal" && of === attempt,
    );
    return isAsked ? this.reveal(name, by, digest) : this.sent;
  }
  lost(name: string): ReadonlyArray<Sent> {
    const { task, attempt } = this.wish(name);
    return this.tell(edge, { type: "AttemptLost", task, attempt, reason: "expired" });
  }
  slow(name: string): ReadonlyArray<Sent> {
    const { task, attempt } = this.wish(name);
    return this.tell(edge, { type: "AttemptSlow", task, attempt });
  }
  due(name: string): ReadonlyArray<Sent> {
    const { task, attempt } = this.wish(name);
    return this.tell(job, { type: "RevealDue", task, attempt });
  }
  /** `agreed` and `wrong` name attempts as "task:number". */
  verdict(
    task: string,
    verdict: string,
    of: { executions?: number; agreed?: ReadonlyArray<string>; wrong?: ReadonlyArray<string> } = {},
  ): ReadonlyArray<Sent> {
    const { executions = 0, agreed = [], wrong = [] } = of;
    const ids = (names: ReadonlyArray<string>) => names.map((name) => this.wish(name).attempt);
    const digest = verdict === "accepted" ? "good" : "";
    const rest = { digest, executions, agreed: ids(agreed), wrong: ids(wrong) };
    return this.tell(verifier, { type: "Verdict", task, verdict, ...rest });
  }
  closed(): ReadonlyArray<Sent> {
    return this.tell(ledger, { type: "JobClosed", spent: 3n, refunded: 4n });
  }
  get at() {
    return this.step.state.at;
  }
  get stopped() {
    return this.step.commands.some((one) => one.command === "Stop");
  }
}

const t0 = "e.0.0";
const t1 = "e.0.1";
const owner = (n: number) => address("contributor", `c${n}`);
const node = (n: number) => address("node", `n${n}`);

describe("Job: escrow", () => {
  test("reserves the price of every task once, then asks for executions", () => {
    const talk = new Talk();
    const reserve = { type: "Reserve", requester, amount: 3n * VCU, commons: false };
    expect(talk.sent).toEqual([[ledger, reserve]]);
    talk.running();
    expect(talk.said).toEqual([
      `edge/e PlaceTask ${t0}:0`,
      `edge/e PlaceTask ${t0}:1`,
      `edge/e PlaceTask ${t1}:0`,
      `edge/e PlaceTask ${t1}:1`,
    ]);
    expect(talk.sent[0]?.[1]).toMatchObject({ standing, exclude: [requester], task: t0 });
    const tokens = talk.sent.map(([, { token }]) => token);
    expect(new Set(tokens).size).toBe(4);
    expect(talk.at).toBe("admitted.running");
  });

  test("passes a refusal on with its rule and numbers, and is gone", () => {
    const talk = new Talk();
    const why = { reason: "insufficient-credit", rule: "r", have: 1n, need: 6n };
    expect(talk.tell(ledger, { type: "ReserveRefused", ...why })).toEqual([
      [requester, { type: "JobRefused", demand: 7, ...why }],
      [edge, { type: "JobEnded", job, commons: false }],
    ]);
    expect([talk.at, talk.stopped]).toEqual(["refused", true]);
  });

  test("a ledger that never answers fails the job; the escrow is closed if it opens", () => {
    const talk = new Talk();
    talk.tell(job, { type: "xstate.after.admissionTerm.job.submitted" });
    expect(talk.said).toEqual(["ledger/main CloseJob"]);
    expect(talk.tell(ledger, { type: "Reserved", standing, onDebt: false })).toEqual([]);
    expect(talk.closed()[0]?.[1]).toMatchObject({ type: "JobFailed", reason: "deadline" });
  });

  test("without a ledger work begins at once and nothing is paid", () => {
    const talk = new Talk({ ledger: null, verifier: null, tasks: [5] });
    expect(talk.sent).toEqual([]);
    talk.tell(job, { type: "xstate.after.admissionTerm.job.submitted" });
    expect(talk.said).toEqual([`edge/e PlaceTask ${t0}:0`]);
    talk.result(`${t0}:0`, 1);
    const account = { demand: 7, job, spent: 0n, refunded: 0n };
    expect(talk.sent[0]).toEqual([requester, { type: "JobSettled", ...account }]);
    expect([talk.at, talk.stopped]).toEqual(["settled", true]);
  });

  test("a job of no tasks settles at once", () => {
    const talk = new Talk({ tasks: [] }).running();
    expect(talk.said).toEqual(["ledger/main CloseJob"]);
    talk.closed();
    expect(talk.at).toBe("settled");
  });

  test("a commons job tells nobody but the edge", () => {
    const talk = new Talk({ commons: true, tasks: [] }).running();
    expect(talk.closed()).toEqual([[edge, { type: "JobEnded", job, commons: true }]]);
  });
});

describe("Job: results", () => {
  test("asks the verifier once there are enough, in the order of attempts' names", () => {
    const talk = new Talk({ tasks: [5] }).running();
    talk.commit(`${t0}:1`, 1);
    talk.commit(`${t0}:0`, 2);
    talk.weighed(t0, 0);
    expect(talk.reveal(`${t0}:0`, 2)).toEqual([]);
    const [[to, judge]] = talk.reveal(`${t0}:1`, 1) as [Sent];
    expect([to, judge.type]).toEqual([verifier, "Judge"]);
    const attempts = (judge.results as ReadonlyArray<Body>).map(({ attempt }) => attempt as string);
    expect(attempts).toEqual([...attempts].sort());
    expect(judge.work).toMatchObject({ requester, commons: false, edge, mflop: 5, memoryMib: 3 });
    expect(talk.at).toBe("admitted.verifying");
  });

  test("pays all who agreed, tells who did not, and closes the escrow", () => {
    const talk = new Talk({ tasks: [MFLOP_PER_VCU] }).running();
    talk.commit(`${t0}:0`, 1);
    talk.commit(`${t0}:1`, 2, "bad");
    talk.weighed(t0, 0);
    talk.reveal(`${t0}:0`, 1);
    talk.reveal(`${t0}:1`, 2, "bad");
    const [more] = talk.verdict(t0, "more", { executions: 1 });
    const had = more?.[1].exclude as ReadonlyArray<Address>;
    expect([...had].sort()).toEqual([requester, owner(1), owner(2)].sort());
    expect(talk.at).toBe("admitted.running");
    talk.result(`${t0}:2`, 3);
    talk.verdict(t0, "accepted", { agreed: [`${t0}:0`, `${t0}:2`], wrong: [`${t0}:1`] });
    const [settle, close] = talk.sent;
    expect(settle?.[1]).toMatchObject({ type: "Settle", task: t0, each: VCU, wrong: [owner(2)] });
    const payees = settle?.[1].payees as ReadonlyArray<Address>;
    expect([...payees].sort()).toEqual([owner(1), owner(3)]);
    expect(close).toEqual([ledger, { type: "CloseJob" }]);
    const settled = { type: "JobSettled", demand: 7, job, spent: 3n, refunded: 4n };
    expect(talk.closed()).toEqual([
      [requester, settled],
      [edge, { type: "JobEnded", job, commons: false }],
    ]);
  });

  test("believes no result without the attempt's token, and none twice", () => {
    const talk = new Talk({ executions: 1, tasks: [5] }).running();
    expect(talk.commit(`${t0}:0`, 1, "good", { token: 12_345 })).toEqual([]);
    expect(talk.commit(`${t0}:0`, 1, "good", { attempt: `${t0}.0` })).toEqual([]);
    talk.result(`${t0}:0`, 1);
    expect(talk.result(`${t0}:0`, 1)).toEqual([]);
    expect(talk.verdict(t0, "accepted", { agreed: [`${t0}:0`] })).toHaveLength(2);
  });

  test("takes verdicts from its verifier only, and only when it asked", () => {
    const talk = new Talk({ executions: 1, tasks: [5] }).running();
    expect(talk.verdict(t0, "accepted")).toEqual([]);
    talk.result(`${t0}:0`, 1);
    const forged = { type: "Verdict", task: t0, verdict: "accepted", digest: "x", executions: 0 };
    expect(talk.tell(owner(1), { ...forged, agreed: [], wrong: [] })).toEqual([]);
    expect(talk.at).toBe("admitted.verifying");
  });

  test("no agreement fails the job; the other tasks are taken back", () => {
    const talk = new Talk({ executions: 1 }).running();
    talk.result(`${t0}:0`, 1);
    talk.verdict(t0, "rejected");
    expect(talk.said).toEqual([`edge/e CancelTask ${t1}`, "ledger/main CloseJob"]);
    expect(talk.commit(`${t1}:0`, 1)).toEqual([]);
    expect(talk.closed()[0]?.[1]).toMatchObject({ type: "JobFailed", reason: "no-agreement" });
    expect(talk.at).toBe("failed");
  });
});

describe("Job: commit and reveal", () => {
  test("nobody is asked to reveal before all have committed and no more are wanted", () => {
    const talk = new Talk({ tasks: [5] }).running();
    expect(talk.commit(`${t0}:0`, 1)).toEqual([]);
    expect(talk.timers).toEqual([]);
    const [[to, weigh]] = talk.commit(`${t0}:1`, 2) as [Sent];
    expect([to, weigh.type]).toEqual([verifier, "Weigh"]);
    expect([...(weigh.owners as ReadonlyArray<Address>)].sort()).toEqual([owner(1), owner(2)]);
    talk.weighed(t0, 1);
    expect(talk.said).toEqual([`edge/e PlaceTask ${t0}:2`]);
    expect(talk.commit(`${t0}:2`, 3)[0]?.[1]).toMatchObject({ type: "Weigh" });
    talk.weighed(t0, 0);
    expect(talk.said).toHaveLength(3);
    expect(talk.said.every((word) => word.includes("Reveal"))).toBe(true);
  });

  test("what is weighed is weighed by the verifier, once, and when it was asked", () => {
    const talk = new Talk({ tasks: [5] }).running();
    expect(talk.weighed(t0, 0)).toEqual([]);
    talk.commit(`${t0}:0`, 1);
    talk.commit(`${t0}:1`, 2);
    expect(talk.tell(owner(1), { type: "Weighed", task: t0, more: 0 })).toEqual([]);
    expect(talk.weighed(t0, 0)).toHaveLength(2);
    expect(talk.weighed(t0, 5)).toEqual([]);
  });

  test("all are asked at once; a silent node's commitment waits no longer than it may", () => {
    const talk = new Talk({ tasks: [5] }).running();
    talk.commit(`${t0}:0`, 1);
    talk.commit(`${t0}:1`, 2);
    talk.weighed(t0, 0);
    expect(talk.said).toEqual([`node/n1 Reveal ${t0}:0`, `node/n2 Reveal ${t0}:1`]);
    expect(talk.timers).toEqual([`StartTimer ${t0}:0`, `StartTimer ${t0}:1`]);
    talk.reveal(`${t0}:0`, 1);
    expect(talk.timers).toEqual([`CancelTimer ${t0}:0`]);
  });

  test("a result that comes before it was asked for is left aside", () => {
    const talk = new Talk({ tasks: [5] }).running();
    talk.commit(`${t0}:0`, 1);
    expect(talk.reveal(`${t0}:0`, 1)).toEqual([]);
    talk.commit(`${t0}:1`, 2);
    expect(talk.reveal(`${t0}:1`, 2)).toEqual([]);
    talk.weighed(t0, 0);
    expect(talk.reveal(`${t0}:1`, 2)).toEqual([]);
    expect(talk.reveal(`${t0}:0`, 1)[0]?.[1].type).toBe("Judge");
  });

  test("a result that nobody has seen is not accepted: another copy is asked for", () => {
    const talk = new Talk({ executions: 1, tasks: [5] }).running();
    talk.commit(`${t0}:0`, 1);
    expect(talk.due(`${t0}:0`), "not asked yet").toEqual([]);
    talk.weighed(t0, 0);
    talk.due(`${t0}:0`);
    expect(talk.said).toEqual([`edge/e PlaceTask ${t0}:1`]);
    expect(talk.sent[0]?.[1].exclude).toEqual([requester, owner(1)]);
    expect(talk.reveal(`${t0}:0`, 1), "too late").toEqual([]);
    talk.commit(`${t0}:1`, 2);
    expect(talk.said).toEqual([`node/n2 Reveal ${t0}:1`]);
  });

  const silent = (digest: string) => {
    const talk = new Talk({ tasks: [5] }).running();
    talk.commit(`${t0}:0`, 1, digest);
    talk.commit(`${t0}:1`, 2);
    talk.weighed(t0, 0);
    talk.reveal(`${t0}:1`, 2);
    return { talk, judge: talk.due(`${t0}:0`)[0]?.[1] as Body };
  };
  const digestsBy = (judge: Body) =>
    new Map((judge.results as ReadonlyArray<Body>).map((one) => [one.owner, one.digest]));

  test("who commits and falls silent is judged, and paid, by its commitment", () => {
    const { talk, judge } = silent("good");
    expect(judge.type).toBe("Judge");
    expect(digestsBy(judge)).toEqual(new Map([1, 2].map((n) => [owner(n), "good"])));
    const [settle] = talk.verdict(t0, "accepted", { agreed: [`${t0}:0`, `${t0}:1`] });
    const payees = settle?.[1].payees as ReadonlyArray<Address>;
    expect([...payees].sort()).toEqual([owner(1), owner(2)]);
  });

  test("a liar that sees itself checked gains nothing by keeping silent", () => {
    const { talk, judge } = silent("bad");
    const { attempt } = talk.wish(`${t0}:0`);
    expect(digestsBy(judge).get(owner(1))).toBe(withheldDigest(attempt as string));
    const [settle] = talk.verdict(t0, "accepted", { agreed: [`${t0}:1`] });
    expect(settle?.[1]).toMatchObject({ payees: [owner(2)] });
  });

  test("who still runs the task when it is shown has its copy taken back", () => {
    const talk = new Talk({ executions: 1, tasks: [5] }).running();
    talk.slow(`${t0}:0`);
    talk.commit(`${t0}:1`, 2);
    talk.weighed(t0, 0);
    expect(talk.said).toEqual([`node/n2 Reveal ${t0}:1`, `edge/e CancelTask ${t0}`]);
    expect(talk.commit(`${t0}:0`, 1), "it may have overheard the other").toEqual([]);
    talk.reveal(`${t0}:1`, 2);
    expect(talk.said).toEqual([`verifier/main Judge ${t0}`]);
  });

  test("another result than the one that was committed to is wrong, and never judged", () => {
    const talk = new Talk({ executions: 1, tasks: [5] }).running();
    talk.commit(`${t0}:0`, 1, "bad");
    talk.weighed(t0, 0);
    talk.reveal(`${t0}:0`, 1, "good");
    expect(talk.said).toEqual([`edge/e PlaceTask ${t0}:1`]);
    expect(talk.sent[0]?.[1].exclude).toEqual([requester, owner(1)]);
    talk.result(`${t0}:1`, 2);
    const [settle] = talk.verdict(t0, "accepted", { agreed: [`${t0}:1`] });
    expect(settle?.[1]).toMatchObject({ payees: [owner(2)], wrong: [owner(1)] });
  });

  test("a copied commitment opens for nobody: the worker's name is inside", () => {
    const talk = new Talk({ tasks: [5] }).running();
    talk.commit(`${t0}:0`, 1);
    const token = talk.wish(`${t0}:0`).token as number;
    const sealed = { worker: owner(1), task: t0, token, digest: "good" };
    talk.commit(`${t0}:1`, 2, "good", { commit: commitmentTo(sealed) });
    talk.weighed(t0, 0);
    talk.reveal(`${t0}:1`, 2);
    expect(talk.said).toEqual([`edge/e PlaceTask ${t0}:2`]);
    // nor does the copier get it under the other's name
    talk.reveal(`${t0}:0`, 2, "good", { owner: owner(1) });
    expect(talk.said).toEqual([]);
  });

  test("what was committed is no longer the edge's to lose", () => {
    const talk = new Talk({ tasks: [5] }).running();
    talk.commit(`${t0}:0`, 1);
    expect(talk.lost(`${t0}:0`)).toEqual([]);
    expect(talk.slow(`${t0}:0`)).toEqual([]);
  });
});

describe("Job: attempts", () => {
  test("their names tell neither a first copy from a check nor the order of tasks", () => {
    const talk = new Talk({ executions: 1, tasks: Array.from({ length: 50 }, () => 5) }).running();
    const suffixes = talk.sent.map(([, { attempt, task }]) =>
      (attempt as string).slice((task as string).length),
    );
    expect(new Set(suffixes).size).toBe(50);
    for (const suffix of suffixes) expect(suffix).toMatch(/^\.[0-9a-f]{8}$/);
    talk.result(`${t0}:0`, 1);
    const [check] = talk.verdict(t0, "more", { executions: 1 });
    const first = talk.wish(`${t0}:0`);
    const told = ({ attempt: _a, token: _t, exclude: _e, ...rest }: Body) => rest;
    expect(told(check?.[1] as Body)).toEqual(told(first));
    expect(check?.[1].attempt).toMatch(/\.[0-9a-f]{8}$/);
  });

  test("asks again for what was lost, until too many were", () => {
    const talk = new Talk({ executions: 1, tasks: [5] }).running();
    for (let n = 0; n < tiny.attemptsPerTask - 1; n++) {
      talk.lost(`${t0}:${n}`);
      expect(talk.said).toEqual([`edge/e PlaceTask ${t0}:${n + 1}`]);
    }
    expect(talk.lost(`${t0}:0`), "lost already").toEqual([]);
    talk.lost(`${t0}:${tiny.attemptsPerTask - 1}`);
    expect(talk.said).toEqual(["ledger/main CloseJob"]);
    const failed = { type: "JobFailed", reason: "attempts-exhausted" };
    expect(talk.closed()[0]?.[1]).toMatchObject(failed);
  });

  test("a result that comes after its attempt was lost is too late", () => {
    const talk = new Talk({ executions: 1, tasks: [5] }).running();
    talk.lost(`${t0}:0`);
    expect(talk.result(`${t0}:0`, 1)).toEqual([]);
    expect(talk.at).toBe("admitted.running");
  });

  test("a straggler gets one twin; who is first counts", () => {
    const talk = new Talk({ executions: 1, tasks: [5] }).running();
    talk.slow(`${t0}:0`);
    expect(talk.said).toEqual([`edge/e PlaceTask ${t0}:1`]);
    expect(talk.slow(`${t0}:0`), "one is enough").toEqual([]);
    talk.result(`${t0}:1`, 2);
    talk.verdict(t0, "accepted", { agreed: [`${t0}:1`] });
    expect(talk.said).toEqual(["ledger/main Settle e.0.0", "ledger/main CloseJob"]);
    expect(talk.sent[0]?.[1]).toMatchObject({ payees: [owner(2)], wrong: [] });
  });

  test("what is done again has the content of before and none of the excluded owners", () => {
    const again = { contents: ["c0", "c1"], exclude: [owner(9)], commons: true };
    const talk = new Talk({ executions: 1, ...again }).running();
    expect(talk.sent.map(([, { content }]) => content)).toEqual(["c0", "c1"]);
    const [first] = talk.sent;
    expect(first?.[1]).toMatchObject({ exclude: [requester, owner(9)], commons: false });
  });

  test.each([
    ["the deadline", job, { type: "xstate.after.jobTerm.job.admitted" }, "failed"],
    ["the requester", requester, { type: "CancelJob" }, "cancelled"],
  ])("%s ends it: open tasks are taken back, the rest is refunded", (_who, from, word, end) => {
    const talk = new Talk().running();
    talk.tell(from, word);
    expect(talk.said).toEqual([
      `edge/e CancelTask ${t0}`,
      `edge/e CancelTask ${t1}`,
      "ledger/main CloseJob",
    ]);
    talk.closed();
    expect([talk.at, talk.stopped]).toEqual([end, true]);
  });
});

describe("Job: any history", () => {
  const history = fc.array(jobLetter, { minLength: 30, maxLength: 80, size: "max" });
  const behaviour = makeJob();
  const encode = Schema.encodeSync(behaviour.State);
  const decode = Schema.decodeSync(behaviour.State);
  const protocols = [EdgeMessage, LedgerMessage, NodeMessage, VerifierMessage] as const;
  const isSent = Schema.is(Schema.Union(...protocols, ContributorMessage), {
    onExcessProperty: "error",
  });

  test("goes on from its JSON, sends what the schemas say, settles each task once", () => {
    const seen = new Set<string>();
    const property = fc.property(jobInput, history, (input, letters) => {
      let { state } = behaviour.init(input);
      const settled: Array<string> = [];
      for (const write of letters) {
        const delivery = write(state);
        const before = JSON.stringify(encode(state));
        const step = behaviour.step(state, delivery as never);
        const again = behaviour.step(decode(JSON.parse(before)), delivery as never);
        expect(again.commands).toEqual(step.commands);
        expect(encode(again.state)).toEqual(encode(step.state));
        expect(JSON.stringify(encode(state))).toBe(before);
        state = step.state;
        seen.add(state.at);
        for (const one of step.commands) {
          if (one.command !== "Send") continue;
          expect(isSent(one.message), one.message.type).toBe(true);
          if (one.message.type !== "Settle") continue;
          settled.push((one.message as Body).task as string);
        }
        const { tasks, open } = state.context;
        const attempts = tasks.entries().map(([, task]) => task.open.length);
        if (state.at.startsWith("admitted")) {
          expect(open).toBe(attempts.reduce((sum, count) => sum + count, 0));
        }
      }
      expect(new Set(settled).size).toBe(settled.length);
    });
    fc.assert(property, { numRuns: 120 });
    const middle = ["admitted.running", "admitted.verifying", "cancelled", "closing", "failed"];
    expect([...seen].sort()).toEqual([...middle, "refused", "settled", "submitted"]);
  });

  test("the compiled chart does what XState does", () => {
    const property = fc.property(jobInput, history, (input, letters) => {
      const oracle = new Oracle(jobMachine);
      oracle.init(input);
      let { state } = behaviour.init(input);
      for (const write of letters) {
        const delivery = write(state);
        const step = behaviour.step(state, delivery as never);
        const { at, context, commands, handled } = oracle.step(delivery);
        expect([step.state.at, step.commands, step.handled]).toEqual([at, commands, handled]);
        expect(encode(step.state)).toEqual(encode({ at, context } as never));
        state = step.state;
      }
    });
    fc.assert(property, { numRuns: 20 });
  });
});
