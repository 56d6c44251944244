import { Either, Schema } from "effect";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DAY, HOUR } from "../../kernel/duration.ts";
import { type Arrival, type ArrivalProcess, NEVER } from "./arrival.ts";
import { WorkloadConfig } from "./config.ts";
import { arrivalProcess, jobsPerHour, parseTrace, type WorkloadContext } from "./workload.ts";

/** Monday, 6 November 2023, 00:00 UTC. */
const startUs = 1_699_228_800_000_000;

const context: WorkloadContext = {
  seed: 42,
  startUs,
  requesters: { weights: [1, 2, 5] },
  capacityMflops: 1_000_000,
  contributors: 3,
};

function configOf(input: unknown): WorkloadConfig {
  return Schema.decodeUnknownSync(WorkloadConfig)(input);
}

function processOf(input: unknown, more: Partial<WorkloadContext> = {}): ArrivalProcess {
  return Either.getOrThrow(arrivalProcess(configOf(input), { ...context, ...more }));
}

/** Arrivals of a span, as copies. */
function arrivals(process: ArrivalProcess, spanUs: number): Array<Arrival> {
  const all: Array<Arrival> = [];
  for (let now = startUs; ; ) {
    const next = process.next(now);
    if (next.atUs >= startUs + spanUs) return all;
    all.push({ ...next, mflopPerTask: [...next.mflopPerTask] });
    now = next.atUs;
  }
}

/** Whether a Poisson count lies within four standard deviations of its mean. */
function expectCount(count: number, mean: number): void {
  expect(Math.abs(count - mean)).toBeLessThan(4 * Math.sqrt(mean));
}

const inside = (all: ReadonlyArray<Arrival>, from: number, to: number): number =>
  all.filter(({ atUs }) => atUs >= startUs + from && atUs < startUs + to).length;

const rate = { jobsPerHour: 100 };

test("poisson: the count, the gaps and the requesters", () => {
  const all = arrivals(processOf({ rate, tasks: { mean: 1 } }), 30 * DAY);
  expectCount(all.length, 72_000);
  const gaps = all.slice(1).map(({ atUs }, i) => (atUs - all[i]!.atUs) / 36e6);
  // The KS distance of 72,000 exponential gaps stays below 1.63 / √72,000 in 99 of 100 samples.
  const sorted = Float64Array.from(gaps).sort();
  let distance = 0;
  for (const [i, gap] of sorted.entries()) {
    distance = Math.max(distance, Math.abs(1 - Math.exp(-gap) - i / sorted.length));
  }
  expect(distance).toBeLessThan(0.0061);
  for (const [requester, weight] of [1, 2, 5].entries()) {
    const count = all.filter((each) => each.requester === requester).length;
    expectCount(count, (72_000 * weight) / 8);
  }
});

test("poisson: load is a share of capacity", () => {
  const config = configOf({ load: 0.5 });
  expect(jobsPerHour(config, context)).toBeCloseTo((0.5 * 1e6 * 3600) / 36e6, 6);
  const all = arrivals(processOf({ load: 0.5, taskVcu: { distribution: "fixed" } }), 60 * DAY);
  const mflop = all.reduce(
    (sum, { mflopPerTask }) => sum + mflopPerTask.reduce((a, b) => a + b),
    0,
  );
  expect(mflop / (60 * 86_400) / 1e6).toBeCloseTo(0.5, 1);
});

test("poisson: a rate may be of each contributor", () => {
  expect(jobsPerHour(configOf({ rate: { jobsPerHour: 2, per: "contributor" } }), context)).toBe(6);
});

test("sizes: the laws keep their means", () => {
  const laws = [
    [{ tasks: { mean: 6, distribution: "fixed" } }, 6],
    [{ tasks: { mean: 6, distribution: "geometric" } }, 6],
    [{ tasks: { mean: 6, distribution: "lognormal", sigma: 0.5 } }, 6],
  ] as const;
  for (const [law, mean] of laws) {
    const all = arrivals(processOf({ rate, ...law }), 10 * DAY);
    const tasks = all.reduce((sum, each) => sum + each.tasks, 0) / all.length;
    expect(Math.abs(tasks / mean - 1)).toBeLessThan(0.03);
    for (const each of all) expect(each.mflopPerTask).toHaveLength(each.tasks);
  }
  for (const distribution of ["fixed", "exponential", "lognormal"]) {
    const taskVcu = { mean: 2, distribution, sigma: 0.8 };
    const sizes = arrivals(processOf({ rate, taskVcu }), 10 * DAY).flatMap((a) => a.mflopPerTask);
    const mean = sizes.reduce((sum, each) => sum + each, 0) / sizes.length;
    expect(Math.abs(mean / 72e6 - 1)).toBeLessThan(0.02);
    expect(sizes.every((size) => Number.isSafeInteger(size) && size > 0)).toBe(true);
  }
});

