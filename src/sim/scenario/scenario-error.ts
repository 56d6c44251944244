/** What is wrong with a scenario, as one sentence that says what to do. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
  /** Dotted path of the key that is to blame, or "". */
  readonly field: string;
  readonly allowed: ReadonlyArray<string>;

  constructor(message: string, field = "", allowed: ReadonlyArray<string> = []) {
    super(message);
    this.field = field;
    this.allowed = allowed;
  }
}
