/** Network, hosts and work of a drawn scenario. */
import fc from "fast-check";
import { minutes, percent, present, seconds, sparse } from "./draw-values.ts";
import type { RawScenario } from "./swarm-case.ts";

/** A part of a scenario, and a file when it names one. */
export interface Part<Key extends keyof RawScenario> {
  readonly value: RawScenario[Key];
  readonly files?: Readonly<Record<string, string>>;
}

const MATRIX = "rtt.tsv";
const HOST_TRACE = "hosts.csv";
const JOB_TRACE = "jobs.csv";

/** A square of round trips in milliseconds, the same both ways. */
const matrix = fc.integer({ min: 2, max: 5 }).chain((size) =>
  fc
    .array(fc.integer({ min: 1, max: 400 }), { minLength: size * size, maxLength: size * size })
    .map((cells) => {
      const rows = Array.from({ length: size }, (_, i) =>
        Array.from({ length: size }, (__, j) => {
          const low = Math.min(i, j);
          return i === j ? 0 : (cells[low * size + Math.max(i, j)] ?? 1);
        }).join("\t"),
      );
      return `${rows.join("\n")}\n`;
    }),
);

export const drawnNetwork: fc.Arbitrary<Part<"network">> = fc
  .record({
    sites: fc.integer({ min: 1, max: 12 }),
    loss: sparse(percent(1, 30)),
    duplicate: sparse(percent(1, 30)),
    reorder: sparse(percent(1, 50)),
    reorderWindow: sparse(fc.integer({ min: 1, max: 5_000 }).map((ms) => `${ms}ms`)),
    place: fc.oneof(
      { weight: 5, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: matrix },
      { weight: 1, arbitrary: fc.constant("none" as const) },
    ),
  })
  .map(({ place, ...rest }) => {
    if (place === undefined) return { value: present(rest) };
    if (place === "none") return { value: { kind: "none" as const } };
    const { sites: _, ...quality } = rest;
    const value = { ...quality, kind: "matrix" as const, matrixFile: MATRIX };
    return { value: present(value), files: { [MATRIX]: place } };
  });

/** Up times of a few machines: rising, never overlapping. */
const hostTrace = fc
  .array(fc.array(fc.integer({ min: 60, max: 7_200 }), { minLength: 2, maxLength: 12 }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((hosts) => {
    const lines = hosts.flatMap((spells, host) => {
      let at = 0;
      return spells.flatMap((length, i) => {
        const start = at;
        at += length;
        return i % 2 === 0 ? [`h${host},${start},${at}`] : [];
      });
    });
    return `host,start_s,end_s\n${lines.join("\n")}\n`;
  });

const mixture = fc
  .record({
    diurnal: fc.integer({ min: 0, max: 4 }),
    random: fc.integer({ min: 0, max: 4 }),
    office: fc.integer({ min: 0, max: 4 }),
    always: fc.integer({ min: 1, max: 6 }),
  })
  .map((weights) => ({ mixture: weights }));

const habits = fc
  .record({
    abruptShare: sparse(percent(0, 100)),
    cap: sparse(minutes(10, 600)),
    ownerUse: sparse(
      fc.record({ enabled: fc.boolean(), busyMean: minutes(1, 20), idleMean: minutes(5, 60) }),
    ),
    donated: sparse(fc.record({ fraction: percent(10, 100), redraw: minutes(30, 600) })),
    slotsMax: sparse(fc.integer({ min: 1, max: 8 })),
  })
  .map((group) => present(group));

const uniform = fc
  .record({
    cores: fc.integer({ min: 1, max: 4 }),
    gflopsPerCore: fc.integer({ min: 5, max: 100 }),
    alwaysOn: fc.boolean(),
  })
  .map((host) => ({ kind: "uniform" as const, uniform: host }));

export const drawnHosts: fc.Arbitrary<Part<"hosts">> = fc
  .tuple(
    fc.oneof(
      { weight: 3, arbitrary: uniform.map((kind) => ({ kind, trace: undefined })) },
      { weight: 4, arbitrary: mixture.map((kind) => ({ kind, trace: undefined })) },
      {
        weight: 1,
        arbitrary: hostTrace.map((trace) => ({
          kind: { kind: "trace" as const, trace: HOST_TRACE },
          trace,
        })),
      },
    ),
    habits,
  )
  .map(([{ kind, trace }, habit]) => ({
    value: { ...kind, ...habit },
    ...(trace === undefined ? {} : { files: { [HOST_TRACE]: trace } }),
  }));

const flash = fc.record({
  at: minutes(1, 200),
  for: minutes(1, 60),
  factor: fc.integer({ min: 2, max: 10 }),
});

const open = fc
  .record({
    kind: fc.constantFrom("poisson" as const, "diurnal" as const),
    load: sparse(percent(10, 200)),
    flash: sparse(fc.array(flash, { minLength: 1, maxLength: 2 })),
  })
  .map((value) => ({ value: present(value), trace: undefined }));

const closed = fc
  .record({ clients: fc.integer({ min: 1, max: 12 }), think: minutes(1, 30) })
  .map((loop) => ({ value: { kind: "closed" as const, closed: loop }, trace: undefined }));

const traced = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 1, max: 30 })), {
    minLength: 1,
    maxLength: 40,
  })
  .map((rows) => {
    let at = 0;
    const lines = rows.map(([gap, hundredths]) => {
      at += gap;
      return `${at},${hundredths / 100}`;
    });
    return {
      value: { kind: "trace" as const, trace: { file: JOB_TRACE } },
      trace: `arrival_s,size\n${lines.join("\n")}\n`,
    };
  });

