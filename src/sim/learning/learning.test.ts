import { describe, expect, test } from "vitest";
import { Stream } from "../../kernel/entropy.ts";
import { centeredClipping } from "../../policies/aggregation/centered-clipping.ts";
import { mean } from "../../policies/aggregation/mean.ts";
import { exp, ln } from "../numbers/portable.ts";
import { attackUpdate } from "./attacks.ts";
import { CLASSES, drawData, FEATURES } from "./data.ts";
import { badIn, runTrial, type Trial } from "./harness.ts";
import { Learner } from "./learner.ts";
import { firstParameters, Network, PARAMETERS } from "./network.ts";

const WORKERS = 16;
const learner = new Learner(1, WORKERS);
const short: Trial = {
  rule: mean,
  params: {},
  attack: "none",
  bad: 0,
  workers: WORKERS,
  rounds: 6,
  steps: 15,
  canary: false,
  seed: 1,
};

describe("The small model", () => {
  test("its gradient is that of its loss", () => {
    const network = new Network();
    const theta = firstParameters(3);
    const row = { features: Float64Array.from({ length: FEATURES }, (_, f) => f / 5 - 1) };
    const sample = { ...row, labels: Uint8Array.of(2) };
    const gradient = new Float64Array(PARAMETERS);
    network.addGradient(theta, sample, 0, { gradient, scale: 1 });
    for (let k = 0; k < PARAMETERS; k += 7) {
      const step = 1e-6;
      const moved = (by: number) => theta.map((x, i) => (i === k ? x + by : x));
      const slope =
        (network.loss(moved(step), sample) - network.loss(moved(-step), sample)) / (2 * step);
      expect(gradient[k]).toBeCloseTo(slope, 5);
    }
  });

  test("knowing nothing costs the logarithm of the classes", () => {
    const { test: samples } = drawData(1, 1);
    const loss = new Network().loss(new Float64Array(PARAMETERS), samples);
    expect(exp(loss)).toBeCloseTo(CLASSES, 9);
    expect(loss).toBeCloseTo(ln(CLASSES), 9);
  });

  test("workers see mostly their own classes", () => {
    const { shards } = drawData(1, WORKERS);
    const [first] = shards;
    const own = [...(first?.labels ?? [])].filter((label) => label < 3).length;
    expect(own / (first?.labels.length ?? 1)).toBeGreaterThan(0.6);
  });

  test("the same work gives the same update on every machine, other work another", () => {
    const work = { theta: learner.first, round: 2, worker: 3, steps: 5 };
    const again = new Learner(1, WORKERS).update(work);
    expect(learner.update(work)).toEqual(again);
    expect(learner.update({ ...work, worker: 4 })).not.toEqual(again);
  });

  test("local steps make it better on the worker's data and on others'", () => {
    const { accuracy } = runTrial(learner, short);
    expect(accuracy).toBeGreaterThan(learner.accuracy(learner.first) + 0.3);
  });
});

describe("Attacks", () => {
  const honest = [1, 2, 3].map((x) => Float64Array.of(x, -x));
  const known = {
    own: Float64Array.of(1, -2),
    poisoned: () => Float64Array.of(30, 40),
    honest: () => honest,
    previous: Float64Array.of(5, 5),
    stream: new Stream(1, "test"),
  };
  const deviation = Math.sqrt(2 / 3);

  test.each([
    ["sign-flip", [-3, 6]],
    ["alie", [2 - 1.2 * deviation, -2 - 1.2 * deviation]],
    ["inner-product", [-1, 1]],
    ["zero", [0, 0]],
    ["stragglers", [1, -2]],
  ] as const)("%s by hand", (attack, expected) => {
    for (const [k, x] of attackUpdate(attack, known).entries()) {
      expect(x).toBeCloseTo(expected[k] as number, 12);
    }
  });

  test("a backdoor is no longer than the honest update", () => {
    const [a = 0, b = 0] = attackUpdate("backdoor", known);
    expect(Math.hypot(a, b)).toBeCloseTo(Math.sqrt(5), 12);
    expect(b / a).toBeCloseTo(4 / 3, 12);
  });

  test("five of sixteen are five, spread over the classes", () => {
    const bad = Array.from({ length: WORKERS }, (_, w) => w).filter((w) => badIn(w, 5, WORKERS));
    expect(bad).toEqual([3, 6, 9, 12, 15]);
  });

  test("five who flip ruin the mean; clipping with the canary holds", () => {
    const flipped = { ...short, attack: "sign-flip", bad: 5 } as const;
    expect(runTrial(learner, flipped).accuracy).toBeLessThan(0.3);
    const params = { iterations: 3, alike: 0.5 };
    const guarded = { ...flipped, rule: centeredClipping, params, canary: true };
    const drop = runTrial(learner, short).accuracy - runTrial(learner, guarded).accuracy;
    expect(drop).toBeLessThan(0.08);
  });

  test("the backdoor is learned though accuracy holds: a known weakness", () => {
    const params = { iterations: 3, alike: 0.5 };
    const rest = { ...short, rule: centeredClipping, params, canary: true, rounds: 15 } as const;
    const clean = runTrial(learner, rest);
    const fooled = runTrial(learner, { ...rest, attack: "backdoor", bad: 5 });
    expect(clean.accuracy - fooled.accuracy).toBeLessThan(0.05);
    expect(fooled.backdoor).toBeGreaterThan(clean.backdoor + 0.1);
  });
});
