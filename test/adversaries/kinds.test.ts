/**
 * Each kind of adversary in a hamlet of sixteen machines: it does what it is named for, and what
 * the rules make of it where that does not hang on luck.
 */
import { describe, expect, test } from "vitest";
import type { EdgeContext } from "../../src/actors/edge/state.ts";
import type { Address } from "../../src/kernel/address.ts";
import type { ChartState } from "../../src/kernel/chart.ts";
import { MFLOP_PER_VCU } from "../../src/kernel/credit.ts";
import { HOUR } from "../../src/kernel/duration.ts";
import type { DeliveryNote, Run } from "../../src/sim/run/run.ts";
import { classNamed, type Raw, villageWith } from "./village.ts";

const hamlet = {
  nodes: 16,
  until: "1h",
  hosts: { kind: "uniform", uniform: { cores: 2 }, ownerUse: { enabled: false } },
  workload: { kind: "poisson", load: 0.6, tasks: { mean: 3 }, taskVcu: { mean: 0.05 } },
  commons: { mode: "idle", taskVcu: 0.05, tasksPerJob: 6 },
  // the last of a few rewards is as good as cleared
  limits: {
    probationResults: 2,
    probationMilliVcu: 10,
    leaseFloorUs: "2m",
    epochUs: "20m",
    escrowTasks: 2,
  },
  policies: { verification: { rule: "quorum" } },
};

interface Seen {
  readonly run: Run;
  readonly notes: ReadonlyArray<DeliveryNote>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly earned: number;
  readonly spent: number;
  readonly honest: { readonly earned: number; readonly contributors: number };
  readonly acted: number;
  readonly lies: number;
}

/** A run of the hamlet with one kind; keeps what went to or came from its members. */
function seen(adversary: Raw & { readonly kind: string }, change: Raw = {}): Seen {
  const notes: DeliveryNote[] = [];
  const run = villageWith([adversary], { ...hamlet, ...change }, (note) => {
    if (["SubmitJob", "AttemptEnded", "Join", "Pong"].includes(note.type)) notes.push(note);
  });
  const result = run.result();
  const { earned, spent } = classNamed(result, adversary.kind);
  const { acted, lies } = run.parts.world.stage.board(0);
  const failed = result.checks.filter(({ pass }) => !pass).map(({ name }) => name);
  expect(failed).toEqual([]);
  const honest = classNamed(result, "honest");
  expect(honest.earned).toBeGreaterThan(1);
  return { run, notes, metrics: result.metrics, earned, spent, honest, acted, lies };
}

const nodesOf = ({ run }: Seen) => {
  const { members } = run.parts.world.cast;
  const parts = members.flatMap(({ identities }) => identities.flatMap((each) => each.parts));
  return new Set(parts.map(({ node }) => node));
};
const namesOf = ({ run }: Seen) => new Set<string>(run.parts.world.cast.memberOf.keys());

/** VCU that these nodes really computed. */
function computed({ run }: Seen, nodes: ReadonlySet<Address>): number {
  const { runner, world } = run.parts;
  const mflop = [...nodes].map((at) => runner.computedBy.get(world.sim.actor(at)) ?? 0);
  return mflop.reduce((sum, each) => sum + each, 0) / MFLOP_PER_VCU;
}

function refusals(of: Seen): number {
  const nodes = nodesOf(of);
  const isRefusal = ({ from, type, message }: DeliveryNote) =>
    type === "AttemptEnded" &&
    nodes.has(from as Address) &&
    (message as { outcome?: string }).outcome === "refused";
  return of.notes.filter(isRefusal).length;
}

/** Jobs that members handed in, with the time in hours since the start. */
function jobs({ notes, run, ...rest }: Seen) {
  const names = namesOf({ notes, run, ...rest });
  return notes
    .filter(({ from, type }) => type === "SubmitJob" && names.has(from))
    .map(({ atUs, message }) => ({
      atH: (atUs - run.startUs) / HOUR,
      tasks: (message as { tasks: ReadonlyArray<number> }).tasks,
    }));
}

function entriesAtEdge({ run }: Seen): EdgeContext["nodes"] {
  const { sim, edges } = run.parts.world;
  return (sim.actor(edges[0] as Address).state as ChartState<EdgeContext>).context.nodes;
}

