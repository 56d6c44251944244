/** How many tasks a job has and how large each is, drawn from the laws of the configuration. */
import { MFLOP_PER_VCU } from "../../kernel/credit.ts";
import { Stream } from "../../kernel/entropy.ts";
import { exponential, logNormal } from "../numbers/distributions.ts";
import { ln } from "../numbers/portable.ts";
import type { Arrival } from "./arrival.ts";
import type { Law, WorkloadConfig } from "./config.ts";

/** Most tasks of one job: a bound on the scratch array. */
export const TASKS_MAX = 100_000;

/** Fills the marks of arrivals from the streams `workload/tasks` and `workload/size`. */
export class JobSizes {
  private readonly config: WorkloadConfig;
  private readonly tasks: Stream;
  private readonly size: Stream;

  constructor(config: WorkloadConfig, seed: number) {
    this.config = config;
    this.tasks = new Stream(seed, "workload/tasks");
    this.size = new Stream(seed, "workload/size");
  }

  /** Sets tasks, sizes and bytes of an arrival. */
  fill(arrival: Arrival): void {
    const { config } = this;
    const tasks = Math.min(TASKS_MAX, Math.max(1, Math.round(drawTasks(config, this.tasks))));
    arrival.tasks = tasks;
    arrival.mflopPerTask.length = tasks;
    for (let i = 0; i < tasks; i++) {
      arrival.mflopPerTask[i] = mflopOf(drawLaw(config.taskVcu, this.size));
    }
    arrival.inputBytes = config.inputBytes;
    arrival.outputBytes = config.outputBytes;
    arrival.memoryMib = config.memoryMib;
  }
}

/** Integer MFLOP of a size in VCU, at least 1. */
export function mflopOf(vcu: number): number {
  return Math.max(1, Math.round(vcu * MFLOP_PER_VCU));
}

/** Mean MFLOP of a job: tasks and sizes are drawn independently. */
export function meanJobMflop(config: WorkloadConfig): number {
  return config.tasks.mean * config.taskVcu.mean * MFLOP_PER_VCU;
}

/** A number with the law's mean. A log-normal of mean m has mu = ln m − σ²/2. */
function drawLaw(law: Law, stream: Stream): number {
  switch (law.distribution) {
    case "fixed":
      return law.mean;
    case "exponential":
      return exponential(stream, law.mean);
    case "lognormal":
      return logNormal(stream, ln(law.mean) - (law.sigma * law.sigma) / 2, law.sigma);
  }
}

/** Geometric on 1, 2, … by inversion; the other laws are rounded. */
function drawTasks(config: WorkloadConfig, stream: Stream): number {
  const { mean, distribution, sigma } = config.tasks;
  if (distribution !== "geometric") return drawLaw({ mean, distribution, sigma }, stream);
  if (mean <= 1) return 1;
  return 1 + Math.floor(ln(1 - stream.unit()) / ln(1 - 1 / mean));
}
