/** How long work and people waited, as metrics in seconds. */

import { waitClasses } from "../metrics/collector.ts";
import type { LogHistogram } from "../metrics/log-histogram.ts";
import { quantileOf } from "../metrics/shares.ts";
import type { Account } from "./fairness.ts";
import type { RunParts } from "./parts.ts";

const SECOND_US = 1_000_000;

/** Mean, median and two high quantiles; `what` as in "wait" or "waitMature". */
function quantiles(what: string, wait: LogHistogram): Readonly<Record<string, number>> {
  return {
    [`${what}MeanS`]: wait.mean() / SECOND_US,
    [`${what}P50S`]: wait.quantile(0.5) / SECOND_US,
    [`${what}P95S`]: wait.quantile(0.95) / SECOND_US,
    [`${what}P99S`]: wait.quantile(0.99) / SECOND_US,
  };
}

export function waits(
  { collector, people }: RunParts,
  accounts: ReadonlyArray<Account>,
): Readonly<Record<string, number>> {
  const { wait, turnaround, waitOf } = collector;
  const firsts = accounts.flatMap(({ id, className }) => {
    const { appliedUs, firstServedUs } = people.of(id);
    if (className !== "honest" || !Number.isFinite(firstServedUs)) return [];
    return [(firstServedUs - appliedUs) / SECOND_US];
  });
  const byClass = waitClasses.map((name) => {
    return quantiles(`wait${name.charAt(0).toUpperCase()}${name.slice(1)}`, waitOf[name]);
  });
  return Object.assign({}, ...byClass, quantiles("wait", wait), {
    starvationMaxS: collector.starvationUs() / SECOND_US,
    turnaroundMeanS: turnaround.mean() / SECOND_US,
    makespanS: collector.makespanUs() / SECOND_US,
    turnaroundP95S: turnaround.quantile(0.95) / SECOND_US,
    timeToFirstServiceP50S: quantileOf(firsts, 0.5),
    timeToFirstServiceP95S: quantileOf(firsts, 0.95),
  }) as Record<string, number>;
}
