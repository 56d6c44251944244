/**
 * PHOLD: the simulator's event queue and its whole delivery path against other simulators, all
 * with one law (law.ts). Rounds are interleaved, so that what else the machine does hits all alike;
 * figures are medians of the rounds, ratios are medians of the rounds' ratios.
 */
import { TraceHash } from "../../src/sim/core/trace-hash.ts";
import { median } from "../clock.ts";
import { type Figure, flagsOf, numberText, printReport } from "../report.ts";
import {
  assemble,
  BARE,
  type Contestant,
  CPP,
  HASHED,
  PLAIN,
  runLap,
  SIMGRID,
} from "./contestants.ts";

const SIZES = [1_000, 100_000] as const;
const SMOKE_EVENTS = 2_000;

interface Results {
  /** Events per processor second of each round; NaN where a lap failed. */
  readonly rates: ReadonlyMap<string, ReadonlyArray<number>>;
  readonly hashes: ReadonlyMap<string, string>;
}

function race(
  contestants: ReadonlyArray<Contestant>,
  processes: number,
  options: { readonly rounds: number; readonly eventsOf: (of: Contestant) => number },
): Results {
  const rates = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  const hashes = new Map<string, string>();
  for (let round = 0; round < options.rounds; round++) {
    for (const contestant of contestants) {
      const lap = runLap(contestant, processes, options.eventsOf(contestant));
      rates.get(contestant.name)?.push(lap === undefined ? Number.NaN : lap.events / lap.seconds);
      const { name } = contestant;
      if (lap === undefined) {
        console.error(`${processes} ${name}: failed, or took too long`);
        continue;
      }
      const known = hashes.get(name) ?? lap.hash;
      if (known !== lap.hash) throw new Error(`${name}: two laps, two hashes`);
      hashes.set(name, lap.hash);
      console.error(`${processes} ${name}: ${(lap.events / lap.seconds / 1e6).toFixed(3)} M/s`);
    }
  }
  return { rates, hashes };
}

/** Median over the rounds of one contestant's rate divided by another's. */
function ratio({ rates }: Results, over: string, under: string): number {
  const below = rates.get(under);
  if (below === undefined) return Number.NaN;
  return median((rates.get(over) ?? []).map((rate, round) => rate / below[round]!));
}

function rowOf(name: string, all: ReadonlyArray<Results>): ReadonlyArray<string> {
  const cells = all.flatMap((results) => [
    (median(results.rates.get(name) ?? []) / 1e6).toPrecision(3),
    percentText(ratio(results, name, CPP)),
  ]);
  return [name, ...cells.map((cell) => (cell === "NaN" ? "-" : cell))];
}

function percentText(share: number): string {
  return Number.isNaN(share) ? "-" : `${numberText(100 * share)} %`;
}

function figuresOf([few, many]: ReadonlyArray<Results>): ReadonlyArray<Figure> {
  const figures: Figure[] = [];
  const add = (name: string, value: number, atLeast: number) => {
    if (!Number.isNaN(value)) figures.push({ name, value, unit: "×", atLeast });
  };
  for (const [results, size, goals] of [
    [few, "1,000", { bare: 0.65, full: 0.15, simgrid: 8 }],
    [many, "100,000", { bare: 0.65, full: 0.04, simgrid: 8 }],
  ] as const) {
    if (results === undefined) continue;
    add(`${size}: ${BARE} / C++`, ratio(results, BARE, CPP), goals.bare);
    for (const name of [PLAIN, HASHED]) {
      add(`${size}: ${name} / C++`, ratio(results, name, CPP), goals.full);
      add(`${size}: ${name} / SimGrid`, ratio(results, name, SIMGRID), goals.simgrid);
    }
  }
  return figures;
}

/** C++ and the bare queue draw the same words, so they must meet the same events. */
function demandSameEvents({ hashes }: Results): void {
  const [cpp, bare] = [hashes.get(CPP), hashes.get(BARE)];
  if (cpp !== undefined && cpp !== bare) {
    throw new Error(`C++ saw ${cpp}, the event queue ${bare}: they simulate different worlds`);
  }
}

const flags = flagsOf();
const rounds = flags.smoke ? 1 : Number(flags.rest[0] ?? 5);
const { contestants, absent } = assemble();
const sizes = flags.smoke ? [100] : SIZES;
const all = sizes.map((processes, size) =>
  race(contestants, processes, {
    rounds,
    eventsOf: ({ events }) => (flags.smoke ? SMOKE_EVENTS : events[size]!),
  }),
);
const hash = new TraceHash();
for (const results of all) {
  demandSameEvents(results);
  for (const name of [BARE, PLAIN, HASHED]) hash.text(results.hashes.get(name) ?? "");
}
printReport(
  {
    benchmark: "phold",
    hash: hash.digest(),
    figures: figuresOf(all),
    table: [
      [
        "events per processor second, millions",
        ...sizes.flatMap((processes) => [numberText(processes), "of C++"]),
      ],
      ...contestants.map(({ name }) => rowOf(name, all)),
    ],
    notes: [
      "One event in flight per process, destination even, delay 0.1 s + Exp(1 s) from one table.",
      `Medians of ${rounds} interleaved rounds; the event queue and C++ meet the same events.`,
      ...absent,
    ],
  },
  flags,
);