const sizes = fc
  .record({
    tasks: sparse(
      fc.record({
        mean: fc.integer({ min: 1, max: 12 }),
        distribution: fc.constantFrom("fixed" as const, "geometric" as const, "lognormal" as const),
      }),
    ),
    taskVcu: sparse(
      fc.record({
        mean: percent(2, 40),
        distribution: fc.constantFrom(
          "fixed" as const,
          "exponential" as const,
          "lognormal" as const,
        ),
      }),
    ),
    inputBytes: sparse(fc.integer({ min: 0, max: 20_000_000 })),
    outputBytes: sparse(fc.integer({ min: 0, max: 5_000_000 })),
  })
  .map((group) => present(group));

export const drawnWorkload: fc.Arbitrary<Part<"workload">> = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: open },
      { weight: 1, arbitrary: closed },
      { weight: 1, arbitrary: traced },
    ),
    sizes,
  )
  .map(([{ value, trace }, size]) => ({
    value: { ...value, ...size },
    ...(trace === undefined ? {} : { files: { [JOB_TRACE]: trace } }),
  }));

/** A few limits at a time, down to where rare branches are common. */
export const drawnLimits: fc.Arbitrary<RawScenario["limits"]> = fc
  .record({
    offerUs: sparse(seconds(2, 120)),
    // a lease of just the expected time is over before any run is
    leaseFactor: sparse(fc.integer({ min: 2, max: 6 })),
    leaseFloorUs: sparse(seconds(10, 600)),
    probeUs: sparse(seconds(1, 30)),
    joinUs: sparse(seconds(5, 300)),
    jobUs: sparse(minutes(20, 1_440)),
    attemptsPerTask: sparse(fc.integer({ min: 2, max: 40 })),
    tasksPerJob: sparse(fc.integer({ min: 20, max: 200 })),
    queuedPerEdge: sparse(fc.integer({ min: 1, max: 200 })),
    probationResults: sparse(fc.integer({ min: 1, max: 20 })),
    probationMilliVcu: sparse(fc.integer({ min: 1, max: 1_000 })),
    warnAfterWrong: sparse(fc.integer({ min: 1, max: 2 })),
    suspendAfterWrong: sparse(fc.integer({ min: 1, max: 5 })),
    epochUs: sparse(minutes(2, 120)),
    auditSample: sparse(fc.integer({ min: 1, max: 8 })),
  })
  .map((group) => present(group));
