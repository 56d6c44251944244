/** The scenarios that come with the project, as tests run them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isEconomy } from "../../src/sim/economy/load.ts";
import type { RunResult } from "../../src/sim/run/result.ts";
import { filesOf, Run } from "../../src/sim/run/run.ts";
import { loadScenario } from "../../src/sim/scenario/load.ts";
import type { Override } from "../../src/sim/scenario/overrides.ts";
import type { Scenario } from "../../src/sim/scenario/schema.ts";

const folder = join(import.meta.dirname, "../../scenarios");

/** Names of the networks' files, without their ending. */
export const shipped: ReadonlyArray<string> = readdirSync(folder)
  .filter((file) => file.endsWith(".yaml"))
  .filter((file) => !isEconomy(readFileSync(join(folder, file), "utf8")))
  .map((file) => file.slice(0, -".yaml".length))
  .sort();

/** `set` in the way of `--set`: path to value, both as text. */
export function scenarioNamed(
  name: string,
  set: Readonly<Record<string, string>> = {},
): { readonly scenario: Scenario; readonly text: string } {
  const file = join(folder, `${name}.yaml`);
  const text = readFileSync(file, "utf8");
  const overrides = Object.entries(set).map(([path, value]): Override => ({ path, value }));
  return { scenario: loadScenario({ file, text, overrides }), text };
}

export function runToEnd(scenario: Scenario, seed: number): RunResult {
  const files = new Map(
    filesOf(scenario).map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
  const run = new Run({ scenario, seed, files });
  while (!run.advance(1_000_000));
  return run.result();
}
