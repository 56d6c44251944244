/** A result as a day of a network of 2,000 nodes might give it; no run was made for it. */
import type {
  ContributorPoint,
  FaultRecord,
  Histogram,
  RunResult,
  Series,
} from "../../src/sim/run/result.ts";

const HOUR = 3600;

/** Numbers in [0, 1) that are the same each time. */
export function draws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A day's rhythm between 0 and 1. */
function rhythm(hour: number): number {
  return 0.5 - 0.5 * Math.cos(((hour - 4) / 12) * Math.PI);
}

export function sampleSeries(points: number): ReadonlyArray<Series> {
  const draw = draws(7);
  const at = Array.from({ length: points }, (_, i) => (i * 24 * HOUR) / Math.max(1, points - 1));
  const crowd = (hour: number) => (hour > 14 && hour < 15.5 ? 1 : 0);
  const over = (of: (hour: number) => number) => at.map((s) => of(s / HOUR));
  const up = over((h) => Math.round(1180 + 240 * rhythm(h + 5) + 30 * draw()));
  const free = up.map((n) => Math.round(n * (0.72 + 0.05 * draw())));
  const load = over((h) => Math.min(1, 0.35 + 0.4 * rhythm(h) + 0.5 * crowd(h) + 0.05 * draw()));
  const queue = over((h) =>
    Math.round(8 * rhythm(h) * draw() + crowd(h) * 900 * (h - 14) * draw()),
  );
  const busy = load.map((share, i) => Math.round(share * (free[i] ?? 0)));
  return [
    { name: "queue length", unit: "attempts", at, values: queue },
    { name: "utilisation", unit: "ratio", at, values: load },
    { name: "machines up", unit: "machines", at, values: up },
    { name: "slots free of their owner", unit: "slots", at, values: free },
    { name: "slots at work", unit: "slots", at, values: busy },
  ];
}

function waiting(): Histogram {
  const bounds = [0];
  for (let decade = 1e-3; decade < 1e6; decade *= 10) bounds.push(decade, 2 * decade, 5 * decade);
  const counts = bounds.map((bound) => {
    if (bound === 0) return 1460;
    const off = (Math.log10(bound) + 0.9) / 0.9;
    return bound > 9000 ? 0 : Math.round(64_000 * Math.exp(-off * off));
  });
  return { name: "waiting time", unit: "s", bounds, counts };
}

export function sampleContributors(count: number): ReadonlyArray<ContributorPoint> {
  const draw = draws(11);
  return Array.from({ length: count }, (_, i): ContributorPoint => {
    const id = `contributor/c${i}`;
    const amount = 0.3 + 18 * draw() ** 3;
    const asked = amount * (0.7 + 0.6 * draw());
    if (i % 10 === 3) {
      return { id, className: "free-rider", asked, earned: 0.02 * draw(), spent: 0.01 * draw() };
    }
    if (i % 20 === 7) {
      return { id, className: "wrong-result", asked, earned: 0.2 * draw(), spent: 0.15 * draw() };
    }
    const spent = Math.min(asked, amount) * (0.86 + 0.14 * draw());
    return { id, className: "honest", asked, earned: amount, spent };
  });
}

export function sampleFaults(crashes: number): ReadonlyArray<FaultRecord> {
  const draw = draws(13);
  const spans = Array.from({ length: crashes }, () => {
    const from = draw() * 23 * HOUR;
    return { from, to: from + 60, on: `node/n${Math.floor(2000 * draw())}` };
  }).sort((a, b) => a.from - b.from);
  const partition = { from: 9 * HOUR, to: 9.5 * HOUR, on: "Europe, 412 hosts" };
  const slow = { from: 17 * HOUR, to: 18 * HOUR, on: "node/n77" };
  return [
    { kind: "partition", target: "Europe", fired: 1, spans: [partition] },
    { kind: "crash", target: "node/*", fired: crashes, spans },
    { kind: "slow-node", target: "node/*", fired: 1, spans: [slow] },
    {
      kind: "wrong-result",
      target: "5 % of the nodes",
      fired: 812,
      spans: [{ from: 0, to: 24 * HOUR, on: "100 nodes" }],
    },
    {
      kind: "restart",
      target: "edge/e2",
      fired: 1,
      spans: [{ from: 20 * HOUR, to: 20 * HOUR, on: "edge/e2" }],
    },
  ];
}

