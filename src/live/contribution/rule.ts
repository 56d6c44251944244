/**
 * A contribution rule: what of a machine is given and when, in one line such as
 * `50% when idle, 100% at night, never on battery, max 4GB`. Clauses stand in no order: the most
 * that a clause gives, unless one says never, and no more than each limit.
 */
import { MINUTE } from "../../kernel/duration.ts";

/** Minutes since midnight; a span whose end is before its begin goes over midnight. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** When a clause holds: all that is said must be so. */
export interface When {
  /** To give: even when the owner is busy. Never and limits: only then. */
  readonly busy: boolean;
  /** To give: even on battery. Never and limits: only then. */
  readonly battery: boolean;
  readonly time: "any" | "night" | "day" | Span;
  /** Days of the week, 0 is Monday; all when empty. A span counts to the day on which it began. */
  readonly days: ReadonlyArray<number>;
  /** Percent of all cores that others use: above it (never, limits), up to it (to give). */
  readonly load: number | undefined;
}

/** An amount of processor: percent of the machine, or whole and broken cores. */
export interface Processor {
  readonly value: number;
  readonly unit: "percent" | "cores";
}

export type Cap =
  | Processor
  | { readonly value: number; readonly unit: "slots" | "MiB" | "percent of memory" };

export type Clause =
  | { readonly kind: "give"; readonly amount: Processor; readonly when: When }
  | { readonly kind: "never"; readonly when: When }
  | { readonly kind: "max"; readonly cap: Cap; readonly when: When };

export interface Rule {
  readonly clauses: ReadonlyArray<Clause>;
  readonly night: Span;
  /** Without input for so long the owner counts as away. */
  readonly idleAfterUs: number;
}

export const anyTime: When = {
  busy: false,
  battery: false,
  time: "any",
  days: [],
  load: undefined,
};

export const usualNight: Span = { from: 22 * 60, to: 7 * 60 };
export const usualIdleAfterUs = 3 * MINUTE;

/** As a user of BOINC would expect it: idle for three minutes, others use little, on mains. */
export const defaultRule =
  "100% when idle, never on battery, never when load over 25%, " +
  "max 90% memory, max 50% memory when busy";

export const dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export const weekdays: ReadonlyArray<number> = [0, 1, 2, 3, 4];
export const weekend: ReadonlyArray<number> = [5, 6];

/**
 * True when nobody else has a claim on the machine: all of it is given at any time, and there is no
 * "never". Its tasks need not wait until everybody else is served.
 */
export function isDedicated({ clauses }: Rule): boolean {
  const isWhole = ({ value, unit }: Processor) => unit === "percent" && value === 100;
  const isBound = ({ time, days, load }: When) =>
    time !== "any" || days.length > 0 || load !== undefined;
  return (
    clauses.some((each) => each.kind === "give" && isWhole(each.amount) && !isBound(each.when)) &&
    !clauses.some((each) => each.kind === "never")
  );
}