test("diurnal: the peak follows each region's local time", () => {
  const requesters = {
    weights: [1, 1],
    region: [0, 1],
    regions: [
      { name: "london", utcOffsetMinutes: 0 },
      { name: "tokyo", utcOffsetMinutes: 540 },
    ],
  };
  const diurnal = { amplitude: 0.8, peakHour: 15 };
  const process = processOf({ kind: "diurnal", rate, diurnal }, { requesters });
  const all = arrivals(process, 100 * DAY);
  expectCount(all.length, 240_000);
  for (const [region, peak] of [15, 6].entries()) {
    const byHour = new Float64Array(24);
    for (const each of all.filter((one) => one.region === region)) {
      expect(each.requester).toBe(region);
      const hour = Math.floor(((each.atUs - startUs) % DAY) / HOUR);
      byHour[hour] = (byHour[hour] ?? 0) + 1;
    }
    for (const [hour, count] of byHour.entries()) {
      // The sinusoid's mean over the hour: its value at the middle times sin(π/24) / (π/24).
      const angle = (2 * Math.PI * (hour + 0.5 - peak)) / 24;
      const mean = 5_000 * (1 + 0.8 * 0.99715 * Math.cos(angle));
      expectCount(count, mean);
    }
  }
});

test("flash: demand is multiplied inside the window only", () => {
  const flash = [{ at: "10d", for: "2d", factor: 5 }];
  for (const kind of ["poisson", "diurnal"]) {
    const all = arrivals(processOf({ kind, rate, flash }), 30 * DAY);
    expectCount(inside(all, 0, 10 * DAY), 24_000);
    expectCount(inside(all, 10 * DAY, 12 * DAY), 24_000);
    expectCount(inside(all, 12 * DAY, 30 * DAY), 43_200);
  }
});

test("flash: a crowd of one region leaves the others alone; a lull may be silent", () => {
  const requesters = {
    weights: [3, 1],
    region: [0, 1],
    regions: [
      { name: "a", utcOffsetMinutes: 0 },
      { name: "b", utcOffsetMinutes: 0 },
    ],
  };
  const flash = [
    { at: "1d", for: "5d", factor: 9, region: "b" },
    { at: "8d", for: "1d", factor: 0 },
  ];
  const all = arrivals(processOf({ rate, flash }, { requesters }), 10 * DAY);
  const crowd = all.filter(({ atUs }) => atUs >= startUs + DAY && atUs < startUs + 6 * DAY);
  expectCount(crowd.filter((each) => each.requester === 0).length, 9_000);
  expectCount(crowd.filter((each) => each.requester === 1).length, 27_000);
  expect(inside(all, 8 * DAY, 9 * DAY)).toBe(0);
  expectCount(inside(all, 9 * DAY, 10 * DAY), 2_400);
});

test("flash: an unknown region is an error that names the known ones", () => {
  const config = configOf({ flash: [{ at: "1h", for: "1h", factor: 2, region: "mars" }] });
  const refused = arrivalProcess(config, context);
  expect(Either.isLeft(refused) && refused.left.message).toBe(
    "flash crowd in unknown region mars; known: all",
  );
});

test("closed loop: each client has one job at a time", () => {
  const process = processOf({ kind: "closed", closed: { clients: 50, think: "10m" } });
  const first = arrivals(process, 10 * DAY);
  expect(first.map((each) => each.requester).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 50 }, (_, client) => client),
  );
  expect(process.next(startUs + DAY).atUs).toBe(NEVER);
  let thought = 0;
  for (let i = 0; i < 20_000; i++) {
    const again = process.completed(i % 50, startUs + DAY);
    expect(again?.requester).toBe(i % 50);
    thought += (again?.atUs ?? 0) - (startUs + DAY);
  }
  expect(thought / 20_000 / (HOUR / 6)).toBeCloseTo(1, 1);
  expect(process.completed(50, startUs)).toBeUndefined();
});

