/** One scenario and one seed are one trace, whoever runs it: see docs/determinism.md. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { Schema } from "effect";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { Stream } from "../../src/kernel/entropy.ts";
import { type ActorSpec, Simulator } from "../../src/sim/core/simulator.ts";
import type { RunResult } from "../../src/sim/run/result.ts";
import { Run } from "../../src/sim/run/run.ts";
import { Scenario } from "../../src/sim/scenario/schema.ts";
import { smallWorld } from "./small-world.ts";

type Specs = ReadonlyArray<ActorSpec>;
const SEED = 7;
const scenario = Schema.decodeUnknownSync(Scenario)(smallWorld);

function ran(seed = SEED, options: { readonly hashing?: boolean; readonly slice?: number } = {}) {
  const { slice = 1e9, ...rest } = options;
  const run = new Run({ scenario, seed, files: new Map(), ...rest });
  while (!run.advance(slice));
  return run.result();
}

/** Two equal runs have everything in common, to the last bit. */
function expectSame(result: RunResult): void {
  expect([result.hash, result.events, result.metrics]).toEqual(marksOf(first));
  expect(JSON.stringify(result) === JSON.stringify(first), "each byte of the result").toBe(true);
}
const marksOf = ({ hash, events, metrics }: RunResult) => [hash, events, metrics];

let first: RunResult;
beforeAll(() => {
  first = ran();
});

describe("the scenario under test", () => {
  test("passes, and leaves nothing out", () => {
    expect(first.checks.filter(({ pass }) => !pass)).toEqual([]);
    const { metrics, faults } = first;
    expect(faults.map(({ kind, fired }) => [kind, fired > 0])).toEqual(
      smallWorld.faults.map(({ kind }) => [kind, true]),
    );
    const busy = ["settled", "duplicatesDropped", "attemptsLost", "wrongDigests", "asks"];
    expect(busy.filter((name) => (metrics[name] ?? 0) < 10)).toEqual([]);
    expect(first.events).toBeGreaterThan(20_000);
  });
});

describe("in one process", () => {
  test("the same seed gives the same result twice", () => {
    expectSame(ran());
  });

  test("another seed gives another trace", () => {
    const other = ran(SEED + 1);
    expect(other.hash).not.toBe(first.hash);
    expect(ran(SEED + 2 ** 32).hash).not.toBe(first.hash);
  });

  test("in slices of any size the trace is the same", () => {
    expectSame(ran(SEED, { slice: 997 }));
  });

  test("hashing only watches: without it the run is the same", () => {
    const { events, metrics, hash } = ran(SEED, { hashing: false });
    expect([events, metrics]).toEqual([first.events, first.metrics]);
    expect(hash).not.toBe(first.hash);
  });
});

describe("actors created in another order", () => {
  afterEach(() => vi.restoreAllMocks());

  test.each([1, 2])("shuffle %i: the result is the same", (shuffle) => {
    const start: (list: Specs) => void = Reflect.get(Simulator.prototype, "start");
    vi.spyOn(Simulator.prototype, "start").mockImplementation(function (this: Simulator, specs) {
      const shuffled = shuffledBy(new Stream(shuffle, "shuffle"), specs);
      expect(shuffled.map((spec) => spec.address)).not.toEqual(specs.map((spec) => spec.address));
      start.call(this, shuffled);
    });
    expectSame(ran());
  });
});

function shuffledBy(stream: Stream, specs: Specs): Specs {
  return specs
    .map((spec) => ({ spec, key: stream.unit() }))
    .sort((one, other) => one.key - other.key)
    .map(({ spec }) => spec);
}

describe("in another process", () => {
  const root = resolve(import.meta.dirname, "../..");
  const built = join(root, "out", `determinism-${process.pid}`);
  const program = `
    import { Schema } from "effect";
    import { Run } from "${built}/sim/run/run.js";
    import { Scenario } from "${built}/sim/scenario/schema.js";
    const scenario = Schema.decodeUnknownSync(Scenario)(${JSON.stringify(smallWorld)});
    const run = new Run({ scenario, seed: ${SEED}, files: new Map() });
    while (!run.advance(1e9));
    process.stdout.write(JSON.stringify(run.result()));
  `;
  const child = (...flags: ReadonlyArray<string>): RunResult => {
    const args = [...flags, "--input-type=module", "--eval", program];
    const text = execFileSync(process.execPath, args, {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 64 * 2 ** 20,
      stdio: ["ignore", "pipe", "pipe"],
    });
    return JSON.parse(text) as RunResult;
  };

  beforeAll(() => {
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    // types are another test's business
    const flags = ["-p", "tsconfig.build.json", "--outDir", built, "--noCheck"];
    execFileSync(process.execPath, [tsc, ...flags], { cwd: root });
  }, 60_000);
  afterAll(() => rmSync(built, { recursive: true, force: true }));

  test("the compiled program gives the same result", () => {
    expectSame(child());
  });

  test("without just-in-time compilation the result is the same", () => {
    expectSame(child("--jitless"));
  });
});
