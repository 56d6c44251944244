/**
 * The swarm finds bugs: each planted defect within 200 drawn networks, makes the network smaller,
 * and the small one fails again in the same way, from its file's form.
 */
import { describe, expect, test } from "vitest";
import { defectNames } from "../../src/sim/defects/defects.ts";
import { type Failure, judge } from "../../src/sim/swarm/judge.ts";
import { caseOf, shrink } from "../../src/sim/swarm/shrink.ts";
import type { SwarmCase } from "../../src/sim/swarm/swarm-case.ts";

const RUNS = 200;
const SHRINK_TRIES = 25;

/** What shows a defect: the checker that is there for it, or one that it cannot hide from. */
const shownBy: Readonly<Record<string, ReadonlyArray<string>>> = {
  "pays-twice": ["paid-once"],
  "serves-for-free": ["credit-conserved", "no-free-service"],
  "leaks-credit": ["credit-conserved"],
  "lends-freely": ["no-free-service"],
  "clears-early": ["credit-conserved", "paid-once", "no-free-service"],
  "leases-twice": ["lease-exclusive"],
  "never-expires": ["settles-or-fails"],
  "outlives-lease": ["lease-exclusive"],
  "gives-up-silently": ["settles-or-fails"],
  "keeps-quiet": ["settles-or-fails"],
  "believes-first": ["no-wrong-pay"],
  "runs-twice": ["within-slots"],
  "speaks-in-tongues": ["unhandled"],
  "loses-outbox": ["settles-or-fails"],
  "skips-duplicate-check": ["taken-once"],
  "fires-stale-timers": ["unhandled", "endless", "lease-exclusive"],
  "forgets-timers": ["lease-exclusive", "settles-or-fails"],
};

function firstFailing(defect: string): { readonly seed: number; readonly failure: Failure } {
  for (let seed = 1; seed <= RUNS; seed++) {
    const { failure } = judge(caseOf(seed), defect);
    if (failure !== undefined) return { seed, failure };
  }
  throw new Error(`${defect} was not found in ${RUNS} runs`);
}

/** Size of a case as a person reads it. */
const lengthOf = (of: SwarmCase): number => JSON.stringify(of).length;

describe("Swarm: planted defects", () => {
  test("every defect has a checker that is expected to show it", () => {
    expect(Object.keys(shownBy).sort()).toEqual([...defectNames].sort());
    expect(defectNames.length).toBeGreaterThanOrEqual(10);
  });

  test.each(defectNames)(
    "%s: found, made smaller, shown again",
    (defect) => {
      const { seed, failure } = firstFailing(defect);
      expect(shownBy[defect]).toContain(failure.checker);
      let tries = 0;
      const small = shrink(seed, {
        defect,
        tries: SHRINK_TRIES,
        expired: () => ++tries > SHRINK_TRIES,
      });
      expect(small?.failure.checker).toBe(failure.checker);
      const kept = JSON.parse(JSON.stringify(small?.case)) as SwarmCase;
      expect(lengthOf(kept)).toBeLessThanOrEqual(lengthOf(caseOf(seed)));
      expect(judge(kept, defect).failure).toEqual(small?.failure);
      expect(judge(kept).failure).toBeUndefined();
    },
    180_000,
  );
});
