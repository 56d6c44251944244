/** What is wrong about a deployment, a key or a chain's answer, in a sentence for the user. */
export class ChainError extends Error {
  override readonly name = "ChainError";
  /** The setting or flag that it is about. */
  readonly field: string | undefined;

  constructor(message: string, field?: string) {
    super(message);
    this.field = field;
  }
}
