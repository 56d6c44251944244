/** Replays a parsed trace as an arrival process, whatever file it came from. */
import { Stream } from "../../kernel/entropy.ts";
import { type Arrival, type ArrivalProcess, NEVER, noArrival } from "./arrival.ts";
import type { Demand } from "./demand.ts";
import { type Crowd, crowdedRows, type TracePick } from "./flash-crowd.ts";
import { mflopOf } from "./job-sizes.ts";

/** Jobs sorted by arrival, in file order where times are equal. */
export interface WorkloadTrace {
  /** µs from the scenario's start. */
  readonly atUs: Float64Array;
  readonly tasks: Uint32Array;
  /** Size of each task of the job, in units of the file. */
  readonly size: Float64Array;
  /** VCU of one unit unless the configuration says otherwise. */
  readonly vcuPerUnit: number;
  /** Rows that describe no work. */
  readonly skipped: number;
}

/** Collects rows in file order. */
export class TraceBuilder {
  private readonly atUs: Array<number> = [];
  private readonly tasks: Array<number> = [];
  private readonly size: Array<number> = [];
  private readonly vcuPerUnit: number;
  private skipped = 0;

  constructor(vcuPerUnit: number) {
    this.vcuPerUnit = vcuPerUnit;
  }

  add(atUs: number, tasks: number, size: number): void {
    this.atUs.push(atUs);
    this.tasks.push(tasks);
    this.size.push(size);
  }

  skip(): void {
    this.skipped += 1;
  }

  build(): WorkloadTrace {
    const { atUs, tasks, size } = this;
    const order = Uint32Array.from(atUs, (_, row) => row);
    order.sort((a, b) => (atUs[a] ?? 0) - (atUs[b] ?? 0) || a - b);
    return {
      atUs: Float64Array.from(order, (row) => atUs[row] ?? 0),
      tasks: Uint32Array.from(order, (row) => tasks[row] ?? 1),
      size: Float64Array.from(order, (row) => size[row] ?? 0),
      vcuPerUnit: this.vcuPerUnit,
      skipped: this.skipped,
    };
  }
}

/** What a replay is built from. */
export interface TraceReplayOptions {
  readonly trace: WorkloadTrace;
  readonly demand: Demand;
  readonly crowds: ReadonlyArray<Crowd>;
  readonly seed: number;
  readonly startUs: number;
  readonly vcuPerUnit: number;
  /** Times are multiplied by this: below 1 the trace runs faster. */
  readonly timeScale: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly memoryMib: number;
}

/** Mean MFLOP/s that a trace asks for between its first and last arrival; 0 without such time. */
export function traceMflops(trace: WorkloadTrace, vcuPerUnit: number): number {
  const rows = trace.atUs.length;
  const spanUs = (trace.atUs[rows - 1] ?? 0) - (trace.atUs[0] ?? 0);
  if (spanUs <= 0) return 0;
  let mflop = 0;
  for (let row = 0; row < rows - 1; row++) {
    mflop += (trace.tasks[row] ?? 1) * mflopOf((trace.size[row] ?? 0) * vcuPerUnit);
  }
  return (mflop * 1e6) / spanUs;
}

/** An open process over the rows of a trace. */
export class TraceReplay implements ArrivalProcess {
  private readonly options: TraceReplayOptions;
  private readonly scaledUs: Float64Array;
  /** Rows under flash crowds; without crowds the rows themselves are walked. */
  private readonly picks: ReadonlyArray<TracePick> | undefined;
  private readonly who: Stream;
  private readonly arrival = noArrival();
  private position = 0;

  constructor(options: TraceReplayOptions) {
    const { trace, crowds, demand, seed, startUs, timeScale } = options;
    this.options = options;
    this.who = new Stream(seed, "workload/requester");
    this.scaledUs = trace.atUs.map((us) => startUs + Math.round(us * timeScale));
    const share = (region: number): number => demand.shares[region] ?? 0;
    const copies = new Stream(seed, "workload/crowds");
    this.picks =
      crowds.length === 0 ? undefined : crowdedRows(this.scaledUs, crowds, share, copies);
    this.arrival.inputBytes = options.inputBytes;
    this.arrival.outputBytes = options.outputBytes;
    this.arrival.memoryMib = options.memoryMib;
  }

  next(nowUs: number): Arrival {
    const { arrival } = this;
    const pick = this.picks?.[this.position];
    const row = this.picks === undefined ? this.position : pick?.row;
    const atUs = this.picks === undefined ? this.scaledUs[this.position] : pick?.atUs;
    this.position += 1;
    if (row === undefined || atUs === undefined) {
      arrival.atUs = NEVER;
      return arrival;
    }
    arrival.atUs = Math.max(nowUs, atUs);
    this.fill(row, pick?.region ?? -1);
    return arrival;
  }

  completed(): undefined {
    return undefined;
  }

  private fill(row: number, region: number): void {
    const { trace, demand, vcuPerUnit } = this.options;
    const { arrival } = this;
    arrival.region = region < 0 ? demand.drawRegion(this.who) : region;
    arrival.requester = demand.draw(arrival.region, this.who);
    arrival.tasks = trace.tasks[row] ?? 1;
    arrival.mflopPerTask.length = arrival.tasks;
    arrival.mflopPerTask.fill(mflopOf((trace.size[row] ?? 0) * vcuPerUnit));
  }
}
