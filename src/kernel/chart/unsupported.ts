/** A feature of XState that the compiler does not translate. Raised when the actor is defined. */
export class ChartUnsupported extends Error {
  override readonly name = "ChartUnsupported";
  readonly feature: string;
  /** Dotted path of the state; "" is the root. */
  readonly at: string;

  constructor(feature: string, at: string) {
    super(`a chart cannot have ${feature} (in ${at === "" ? "the root" : `state "${at}"`})`);
    this.feature = feature;
    this.at = at;
  }
}
