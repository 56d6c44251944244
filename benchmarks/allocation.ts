/**
 * One quantum of the credit rule (src/policies/scheduling/allocate.ts) for a hundred thousand
 * contributors, against a floor that any such rule pays: sorting as many numbers once.
 */
import { NANO_PER_VCU } from "../src/kernel/credit.ts";
import { Stream } from "../src/kernel/entropy.ts";
import { allocate, grantedTo, type Standing } from "../src/policies/scheduling/allocate.ts";
import { TraceHash } from "../src/sim/core/trace-hash.ts";
import { cpuSeconds, median } from "./clock.ts";
import { type Flags, flagsOf, numberText, printReport, type Report } from "./report.ts";

const GOAL_MS = 100;

const rules = {
  alpha: 0.5,
  burst: 2,
  sigma: 4,
  debtHours: 24,
  debtShare: 0.25,
  quantumUs: 300_000_000,
  ageUs: 43_200_000_000,
};

/** Volunteers of very different size; one in three asks for more than there is. */
function crowd(count: number): ReadonlyArray<Standing> {
  const stream = new Stream(1, "benchmark/allocation");
  const draw = (most: number) => BigInt(Math.floor(stream.unit() ** 3 * most * 1e9));
  return Array.from({ length: count }, (_, n) => {
    const rate = draw(8) + 1_000_000n;
    return {
      id: `contributor/c${n}`,
      demand: stream.unit() < 1 / 3 ? 100n * NANO_PER_VCU : draw(0.2),
      balance: draw(40) - NANO_PER_VCU,
      rate,
      earned: draw(200),
      capacity: stream.unit() < 0.5 ? rate : 0n,
    };
  });
}

/** Milliseconds of processor time, the median of some turns; the first ones teach the engine. */
function timed(turns: number, work: () => void): number {
  const times: Array<number> = [];
  for (let turn = 0; turn < turns + 2; turn++) {
    const before = cpuSeconds();
    work();
    if (turn >= 2) times.push((cpuSeconds() - before) * 1_000);
  }
  return median(times);
}

function measure(count: number, turns: number): Report {
  const standings = crowd(count);
  const supply = standings.reduce((sum, { capacity }) => sum + capacity, 0n) / 12n;
  const quantum = { supply, lengthUs: rules.quantumUs, seed: 1, number: 1, rules };
  const numbers = Float64Array.from(
    standings,
    ({ balance, rate }) => Number(balance) / Number(rate),
  );
  const floorMs = timed(turns, () => numbers.slice().sort());
  const ruleMs = timed(turns, () => allocate(standings, quantum));
  const allocation = allocate(standings, quantum);
  const hash = new TraceHash();
  for (let n = 0; n < count; n++) hash.text(String(grantedTo(allocation, n)));
  return {
    benchmark: "allocation",
    hash: hash.digest(),
    figures: [
      { name: "one quantum", value: ruleMs, unit: "ms", atMost: GOAL_MS },
      { name: "in sorts of as many numbers", value: ruleMs / floorMs, unit: "" },
    ],
    table: [
      ["contributors", "one quantum ms", "one sort ms", "idle VCU"],
      [
        numberText(count),
        numberText(ruleMs),
        numberText(floorMs),
        numberText(Number(allocation.idle) / 1e9),
      ],
    ],
    notes: [`Medians of ${turns} turns. Conservation is exact: shares and idle are the supply.`],
  };
}

const flags: Flags = flagsOf();
printReport(flags.smoke ? measure(500, 2) : measure(100_000, 15), flags);
