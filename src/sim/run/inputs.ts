/** What a run is made from: data only, so that a run can be repeated anywhere. */
import type { Scenario } from "../scenario/schema.ts";

export interface RunInputs {
  readonly scenario: Scenario;
  readonly seed: number;
  /** Contents of the files that the scenario names, by the name it uses. */
  readonly files: ReadonlyMap<string, string>;
  /** Fold deliveries into the trace hash; off only to measure its price. */
  readonly hashing?: boolean;
  /**
   * Executions per task that demand is sized by, so that rivals get the demand of the rules that
   * they are compared with; by default those of the scenario's own verification.
   */
  readonly demandExecutions?: number;
  /** A planted defect (src/sim/defects): for the proof that checkers and swarm find bugs. */
  readonly defect?: string;
}
