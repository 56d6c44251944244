/**
 * Entropy as an argument. The shell stamps a seed on each delivery; a step draws from it
 * by purpose. Streams are counter based: draw n of stream k is a hash of (k, n), so a stream is two
 * words and a counter, adding a stream never shifts another, and no float is in the API.
 *
 * The mixing function is the "lowbias32" integer hash found by C. Wellons' hash prospector
 * (bias 0.17), applied twice with two key words between.
 */

/**
 * Entropy of one delivery: an unsigned integer of 32 bits in the simulator, of 52 in a live one.
 * Names are drawn from it, and a live edge opens jobs for years: of 32 bits two would meet within
 * a hundred thousand, and the later job would be taken for a repetition of the earlier.
 */
export type Seed = number & { readonly Seed: unique symbol };

/** A full-avalanche mix of one 32-bit word. */
export function mix32(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** A 32-bit word from text: FNV-1a over UTF-16 code units, mixed. `salt` gives a second word. */
export function hashText(text: string, salt = 0): number {
  let x = (0x811c9dc5 ^ salt) | 0;
  for (let i = 0; i < text.length; i++) x = Math.imul(x ^ text.charCodeAt(i), 0x01000193);
  return mix32(x);
}

/** Word n of the stream with key words (k0, k1), n an unsigned 32-bit counter. */
export function drawWord(k0: number, k1: number, n: number): number {
  return mix32(mix32((Math.imul(n, 0x9e3779b9) + k0) | 0) ^ k1);
}

/** A named random stream: `(seed, name)` fixes every draw. Mutable; owned by one reader. */
export class Stream {
  private n = 0;
  private readonly k0: number;
  private readonly k1: number;

  constructor(seed: number, name: string) {
    this.k0 = mix32(hashText(name) ^ mix32(seed >>> 0));
    this.k1 = mix32(hashText(name, 0x5bd1e995) + mix32(Math.floor(seed / 4294967296) + 0x632be5ab));
  }

  /** Next unsigned 32-bit word. */
  word(): number {
    return drawWord(this.k0, this.k1, this.n++);
  }

  /** Next integer in [0, below), without modulo bias for below ≤ 2^21. */
  int(below: number): number {
    return Math.floor(this.unit() * below);
  }

  /** Next number in [0, 1) with 53 random bits, the same in every engine. */
  unit(): number {
    return ((this.word() >>> 5) * 67108864 + (this.word() >>> 6)) / 9007199254740992;
  }

  /** True in `numerator` of `denominator` draws. */
  chance(numerator: number, denominator: number): boolean {
    return this.int(denominator) < numerator;
  }

  /** How many words were drawn: the stream's whole state beside its name. */
  get position(): number {
    return this.n;
  }
}

/** The stream of one delivery and purpose: what a step draws from. */
export function streamOf(entropy: Seed, purpose: string): Stream {
  return new Stream(entropy, purpose);
}

/** One integer in [0, below) from a delivery's entropy, cheaper than a whole stream. */
export function pick(entropy: Seed, salt: number, below: number): number {
  const low = mix32((entropy + Math.imul(salt + 1, 0x9e3779b9)) | 0);
  const high = Math.floor(entropy / 4294967296);
  const word = high === 0 ? low : mix32(low ^ mix32((high + Math.imul(salt + 1, 0x632be5ab)) | 0));
  return Math.floor((word / 4294967296) * below);
}
