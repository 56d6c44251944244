/**
 * What the live shell costs: jobs that compute nothing, from the demand to its answer, through real
 * actors, with journals on disk and the bus of one process, and over a nats-server. Nothing is left
 * out but the work itself.
 */
import { performance } from "node:perf_hooks";
import type { DemandAnswered } from "../src/actors/contributor/messages.ts";
import { demandsView } from "../src/app/live/views/demands.ts";
import { jobsView } from "../src/app/live/views/jobs.ts";
import { portAddress } from "../src/kernel/address.ts";
import { hashText } from "../src/kernel/entropy.ts";
import type { Seen } from "../src/live/view.ts";
import {
  openSmall,
  placeOf,
  removeFolder,
  type SmallNetwork,
  type SmallOptions,
  scratchFolder,
  submit,
  until,
  YOU,
} from "../test/live/small-network.ts";
import { openOverNats } from "./jobs-over-nats.ts";
import { type Flags, flagsOf, numberText, printReport, type Report } from "./report.ts";

const JOBS_GOAL = 1_000;
const NATS_JOBS_GOAL = 200;
const LATENCY_GOAL_MS = 50;
const MACHINES = 16;
const SLOTS = 64;
/** Demands on their way at once: a node keeps no more than 32 results that nobody asked for yet. */
const WINDOW = 200;

const requester = portAddress("requester");

/** When each demand was answered, by its number. */
class Answers {
  readonly atMs = new Map<number, number>();
  private waiting: { readonly count: number; readonly done: () => void } | undefined;

  readonly seen = ({ step }: Seen): void => {
    for (const command of step.commands) {
      if (command.command !== "Send" || command.to !== requester) continue;
      this.atMs.set((command.message as DemandAnswered).demand, performance.now());
    }
    const { waiting } = this;
    if (waiting !== undefined && this.atMs.size >= waiting.count) waiting.done();
  };

  reached(count: number): Promise<void> {
    if (this.atMs.size >= count) return Promise.resolve();
    return new Promise((done) => {
      this.waiting = { count, done };
    });
  }
}

const machines = Array.from({ length: MACHINES }, (_, i) => ({
  node: `n${i}`,
  owner: `owner${i}`,
  slots: SLOTS,
}));

function optionsOf(folder: string, answers: Answers): SmallOptions {
  return {
    folder,
    msOf: () => 0,
    // books are kept and nobody is refused: what is measured is the way, not the credit
    given: {
      access: "account",
      commons: { mode: "off" },
      limits: { offerUs: "30s", leaseFloorUs: "5m", revealUs: "5m" },
      policies: { verification: { rule: "credibility", f: 0.001 } },
      machines,
    },
    parts: { onDelivery: answers.seen },
  };
}

async function ready(network: SmallNetwork): Promise<void> {
  await until(() => placeOf(network, YOU) === "active", "a member");
  const nodes = [...network.hosts.keys()].filter((shard) => shard.startsWith("node-"));
  const isIdle = (shard: string) =>
    placeOf(network, shard.replace("-", "/") as typeof YOU) === "idle";
  await until(() => nodes.every(isIdle), "nodes");
}

function deliveriesOf(network: SmallNetwork): number {
  return [...network.hosts.values()].reduce((sum, { counters }) => sum + counters.deliveries, 0);
}

interface Batch {
  /** Number of its first demand; as many are answered before it. */
  readonly first: number;
  readonly jobs: number;
}

/** Jobs as fast as they are answered, so many at once. */
async function throughput(network: SmallNetwork, answers: Answers, { first, jobs }: Batch) {
  const before = deliveriesOf(network);
  const cpuBefore = process.cpuUsage();
  const sinceMs = performance.now();
  for (let demand = first; demand < first + jobs; demand++) {
    const handed = submit(network, demand, [1], [`content-${demand}`]);
    if (demand % 50 === 0) await handed;
    await answers.reached(demand - WINDOW);
  }
  await answers.reached(first + jobs - 1);
  const seconds = (performance.now() - sinceMs) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const deliveries = deliveriesOf(network) - before;
  return { jobs, seconds, cpuSeconds: (user + system) / 1_000_000, deliveries };
}

