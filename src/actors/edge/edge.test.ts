import { describe, expect, test } from "vitest";
import { type Address, address, idOf } from "../../kernel/address.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import { MINUTE, micros, SECOND } from "../../kernel/duration.ts";
import { mix32, type Seed } from "../../kernel/entropy.ts";
import { tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import { nearest } from "../../policies/placement/nearest.ts";
import { firstCome } from "../../policies/scheduling/first-come.ts";
import { makeEdge } from "./edge.ts";
import type { EdgeInput } from "./state.ts";

const self = address("edge", "e");
const alice = address("contributor", "alice");
const job = address("job", "e.alice.0");

type Body = Message & Readonly<Record<string, unknown>>;

class Talk {
  private readonly edge = makeEdge({
    scheduling: firstCome,
    schedulingParams: {},
    placement: nearest,
    placementParams: { sample: 2 },
  });
  private step;
  private word = 0;
  private readonly names: Array<readonly [string, string]> = [];
  private now = 5;

  constructor(rest: Partial<EdgeInput> = {}) {
    this.step = this.edge.init({
      edge: self,
      ledger: address("ledger", "main"),
      verifier: address("verifier", "main"),
      limits: tiny,
      executions: 2,
      commons: { mode: "off", taskMflop: 10, tasksPerJob: 1 },
      gate: "credit",
      ...rest,
    });
  }
  tell(from: Address, message: Body): ReadonlyArray<string> {
    const seed = mix32(this.word++) as Seed;
    const sender = this.inFull(from) as Address;
    const told = mapTexts(message, (text) => this.inFull(text));
    const rest = { id: "x#1" as MessageId, atUs: micros(this.now), entropy: seed, from: sender };
    const delivery = { type: message.type, ...rest, message: told };
    this.step = this.edge.step(this.step.state, delivery as never);
    for (const one of this.step.commands) {
      if (one.command !== "Spawn") continue;
      const by = idOf((one.input as { readonly requester: Address }).requester);
      this.names.push([idOf(one.address), `e.${by}.${this.names.length}`]);
    }
    return this.step.commands.flatMap((one) => {
      if (one.command === "Send") return [this.line(one.to, one.message as Body)];
      if (one.command === "Reply") return [this.line(from, one.message as Body)];
      if (one.command === "Spawn") return [this.short(`spawn ${one.address}`)];
      if (one.command === "StartTimer") {
        return [`${this.short(`start ${one.key}`)} ${one.delayUs / SECOND}s`];
      }
      return [];
    });
  }
  /** Lets time pass without anything happening. */
  wait(us: number): void {
    this.now += us;
  }
  /** Jobs have drawn names; stories call the n-th that was opened e.alice.n. */
  private inFull(text: string): string {
    return this.names.reduce((full, [name, alias]) => full.replace(alias, name), text);
  }
  /** "node/n1 Assign 0.0": attempts of the first job without its name. */
  private line(to: Address, message: Body): string {
    return `${this.short(to)} ${this.short(wordsOf(message)).replace("e.alice.0.", "")}`;
  }
  private short(text: string): string {
    return this.names.reduce((brief, [name, alias]) => brief.replace(name, alias), text);
  }
  join(n: number, rest: object = {}): ReadonlyArray<string> {
    const owner = address("contributor", `c${n}`);
    const offer = { owner, slots: 1, slotMflops: 1_000, rttUs: 10, probation: false, network: "" };
    return this.tell(node(n), { type: "Join", ...offer, ...rest });
  }
  submit(by = alice, tasks: ReadonlyArray<number> = [5]): ReadonlyArray<string> {
    const sizes = { inputBytes: 1, outputBytes: 1, memoryMib: 1, contents: null };
    return this.tell(by, { type: "SubmitJob", demand: 1, tasks, ...sizes });
  }
  /** Task 3's attempt 1 is `place("3.1")`. */
  place(attempt: string, rest: object = {}, from = job): ReadonlyArray<string> {
    const id = `${from.slice(4)}.${attempt}`;
    return this.tell(from, {
      type: "PlaceTask",
      attempt: id,
      task: id.slice(0, id.lastIndexOf(".")),
      requester: alice,
      standing: {
        balance: nanoVcu(1n),
        earned: nanoVcu(1n),
        spent: nanoVcu(0n),
        rate: nanoVcu(0n),
      },
      commons: false,
      onDebt: false,
      content: id,
      mflop: 1_000,
      memoryMib: 1,
      inputBytes: 1,
      outputBytes: 1,
      token: 1,
      exclude: [alice],
      ...rest,
    });
  }
  started(n: number, attempt: string): ReadonlyArray<string> {
    return this.tell(node(n), { type: "AttemptStarted", attempt: `e.alice.0.${attempt}` });
  }
  ended(n: number, attempt: string, outcome: string): ReadonlyArray<string> {
    return this.tell(node(n), {
      type: "AttemptEnded",
      attempt: `e.alice.0.${attempt}`,
      outcome,
      fetchUs: 0,
    });
  }
  expired(attempt: string): ReadonlyArray<string> {
    return this.tell(self, { type: "LeaseExpired", attempt: `e.alice.0.${attempt}` });
  }
  late(attempt: string): ReadonlyArray<string> {
    return this.tell(self, { type: "AttemptLate", attempt: `e.alice.0.${attempt}` });
  }
  retry(what: string): ReadonlyArray<string> {
    return this.tell(self, { type: "Retry", what });
  }
  get at() {
    return this.step.state.at;
  }
  get context() {
    return this.step.state.context;
  }
  get spawned(): unknown {
    const inputs = this.step.commands.flatMap((one) =>
      one.command === "Spawn" ? [one.input] : [],
    );
    return mapTexts(inputs[0] as Body, (text) => this.short(text));
  }
}

function mapTexts(message: Body, change: (text: string) => string): Body {
  const fields = Object.entries(message).map(([name, value]) => {
    return [name, typeof value === "string" ? change(value) : value] as const;
  });
  return Object.fromEntries(fields) as Body;
}

function wordsOf({ type, attempt, reason }: Body): string {
  return [type, attempt, reason].filter((word) => typeof word === "string").join(" ");
}
const node = (n: number) => address("node", `n${n}`);

describe("Edge: lease", () => {
  test("offers, and leases three times the run and a grace from when the node says so", () => {
    const talk = new Talk();
    talk.submit();
    expect(talk.join(1)).toEqual(["node/n1 Welcome", "node/n1 Ping"]);
    expect(talk.place("0.0", { mflop: 60_000 })).toEqual([
      "node/n1 Assign 0.0",
      "start lease/e.alice.0.0.0 30s",
    ]);
    // the first half of the lease, one and a half times the run, then what is left of it
    expect(talk.started(1, "0.0")).toEqual(["start lease/e.alice.0.0.0 90s"]);
    expect(talk.started(1, "0.0"), "a second word prolongs nothing").toEqual([]);
    expect(talk.late("0.0"), "no node idles").toEqual(["start lease/e.alice.0.0.0 95s"]);
    expect(talk.ended(1, "0.0", "done")).toEqual([]);
    expect(talk.context.attempts.size).toBe(0);
  });

  test("an offer that is not taken comes back; the node gets nothing until it speaks", () => {
    const talk = new Talk();
    talk.submit();
    talk.join(1);
    talk.place("0.0");
    expect(talk.expired("0.0")).toEqual(["job/e.alice.0 AttemptLost 0.0 not-taken"]);
    expect(talk.place("0.1")).toEqual([]);
    expect(talk.started(1, "0.0"), "too late").toEqual([
      "node/n1 Revoke 0.0 unknown",
      "node/n1 Assign 0.1",
      "start lease/e.alice.0.0.1 30s",
    ]);
  });

  test("a lease that ends without a word comes back", () => {
    const talk = new Talk();
    talk.submit();
    talk.join(1);
    talk.place("0.0");
    talk.started(1, "0.0");
    expect(talk.expired("0.0")).toEqual(["job/e.alice.0 AttemptLost 0.0 expired"]);
    expect(talk.expired("0.0")).toEqual([]);
  });

  test.each([
    ["abandoned", "abandoned"],
    ["expired", "expired"],
    ["killed", "killed"],
  ])("what a node has %s is lost once, and its slot is free", (outcome, reason) => {
    const talk = new Talk();
    talk.submit();
    talk.join(1);
    talk.place("0.0");
    expect(talk.ended(2, "0.0", outcome), "another node").toEqual([]);
    expect(talk.ended(1, "0.0", outcome)).toEqual([`job/e.alice.0 AttemptLost 0.0 ${reason}`]);
    expect(talk.ended(1, "0.0", outcome)).toEqual([]);
    expect(talk.place("0.1"), "its owner has no copy now").toContain("node/n1 Assign 0.1");
  });

  test("a node that leaves loses its attempts at once", () => {
    const talk = new Talk();
    talk.submit();
    talk.join(1, { slots: 2 });
    talk.place("0.0");
    talk.place("1.0");
    expect(talk.tell(node(1), { type: "NodeLeft", reason: "stopping" })).toEqual([
      "job/e.alice.0 AttemptLost 0.0 abandoned",
      "job/e.alice.0 AttemptLost 1.0 abandoned",
    ]);
    expect(talk.place("0.1")).toEqual([]);
    expect(talk.join(1)).toContain("node/n1 Assign 0.1");
  });

  test("a paused node keeps its leases and gets no offers", () => {
    const talk = new Talk();
    talk.submit();
    talk.join(1, { slots: 2 });
    talk.place("0.0");
    talk.tell(node(1), { type: "NodePaused" });
    expect(talk.place("1.0")).toEqual([]);
    expect(talk.tell(node(1), { type: "NodeResumed" })).toContain("node/n1 Assign 1.0");
  });

  test("a task that is decided is revoked where it runs and dropped where it waits", () => {
    const talk = new Talk();
    talk.submit();
    talk.join(1);
    for (const attempt of ["0.0", "0.1", "1.0"]) talk.place(attempt);
    const cancel = { type: "CancelTask", task: "e.alice.0.0" };
    expect(talk.tell(address("job", "e.bob.9"), cancel), "not its job").toEqual([]);
    expect(talk.tell(job, cancel)).toEqual([
      "node/n1 Revoke 0.0 cancelled",
      "node/n1 Assign 1.0",
      "start lease/e.alice.0.1.0 30s",
    ]);
  });
});

describe("Edge: who runs a task", () => {
  test("not the requester's own machines, nor two of one owner", () => {
    const talk = new Talk();
    talk.submit();
    talk.join(1, { owner: alice });
    talk.join(2);
    talk.join(3, { owner: address("contributor", "c2") });
    expect(talk.place("0.0")[0]).toMatch(/node\/n[23] Assign/);
    expect(talk.place("0.1")).toEqual(["start retry/aside 30s"]);
    expect(talk.place("1.0")[0], "what is set aside blocks nobody").toMatch(/node\/n[23] Assign/);
    expect(talk.join(4)).toContain("node/n4 Assign 0.1");
  });

  test("looks again after a while at what it set aside", () => {
    const talk = new Talk();
    talk.submit();
    talk.join(1);
    talk.place("0.0", { exclude: [alice, address("contributor", "c1")] });
    expect(talk.retry("aside")).toEqual(["start retry/aside 30s"]);
    talk.tell(job, { type: "CancelTask", task: "e.alice.0.0" });
    expect(talk.retry("aside")).toEqual([]);
    expect(talk.context.aside.works.size).toBe(0);
  });

  test("finds the one eligible node among many", () => {
    const talk = new Talk();
    talk.submit();
    for (let n = 0; n < 30; n++) talk.join(n, n === 17 ? {} : { owner: alice });
    expect(talk.place("0.0")).toContain("node/n17 Assign 0.0");
  });

  test("hears only of jobs that it opened and that have not ended", () => {
    const talk = new Talk();
    talk.join(1);
    expect(talk.place("0.0")).toEqual([]);
    talk.submit();
    talk.tell(job, { type: "JobEnded", job, commons: false });
    expect(talk.place("0.0")).toEqual([]);
  });
});

describe("Edge: stragglers", () => {
  test("a late attempt is told to its job once, while another node idles", () => {
    const talk = new Talk();
    talk.submit();
    talk.join(1);
    talk.place("0.0", { mflop: 60_000 });
    talk.started(1, "0.0");
    talk.join(2);
    expect(talk.late("0.0")).toEqual([
      "start lease/e.alice.0.0.0 95s",
      "job/e.alice.0 AttemptSlow 0.0",
    ]);
    expect(talk.expired("0.0")).toEqual(["job/e.alice.0 AttemptLost 0.0 expired"]);
  });

  test("commons work is not waited for", () => {
    const talk = new Talk();
    talk.submit();
    talk.join(1);
    talk.place("0.0", { mflop: 60_000, commons: true });
    expect(talk.started(1, "0.0")).toEqual(["start lease/e.alice.0.0.0 185s"]);
  });
});

describe("Edge: work on debt", () => {
  // 60,000 MFLOP at 1,000 MFLOPS: a minute
  const onDebt = { onDebt: true, mflop: 60_000 };
  const atWorkOnDebt = (): Talk => {
    const talk = new Talk();
    talk.submit();
    talk.join(1);
    talk.place("0.0", onDebt);
    talk.started(1, "0.0");
    return talk;
  };

  test("gives its slot back when other work waits, and waits again under its own name", () => {
    const talk = new Talk();
    talk.submit();
    talk.submit();
    talk.join(1);
    expect(talk.place("0.0", onDebt)).toContain("node/n1 Assign 0.0");
    expect(talk.started(1, "0.0"), "no twin for it").toEqual(["start lease/e.alice.0.0.0 185s"]);
    expect(talk.place("1.0")).toEqual(["node/n1 Revoke 0.0 preempted"]);
    expect(talk.place("2.0"), "one slot is asked back at a time").toEqual([]);
    expect(talk.ended(1, "0.0", "given-back")).toContain("node/n1 Assign 1.0");
    talk.ended(1, "1.0", "done");
    expect(talk.ended(1, "2.0", "done")).toContain("node/n1 Assign 0.0");
    expect(talk.context.attempts.size).toBe(1);
  });

  test("that ends before it hears of it has ended well", () => {
    const talk = atWorkOnDebt();
    talk.place("1.0");
    expect(talk.ended(1, "0.0", "done")).toContain("node/n1 Assign 1.0");
    expect(talk.ended(1, "1.0", "done")).toEqual([]);
    expect(talk.context.attempts.size).toBe(0);
  });

  test("keeps its slot while only commons work or other work on debt waits", () => {
    const talk = atWorkOnDebt();
    expect(talk.place("1.0", { commons: true })).toEqual([]);
    expect(talk.place("2.0", onDebt)).toEqual([]);
  });

  test("that is past a quarter of its expected time is left alone", () => {
    const talk = atWorkOnDebt();
    talk.wait(15 * SECOND + 1);
    expect(talk.place("1.0")).toEqual([]);
    expect(talk.ended(1, "0.0", "done")).toContain("node/n1 Assign 1.0");
  });

  test("of the commons gives way alike, and is counted among what waits", () => {
    const talk = new Talk({ commons: { mode: "idle", taskMflop: 60_000, tasksPerJob: 1 } });
    talk.join(1);
    const [commons] = talk.context.jobs.entries().map(([at]) => at);
    const work = { requester: address("contributor", "commons"), commons: true, exclude: [] };
    talk.place("0.0", { ...work, mflop: 60_000 }, commons);
    talk.tell(node(1), { type: "AttemptStarted", attempt: `${commons?.slice(4)}.0.0` });
    talk.submit();
    const [, mine] = talk.context.jobs.entries().map(([at]) => at);
    talk.wait(15 * SECOND);
    expect(talk.context.commonsWaiting).toBe(0);
    expect(talk.place("0.0", {}, mine).filter((line) => line.includes("preempted"))).toHaveLength(
      1,
    );
    const attempt = `${commons?.slice(4)}.0.0`;
    const gone = { type: "AttemptEnded", attempt, outcome: "given-back", fetchUs: 0 };
    expect(talk.tell(node(1), gone).join()).toContain("Assign");
    expect(talk.context.commonsWaiting).toBe(1);
    expect(talk.context.attempts.has(attempt)).toBe(false);
  });

  test("on a node that stops meanwhile is lost: it takes the run up when it is back", () => {
    const talk = atWorkOnDebt();
    talk.place("1.0");
    const said = talk.ended(1, "0.0", "abandoned").join();
    expect(said).toContain("AttemptLost 0.0 abandoned");
    expect(talk.context.revokedUs, "another may be asked back").toBe(0);
  });

  test("on a node that fell silent is lost: the node may still work under its name", () => {
    const talk = atWorkOnDebt();
    talk.place("1.0");
    expect(talk.expired("0.0")).toEqual(["job/e.alice.0 AttemptLost 0.0 expired"]);
    expect(talk.context.revokedUs, "another may be asked back").toBe(0);
    expect(talk.context.attempts.size).toBe(0);
  });
});

describe("Edge: new jobs", () => {
  test("opens each under an address of its own and hands it what it needs", () => {
    const talk = new Talk({ gate: "open", verifier: null });
    expect(talk.submit()).toEqual(["spawn job/e.alice.0"]);
    expect(talk.spawned).toMatchObject({ job, requester: alice, edge: self, ledger: null });
    expect(talk.submit()).toEqual(["spawn job/e.alice.1"]);
  });

  test("a job's name tells neither whose it is nor which was opened before which", () => {
    const talk = new Talk();
    const names: Array<Address> = [];
    for (let n = 0; n < 20; n++) {
      talk.submit();
      const opened = talk.context.jobs.entries().map(([at]) => at);
      names.push(...opened.filter((at) => !names.includes(at)));
    }
    for (const name of names) expect(name).toMatch(/^job\/e\.[0-9a-f]{16}$/);
    expect([...names].sort()).not.toEqual(names);
  });

  test("what the verifier doubts becomes a job of the commons that any node may run", () => {
    const talk = new Talk({ commons: { mode: "probation", taskMflop: 10, tasksPerJob: 1 } });
    const proven = address("contributor", "proven");
    const rest = { tasks: [5, 6], inputBytes: 1, outputBytes: 2, memoryMib: 3, exclude: [proven] };
    const recheck = { type: "Recheck", contents: ["a", "b"], ...rest };
    expect(talk.tell(alice, recheck), "not from the verifier").toEqual([]);
    const [spawned] = talk.tell(address("verifier", "main"), recheck);
    expect(spawned).toBe("spawn job/e.commons.0");
    expect(talk.spawned).toMatchObject({ commons: true, contents: ["a", "b"], ...rest });
    expect(talk.context.commonsAnnounced).toBe(0);
  });

  test("refuses a job that is too large, and says how large is too large", () => {
    const talk = new Talk();
    const tasks = Array.from({ length: tiny.tasksPerJob + 1 }, () => 1);
    expect(talk.submit(alice, tasks)).toEqual(["contributor/alice JobRefused overloaded"]);
  });

  test("turns jobs away while too much waits, and takes them at half of that", () => {
    const talk = new Talk();
    talk.submit();
    for (let n = 0; n <= tiny.queuedPerEdge; n++) talk.place(`${n}.0`);
    expect(talk.at).toBe("degraded");
    expect(talk.submit()).toEqual(["contributor/alice JobRefused overloaded"]);
    talk.join(1, { slots: 9 });
    expect(talk.at).toBe("degraded");
    talk.join(2, { slots: 1 });
    expect(talk.at).toBe("serving");
  });

  test("a closed edge finishes what it has and answers no newcomer", () => {
    const talk = new Talk();
    talk.submit();
    talk.join(1);
    talk.tell(self, { type: "DrainEdge" });
    expect(talk.submit()).toEqual(["contributor/alice JobRefused draining"]);
    expect(talk.tell(alice, { type: "Ping", probe: 1 })).toEqual([]);
    expect(talk.join(2)).toEqual([]);
    expect(talk.place("0.0")).toContain("node/n1 Assign 0.0");
  });
});

describe("Edge: commons", () => {
  const commons = { mode: "probation", taskMflop: 10, tasksPerJob: 1 } as const;
  const commonsJob = address("job", "e.commons.0");

  test("opens one job for newcomers, and no second for the same need", () => {
    const talk = new Talk({ commons, executions: 1 });
    expect(talk.join(1)).toEqual(["node/n1 Welcome", "node/n1 Ping"]);
    expect(talk.join(2, { probation: true })).toContain("spawn job/e.commons.0");
    expect(talk.join(3, { probation: true }).join()).not.toContain("spawn");
    const said = talk.place("0.0", { commons: true, exclude: [] }, commonsJob);
    expect(said[0]).toMatch(/node\/n[23] Assign/);
    expect(said.at(-1)).toBe("spawn job/e.commons.1");
  });

  test("paid work goes first", () => {
    const talk = new Talk({ commons: { ...commons, mode: "idle" }, executions: 1 });
    talk.join(1);
    talk.submit();
    const paid = address("job", "e.alice.1");
    talk.place("0.0", {}, paid);
    talk.place("0.0", { commons: true, exclude: [] }, commonsJob);
    talk.place("1.0", {}, paid);
    const ended = { type: "AttemptEnded", attempt: "e.alice.1.0.0", outcome: "done", fetchUs: 0 };
    expect(talk.tell(node(1), ended)).toContain("node/n1 Assign e.alice.1.1.0");
  });

  test("a refused commons job is not tried again at once", () => {
    const talk = new Talk({ commons });
    talk.join(1, { probation: true });
    const ended = { type: "JobEnded", job: commonsJob, commons: true };
    expect(talk.tell(commonsJob, ended)).toEqual([`start retry/commons ${tiny.joinUs / SECOND}s`]);
    expect(tiny.joinUs).toBe(MINUTE);
    expect(talk.retry("commons")).toEqual(["spawn job/e.commons.1"]);
  });

  test("is no longer for nodes whose owner has passed probation", () => {
    const talk = new Talk({ commons });
    talk.join(1, { probation: true });
    talk.tell(node(1), { type: "NodeStanding", probation: false });
    expect(talk.place("0.0", { commons: true, exclude: [] }, commonsJob)).toEqual([]);
  });
});
