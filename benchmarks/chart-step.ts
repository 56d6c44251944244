/**
 * One step of each shipped chart: compiled, through XState's public transition(), through XState's
 * machine with one reused scope, and the chart's own guards and decisions called alone.
 */
import { type AnyStateMachine, createActor, transition } from "xstate";
import { type Chart, type ChartState, compileChart } from "../src/kernel/chart.ts";
import { TraceHash } from "../src/sim/core/trace-hash.ts";
import { type History, recordHistories } from "./chart/histories.ts";
import { shippedMachines } from "./chart/machines.ts";
import { playTape, recordTape } from "./chart/tape.ts";
import { cpuSeconds, median } from "./clock.ts";
import { type Figure, flagsOf, numberText, printReport } from "./report.ts";

/** A chart may add so much to its own functions, microseconds. */
const OWN_GOAL_US = 0.3;

interface Sizes {
  readonly steps: number;
  /** Passes that are not counted: the engine learns the code. */
  readonly warmup: number;
  /** Passes over the histories: of what is compiled, and of XState. */
  readonly passes: number;
  readonly slowPasses: number;
}

type AnyChart = Chart<unknown, never, unknown>;
type Pass = (states: ReadonlyArray<ChartState<unknown>>) => unknown;

const begin = (histories: ReadonlyArray<History>) => histories.map((history) => history.begin());

function compiledPass(chart: AnyChart, histories: ReadonlyArray<History>): Pass {
  return (states) => {
    let commands = 0;
    for (let h = 0; h < histories.length; h++) {
      const { deliveries } = histories[h]!;
      let state = states[h]!;
      for (let d = 0; d < deliveries.length; d++) {
        const step = chart.step(state, deliveries[d] as never);
        state = step.state;
        commands += step.commands.length;
      }
    }
    return commands;
  };
}

type XStep = (snapshot: never, event: never) => unknown;

function xstatePass(
  machine: AnyStateMachine,
  histories: ReadonlyArray<History>,
  step: XStep,
): (states: ReadonlyArray<ChartState<unknown>>) => ReadonlyArray<string> {
  return (states) =>
    histories.map(({ deliveries }, h) => {
      const { at, context } = states[h]!;
      let snapshot: unknown = machine.resolveState({ value: stateValueOf(at), context } as never);
      for (let d = 0; d < deliveries.length; d++) {
        snapshot = step(snapshot as never, deliveries[d] as never);
      }
      return pathOf((snapshot as { readonly value: unknown }).value);
    });
}

/** "working.running" as XState writes it: { working: "running" }. */
function stateValueOf(at: string): unknown {
  return at.split(".").reduceRight((below: unknown, key) => {
    return below === undefined ? key : { [key]: below };
  }, undefined);
}

function pathOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const [[key, below] = ["", ""]] = Object.entries(value);
  return Object.keys(value).length === 0 ? "" : `${key}.${pathOf(below)}`;
}

/** The scope that XState's pure functions make for every call, made once. */
function inertScope(machine: AnyStateMachine): unknown {
  const self = createActor(machine, { input: {} } as never);
  const idle = () => undefined;
  return {
    self,
    defer: idle,
    id: "",
    logger: idle,
    sessionId: "",
    stopChild: idle,
    system: self.system,
    emit: idle,
    actionExecutor: idle,
  };
}

const stepsOf = (histories: ReadonlyArray<History>) =>
  histories.reduce((sum, { deliveries }) => sum + deliveries.length, 0);

/** Microseconds of processor time per step, over `repeats` passes from fresh states. */
function timed(pass: Pass, histories: ReadonlyArray<History>, repeats: number): number {
  const states = Array.from({ length: repeats }, () => begin(histories));
  const from = cpuSeconds();
  for (const each of states) pass(each);
  return ((cpuSeconds() - from) * 1e6) / (stepsOf(histories) * repeats);
}

interface Measured {
  readonly kind: string;
  readonly steps: number;
  readonly compiled: number;
  readonly own: number;
  /** Median of the differences of neighbouring passes. */
  readonly adds: number;
  readonly publicly: number;
  readonly reused: number;
}

