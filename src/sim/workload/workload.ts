/** From a configuration to the process that makes its jobs. */
import { Data, Either } from "effect";
import { HOUR } from "../../kernel/duration.ts";
import { invariant } from "../../kernel/invariant.ts";
import type { ArrivalProcess } from "./arrival.ts";
import { ClosedLoop } from "./closed-loop.ts";
import { DEFAULT_LOAD, type WorkloadConfig } from "./config.ts";
import { Demand, type Requesters } from "./demand.ts";
import { diurnalRate } from "./diurnal.ts";
import { type Crowd, withCrowds } from "./flash-crowd.ts";
import { JobSizes, meanJobMflop } from "./job-sizes.ts";
import { constantRate } from "./poisson.ts";
import { RateProcess } from "./rate-process.ts";
import { parseCsvTrace } from "./trace-csv.ts";
import { TraceReplay, traceMflops, type WorkloadTrace } from "./trace-replay.ts";
import { parseSwfTrace } from "./trace-swf.ts";
import type { TraceError } from "./trace-text.ts";

/** What a run knows beside the configuration. */
export interface WorkloadContext {
  readonly seed: number;
  readonly startUs: number;
  readonly requesters: Requesters;
  /** Expected capacity of all hosts, MFLOP/s: what `load` is a share of. */
  readonly capacityMflops: number;
  /** Contributors: what `rate.per: contributor` multiplies by. */
  readonly contributors: number;
  /** Needed by kind "trace", from {@link parseTrace}. */
  readonly trace?: WorkloadTrace;
}

/** A flash crowd names a region that no requester lives in. */
export class UnknownRegion extends Data.TaggedError("UnknownRegion")<{
  readonly region: string;
  readonly known: ReadonlyArray<string>;
}> {
  override get message(): string {
    return `flash crowd in unknown region ${this.region}; known: ${this.known.join(", ")}`;
  }
}

/** Parses the content of the configured trace file. */
export function parseTrace(
  config: NonNullable<WorkloadConfig["trace"]>,
  content: string,
): Either.Either<WorkloadTrace, TraceError> {
  const { file, format, timeColumn, sizeColumns } = config;
  const isSwf = format === "swf" || (format === "auto" && file.toLowerCase().endsWith(".swf"));
  if (isSwf) return parseSwfTrace(file, content);
  return parseCsvTrace(file, content, { time: timeColumn, sizes: sizeColumns });
}

/** Mean jobs per hour of an open workload that is drawn, by its rate or its load. */
export function jobsPerHour(config: WorkloadConfig, context: WorkloadContext): number {
  const { rate, load } = config;
  if (rate !== undefined) {
    return rate.jobsPerHour * (rate.per === "contributor" ? context.contributors : 1);
  }
  const mflops = (load ?? DEFAULT_LOAD) * context.capacityMflops;
  return (mflops * 3_600) / meanJobMflop(config);
}

/** The arrival process of a run. */
export function arrivalProcess(
  config: WorkloadConfig,
  context: WorkloadContext,
): Either.Either<ArrivalProcess, UnknownRegion> {
  const { seed, startUs } = context;
  const sizes = new JobSizes(config, seed);
  if (config.kind === "closed") {
    const loop = { clients: config.closed.clients, thinkUs: config.closed.think };
    return Either.right(new ClosedLoop(loop, sizes, seed, startUs));
  }
  const demand = new Demand(context.requesters);
  const crowds: Array<Crowd> = [];
  for (const flash of config.flash) {
    const region = flash.region === undefined ? -1 : demand.regionNamed(flash.region);
    if (flash.region !== undefined && region < 0) {
      return Either.left(new UnknownRegion({ region: flash.region, known: demand.names }));
    }
    const fromUs = startUs + flash.at;
    crowds.push({ fromUs, toUs: fromUs + flash.for, factor: flash.factor, region });
  }
  if (config.kind === "trace") return Either.right(replay(config, context, demand, crowds));
  const jobsPerUs = jobsPerHour(config, context) / HOUR;
  const base =
    config.kind === "diurnal"
      ? diurnalRate(jobsPerUs, demand, config.diurnal)
      : constantRate(jobsPerUs, demand);
  const curve = withCrowds(base, crowds);
  return Either.right(new RateProcess({ curve, demand, sizes, seed, startUs }));
}

/** With a load, time is stretched until the trace's mean demand is that share of capacity. */
function replay(
  config: WorkloadConfig,
  context: WorkloadContext,
  demand: Demand,
  crowds: ReadonlyArray<Crowd>,
): TraceReplay {
  const { trace, capacityMflops, seed, startUs } = context;
  invariant(trace !== undefined && config.trace !== undefined, "kind trace without a trace");
  const vcuPerUnit = config.trace.vcuPerUnit ?? trace.vcuPerUnit;
  const native = traceMflops(trace, vcuPerUnit);
  const stretch =
    config.load === undefined || native === 0 ? 1 : native / (config.load * capacityMflops);
  return new TraceReplay({
    trace,
    demand,
    crowds,
    seed,
    startUs,
    vcuPerUnit,
    timeScale: config.trace.timeScale * stretch,
    inputBytes: config.inputBytes,
    outputBytes: config.outputBytes,
    memoryMib: config.memoryMib,
  });
}