describe("Adversaries: who gives little or nothing", () => {
  test("a free rider asks in vain", () => {
    const riders = seen({ kind: "free-rider", count: 3, demand: 5 });
    expect(jobs(riders).length).toBeGreaterThan(10);
    expect([riders.earned, riders.spent]).toEqual([0, 0]);
  });

  test("a token contributor earns the token", () => {
    const { earned, honest, acted } = seen({ kind: "token", count: 3, capacity: 0.2 });
    expect(acted).toBeGreaterThan(0);
    expect(earned / 3).toBeLessThan((0.4 * honest.earned) / honest.contributors);
  });

  test("an idler computes nothing, gets hardly any work and is paid nothing", () => {
    for (const ends of ["silent", "gives-back"]) {
      const idlers = seen({ kind: "idler", count: 3, ends });
      expect(computed(idlers, nodesOf(idlers))).toBe(0);
      expect([idlers.earned, idlers.spent]).toEqual([0, 0]);
      expect(idlers.acted).toBeLessThan(100);
    }
  });

  test("what is earned when the time is over, by honest work, is not put to cheating", () => {
    const busy = { kind: "poisson", load: 20, tasks: { mean: 3 }, taskVcu: { mean: 0.05 } };
    const { run, metrics } = seen({ kind: "slow-roller", count: 4 }, { workload: busy });
    const { accounts } = run.parts.shadow;
    const names = run.parts.world.cast.members.flatMap(({ identities }) => identities);
    const paid = names.map(({ contributor }) => Number(accounts.get(contributor)?.verified ?? 0n));
    const afterwards = paid.reduce((sum, nano) => sum + nano, 0) / 1e9;
    expect(afterwards).toBeGreaterThan(10);
    expect(metrics.attackerPaidVcu).toBeLessThan(afterwards / 5);
  });

  test("a slow-roller earns less than the honest, who finish", () => {
    const rollers = seen({ kind: "slow-roller", count: 3 });
    expect(rollers.acted).toBeGreaterThan(5);
    expect(rollers.earned / 3).toBeLessThan(rollers.honest.earned / 13);
  });

  test("a flood of stragglers goes silent at once, and works again when it is over", () => {
    const flood = { kind: "straggler-flood", count: 5, at: "10min" };
    const short = seen({ ...flood, for: "20min" });
    const long = seen({ ...flood, for: "50min" });
    expect(short.acted).toBeGreaterThan(4);
    expect(computed(short, nodesOf(short))).toBeGreaterThan(1.5 * computed(long, nodesOf(long)));
    expect(short.metrics.attemptsLost).toBeGreaterThan(4);
  });

  test("a capacity faker is paid for its work, whatever it claims", () => {
    const fakers = seen({ kind: "capacity-faker", count: 3 });
    const entries = entriesAtEdge(fakers);
    const claims = fakers.run.parts.world.nodes.map((at) => entries.get(at)?.slotMflops ?? 1);
    expect(Math.max(...claims)).toBeGreaterThan(50 * Math.min(...claims));
    expect(fakers.metrics.attackerPaid).toBeLessThan(1.1);
  });
});

describe("Adversaries: who reports wrong results", () => {
  test("low quality, each lie its own, convinces nobody and is paid nothing", () => {
    const liars = seen({ kind: "low-quality", count: 3, chance: 1 });
    expect(liars.lies).toBeGreaterThan(5);
    expect(liars.metrics.wrongAccepted).toBe(0);
    expect(liars.earned).toBe(0);
    expect(liars.metrics.suspended).toBe(3);
  });

  test.each(["always", "rate", "sleeper", "onoff", "strategic"])(
    "colluders who lie %s, each its own, pass no lie",
    (when) => {
      const group = { kind: "colluder", count: 5, when, digests: "independent" };
      const lies = { rate: 0.5, after: 3, period: "10min", hold: 1 };
      const colluders = seen({ ...group, ...lies });
      expect(colluders.lies).toBeGreaterThan(3);
      expect(colluders.metrics.wrongAccepted).toBe(0);
    },
  );

  test("colluders who say the same win quorums, but not when they share a line", () => {
    const group = { kind: "colluder", count: 6, when: "always" };
    expect(seen(group).metrics.wrongAccepted).toBeGreaterThan(0);
    const together = seen({ ...group, network: "shared" });
    expect(together.lies).toBeGreaterThan(3);
    expect(together.metrics.wrongAccepted).toBe(0);
  });

  test("a saboteur lies at its rate", () => {
    const saboteurs = seen({ kind: "saboteur", count: 3, rate: 0.3, digests: "independent" });
    expect(saboteurs.lies).toBeGreaterThan(2);
    expect(saboteurs.metrics.wrongAccepted).toBe(0);
  });

  test("one that recognises checks lies elsewhere", () => {
    const { lies, acted } = seen({ kind: "check-recogniser", count: 3, rate: 0.5 });
    expect(lies).toBeGreaterThan(2);
    expect(acted).toBe(lies);
  });
});

