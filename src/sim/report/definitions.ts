/** What the metrics mean, looked up by name. */
import { catalogue } from "../metrics/catalogue.ts";
import type { MetricEntry } from "../metrics/metric-row.ts";

const byName = new Map(catalogue.map((entry) => [entry.name, entry]));

export function definitionOf(name: string): MetricEntry | undefined {
  return byName.get(name);
}

/** The metrics of a run by group, groups and metrics in the order of the catalogue. */
export function groupsOf(names: ReadonlyArray<string>): ReadonlyMap<string, ReadonlyArray<string>> {
  const groups = new Map<string, string[]>();
  const present = new Set(names);
  for (const { name, group } of catalogue) {
    if (present.has(name)) groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  const others = names.filter((name) => !byName.has(name));
  if (others.length > 0) groups.set("other", others);
  return groups;
}
