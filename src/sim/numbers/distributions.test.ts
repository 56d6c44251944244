import { describe, expect, it } from "vitest";
import { Stream } from "../../kernel/entropy.ts";
import {
  beta,
  exponential,
  logNormal,
  normal,
  normalQuantile,
  uniform,
  weibull,
  weightedIndex,
} from "./distributions.ts";

const SAMPLES = 20_000;
/** The 1 % point of the Kolmogorov-Smirnov statistic is 1.63 / sqrt(20,000) = .0115. */
const DISTANCE_MAX = 0.02;

function sample(name: string, draw: (stream: Stream) => number): Float64Array {
  const stream = new Stream(42, name);
  return new Float64Array(SAMPLES).map(() => draw(stream)).sort();
}

/** Largest gap between the sample's and the given distribution function. */
function distance(sorted: Float64Array, cdf: (x: number) => number): number {
  let gap = 0;
  for (const [i, x] of sorted.entries()) {
    const p = cdf(x);
    gap = Math.max(gap, Math.abs(p - i / SAMPLES), Math.abs(p - (i + 1) / SAMPLES));
  }
  return gap;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

function deviation(values: Float64Array): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((x) => (x - centre) * (x - centre))));
}

/** Independent of the code under test: Simpson's rule on the density. */
function normalCdf(z: number): number {
  const steps = 400;
  const h = z / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-((i * h) ** 2) / 2);
  }
  return 0.5 + (sum * h) / 3 / Math.sqrt(2 * Math.PI);
}

describe("samples follow their distribution", () => {
  it("uniform", () => {
    const drawn = sample("uniform", (s) => uniform(s, -2, 6));
    expect(distance(drawn, (x) => (x + 2) / 8)).toBeLessThan(DISTANCE_MAX);
  });

  it("exponential", () => {
    const drawn = sample("exponential", (s) => exponential(s, 3));
    expect(distance(drawn, (x) => 1 - Math.exp(-x / 3))).toBeLessThan(DISTANCE_MAX);
    expect(mean(drawn)).toBeCloseTo(3, 1);
  });

  it("weibull, also with the heavy tail of host availability", () => {
    for (const [shape, scale] of [
      [0.393, 2.964],
      [1.8, 10],
    ] as const) {
      const drawn = sample("weibull", (s) => weibull(s, shape, scale));
      const gap = distance(drawn, (x) => 1 - Math.exp(-((x / scale) ** shape)));
      expect(gap).toBeLessThan(DISTANCE_MAX);
    }
  });

  it("normal", () => {
    const drawn = sample("normal", (s) => normal(s, 10, 2));
    expect(distance(drawn, (x) => normalCdf((x - 10) / 2))).toBeLessThan(DISTANCE_MAX);
    expect(mean(drawn)).toBeCloseTo(10, 1);
    expect(deviation(drawn)).toBeCloseTo(2, 1);
  });

  it("log-normal", () => {
    const drawn = sample("log-normal", (s) => logNormal(s, Math.log(8), 0.9));
    const gap = distance(drawn, (x) => normalCdf((Math.log(x) - Math.log(8)) / 0.9));
    expect(gap).toBeLessThan(DISTANCE_MAX);
  });

  it("Beta(2, 4)", () => {
    const drawn = sample("beta", (s) => beta(s, 2, 4));
    const cdf = (x: number) => 1 - (1 - x) ** 5 - 5 * x * (1 - x) ** 4;
    expect(distance(drawn, cdf)).toBeLessThan(DISTANCE_MAX);
    expect(mean(drawn)).toBeCloseTo(1 / 3, 2);
    expect(deviation(drawn)).toBeCloseTo(Math.sqrt(8 / 252), 2);
  });
});

describe("normalQuantile", () => {
  it("meets tabulated values in the centre and in both tails", () => {
    expect(normalQuantile(0.5)).toBe(0);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14);
    expect(normalQuantile(0.25)).toBeCloseTo(-0.6744897501960817, 14);
    expect(normalQuantile(1e-20)).toBeCloseTo(-9.262340089798408, 12);
  });

  it("refuses certainty", () => {
    expect(() => normalQuantile(0)).toThrow("strictly between 0 and 1");
    expect(() => normalQuantile(1)).toThrow("strictly between 0 and 1");
  });
});

describe("weightedIndex", () => {
  it("draws in proportion and never a weight of zero", () => {
    const stream = new Stream(7, "weights");
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < SAMPLES; i++) {
      const index = weightedIndex(stream, [1, 1, 4, 10]);
      counts[index] = (counts[index] ?? 0) + 1;
    }
    expect(counts[1]).toBe(0);
    expect(counts.map((n) => n / SAMPLES)[0]).toBeCloseTo(0.1, 1);
    expect(counts.map((n) => n / SAMPLES)[2]).toBeCloseTo(0.3, 1);
    expect(counts.map((n) => n / SAMPLES)[3]).toBeCloseTo(0.6, 1);
  });

  it("refuses weights that sum to nothing", () => {
    expect(() => weightedIndex(new Stream(1, "x"), [])).toThrow("more than zero");
  });
});

it("a sampler takes one word pair however large the number it gives", () => {
  const stream = new Stream(3, "cost");
  weibull(stream, 0.4, 1e9);
  normal(stream, 0, 1);
  exponential(stream, 1e-9);
  expect(stream.position).toBe(6);
});
