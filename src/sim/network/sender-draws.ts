/**
 * Random words by sending actor. Word n of an actor is a hash of its two key words and n, and only
 * its own messages advance n, so adding an actor, or a message of another, never shifts its luck.
 */
import { drawWord, hashText, mix32 } from "../../kernel/entropy.ts";
import { invariant } from "../../kernel/invariant.ts";

/** Most actors of a run: a pair of them must fit a 52-bit number. */
export const ACTOR_MAX = 0x4000000;

/** Key words and counters of the actors, dense by actor number; grows by itself. */
export class SenderDraws {
  private k0 = new Int32Array(0);
  private k1 = new Int32Array(0);
  private n = new Uint32Array(0);
  private readonly seed0: number;
  private readonly seed1: number;

  constructor(seed: number) {
    this.seed0 = mix32(hashText("network/sender") ^ mix32(seed >>> 0));
    this.seed1 = mix32(hashText("network/sender", 1) + mix32(Math.floor(seed / 4294967296)));
  }

  /** Names an actor's stream by the caller's own key words and starts it from the first word. */
  setKeys(actor: number, k0: number, k1: number): void {
    this.reserve(actor);
    this.k0[actor] = mix32(k0 ^ this.seed0);
    this.k1[actor] = mix32(k1 + this.seed1);
    this.n[actor] = 0;
  }

  /** The actor's next unsigned 32-bit word. */
  word(actor: number): number {
    if (actor >= this.n.length) this.reserve(actor);
    const n = this.n[actor] as number;
    this.n[actor] = n + 1;
    return drawWord(this.k0[actor] as number, this.k1[actor] as number, n);
  }

  private reserve(actor: number): void {
    const length = this.n.length;
    if (actor < length) return;
    invariant(Number.isInteger(actor) && actor < ACTOR_MAX, `actor ${actor} is out of range`);
    const wanted = Math.max(1024, length * 2, actor + 1);
    const k0 = new Int32Array(wanted);
    const k1 = new Int32Array(wanted);
    const n = new Uint32Array(wanted);
    k0.set(this.k0);
    k1.set(this.k1);
    n.set(this.n);
    // Until the caller names it, an actor's stream is named by its number.
    for (let i = length; i < wanted; i++) {
      k0[i] = mix32(mix32(i) ^ this.seed0);
      k1[i] = mix32(mix32(~i) + this.seed1);
    }
    this.k0 = k0;
    this.k1 = k1;
    this.n = n;
  }
}
