/** What a run gives back: everything that the table, the JSON object and the report are made of. */

/** One bound and what was measured. Built-in safety and liveness checks have bound 0 violations. */
export interface CheckResult {
  readonly name: string;
  readonly value: number;
  /** In words, such as "<= 0.01". */
  readonly bound: string;
  readonly pass: boolean;
}

/** Why a run failed: the first of a kind, with everything one needs to look closer. */
export interface Violation {
  readonly checker: string;
  readonly message: string;
  /** Virtual time since the start, microseconds. */
  readonly atUs: number;
  /** Number of the delivery at which it was seen. */
  readonly event: number;
  readonly kind: "safety" | "liveness";
}

/** A quantity over time. `at` in seconds since the start. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly at: ReadonlyArray<number>;
  readonly values: ReadonlyArray<number>;
}

/** Counts between consecutive bounds; the last bin is open. Bounds in `unit`. */
export interface Histogram {
  readonly name: string;
  readonly unit: string;
  readonly bounds: ReadonlyArray<number>;
  readonly counts: ReadonlyArray<number>;
}

/** Contributors of one class together; amounts in VCU. */
export interface ClassTotals {
  /** honest, a kind of adversary, or wrong-result. */
  readonly name: string;
  readonly contributors: number;
  readonly asked: number;
  readonly earned: number;
  readonly spent: number;
}

/** One contributor, for scatter plots; amounts in VCU. */
export interface ContributorPoint {
  readonly id: string;
  readonly className: ClassTotals["name"];
  readonly asked: number;
  readonly earned: number;
  readonly spent: number;
}

/** What runs of one size cost beside the work that counts; shares of it. */
export interface SizeCost {
  /** Tasks of less than so many VCU, and not of a smaller class; null for the largest. */
  readonly belowVcu: number | null;
  readonly usefulVcu: number;
  /** Further copies, work lost with its machine, time in transfer. */
  readonly verification: number;
  readonly churn: number;
  readonly transfer: number;
  /** VCU-hours bought for one that counts. */
  readonly factor: number;
}

/** The honest contributor that got least of what it had earned and asked for. */
export interface WorstOff {
  readonly id: string;
  readonly asked: number;
  readonly earned: number;
  readonly spent: number;
  /** Seconds since the start; null for what has not happened. */
  readonly applied: number | null;
  readonly admitted: number | null;
  readonly firstServed: number | null;
  readonly longestWaitS: number;
  readonly longestTask: string;
  readonly refusals: ReadonlyArray<{
    readonly reason: string;
    readonly count: number;
    /** The rule in words and the numbers, as it was told the last time. */
    readonly rule: string;
  }>;
}

/** Cities with their machines, and what travelled between them and their edges. */
export interface Atlas {
  readonly cities: ReadonlyArray<{
    readonly name: string;
    readonly latitude: number;
    readonly longitude: number;
    readonly machines: number;
    readonly edges: number;
  }>;
  readonly edges: number;
  /** The largest, between the city of an edge and one of machines, both indices into `cities`. */
  readonly flows: ReadonlyArray<{
    readonly from: number;
    readonly to: number;
    readonly bytes: number;
  }>;
}

/** A declared fault: how often it fired, and when. Times in seconds since the start. */
export interface FaultRecord {
  readonly kind: string;
  readonly target: string;
  readonly fired: number;
  readonly spans: ReadonlyArray<{
    readonly from: number;
    readonly to: number;
    readonly on: string;
  }>;
}

export interface RunResult {
  readonly scenario: string;
  readonly description: string;
  readonly seed: number;
  /** Sixteen hexadecimal digits over every delivery. */
  readonly hash: string;
  readonly virtualMs: number;
  readonly events: number;
  /** By name, sorted; definitions in docs/metrics.md. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly checks: ReadonlyArray<CheckResult>;
  readonly violations: ReadonlyArray<Violation>;
  readonly verdict: "pass" | "fail";
  readonly series: ReadonlyArray<Series>;
  readonly histograms: ReadonlyArray<Histogram>;
  readonly classes: ReadonlyArray<ClassTotals>;
  /** At most 2,000, evenly drawn. */
  readonly contributors: ReadonlyArray<ContributorPoint>;
  readonly faults: ReadonlyArray<FaultRecord>;
  readonly refusals: ReadonlyArray<{ readonly reason: string; readonly count: number }>;
  readonly unhandled: ReadonlyArray<{ readonly what: string; readonly count: number }>;
  readonly costs: ReadonlyArray<SizeCost>;
  readonly atlas?: Atlas;
  /** Left out when no honest contributor asked for anything. */
  readonly worstOff?: WorstOff;
  /** Of a gate: the metrics under the rival's rules and the same seed. */
  readonly rival?: {
    readonly policies: string;
    readonly metrics: Readonly<Record<string, number>>;
  };
}
