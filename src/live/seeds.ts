/** Entropy of live deliveries: 52 bits each from the system's generator, fetched many at a time. */
import { randomFillSync } from "node:crypto";
import type { Seed } from "../kernel/entropy.ts";

/** Values of the upper word: a sum of a seed and a word is still an exact integer. */
const HIGH = 0x10_0000;

export class Seeds {
  private readonly words = new Uint32Array(256);
  private next = this.words.length;

  take(): Seed {
    return ((this.word() % HIGH) * 4_294_967_296 + this.word()) as Seed;
  }

  private word(): number {
    if (this.next === this.words.length) {
      randomFillSync(this.words);
      this.next = 0;
    }
    return this.words[this.next++] as number;
  }
}
