/** Text of a file to an economy, when it says that it is one. */
import { loadAs, type ScenarioSource } from "../scenario/load.ts";
import { ScenarioError } from "../scenario/scenario-error.ts";
import { EconomyScenario } from "./config.ts";

/** True if the text is an economy's and not a network's. */
export function isEconomy(text: string): boolean {
  return /^kind:[ \t]*["']?economy["']?[ \t]*(#.*)?$/m.test(text);
}

/** Epochs of all futures that one command may live: some minutes. */
const EPOCHS_MAX = 1_000_000;

/** Reads an economy, or throws a {@link ScenarioError} of one sentence. */
export function loadEconomy(source: ScenarioSource): EconomyScenario {
  const scenario = loadAs(EconomyScenario, source);
  const { file } = source;
  const { rewards, until, futures, shocks, compute } = scenario;
  if (rewards.epochUs <= 0 || until < rewards.epochUs) {
    throw new ScenarioError(
      `${file}: until must be at least one epoch; make it longer or rewards.epochUs shorter`,
      "until",
    );
  }
  if ((until / rewards.epochUs) * futures > EPOCHS_MAX) {
    throw new ScenarioError(
      `${file}: that is more than ${EPOCHS_MAX} epochs; take fewer futures or longer epochs`,
      "futures",
    );
  }
  const kinds = compute.map(({ kind }) => kind);
  const twice = kinds.find((kind, n) => kinds.indexOf(kind) !== n);
  if (twice !== undefined) {
    throw new ScenarioError(`${file}: two groups are called ${twice}; give each its name`);
  }
  const strange = shocks.find(({ group }) => group !== undefined && !kinds.includes(group));
  if (strange !== undefined) {
    throw new ScenarioError(
      `${file}: a shock hits the group ${strange.group}; there are ${kinds.join(", ")}`,
      "shocks",
      kinds,
    );
  }
  return scenario;
}
