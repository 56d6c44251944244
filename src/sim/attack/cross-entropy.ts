/**
 * Search for the worst strategy by the cross-entropy method (Rubinstein 1999; de Boer, Kroese,
 * Mannor and Rubinstein 2005, Algorithm 3.3): draw a population, keep the best fifth, move the law
 * towards it, again. Numbers are drawn from a normal law within their bounds, by order of
 * magnitude where the range says so; choices from a law over their values. All draws come from one
 * named stream, in order, so that the same seed searches the same strategies, however they are
 * evaluated.
 */
import { Stream } from "../../kernel/entropy.ts";
import { invariant } from "../../kernel/invariant.ts";
import { normal } from "../numbers/distributions.ts";
import { exp, ln } from "../numbers/portable.ts";
import type { Range } from "../scenario/adversaries.ts";

/** A dimension of the strategy. */
export interface Dimension {
  /** Path of the value in the scenario, such as "adversaries.0.rate". */
  readonly path: string;
  readonly range: Range;
}

/** One value per dimension; of a choice the index of the value. */
export type Strategy = ReadonlyArray<number>;

export interface Scored {
  readonly strategy: Strategy;
  readonly score: number;
}

export interface SearchOptions {
  readonly seed: number;
  readonly population: number;
  /** Share of a generation that the next law is fitted to. */
  readonly elite: number;
  /** Weight of the new law against the old one. */
  readonly smoothing: number;
}

export const usual: Omit<SearchOptions, "seed"> = { population: 20, elite: 0.2, smoothing: 0.7 };

/** Numbers are kept on a scale from 0 to 1; choices as chances that add up to 1. */
type Law =
  | { readonly kind: "scale"; readonly mean: number; readonly deviation: number }
  | { readonly kind: "chances"; readonly chances: ReadonlyArray<number> };

/** Below this the law would search one point only. */
const DEVIATION_MIN = 0.02;

export class CrossEntropy {
  private readonly dimensions: ReadonlyArray<Dimension>;
  private readonly options: SearchOptions;
  private readonly stream: Stream;
  private laws: ReadonlyArray<Law>;

  constructor(dimensions: ReadonlyArray<Dimension>, options: SearchOptions) {
    this.dimensions = dimensions;
    this.options = options;
    this.stream = new Stream(options.seed, "attack/search");
    this.laws = dimensions.map(({ range }) => firstLaw(range));
  }

  /** The next strategies to try; at most `count` of them. */
  draw(count: number): ReadonlyArray<Strategy> {
    const size = Math.min(count, this.options.population);
    return Array.from({ length: size }, () =>
      this.laws.map((law, d) => this.drawOne(law, this.dimensions[d] as Dimension)),
    );
  }

  /** Moves the law towards the best of a generation; of equals the earlier one counts as better. */
  learn(generation: ReadonlyArray<Scored>): void {
    const ranked = generation.map((each, i) => ({ ...each, i }));
    ranked.sort((a, b) => b.score - a.score || a.i - b.i);
    const elite = ranked.slice(0, Math.max(2, Math.ceil(generation.length * this.options.elite)));
    this.laws = this.laws.map((law, d) => {
      const { range } = this.dimensions[d] as Dimension;
      const values = elite.map(({ strategy }) => strategy[d] as number);
      return law.kind === "scale"
        ? this.fitScale(
            law,
            values.map((value) => onScale(range, value)),
          )
        : this.fitChances(law, values);
    });
  }

  private drawOne(law: Law, { range }: Dimension): number {
    if (law.kind === "scale") {
      const at = law.mean + normal(this.stream, 0, law.deviation);
      return fromScale(range, Math.min(1, Math.max(0, at)));
    }
    let left = this.stream.unit();
    for (const [index, chance] of law.chances.entries()) {
      left -= chance;
      if (left < 0) return index;
    }
    return law.chances.length - 1;
  }

  private fitScale(law: Law & { kind: "scale" }, values: ReadonlyArray<number>): Law {
    const { smoothing } = this.options;
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / values.length;
    return {
      kind: "scale",
      mean: smoothing * mean + (1 - smoothing) * law.mean,
      deviation: Math.max(
        DEVIATION_MIN,
        smoothing * Math.sqrt(variance) + (1 - smoothing) * law.deviation,
      ),
    };
  }

  private fitChances(law: Law & { kind: "chances" }, values: ReadonlyArray<number>): Law {
    const { smoothing } = this.options;
    const chances = law.chances.map((old, index) => {
      const share = values.filter((value) => value === index).length / values.length;
      return smoothing * share + (1 - smoothing) * old;
    });
    return { kind: "chances", chances };
  }
}

function firstLaw(range: Range): Law {
  if (range.kind !== "choice") return { kind: "scale", mean: 0.5, deviation: 0.35 };
  const count = range.values.length;
  return { kind: "chances", chances: range.values.map(() => 1 / count) };
}

function isLog(range: Range): boolean {
  return range.kind === "number" && range.isLog;
}

function bounds(range: Range): readonly [from: number, to: number] {
  invariant(range.kind !== "choice", "a choice has no scale");
  return isLog(range) ? [ln(range.from), ln(range.to)] : [range.from, range.to];
}

/** Place of a value between its bounds, 0 to 1. */
function onScale(range: Range, value: number): number {
  const [from, to] = bounds(range);
  if (to === from) return 0;
  return ((isLog(range) ? ln(value) : value) - from) / (to - from);
}

function fromScale(range: Range, at: number): number {
  const [from, to] = bounds(range);
  const value = from + at * (to - from);
  const found = isLog(range) ? exp(value) : value;
  if (range.kind === "number" && range.isWhole) return Math.round(found);
  return range.kind === "time" ? Math.round(found) : found;
}
