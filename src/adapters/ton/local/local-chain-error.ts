/**
 * Why a local chain does not do what it is asked, in one sentence. "refused": the message or the
 * question is wrong; "unaccepted": a contract did not accept a message; "corrupt": the chain's
 * files are damaged.
 */
export class LocalChainError extends Error {
  override readonly name = "LocalChainError";
  readonly reason: "refused" | "unaccepted" | "corrupt";
  constructor(reason: LocalChainError["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}