describe("Adversaries: who has many names", () => {
  test.each(["even", "uneven"])("a machine that is split (%s) is paid as one", (split) => {
    const sybils = seen({ kind: "sybil-split", count: 2, identities: 5, split });
    expect(namesOf(sybils).size).toBe(10);
    expect(sybils.metrics.attackerPaid).toBeGreaterThan(0.7);
    expect(sybils.metrics.attackerPaid).toBeLessThan(1.1);
  });

  test("one processor under ten names computes like one, and edges see one line", () => {
    const sybils = seen({ kind: "sybil-one-cpu", count: 1 });
    const { attackerPaidVcu: paid = 0, attackerWorkedVcu: worked = 0 } = sybils.metrics;
    const perMachine = computed(sybils, new Set(sybils.run.parts.world.nodes)) / 16;
    expect(paid).toBeGreaterThan(0);
    expect(paid).toBeLessThanOrEqual(1.1 * worked);
    expect(worked).toBeLessThan(1.5 * perMachine);
    expect(clustersAtEdge(sybils).size).toBe(1);
  });

  test.each([
    [3, 2],
    [1, 4],
  ])("who invited %i each is seen in %i families", (fanout, families) => {
    const farm = seen({ kind: "invitation-farmer", count: 1, identities: 5, fanout });
    expect(clustersAtEdge(farm).size).toBe(families);
    expect(farm.metrics.attackerPaid).toBeLessThan(1.1);
  });

  test("a whitewasher loses name after name and is paid under none", () => {
    const washers = seen({ kind: "whitewasher", count: 2, chance: 1, identities: 4 });
    expect(namesUsed(washers)).toBeGreaterThan(4);
    expect(washers.earned).toBe(0);
    expect(washers.metrics.wrongAccepted).toBe(0);
  });

  test("a rotator leaves names and debts behind, and had no more than it had earned", () => {
    const greedy = { kind: "rotator", count: 2, identities: 4, rotateAfter: "10min", demand: 8 };
    const rotators = seen(greedy);
    expect(namesUsed(rotators)).toBeGreaterThan(3);
    expect(rotators.spent).toBeGreaterThan(0);
    expect(rotators.spent).toBeLessThan(1.25 * rotators.earned);
  });
});

/** Clusters in which the edge sees the members' nodes. */
function clustersAtEdge(of: Seen): ReadonlySet<string> {
  const entries = entriesAtEdge(of);
  return new Set([...nodesOf(of)].flatMap((node) => entries.get(node)?.cluster ?? []));
}

/** Names whose nodes ever joined. */
function namesUsed(of: Seen): number {
  const nodes = nodesOf(of);
  const joins = of.notes.filter(({ type, from }) => type === "Join" && nodes.has(from as Address));
  return new Set(joins.map(({ from }) => from)).size;
}

describe("Adversaries: who asks and chooses otherwise", () => {
  test("a hoarder asks for nothing, then for everything", () => {
    const asked = jobs(seen({ kind: "hoarder", count: 3, saveFor: "40min" }));
    expect(asked.length).toBeGreaterThan(3);
    expect(Math.min(...asked.map(({ atH }) => atH))).toBeGreaterThan(0.6);
  });

  test("a demand inflater asks for more and has its pay for it, no more", () => {
    const inflaters = seen({ kind: "demand-inflater", count: 3 });
    const asked = jobs(inflaters);
    const tasks = asked.reduce((sum, each) => sum + each.tasks.length, 0) / asked.length;
    expect(tasks).toBeGreaterThan(8);
    expect(inflaters.spent).toBeLessThan(1.25 * inflaters.earned);
  });

  test("a cherry-picker refuses and is paid for what it took alone", () => {
    const pickers = seen({ kind: "cherry-picker", count: 3, beyondVcu: 0.04 });
    expect(refusals(pickers)).toBeGreaterThan(3);
    expect(pickers.metrics.attackerPaid).toBeLessThan(1.1);
  });

  test("an epoch buncher works at the end of epochs, and is paid for that alone", () => {
    const bunchers = seen({ kind: "epoch-buncher", count: 3, window: 0.5 });
    expect(refusals(bunchers)).toBeGreaterThan(3);
    expect(bunchers.earned / 3).toBeLessThan((0.8 * bunchers.honest.earned) / 13);
    expect(bunchers.metrics.attackerPaid).toBeLessThan(1.1);
  });

  test("self-dealers mark what they ask for", () => {
    const dealers = seen({ kind: "self-dealer", count: 5 });
    const asked = jobs(dealers).flatMap(({ tasks }) => tasks);
    expect(asked.length).toBeGreaterThan(3);
    expect(new Set(asked.map((mflop) => mflop % 1_009))).toEqual(new Set([7]));
  });
});

describe("Adversaries: who lies about places", () => {
  test("far off it may seem, near it may not", () => {
    const measured = (factor: number) => {
      const liars = seen({ kind: "coordinate-liar", count: 4, factor });
      const entries = entriesAtEdge(liars);
      return [...nodesOf(liars)].map((node) => entries.get(node)?.rttUs ?? 0);
    };
    const [near, honest, far] = [measured(0.1), measured(1), measured(5)];
    for (const [i, rttUs] of honest.entries()) {
      expect(near[i]).toBeGreaterThan(0.8 * rttUs);
      expect(far[i]).toBeGreaterThan(3 * rttUs);
    }
  });

  test("who holds offers back computes less", () => {
    const late = seen({ kind: "coordinate-liar", count: 4, delay: "1min" });
    const prompt = seen({ kind: "coordinate-liar", count: 4 });
    expect(computed(late, nodesOf(late))).toBeLessThan(computed(prompt, nodesOf(prompt)));
  });
});