test("closed loop: another client does not change a client's first job", () => {
  const firstOf = (clients: number) =>
    arrivals(processOf({ kind: "closed", closed: { clients } }), 10 * DAY).find(
      (each) => each.requester === 7,
    )?.atUs;
  expect(firstOf(8)).toBe(firstOf(80));
});

function traceContext(content: string, config: WorkloadConfig): Partial<WorkloadContext> {
  const { trace } = config;
  if (trace === undefined) return {};
  return { trace: Either.getOrThrow(parseTrace(trace, content)) };
}

test("trace: rows come at their times, scaled, with their sizes", () => {
  const input = { kind: "trace", trace: { file: "a.csv", timeScale: 0.5, vcuPerUnit: 0.25 } };
  const more = traceContext("arrival_s,size\n1,4\n3,8\n", configOf(input));
  const all = arrivals(processOf(input, more), DAY);
  expect(all.map((each) => each.atUs - startUs)).toEqual([500_000, 1_500_000]);
  expect(all.map((each) => each.mflopPerTask)).toEqual([[36_000_000], [72_000_000]]);
  expect(all.every((each) => each.requester >= 0 && each.inputBytes === 1_000_000)).toBe(true);
});

test("trace: an SWF file is known by its name, and load stretches time", () => {
  const input = { kind: "trace", load: 0.5, trace: { file: "LOG.SWF" } };
  const line = (submit: number) => `1 ${submit} 0 100 2 -1 -1 2 -1 -1 1 1 1 -1 1 -1 -1 -1`;
  const more = traceContext([0, 1, 2, 3, 4].map(line).join("\n"), configOf(input));
  const all = arrivals(processOf(input, more), DAY);
  // A job is 2 tasks of 1e6 MFLOP; at 5e5 MFLOP/s one is asked for every 4 s.
  expect(all.map((each) => (each.atUs - startUs) / 1e6)).toEqual([0, 4, 8, 12, 16]);
  expect(all[0]?.mflopPerTask).toEqual([1_000_000, 1_000_000]);
});

test("trace: flash crowds repeat rows inside their window", () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => `${i},1`).join("\n");
  const flash = [
    { at: "5000s", for: "5000s", factor: 3.5 },
    { at: "12000s", for: "4000s", factor: 0.25 },
  ];
  const input = { kind: "trace", trace: { file: "a.csv" }, flash };
  const more = traceContext(`arrival_s,size\n${rows}\n`, configOf(input));
  const all = arrivals(processOf(input, more), DAY);
  expect(inside(all, 0, 5_000e6)).toBe(5_000);
  expectCount(inside(all, 5_000e6, 10_000e6), 17_500);
  expect(inside(all, 10_000e6, 12_000e6)).toBe(2_000);
  expectCount(inside(all, 12_000e6, 16_000e6), 1_000);
  expect(all.every((each, i) => i === 0 || each.atUs >= all[i - 1]!.atUs)).toBe(true);
});

test("every process: same seed, same jobs; times are whole and never go back", () => {
  const inputs = [
    { rate },
    { kind: "diurnal", rate, flash: [{ at: "6h", for: "1h", factor: 20 }] },
    { kind: "closed" },
  ];
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.constantFrom(...inputs), (seed, input) => {
      const all = arrivals(processOf(input, { seed }), DAY);
      expect(arrivals(processOf(input, { seed }), DAY)).toEqual(all);
      expect(all.length).toBeGreaterThan(10);
      for (const [i, each] of all.entries()) {
        expect(Number.isSafeInteger(each.atUs)).toBe(true);
        expect(each.atUs).toBeGreaterThanOrEqual(all[i - 1]?.atUs ?? startUs);
      }
    }),
    { numRuns: 15 },
  );
});

test("without weights the caller chooses the requester", () => {
  const all = arrivals(processOf({ rate }, { requesters: {} }), DAY);
  expect(all.every((each) => each.requester === -1)).toBe(true);
});

test("a rate so low that nothing comes before the end of time", () => {
  const process = processOf({ rate: { jobsPerHour: 1e-300 } });
  expect(process.next(startUs).atUs).toBe(NEVER);
  expect(process.next(NEVER).atUs).toBe(NEVER);
});