const metrics = {
  abruptDepartures: 1203,
  activeContributors: 1711,
  asks: 52_118,
  attemptsLost: 1954,
  availability: 0.6391,
  burnedVcu: 12.41,
  commonsVcu: 402.7,
  deadLetters: 318,
  deliveries: 1_402_331,
  demands: 48_921,
  departures: 4810,
  disputes: 0,
  duplicatesDropped: 12_771,
  executions: 148_203,
  failed: 41,
  freeRiderShare: 0.0031,
  honestService: 0.9412,
  honestServiceP5: 0.8623,
  jainService: 0.9981,
  messages: 1_288_410,
  mintedVcu: 415.1,
  queueMean: 38.02,
  redundancy: 2.061,
  refused: 1822,
  servedVcu: 7120.4,
  settled: 46_992,
  suspended: 4,
  tasks: 71_908,
  turnaroundMeanS: 96.41,
  turnaroundP95S: 311.8,
  utilisation: 0.5903,
  waitMeanS: 0.8741,
  waitP50S: 0.1291,
  waitP95S: 2.411,
  waitP99S: 9.118,
  wrongAccepted: 0,
  wrongDigests: 7190,
  wrongPaid: 0,
};

const none = { value: 0, bound: "= 0 violations", pass: true };

export const sampleResult: RunResult = {
  scenario: "first-light",
  description:
    "A day of 2,000 machines in real cities: mixed hosts, a daily rhythm of demand, 10 % free " +
    "riders, 5 % wrong results, a partition of Europe and a flash crowd in the afternoon.",
  seed: 7,
  hash: "9f3c2b71d05e44aa",
  virtualMs: 86_400_000,
  events: 2_904_118,
  metrics,
  checks: [
    { name: "credit-conserved", ...none },
    { name: "paid-once", ...none },
    { name: "no-service-without-work", ...none },
    { name: "one-holder-per-lease", ...none },
    { name: "all-jobs-end", ...none },
    { name: "unhandled", value: 0, bound: "= 0 unhandled messages", pass: true },
    { name: "faults-fired", value: 0, bound: "= 0 faults that never happened", pass: true },
    { name: "freeRiderShare", value: 0.0031, bound: "<= 0.01", pass: true },
    { name: "honestService", value: 0.9412, bound: ">= 0.8", pass: true },
    { name: "waitP95S", value: 2.411, bound: "<= 5", pass: true },
  ],
  violations: [],
  verdict: "pass",
  series: sampleSeries(1441),
  histograms: [waiting()],
  classes: [
    { name: "honest", contributors: 1700, asked: 8402.1, earned: 8011.7, spent: 7098.2 },
    { name: "free-rider", contributors: 200, asked: 911.4, earned: 1.98, spent: 2.61 },
    { name: "wrong-result", contributors: 100, asked: 498.8, earned: 22.4, spent: 19.6 },
  ],
  contributors: sampleContributors(1000),
  faults: sampleFaults(64),
  refusals: [
    { reason: "no-credit", count: 4810 },
    { reason: "in-probation", count: 1204 },
    { reason: "queue-full", count: 377 },
    { reason: "suspended", count: 12 },
  ],
  unhandled: [{ what: "node: LeaseRenewed in paused", count: 3 }],
  costs: [
    { belowVcu: 0.1, usefulVcu: 402, verification: 1, churn: 0.09, transfer: 0.12, factor: 2.44 },
    { belowVcu: null, usefulVcu: 7110, verification: 1, churn: 0.2, transfer: 0.01, factor: 2.42 },
  ],
  worstOff: {
    id: "contributor/c17",
    asked: 8.2,
    earned: 6.1,
    spent: 3.9,
    applied: 12,
    admitted: 4210,
    firstServed: 5020,
    longestWaitS: 310,
    longestTask: "job/e1.412/t3",
    refusals: [{ reason: "insufficient-credit", count: 14, rule: "balance 0.2 VCU, price 1 VCU" }],
  },
};

/** The same day with a bug in it. */
export const failedResult: RunResult = {
  ...sampleResult,
  seed: 8,
  verdict: "fail",
  checks: sampleResult.checks.map((check) => {
    if (check.name === "paid-once") return { ...check, value: 2, pass: false };
    if (check.name === "waitP95S") return { ...check, value: 7.902, pass: false };
    return check;
  }),
  violations: [
    {
      checker: "paid-once",
      message: "task job/c41.7/t0 was paid twice: in epoch 3 by node/n812 and again by node/n77",
      atUs: 33_127_418_221,
      event: 1_102_993,
      kind: "safety",
    },
    {
      checker: "all-jobs-end",
      message: "job/c9.12 was still running two hours after the network had healed",
      atUs: 86_400_000_000,
      event: 2_904_118,
      kind: "liveness",
    },
  ],
};

/** A run in which nothing happened at all. */
export const emptyResult: RunResult = {
  scenario: "nothing",
  description: "",
  seed: 0,
  hash: "0000000000000000",
  virtualMs: 0,
  events: 0,
  metrics: {},
  checks: [],
  violations: [],
  verdict: "pass",
  series: [],
  histograms: [],
  classes: [],
  contributors: [],
  faults: [],
  refusals: [],
  unhandled: [],
  costs: [],
};
