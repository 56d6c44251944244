/**
 * How fast a machine is and how much of it is donated. Fitted to the summary of the SETI@home CPU
 * list (12,316 hosts of 298 models): cores 4: 2895, 8: 4239, 12: 1837, 16: 1154, mean 9.55;
 * GFLOPS a core 4.21 ± .79; correlation of the two .157; host GFLOPS mean 40.8, median 33.4, first
 * decile 15.8, last 76. The 2,191 hosts with other core counts are not published by count; they
 * are placed here so that these figures come out (docs/host-model.md).
 */
import type { Stream } from "../../kernel/entropy.ts";
import { beta, normal, weightedIndex } from "../numbers/distributions.ts";
import type { HostsConfig } from "./config.ts";

/** Core counts and hosts with each, of 12,316. 4, 8, 12 and 16 are published, the rest fitted. */
const coreCounts = [2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 48] as const;
const coreHosts = [40, 2895, 1048, 4239, 100, 1837, 1154, 480, 305, 215, 3] as const;
const cumulativeHosts = cumulate(coreHosts);

const CORES_MEAN = 9.55;
/** Standard deviation of the table above; the test recomputes it. */
const CORES_DEVIATION = 5.71;
const SPEED_MEAN = 4.21;
const SPEED_DEVIATION = 0.79;
const CORRELATION = 0.157;
/** √(1 − correlation²) */
const INDEPENDENT = 0.9876;
/** Slowest core, GFLOPS: keeps the far left tail of the normal law positive. */
const SPEED_MIN = 1;

/** Hardware of a host. `gflopsPerCore` in GFLOP/s. */
export interface Machine {
  cores: number;
  gflopsPerCore: number;
}

/** Cores and GFLOPS per core of one machine. Two draws, none for uniform hosts. */
export function drawMachine(config: HostsConfig, stream: Stream, into: Machine): void {
  if (config.kind === "uniform") {
    into.cores = config.uniform.cores;
    into.gflopsPerCore = config.uniform.gflopsPerCore;
    return;
  }
  const cores = coreCounts[weightedIndex(stream, cumulativeHosts)] ?? 1;
  const bias = (CORRELATION * SPEED_DEVIATION * (cores - CORES_MEAN)) / CORES_DEVIATION;
  const speed = normal(stream, SPEED_MEAN + bias, SPEED_DEVIATION * INDEPENDENT);
  into.cores = cores;
  into.gflopsPerCore = Math.max(SPEED_MIN, speed);
}

/** Share of its cores that the owner donates, in [0, 1]. */
export function drawDonated(config: HostsConfig, stream: Stream): number {
  if (config.kind === "uniform") return 1;
  const { fraction, alpha, beta: second } = config.donated;
  return fraction ?? beta(stream, alpha, second);
}

/** Slots of a machine: whole cores, at least one, at most the scenario's cap. */
export function slotsOf(config: HostsConfig, cores: number, donated: number): number {
  const wanted = config.kind === "uniform" ? (config.uniform.slots ?? cores) : cores * donated;
  return Math.min(config.slotsMax, Math.max(1, Math.round(wanted)));
}

/** Integer MFLOP/s of one slot: a slot is one core. */
export function slotMflopsOf(gflopsPerCore: number): number {
  return Math.max(1, Math.round(gflopsPerCore * 1000));
}

function cumulate(counts: ReadonlyArray<number>): Float64Array {
  const sums = new Float64Array(counts.length);
  let sum = 0;
  for (const [i, count] of counts.entries()) {
    sum += count;
    sums[i] = sum;
  }
  return sums;
}
