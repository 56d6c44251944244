/**
 * What can go wrong on the way to the chain, each told in one sentence that says what to do. None
 * of them means that coins are lost: what may be under way is in a journal.
 */

export type ChainFaultKind =
  /** Nothing answers at the endpoint, or what answers is no such interface. */
  | "down"
  /** The endpoint wants fewer requests. */
  | "rate-limited"
  /** Its answers contradict each other. */
  | "lying"
  /** Too few coins in the wallet. */
  | "unfunded"
  /** Not yet: the same may be asked for later. */
  | "early"
  /** A contract or the network will never take it. */
  | "refused";

export class ChainFault extends Error {
  override readonly name = "ChainFault";
  readonly kind: ChainFaultKind;

  constructor(kind: ChainFaultKind, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.kind = kind;
  }

  /** Whether the same may succeed later. */
  get retryable(): boolean {
    return this.kind !== "refused";
  }
}
