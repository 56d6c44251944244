/** Time series for the report: one point of each every `sampleEvery`. */
import type { EdgeContext } from "../../actors/edge/state.ts";
import type { ChartState } from "../../kernel/chart.ts";
import type { Hosted } from "../core/hosted.ts";
import type { Simulator } from "../core/simulator.ts";
import type { Machines } from "../environment/machines.ts";
import type { SimModelRunner } from "../environment/model-runner.ts";
import type { Series } from "../run/result.ts";
import type { Scenario } from "../scenario/schema.ts";

/** A quantity that is read at each point. */
export interface Reading {
  readonly name: string;
  readonly unit: string;
  readonly read: () => number;
}

interface Source extends Reading {
  readonly values: number[];
}

export interface SamplerParts {
  readonly sim: Simulator;
  readonly scenario: Scenario;
  readonly edges: ReadonlyArray<Hosted>;
  readonly machines: Machines;
  readonly runner: SimModelRunner;
  readonly startUs: number;
  /** Length of an edge's queue, by the policy that keeps it. */
  readonly queueSize: (edge: EdgeContext) => number;
  /** What only this run has. */
  readonly more: ReadonlyArray<Reading>;
}

export class Sampler {
  private readonly parts: SamplerParts;
  private readonly at: number[] = [];
  private readonly sources: ReadonlyArray<Source>;
  private busyBefore = 0;
  private availableBefore = 0;

  constructor(parts: SamplerParts) {
    this.parts = parts;
    const { machines, runner } = parts;
    const source = (name: string, unit: string, read: () => number): Source => ({
      name,
      unit,
      read,
      values: [],
    });
    this.sources = [
      source("queue length", "attempts", () => this.queueLength()),
      source("utilisation", "ratio", () => this.utilisation()),
      source("machines up", "machines", () => machines.up.now),
      source("slots free of their owner", "slots", () => machines.available.now),
      source("slots at work", "slots", () => runner.busy.now),
      ...parts.more.map(({ name, unit, read }) => source(name, unit, read)),
    ];
  }

  start(): void {
    const { sim, startUs, scenario } = this.parts;
    this.sample();
    sim.schedule(sim.nowUs + scenario.sampleEvery, () => this.next());
    this.availableBefore = this.parts.machines.available.until(startUs);
  }

  private next(): void {
    this.sample();
    const { sim, scenario } = this.parts;
    sim.schedule(sim.nowUs + scenario.sampleEvery, () => this.next());
  }

  series(): ReadonlyArray<Series> {
    return this.sources.map(({ name, unit, values }) => ({ name, unit, at: this.at, values }));
  }

  meanQueue(): number {
    const values = this.sources[0]?.values ?? [];
    return values.length === 0 ? 0 : values.reduce((sum, v) => sum + v, 0) / values.length;
  }

  private sample(): void {
    const { sim, startUs } = this.parts;
    this.at.push((sim.nowUs - startUs) / 1_000_000);
    for (const { values, read } of this.sources) values.push(read());
  }

  private queueLength(): number {
    let waiting = 0;
    for (const edge of this.parts.edges) {
      waiting += this.parts.queueSize((edge.state as ChartState<EdgeContext>).context);
    }
    return waiting;
  }

  /** Of the interval since the last point. */
  private utilisation(): number {
    const { sim, machines, runner } = this.parts;
    const busy = runner.busy.until(sim.nowUs);
    const available = machines.available.until(sim.nowUs);
    const span = available - this.availableBefore;
    const share = span === 0 ? 0 : (busy - this.busyBefore) / span;
    this.busyBefore = busy;
    this.availableBefore = available;
    return share;
  }
}
