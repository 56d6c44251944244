/** Random streams: fixed by seed and name alone, independent of each other, even enough. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawWord, hashText, mix32, pick, type Seed, Stream, streamOf } from "./entropy.ts";

const words = (stream: Stream, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, () => stream.word());

/** Chi squared of counts that should be equal, as a number of standard deviations. */
function deviation(counts: ReadonlyArray<number>): number {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const expected = total / counts.length;
  const chi = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  return (chi - freedom) / Math.sqrt(2 * freedom);
}

function counted(bins: number, draws: number, next: (n: number) => number): ReadonlyArray<number> {
  const counts = Array.from({ length: bins }, () => 0);
  for (let n = 0; n < draws; n++) {
    const bin = next(n);
    counts[bin] = (counts[bin] as number) + 1;
  }
  return counts;
}

describe("Stream: identity", () => {
  test("the first words are part of the format: golden traces depend on them", () => {
    expect(words(new Stream(7, "node/n1"), 3)).toEqual([78_361_482, 957_408_831, 910_972_234]);
    expect(mix32(1)).toBe(2_261_973_619);
    expect(hashText("pingo")).toBe(2_180_584_236);
    expect(drawWord(1, 2, 3)).toBe(1_829_325_836);
  });

  test("a stream does not depend on which others exist or how far they were read", () => {
    const alone = words(new Stream(42, "b"), 8);
    const others = ["a", "c", "d"].map((name) => new Stream(42, name));
    for (const other of others) words(other, 100);
    const among = new Stream(42, "b");
    const mixed = Array.from({ length: 8 }, () => {
      for (const other of others) other.word();
      return among.word();
    });
    expect(mixed).toEqual(alone);
  });

  test("seed and name both matter, also the part of a seed above 2^32", () => {
    const first = (seed: number, name: string) => words(new Stream(seed, name), 4).join();
    const all = [
      first(1, "a"),
      first(2, "a"),
      first(1, "b"),
      first(1 + 2 ** 32, "a"),
      first(1 + 2 ** 40, "a"),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  test("ten thousand names give ten thousand streams", () => {
    const firsts = Array.from({ length: 10_000 }, (_, n) =>
      words(new Stream(1, `node/n${n}`), 2).join(),
    );
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  test("its position counts the words drawn", () => {
    const stream = new Stream(1, "a");
    stream.unit();
    stream.word();
    expect(stream.position).toBe(3);
  });
});

describe("Stream: draws", () => {
  test("stay within their bounds", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 2 ** 21 }), (seed, below) => {
        const stream = new Stream(seed, "bounds");
        const n = stream.int(below);
        expect(Number.isInteger(n) && n >= 0 && n < below).toBe(true);
        const unit = stream.unit();
        expect(unit >= 0 && unit < 1).toBe(true);
        expect(stream.chance(0, 5)).toBe(false);
        expect(stream.chance(5, 5)).toBe(true);
      }),
    );
  });

  test.each([2, 10, 97])("fall evenly into %i bins", (bins) => {
    const stream = new Stream(11, "even");
    expect(Math.abs(deviation(counted(bins, 100_000, () => stream.int(bins))))).toBeLessThan(4);
  });

  test("every bit of a word is set half the time", () => {
    const stream = new Stream(5, "bits");
    const all = words(stream, 40_000);
    for (let bit = 0; bit < 32; bit++) {
      const share = all.filter((word) => (word >>> bit) & 1).length / all.length;
      expect(Math.abs(share - 0.5), `bit ${bit}`).toBeLessThan(0.0125);
    }
  });

  test("streams with similar names are not alike", () => {
    const [a, b] = [new Stream(3, "node/n1"), new Stream(3, "node/n2")];
    const pairs = counted(64, 64_000, () => a.int(8) * 8 + b.int(8));
    expect(Math.abs(deviation(pairs))).toBeLessThan(4);
  });

  test("chance is what it says", () => {
    const stream = new Stream(9, "chance");
    const hits = counted(2, 100_000, () => (stream.chance(3, 10) ? 1 : 0))[1] as number;
    expect(Math.abs(hits / 100_000 - 0.3)).toBeLessThan(0.006);
  });
});

describe("entropy of a delivery", () => {
  const seed = (n: number) => n as Seed;

  test("one purpose, one stream; another purpose, another", () => {
    expect(words(streamOf(seed(7), "token"), 3)).toEqual(words(streamOf(seed(7), "token"), 3));
    expect(words(streamOf(seed(7), "token"), 3)).not.toEqual(words(streamOf(seed(7), "node"), 3));
  });

  test("pick falls evenly, over seeds and over salts", () => {
    const overSeeds = counted(16, 64_000, (n) => pick(seed(mix32(n)), 0, 16));
    expect(Math.abs(deviation(overSeeds))).toBeLessThan(4);
    const overSalts = counted(16, 64_000, (n) => pick(seed(1), n, 16));
    expect(Math.abs(deviation(overSalts))).toBeLessThan(4);
  });

  test("two names of seeds that share their lower or their upper word are two", () => {
    const name = (high: number, low: number) => {
      const of = seed(high * 2 ** 32 + low);
      return `${pick(of, 0, 2 ** 32)} ${pick(of, 1, 2 ** 32)}`;
    };
    const names = new Set<string>();
    for (let n = 1; n <= 100_000; n++) names.add(name(n, 77)).add(name(77, mix32(n)));
    expect(names.size).toBe(200_000);
  });

  test("pick of a wide seed falls evenly, over both its words and over salts", () => {
    const falls = [
      counted(16, 64_000, (n) => pick(seed(n * 2 ** 32 + 5), 0, 16)),
      counted(16, 64_000, (n) => pick(seed(2 ** 51 + n), 0, 16)),
      counted(16, 64_000, (n) => pick(seed(2 ** 51 + 1), n, 16)),
    ];
    for (const each of falls) expect(Math.abs(deviation(each))).toBeLessThan(4);
  });

  test("pick can reach the whole range of 32 bits", () => {
    const tokens = Array.from({ length: 2_000 }, (_, n) => pick(seed(n), 0, 2 ** 32));
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(Math.max(...tokens)).toBeGreaterThan(0.99 * 2 ** 32);
    expect(tokens.every((n) => Number.isInteger(n) && n >= 0 && n < 2 ** 32)).toBe(true);
  });
});
