/**
 * Can a node tell a check from other work? From all that an Assign says, and from when it comes,
 * the best threshold on any one feature must do no better than a coin: area under the curve at
 * most .55.
 */
import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import type { ResultCommitted } from "../../src/actors/job/messages.ts";
import type { Assign } from "../../src/actors/node/messages.ts";
import type { Weigh } from "../../src/actors/verifier/messages.ts";
import { hashText } from "../../src/kernel/entropy.ts";
import type { Envelope, Hosted } from "../../src/sim/core/hosted.ts";
import { Run } from "../../src/sim/run/run.ts";
import { Scenario } from "../../src/sim/scenario/schema.ts";

const scenario = Schema.decodeUnknownSync(Scenario)({
  name: "blindness",
  until: "8h",
  nodes: 40,
  edges: 1,
  network: { sites: 10 },
  hosts: { mixture: { always: 1 } },
  limits: { probationResults: 4, probationMilliVcu: 40, escrowTasks: 2 },
  commons: { mode: "probation", taskVcu: 0.01, tasksPerJob: 10 },
  // f so low that owners are soon believed alone; every third word is checked
  policies: { verification: { rule: "credibility", f: 0.02, q: 0.3, qYoung: 0.3 } },
  workload: { load: 0.3, tasks: { mean: 3 }, taskVcu: { mean: 0.01, sigma: 0.5 } },
  liveness: { within: "6h" },
});

/** Numbers that a node can make of an offer and of its arrival. */
function featuresOf(offer: Assign, atUs: number): Readonly<Record<string, number>> {
  const words = (text: string) => hashText(text) / 4294967296;
  return {
    size: offer.mflop,
    lease: offer.leaseUs,
    memory: offer.memoryMib,
    input: offer.inputBytes,
    output: offer.outputBytes,
    token: offer.token,
    attempt: Number.parseInt(offer.attempt.slice(-8), 16),
    job: Number.parseInt(offer.job.slice(-8), 16),
    content: words(offer.content),
    textLength: JSON.stringify(offer).length,
    place: Number(offer.task.slice(offer.task.lastIndexOf(".") + 1)),
    second: (atUs / 1_000_000) % 60,
  };
}

/** Chance that a check's feature is above another's, or below: .5 tells nothing. */
function areaUnderCurve(checks: ReadonlyArray<number>, others: ReadonlyArray<number>): number {
  const all = [
    ...checks.map((value) => ({ value, isCheck: true })),
    ...others.map((value) => ({ value, isCheck: false })),
  ].sort((a, b) => a.value - b.value);
  let ranks = 0;
  for (let i = 0; i < all.length; ) {
    let j = i;
    while (j < all.length && all[j]?.value === all[i]?.value) j++;
    const rank = (i + 1 + j) / 2;
    for (let k = i; k < j; k++) if (all[k]?.isCheck === true) ranks += rank;
    i = j;
  }
  const n = checks.length;
  const area = (ranks - (n * (n + 1)) / 2) / (n * others.length);
  return Math.max(area, 1 - area);
}

describe("Checks look like other work", () => {
  const run = new Run({ scenario, seed: 3, files: new Map() });
  const offers: Array<{ readonly offer: Assign; readonly atUs: number }> = [];
  const firstCommitted = new Map<string, string>();
  /** Attempts whose owner's word would have decided alone, by task. */
  const firstOf = new Map<string, string>();
  run.parts.world.sim.observers.push({
    stepped: (actor: Hosted, delivery: Envelope) => {
      const { nowUs } = run.parts.world.sim;
      if (delivery.type === "Assign")
        offers.push({ offer: delivery.message as Assign, atUs: nowUs });
      if (actor.behaviour.kind === "job" && delivery.type === "ResultCommitted") {
        const { task, attempt } = delivery.message as ResultCommitted;
        if (!firstCommitted.has(task)) firstCommitted.set(task, attempt);
      }
      if (actor.behaviour.kind !== "verifier" || delivery.type !== "Weigh") return;
      const { task, owners } = delivery.message as Weigh;
      if (owners.length === 1) firstOf.set(task, firstCommitted.get(task) ?? "");
    },
    spawned: () => undefined,
    stopped: () => undefined,
  });
  while (!run.advance(50_000));

  // of a task's attempts the first that came back alone is the work, what came after it the check
  const mature = offers.slice(Math.floor(offers.length / 3));
  const checks = mature.filter(({ offer }) => {
    const first = firstOf.get(offer.task);
    return first !== undefined && first !== offer.attempt;
  });
  const others = mature.filter(({ offer }) => firstOf.get(offer.task) === offer.attempt);
  const names = Object.keys(featuresOf((mature[0] as { offer: Assign }).offer, 0));

  test("there are enough of both to tell", () => {
    console.info(`${checks.length} checks, ${others.length} others`);
    expect(checks.length).toBeGreaterThan(300);
    expect(others.length).toBeGreaterThan(1_000);
  });

  test.each(names)("%s: area under the curve at most .55", (name) => {
    const values = (some: typeof offers) =>
      some.map(({ offer, atUs }) => featuresOf(offer, atUs)[name] ?? 0);
    expect(areaUnderCurve(values(checks), values(others))).toBeLessThanOrEqual(0.55);
  });
});
