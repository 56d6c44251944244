/** One drawn run: a scenario as it would be written in a file, and the files that it names. */
import { Either, Schema } from "effect";
import { invariant } from "../../kernel/invariant.ts";
import type { RunInputs } from "../run/inputs.ts";
import { Scenario } from "../scenario/schema.ts";

export type RawScenario = typeof Scenario.Encoded;

export interface SwarmCase {
  readonly scenario: RawScenario;
  readonly files: Readonly<Record<string, string>>;
}

/** What to run; `defect` plants a known bug. */
export function inputsOf(drawn: SwarmCase, defect?: string): RunInputs {
  const decoded = Schema.decodeUnknownEither(Scenario)(drawn.scenario);
  invariant(Either.isRight(decoded), "a drawn scenario is a scenario");
  const scenario = decoded.right;
  return {
    scenario,
    seed: scenario.seed,
    files: new Map(Object.entries(drawn.files)),
    ...(defect === undefined ? {} : { defect }),
  };
}
