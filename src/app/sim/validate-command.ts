/** `pingo sim validate`: everything that a run would refuse, without the run. */

import { formatDuration } from "../../kernel/duration.ts";
import { isEconomy } from "../../sim/economy/load.ts";
import { Run } from "../../sim/run/run.ts";
import { readText } from "../files.ts";
import { Exit } from "../outcome.ts";
import { out, print, printJson } from "../terminal/print.ts";
import { overridesOf, readScenario, type ScenarioFlags } from "./read-inputs.ts";

/** Building a larger network takes a while and would find nothing else. */
const NODES_MAX = 2_000;

export async function validate(
  file: string,
  flags: ScenarioFlags & { readonly json?: boolean },
): Promise<Exit> {
  const text = readText(file, "the scenario");
  if (isEconomy(text)) {
    const { validateEconomy } = await import("./economy-command.ts");
    return validateEconomy(file, text, flags);
  }
  const { inputs } = await readScenario(file, overridesOf(flags), flags.seed);
  const { scenario } = inputs;
  const nodes = Math.min(scenario.nodes, NODES_MAX);
  // Policies, cities, regions and traces are judged where the network is built, checks by the
  // result, here that of a run that has not begun.
  new Run({ ...inputs, scenario: { ...scenario, nodes } }).result();
  const { name, until, faults, checks } = scenario;
  const facts = { nodes: scenario.nodes, until: formatDuration(until) };
  if (flags.json === true) {
    printJson({ valid: true, scenario: name, ...facts });
  } else {
    const parts = [
      `${facts.nodes} nodes`,
      facts.until,
      `${faults.length} faults`,
      `${checks.length} checks`,
    ];
    print(`${out.green("valid")}: ${name}, ${parts.join(", ")}`);
  }
  return Exit.fine;
}
