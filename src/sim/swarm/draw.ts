/**
 * Draws small scenarios: topology, load, hosts, faults, limits and rules, all from one seed. The
 * simplest value of each part is its first, so that fast-check shrinks towards a plain network.
 */
import fc from "fast-check";
import { drawnAdversaries, drawnFaults } from "./draw-faults.ts";
import { minutes, percent, present, seconds, sparse } from "./draw-values.ts";
import { drawnHosts, drawnLimits, drawnNetwork, drawnWorkload } from "./draw-world.ts";
import type { RawScenario, SwarmCase } from "./swarm-case.ts";

const drawnPolicies: fc.Arbitrary<RawScenario["policies"]> = fc
  .record({
    scheduling: sparse(fc.constantFrom("credit", "fcfs", "equal").map((rule) => ({ rule }))),
    placement: sparse(fc.constantFrom("nearest", "fastest", "random").map((rule) => ({ rule }))),
    verification: sparse(
      fc.oneof(
        fc
          .record({ agree: fc.integer({ min: 1, max: 3 }), more: fc.integer({ min: 0, max: 5 }) })
          .map(({ agree, more }) => ({ rule: "quorum", agree, limit: agree + more })),
        fc.constant({ rule: "trust" }),
        // so few are bad that two newcomers who agree are believed, or three
        fc
          .record({ f: fc.constantFrom(0.02, 0.05, 0.1), limit: fc.integer({ min: 3, max: 6 }) })
          .map((params) => ({ rule: "credibility", ...params })),
      ),
    ),
  })
  .map((group) => present(group));

const drawnCommons: fc.Arbitrary<RawScenario["commons"]> = fc
  .record({
    mode: fc.constantFrom("probation" as const, "idle" as const, "off" as const),
    taskVcu: percent(1, 20),
    tasksPerJob: fc.integer({ min: 1, max: 20 }),
  })
  .map((group) => present(group));

const drawnPatience: fc.Arbitrary<RawScenario["patience"]> = fc.record({
  for: minutes(1, 240),
  every: minutes(1, 30),
});

const size = fc.record({
  until: minutes(30, 360),
  nodes: fc.integer({ min: 4, max: 40 }),
  edges: fc.integer({ min: 1, max: 3 }),
  verifiers: fc.integer({ min: 1, max: 2 }),
  nodesPerContributor: fc.integer({ min: 1, max: 3 }),
  arriveWithin: seconds(1, 1_200),
  access: fc.oneof(
    { weight: 7, arbitrary: fc.constant("credit" as const) },
    { weight: 1, arbitrary: fc.constant("open" as const) },
  ),
});

const parts = fc.record({
  network: drawnNetwork,
  hosts: drawnHosts,
  workload: drawnWorkload,
  commons: sparse(drawnCommons),
  policies: sparse(drawnPolicies),
  limits: sparse(drawnLimits),
  patience: sparse(drawnPatience),
  adversaries: drawnAdversaries,
  faults: drawnFaults,
  core: sparse(percent(30, 100)),
});

/** Longer than the longest drawn life of a job: the last one has time to fail and be refunded. */
const WITHIN = "30h";

/** Unless drawn shorter, jobs outlive the run: what is stuck then shows, and does not expire. */
const UNHURRIED = { jobUs: "72h" } as const;

/** The scenarios that a swarm draws from, each with the seed it is run with. */
export function drawnCases(seed: number): fc.Arbitrary<SwarmCase> {
  return fc.tuple(size, parts).map(([extent, drawn]) => {
    const { network, hosts, workload, core, faults, limits, policies, ...rest } = drawn;
    const verification = policies?.verification ?? { rule: "quorum" };
    // where rewards clear one by one, what was burned shows before the run ends
    const clearing = verification.rule === "credibility" ? { escrowTasks: 2 } : {};
    const scenario = {
      name: `swarm-${seed}`,
      seed,
      ...extent,
      network: network.value,
      hosts: hosts.value,
      workload: workload.value,
      ...rest,
      policies: { ...policies, verification },
      limits: { ...UNHURRIED, ...clearing, ...limits },
      faults: faults.length === 0 ? undefined : faults,
      liveness: { ...(core === undefined ? {} : { core }), within: WITHIN },
    };
    return {
      scenario: present(scenario) as RawScenario,
      files: { ...network.files, ...hosts.files, ...workload.files },
    };
  });
}