function measure(
  kind: string,
  machine: AnyStateMachine,
  histories: ReadonlyArray<History>,
  sizes: Sizes,
): Measured {
  const chart = compileChart(machine) as unknown as AnyChart;
  const tape = recordTape(machine, histories);
  const scope = inertScope(machine);
  const compiled = compiledPass(chart, histories);
  const own: Pass = (states) => playTape(tape, states, histories);
  const publicly = xstatePass(machine, histories, (snapshot, event) => {
    const [next] = transition(machine, snapshot, event);
    return next;
  });
  const reused = xstatePass(machine, histories, (snapshot, event) =>
    machine.transition(snapshot, event, scope as never),
  );
  demandAgreement(kind, chart, histories, reused(begin(histories)));
  // Short histories are repeated, so that a pass outlasts the clock's grain many times.
  const repeats = Math.ceil(sizes.steps / Math.max(1, stepsOf(histories)));
  const pairs: Array<readonly [number, number]> = [];
  for (let pass = 0; pass < sizes.warmup + sizes.passes; pass++) {
    pairs.push([timed(compiled, histories, repeats), timed(own, histories, repeats)]);
  }
  pairs.splice(0, sizes.warmup);
  const slow: Array<readonly [number, number]> = [];
  for (let pass = 0; pass < sizes.slowPasses; pass++) {
    slow.push([timed(publicly, histories, 1), timed(reused, histories, 1)]);
  }
  return {
    kind,
    steps: stepsOf(histories),
    compiled: median(pairs.map(([whole]) => whole)),
    own: median(pairs.map(([, alone]) => alone)),
    adds: median(pairs.map(([whole, alone]) => whole - alone)),
    publicly: median(slow.map(([each]) => each)),
    reused: median(slow.map(([, each]) => each)),
  };
}

/** A fast wrong answer is no figure: both ways must end in the same leaves. */
function demandAgreement(
  kind: string,
  chart: AnyChart,
  histories: ReadonlyArray<History>,
  xstate: ReadonlyArray<string>,
): void {
  for (const [h, { begin: first, deliveries }] of histories.entries()) {
    let state = first();
    for (const delivery of deliveries) state = chart.step(state, delivery as never).state;
    if (state.at !== xstate[h]) {
      throw new Error(`${kind}: compiled ends in "${state.at}", XState in "${xstate[h]}"`);
    }
  }
}

/** Of every step of every history: where the chart stands and how many commands it gave. */
function hashOf(
  machines: ReadonlyMap<string, AnyStateMachine>,
  recorded: ReadonlyMap<string, ReadonlyArray<History>>,
): string {
  const hash = new TraceHash();
  for (const [kind, machine] of machines) {
    const chart = compileChart(machine) as unknown as AnyChart;
    for (const { begin: first, deliveries } of recorded.get(kind) ?? []) {
      let state = first();
      for (const delivery of deliveries) {
        const step = chart.step(state, delivery as never);
        state = step.state;
        hash.value([kind, state.at, step.commands.length]);
      }
    }
  }
  return hash.digest();
}

function figuresOf(measured: ReadonlyArray<Measured>): ReadonlyArray<Figure> {
  return measured.map(({ kind, adds }) => ({
    name: `${kind}: what the chart adds`,
    value: Math.max(0, adds),
    unit: "µs a step",
    atMost: OWN_GOAL_US,
  }));
}

function rowOf({
  kind,
  steps,
  compiled,
  own,
  adds,
  publicly,
  reused,
}: Measured): ReadonlyArray<string> {
  return [
    kind,
    numberText(steps),
    compiled.toFixed(3),
    own.toFixed(3),
    adds.toFixed(3),
    publicly.toFixed(1),
    reused.toFixed(2),
    `${numberText(publicly / compiled)}×`,
    `${numberText(reused / compiled)}×`,
  ];
}

const flags = flagsOf();
const sizes: Sizes = flags.smoke
  ? { steps: 200, warmup: 1, passes: 3, slowPasses: 1 }
  : { steps: 4_000, warmup: 40, passes: 121, slowPasses: 5 };
const machines = shippedMachines();
const recorded = recordHistories(sizes.steps);
const measured = [...machines].map(([kind, machine]) =>
  measure(kind, machine, recorded.get(kind) ?? [], sizes),
);
const head = [
  ["chart", "steps", "compiled µs", "own functions µs", "chart adds µs"],
  ["transition() µs", "reused scope µs", "/ transition()", "/ reused"],
].flat();
printReport(
  {
    benchmark: "chart-step",
    hash: hashOf(machines, recorded),
    figures: figuresOf(measured),
    table: [head, ...measured.map(rowOf)],
    notes: [
      "Deliveries are those of 60 nodes over a day, replayed actor by actor from the first state.",
      "Own functions: the same guards and decisions with the same arguments, without the chart.",
      `Processor time; medians of ${sizes.passes} passes in turn, ${sizes.slowPasses} for XState.`,
    ],
  },
  flags,
);