/** The way of one job at a steady rate, milliseconds, sorted. */
async function latencies(
  network: SmallNetwork,
  answers: Answers,
  { first, jobs, perSecond }: Batch & { readonly perSecond: number },
): Promise<ReadonlyArray<number>> {
  const handedMs = new Map<number, number>();
  const sinceMs = performance.now();
  for (let i = 0; i < jobs; i++) {
    const waitMs = sinceMs + (i * 1_000) / perSecond - performance.now();
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
    handedMs.set(first + i, performance.now());
    void submit(network, first + i, [1], [`content-${first + i}`]);
  }
  await answers.reached(first + jobs - 1);
  return [...handedMs]
    .map(([demand, atMs]) => (answers.atMs.get(demand) ?? Number.NaN) - atMs)
    .sort((a, b) => a - b);
}

function atShare(sorted: ReadonlyArray<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Of the results, not of the times: every job must have come to the right end. */
function hashOf(network: SmallNetwork): string {
  const [demands] = network.views(demandsView);
  const [jobs] = network.views(jobsView);
  let hash = 0;
  for (const { demand, answer } of demands?.byKey.values() ?? []) {
    const digest = jobs?.byDemand.get(`${YOU}#${demand}`)?.accepted.get(0)?.digest ?? "";
    hash = (hash + hashText(`${demand} ${answer} ${digest}`)) >>> 0;
  }
  return hash.toString(16).padStart(8, "0");
}

type Throughput = Awaited<ReturnType<typeof throughput>>;

async function measure(flags: Flags): Promise<Report> {
  const nats = await overNats(flags);
  const [warm, jobs, slow] = flags.smoke ? [10, 50, 20] : [500, 5_000, 8_000];
  const folder = await scratchFolder();
  const answers = new Answers();
  const network = await openSmall(optionsOf(folder, answers));
  try {
    await ready(network);
    await throughput(network, answers, { first: 1, jobs: warm });
    const all = await throughput(network, answers, { first: 1 + warm, jobs });
    const perSecond = jobs / all.seconds / 2;
    const steady = { first: 1 + warm + jobs, jobs: slow, perSecond };
    const sorted = await latencies(network, answers, steady);
    return reportOf({ hash: hashOf(network), local: all, nats, sorted });
  } finally {
    await network.close();
    await removeFolder(folder);
  }
}

/** One server, all shards in this process: the server works on the other core. */
async function overNats({ smoke }: Flags): Promise<Throughput> {
  const [warm, jobs] = smoke ? [5, 20] : [200, 2_000];
  const folder = await scratchFolder();
  const answers = new Answers();
  const network = await openOverNats(optionsOf(folder, answers));
  try {
    await ready(network);
    await throughput(network, answers, { first: 1, jobs: warm });
    return await throughput(network, answers, { first: 1 + warm, jobs });
  } finally {
    await network.close();
    await removeFolder(folder);
  }
}

function rowOf(arm: string, { jobs, seconds, cpuSeconds, deliveries }: Throughput) {
  const rates = [jobs, jobs / seconds, deliveries / seconds, deliveries / jobs, cpuSeconds];
  return [arm, ...rates.map(numberText)];
}

function reportOf({
  hash,
  local,
  nats,
  sorted,
}: {
  readonly hash: string;
  readonly local: Throughput;
  readonly nats: Throughput;
  readonly sorted: ReadonlyArray<number>;
}): Report {
  const { jobs, seconds, cpuSeconds } = local;
  const p99 = atShare(sorted, 0.99);
  const table = [
    ["arm", "jobs", "jobs/s", "deliveries/s", "deliveries per job", "CPU seconds"],
    rowOf("in process, journals on disk", local),
    rowOf("over one nats-server, with keys", nats),
  ];
  const natsRate = { value: nats.jobs / nats.seconds, unit: "jobs/s", atLeast: NATS_JOBS_GOAL };
  return {
    benchmark: "live-jobs",
    hash,
    figures: [
      { name: "no-op jobs", value: jobs / seconds, unit: "jobs/s", atLeast: JOBS_GOAL },
      { name: "no-op jobs over one nats-server", ...natsRate },
      { name: "no-op jobs per second of CPU", value: jobs / cpuSeconds, unit: "jobs/s" },
      { name: "p99 of a job at half load", value: p99, unit: "ms", atMost: LATENCY_GOAL_MS },
      { name: "p50 of a job at half load", value: atShare(sorted, 0.5), unit: "ms" },
    ],
    table,
    notes: [
      `${MACHINES} nodes of as many owners with ${SLOTS} slots each, one edge, ledger and ` +
        "verifier; a job has one task, which is answered at once.",
      "All shards are in one process, which steps on one core; each has a journal of its own. " +
        "The server is a process beside it.",
    ],
  };
}

const flags = flagsOf();
printReport(await measure(flags), flags);
process.exit(0);
