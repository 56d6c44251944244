/** What is told of each metric, and how a row of the catalogue says it. */

export interface MetricEntry {
  readonly name: string;
  readonly unit: string;
  readonly group:
    | "work"
    | "waiting"
    | "fairness"
    | "credit"
    | "rewards"
    | "network"
    | "machines"
    | "people"
    | "adversaries"
    | "learning";
  readonly meaning: string;
  readonly formula: string;
  /** Left out where more is neither better nor worse, as where adversaries are counted too. */
  readonly better?: "higher" | "lower";
}

/** Group, name, unit, meaning, formula, which way is better: a table reads better than objects. */
export type Row = readonly [
  MetricEntry["group"],
  string,
  string,
  string,
  string,
  ("higher" | "lower" | undefined)?,
];

/** Four rows of the waits of one class. */
export function waitRows(name: string, whose: string): ReadonlyArray<Row> {
  const row = (end: string, meaning: string, formula: string): Row => [
    "waiting",
    `wait${name}${end}`,
    "s",
    meaning,
    formula,
    "lower",
  ];
  return [
    row("MeanS", `Wait ${whose}.`, "mean"),
    row("P50S", "Median of that.", "quantile .50"),
    row("P95S", "Exceeded by one in twenty.", "quantile .95"),
    row("P99S", "Exceeded by one in a hundred.", "quantile .99"),
  ];
}
