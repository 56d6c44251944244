/**
 * Entropy for two runs that are compared: the k-th message of a pair of actors brings the same draw
 * in both. The simulator counts a receiver's deliveries instead, whoever they are from; but who of
 * two senders is heard first is nothing that the design promises, so the draws would part there.
 */
import type { Address } from "../../src/kernel/address.ts";
import { type Seed, Stream } from "../../src/kernel/entropy.ts";

interface Pair {
  readonly stream: Stream;
  /** Number of the newest message that was given a draw. */
  n: number;
  seed: Seed;
}

export class PairEntropy {
  private readonly seed: number;
  private readonly pairs = new Map<string, Pair>();

  constructor(seed: number) {
    this.seed = seed;
  }

  /** A message that comes again is not stepped again, and must not take the next one's draw. */
  of(to: Address, from: Address, n: number): Seed {
    const name = `${from} > ${to}`;
    let pair = this.pairs.get(name);
    if (pair === undefined) {
      pair = { stream: new Stream(this.seed, name), n: 0, seed: 0 as Seed };
      this.pairs.set(name, pair);
    }
    const isNew = n === 0 || n > pair.n;
    if (isNew) {
      pair.n = n;
      pair.seed = pair.stream.word() as Seed;
    }
    return pair.seed;
  }
}
