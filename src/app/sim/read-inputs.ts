/** A scenario file and everything it names, read from the disk. */
import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, resolve } from "node:path";
import { parseDuration } from "../../kernel/duration.ts";
import { isEconomy } from "../../sim/economy/load.ts";
import type { RunInputs } from "../../sim/run/inputs.ts";
import { filesOf } from "../../sim/run/run.ts";
import { loadScenario } from "../../sim/scenario/load.ts";
import { type Override, parseOverride } from "../../sim/scenario/overrides.ts";
import type { Scenario } from "../../sim/scenario/schema.ts";
import { readText } from "../files.ts";
import { CommandError } from "../outcome.ts";
import { loadOwnRules } from "./load-own-rules.ts";

/** The flags by which commands change a scenario. */
export interface ScenarioFlags {
  readonly set?: ReadonlyArray<string>;
  readonly until?: string;
  readonly seed?: number;
}

export interface ReadScenario {
  readonly inputs: RunInputs;
  readonly text: string;
  readonly overrides: ReadonlyArray<Override>;
}

export function overridesOf(flags: ScenarioFlags): ReadonlyArray<Override> {
  const overrides = (flags.set ?? []).map(parseOverride);
  const { until } = flags;
  if (until === undefined) return overrides;
  const us = parseDuration(until) ?? 0;
  if (us <= 0 || us > Number.MAX_SAFE_INTEGER) {
    throw new CommandError(`--until: "${until}" is no time to run; write for example 6h`, {
      field: "until",
    });
  }
  return [...overrides, { path: "until", value: until }];
}

export async function readScenario(
  path: string,
  overrides: ReadonlyArray<Override>,
  seed?: number,
): Promise<ReadScenario> {
  const text = readText(path, "the scenario");
  if (isEconomy(text)) {
    throw new CommandError(
      `${path} is an economy and no network; only pingo sim run and validate take it`,
    );
  }
  const scenario = loadScenario({ file: basename(path), text, overrides });
  const files = readFiles(scenario, dirname(path));
  await loadOwnRules([scenario.policies.scheduling.rule], dirname(path));
  return { inputs: { scenario, seed: seed ?? scenario.seed, files }, text, overrides };
}

/** Files lie beside the scenario, or in the folder of large traces that PINGO_TRACES names. */
function readFiles(scenario: Scenario, folder: string): ReadonlyMap<string, string> {
  const traces = process.env.PINGO_TRACES;
  return new Map(
    filesOf(scenario).map((name) => {
      const beside = resolve(folder, name);
      const fallback = traces === undefined ? beside : resolve(traces, name);
      const path = isAbsolute(name) || existsSync(beside) ? beside : fallback;
      return [name, readText(path, "the file that the scenario names,")];
    }),
  );
}
