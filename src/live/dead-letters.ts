/** Deliveries that nobody can take, kept for people: what it was, for whom, and why not. */
import type { ShardId } from "./shard.ts";

export interface DeadLetter {
  readonly shard: ShardId;
  readonly atUs: number;
  readonly to: string;
  readonly from: string;
  readonly n: number;
  readonly why: string;
  /** As far as it could be understood. */
  readonly message: unknown;
}

export interface DeadLetters {
  readonly keep: (letter: DeadLetter) => void;
}
