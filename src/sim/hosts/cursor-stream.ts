/**
 * A named stream that can be put down and picked up again: a host keeps two key words and a
 * counter (12 bytes) instead of a `Stream` object. Draws equal those of
 * `new Stream(seed, name)` from the same position; the test holds the two together.
 */
import { drawWord, hashText, mix32, Stream } from "../../kernel/entropy.ts";

/** First key word of the stream (seed, name). */
export function firstKey(seed: number, name: string): number {
  return mix32(hashText(name) ^ mix32(seed >>> 0));
}

/** Second key word of the stream (seed, name). */
export function secondKey(seed: number, name: string): number {
  return mix32(hashText(name, 0x5bd1e995) + mix32(Math.floor(seed / 4294967296) + 0x632be5ab));
}

/** One reader for many streams: `seek` before use, save `position` after. */
export class CursorStream extends Stream {
  private key0 = 0;
  private key1 = 0;
  private at = 0;

  constructor() {
    super(0, "");
  }

  /** Continues the stream with these key words at draw number `position`. */
  seek(key0: number, key1: number, position: number): this {
    this.key0 = key0;
    this.key1 = key1;
    this.at = position;
    return this;
  }

  override word(): number {
    return drawWord(this.key0, this.key1, this.at++);
  }

  override get position(): number {
    return this.at;
  }
}
