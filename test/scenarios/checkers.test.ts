/**
 * Every built-in check catches a violation that was planted for it: a deliberate defect of an actor
 * or a mailbox (src/sim/defects), or a scenario that breaks its own promise. The same scenarios
 * pass without the defect, so it is the defect that is found.
 */
import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { builtInChecks } from "../../src/sim/checkers/checks.ts";
import { defectNames } from "../../src/sim/defects/defects.ts";
import type { RunResult } from "../../src/sim/run/result.ts";
import { Run } from "../../src/sim/run/run.ts";
import { Scenario } from "../../src/sim/scenario/schema.ts";

type Raw = Readonly<Record<string, unknown>>;

/** Events after which a run is judged as it stands: some defects make storms that never end. */
const EVENTS_MAX = 60_000;

/** Thirty machines for two hours: short probation, a little of everything. */
const village: Raw = {
  name: "village",
  until: "2h",
  nodes: 30,
  edges: 2,
  network: { sites: 20, duplicate: 0.02 },
  hosts: { mixture: { always: 1 } },
  limits: { probationResults: 8, probationMilliVcu: 100, escrowTasks: 4 },
  commons: { mode: "probation", taskVcu: 0.05, tasksPerJob: 10 },
  workload: { load: 0.4, tasks: { mean: 3 }, taskVcu: { mean: 0.05, sigma: 0.5 } },
  liveness: { within: "12h" },
  policies: { verification: { rule: "quorum" } },
};

const liars: Raw = { ...village, faults: [{ kind: "wrong-result", share: 0.2 }] };
/** Some lie now and then, so that there is something to burn when they are caught. */
const caught: Raw = {
  ...village,
  faults: [{ kind: "wrong-result", share: 0.3, chance: 0.3 }],
  policies: { verification: { rule: "credibility" } },
};
const riders: Raw = { ...village, adversaries: [{ kind: "free-rider", share: 0.2 }] };

/** Books are kept, and everybody is served alike. */
const generous: Raw = {
  ...village,
  access: "account",
  policies: { scheduling: { rule: "equal" }, verification: { rule: "quorum" } },
};

/** Processes die between journalling a step and performing its commands. */
const restarts: Raw = {
  ...village,
  faults: ["node", "edge", "job", "ledger", "contributor", "verifier"].map((kind) => ({
    kind: "restart",
    target: `${kind}/*`,
    perHour: 15,
    moment: "after-append",
  })),
};

/** Machines vanish while edges and jobs, who wait for them, restart all the time. */
const vanishing: Raw = {
  ...village,
  hosts: { mixture: { random: 0.8, always: 0.2 }, abruptShare: 1 },
  faults: [
    { kind: "restart", target: "edge/*", perHour: 20 },
    { kind: "restart", target: "job/*", perHour: 400 },
    { kind: "pause", target: "node/*", perHour: 30, for: "30min" },
  ],
};

interface Planted {
  readonly defect: string;
  readonly in: Raw;
  readonly seed: number;
  /** Checks that must fail; more may. */
  readonly found: ReadonlyArray<string>;
}

const planted: ReadonlyArray<Planted> = [
  { defect: "pays-twice", in: village, seed: 1, found: ["credit-conserved", "paid-once"] },
  {
    defect: "serves-for-free",
    in: riders,
    seed: 1,
    found: ["credit-conserved", "no-free-service"],
  },
  { defect: "leaks-credit", in: village, seed: 1, found: ["credit-conserved"] },
  { defect: "lends-freely", in: village, seed: 1, found: ["no-free-service"] },
  { defect: "clears-early", in: village, seed: 1, found: ["credit-conserved"] },
  { defect: "leases-twice", in: village, seed: 1, found: ["lease-exclusive"] },
  { defect: "never-expires", in: village, seed: 1, found: ["settles-or-fails"] },
  { defect: "outlives-lease", in: village, seed: 1, found: ["lease-exclusive"] },
  { defect: "gives-up-silently", in: village, seed: 1, found: ["settles-or-fails"] },
  { defect: "keeps-quiet", in: village, seed: 1, found: ["settles-or-fails"] },
  { defect: "believes-first", in: liars, seed: 1, found: ["no-wrong-pay"] },
  { defect: "speaks-in-tongues", in: village, seed: 1, found: ["unhandled"] },
  { defect: "loses-outbox", in: restarts, seed: 1, found: ["settles-or-fails"] },
  { defect: "skips-duplicate-check", in: village, seed: 1, found: ["taken-once"] },
  { defect: "fires-stale-timers", in: village, seed: 1, found: ["lease-exclusive", "unhandled"] },
  { defect: "forgets-timers", in: vanishing, seed: 1, found: ["settles-or-fails"] },
  { defect: "runs-twice", in: village, seed: 1, found: ["within-slots"] },
];

function resultOf(raw: Raw, seed: number, defect?: string): RunResult {
  const scenario = Schema.decodeUnknownSync(Scenario)(raw);
  const inputs = { scenario, seed, files: new Map<string, string>() };
  const run = new Run(defect === undefined ? inputs : { ...inputs, defect });
  while (!run.advance(EVENTS_MAX / 10) && run.progress().events < EVENTS_MAX);
  return run.result();
}

const failed = ({ checks }: RunResult) =>
  checks.filter(({ pass }) => !pass).map(({ name }) => name);

describe("A planted defect is found", () => {
  test.each(planted)("$defect: $found", ({ defect, in: raw, seed, found }) => {
    expect(failed(resultOf(raw, seed, defect))).toEqual(expect.arrayContaining([...found]));
  });

  test.each([
    { story: "the village", raw: village },
    { story: "liars", raw: liars },
    { story: "liars who are caught", raw: caught },
    { story: "free riders", raw: riders },
    { story: "a village that refuses nobody", raw: generous },
    { story: "restarts", raw: restarts },
    { story: "vanishing machines", raw: vanishing },
  ])("and without any defect $story pass", ({ raw }) => {
    const result = resultOf(raw, 1);
    expect(failed(result)).toEqual([]);
    expect(result.violations).toEqual([]);
  });

  test("none is left out", () => {
    expect(planted.map(({ defect }) => defect).sort()).toEqual([...defectNames].sort());
  });
});

describe("A scenario that breaks its promise is found", () => {
  test("faults-fired: a fault whose time never comes", () => {
    const late = { kind: "crash", target: "node/*", at: "3h" };
    expect(failed(resultOf({ ...village, faults: [late] }, 1))).toEqual(["faults-fired"]);
  });

  test("adversaries-acted: a free rider where everybody is served", () => {
    const open = { ...riders, access: "open" };
    expect(failed(resultOf(open, 1))).toEqual(["adversaries-acted"]);
  });
});

test("every built-in check has a planted violation that it catches", () => {
  const shown = new Set([
    ...planted.flatMap(({ found }) => found),
    "faults-fired",
    "adversaries-acted",
  ]);
  expect(builtInChecks.filter((name) => !shown.has(name))).toEqual([]);
});
