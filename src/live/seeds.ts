/** Entropy of live deliveries: 32 bits each from the system's generator, fetched many at a time. */
import { randomFillSync } from "node:crypto";
import type { Seed } from "../kernel/entropy.ts";

export class Seeds {
  private readonly words = new Uint32Array(256);
  private next = this.words.length;

  take(): Seed {
    if (this.next === this.words.length) {
      randomFillSync(this.words);
      this.next = 0;
    }
    return this.words[this.next++] as Seed;
  }
}
