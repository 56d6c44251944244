/** What the gateway takes and shows of escrows: which is watched, what became of its verdict. */
import { Schema } from "effect";

export const EscrowFate = Schema.Struct({
  address: Schema.String,
  /**
   * watched: nothing is decided. wanted: a verdict waits for the chain. sent: it is on its way.
   * settled: it landed. over: it ended without one. late: the judging time was over first. refused:
   * the chain did not take it. unknown: the network does not remember it.
   */
  state: Schema.Literal(
    "watched",
    "wanted",
    "sent",
    "settled",
    "over",
    "late",
    "refused",
    "unknown",
  ),
  verdict: Schema.NullOr(Schema.Literal("good", "wrong")),
  /** The same in a sentence. */
  what: Schema.String,
});
export type EscrowFate = typeof EscrowFate.Type;

/** An escrow that is to be watched, or looked at now. */
export const EscrowAsked = Schema.Struct({ address: Schema.String.pipe(Schema.maxLength(80)) });
export type EscrowAsked = typeof EscrowAsked.Type;
