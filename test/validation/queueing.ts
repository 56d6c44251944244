/**
 * A network that queueing theory can solve: k equal machines that are never away, no delay, no
 * credit, first come first served, Poisson arrivals of one task with an exponential size.
 *
 * Whoever asks may not be served by a machine of its own, so one contributor owns all machines and
 * another, who has none, asks for everything.
 */
import { Schema } from "effect";
import { Run } from "../../src/sim/run/run.ts";
import { Scenario } from "../../src/sim/scenario/schema.ts";
import { erlangC, meanWait } from "./erlang.ts";

/** Mean run of a task: 0.1 VCU at 10 GFLOPS. */
const SERVICE_US = 360_000_000;
const SERVICES_PER_HOUR = 10;
/** Waits of a run that are left out because the queue was still nearly empty. */
const WARM_UP = 2_000;
/** Waits that count, for one case over all its seeds. */
export const CUSTOMERS = 1_000_000;
const SEEDS = 10;
const PER_SEED = 103_000;
/** Student's t, 97.5 %, for one seed less than there are. */
const T_QUANTILE = 2.262;

export interface Case {
  readonly servers: number;
  readonly load: number;
  /** Its own ten seeds begin here: cases that share draws err together. */
  readonly seed: number;
}

export const oneServer: ReadonlyArray<Case> = [
  { servers: 1, load: 0.5, seed: 1 },
  { servers: 1, load: 0.7, seed: 11 },
  { servers: 1, load: 0.8, seed: 21 },
];
export const fourServers: ReadonlyArray<Case> = [
  { servers: 4, load: 0.5, seed: 31 },
  { servers: 4, load: 0.7, seed: 41 },
  { servers: 4, load: 0.8, seed: 51 },
];

function queueingRun({ servers, load }: Case, seed: number, customers: number): Run {
  const jobsPerHour = servers * load * SERVICES_PER_HOUR;
  const scenario = Schema.decodeUnknownSync(Scenario)({
    name: `queue-of-${servers}`,
    until: `${Math.ceil(customers / jobsPerHour)}h`,
    nodes: servers,
    nodesPerContributor: servers,
    edges: 1,
    arriveWithin: "1s",
    access: "open",
    network: { kind: "none" },
    hosts: {
      kind: "uniform",
      uniform: { gflopsPerCore: 10, cores: 1, slots: 1, alwaysOn: true },
      donated: { fraction: 1 },
      ownerUse: { enabled: false },
    },
    workload: {
      kind: "poisson",
      rate: { jobsPerHour },
      tasks: { mean: 1, distribution: "fixed" },
      taskVcu: { mean: 1 / SERVICES_PER_HOUR, distribution: "exponential" },
      inputBytes: 0,
      outputBytes: 0,
    },
    commons: { mode: "off" },
    policies: { scheduling: { rule: "fcfs" }, verification: { rule: "trust" } },
    // a second contributor, without machines, of whom nearly all demand comes
    adversaries: [{ kind: "free-rider", share: 0.5, demand: 1e12 }],
    liveness: { core: 1 },
    sampleEvery: "100h",
  });
  return new Run({ scenario, seed, files: new Map(), hashing: false });
}

/** One seed's waits: their number, mean in services, and the share of customers who waited. */
interface Waits {
  readonly count: number;
  readonly mean: number;
  readonly delayed: number;
}

function waitsOf(of: Case, seed: number): Waits {
  const run = queueingRun(of, seed, PER_SEED);
  let seen = 0;
  let sumUs = 0;
  let delayed = 0;
  run.parts.collector.onWait.push((waitUs) => {
    if (++seen <= WARM_UP) return;
    sumUs += waitUs;
    if (waitUs > 0) delayed++;
  });
  while (!run.advance(1_000_000));
  const count = seen - WARM_UP;
  return { count, mean: sumUs / count / SERVICE_US, delayed: delayed / count };
}

/** Mean and half width of its 95 % interval over independent seeds. */
export interface Estimate {
  readonly mean: number;
  readonly half: number;
}

function estimate(values: ReadonlyArray<number>): Estimate {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const squares = values.reduce((sum, x) => sum + (x - mean) * (x - mean), 0);
  const half = T_QUANTILE * Math.sqrt(squares / (values.length - 1) / values.length);
  return { mean, half };
}

export interface Measured {
  readonly customers: number;
  readonly wait: Estimate;
  readonly delayed: Estimate;
  readonly theory: { readonly wait: number; readonly delayed: number };
}

/** Runs a case on all seeds. */
export function measure(of: Case): Measured {
  const { servers, load, seed } = of;
  const runs = Array.from({ length: SEEDS }, (_, i) => waitsOf(of, seed + i));
  return {
    customers: runs.reduce((sum, { count }) => sum + count, 0),
    wait: estimate(runs.map(({ mean }) => mean)),
    delayed: estimate(runs.map(({ delayed }) => delayed)),
    theory: { wait: meanWait(servers, load), delayed: erlangC(servers, servers * load) },
  };
}

/**
 * The waits that the same customers would have in the textbook's queue: each takes the server that
 * is free first (J. Kiefer and J. Wolfowitz, 1955). Beside it the waits of the network.
 */
export function customerByCustomer(of: Case, customers: number) {
  const run = queueingRun(of, of.seed, customers);
  const waits: number[] = [];
  const expected: number[] = [];
  const freeUs = Array.from({ length: of.servers }, () => 0);
  run.parts.collector.onWait.push((waitUs) => waits.push(waitUs));
  run.onDelivery = ({ type, atUs, message }) => {
    if (type !== "DemandArrived") return;
    const [mflop] = (message as { tasks: ReadonlyArray<number> }).tasks;
    const first = freeUs.indexOf(Math.min(...freeUs));
    const beginUs = Math.max(atUs, freeUs[first] as number);
    expected.push(beginUs - atUs);
    freeUs[first] = beginUs + (mflop as number) * 100;
  };
  while (!run.advance(1_000_000));
  return { waits, expected };
}
