/** Draws the case of a seed, and makes a failing one as small as the budget allows. */
import fc from "fast-check";
import { drawnCases } from "./draw.ts";
import { type Failure, type Judged, judge } from "./judge.ts";
import type { SwarmCase } from "./swarm-case.ts";

/** The case of a seed: the same on every machine. */
export function caseOf(seed: number): SwarmCase {
  const drawn: SwarmCase[] = [];
  fc.assert(
    fc.property(drawnCases(seed), (each) => {
      drawn.push(each);
    }),
    settings(seed),
  );
  return drawn[0] as SwarmCase;
}

/** Without the global settings of a test run: a seed means one case everywhere. */
function settings(seed: number) {
  return { seed: seed | 0, numRuns: 1, verbose: 0, examples: [] };
}

export interface ShrinkBudget {
  readonly defect: string | undefined;
  /** Most runs that are tried. */
  readonly tries: number;
  /** True when the time is up; asked before each try. */
  readonly expired: () => boolean;
}

export interface Shrunk {
  readonly case: SwarmCase;
  readonly failure: Failure;
  readonly tries: number;
}

/** A smaller case that fails in the same checker; undefined when the seed's case does not fail. */
export function shrink(seed: number, budget: ShrinkBudget): Shrunk | undefined {
  let best: { readonly case: SwarmCase; readonly failure: Failure } | undefined;
  let tries = 0;
  const stillFails = (each: SwarmCase): boolean => {
    if (best !== undefined && (tries >= budget.tries || budget.expired())) return false;
    tries += 1;
    const { failure }: Judged = judge(each, budget.defect);
    if (failure === undefined) return false;
    if (best !== undefined && failure.checker !== best.failure.checker) return false;
    best = { case: each, failure };
    return true;
  };
  fc.check(
    fc.property(drawnCases(seed), (each) => !stillFails(each)),
    settings(seed),
  );
  return best === undefined ? undefined : { ...best, tries };
}
