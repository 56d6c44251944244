/** Credit: integer nano-VCU, priced from metered operations. */
import { Either, Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  inVcu,
  MFLOP_PER_VCU,
  NANO_PER_VCU,
  NanoVcu,
  nanoVcu,
  priceOf,
  SLOT_MIB,
  toVcu,
} from "./credit.ts";

describe("priceOf", () => {
  test("an hour of a 10 GFLOPS core is one VCU", () => {
    expect(MFLOP_PER_VCU).toBe(10_000 * 3_600);
    expect(priceOf(MFLOP_PER_VCU)).toBe(NANO_PER_VCU);
  });

  test.each([
    [0, 0n],
    [1, 27n],
    [36, 1_000n],
    [MFLOP_PER_VCU - 1, 999_999_972n],
  ])("%i MFLOP cost %s nano-VCU, rounded down", (mflop, nano) => {
    expect(priceOf(mflop)).toBe(nano);
  });

  test("is exact where a float would not be", () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (mflop) => {
        const price = priceOf(mflop);
        const scaled = BigInt(mflop) * NANO_PER_VCU;
        expect(price * BigInt(MFLOP_PER_VCU) <= scaled).toBe(true);
        expect((price + 1n) * BigInt(MFLOP_PER_VCU) > scaled).toBe(true);
      }),
    );
  });

  test("two parts never cost more than the whole", () => {
    const size = fc.nat({ max: 2 ** 40 });
    fc.assert(
      fc.property(size, size, (a, b) => {
        const gap = priceOf(a + b) - priceOf(a) - priceOf(b);
        expect(gap === 0n || gap === 1n).toBe(true);
      }),
    );
  });
});

describe("priceOf: the dominant resource", () => {
  test("memory that belongs to the slot costs nothing", () => {
    expect(priceOf(MFLOP_PER_VCU, SLOT_MIB)).toBe(NANO_PER_VCU);
    expect(priceOf(MFLOP_PER_VCU, 1)).toBe(NANO_PER_VCU);
  });

  test("who takes the memory of two and a half slots pays for as many", () => {
    expect(priceOf(MFLOP_PER_VCU, 5_120)).toBe((NANO_PER_VCU * 5n) / 2n);
  });

  test("more memory never costs less, and the price is exact", () => {
    const mib = fc.nat({ max: 2 ** 20 });
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 40 }), mib, mib, (mflop, a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(priceOf(mflop, less) <= priceOf(mflop, more)).toBe(true);
        const work = BigInt(mflop) * NANO_PER_VCU * BigInt(Math.max(more, SLOT_MIB));
        expect(priceOf(mflop, more)).toBe(work / (BigInt(MFLOP_PER_VCU) * BigInt(SLOT_MIB)));
      }),
    );
  });
});

test.each([
  [0n, "0 VCU"],
  [1n, "0.000000001 VCU"],
  [250_000_000n, "0.25 VCU"],
  [12_000_000_000n, "12 VCU"],
  [-1_500_000_000n, "-1.5 VCU"],
])("Credit in words: %s", (amount, words) => {
  expect(inVcu(amount)).toBe(words);
});

describe("NanoVcu", () => {
  test("travels as decimal text, of any size and sign", () => {
    fc.assert(
      fc.property(fc.bigInt(), (amount) => {
        const text = Schema.encodeSync(NanoVcu)(nanoVcu(amount));
        expect(text).toBe(amount.toString());
        expect(Schema.decodeSync(NanoVcu)(JSON.parse(JSON.stringify(text)))).toBe(amount);
      }),
    );
  });

  test("a JSON number is not an amount", () => {
    expect(Either.isLeft(Schema.decodeUnknownEither(NanoVcu)(5))).toBe(true);
  });

  test("reports show it in VCU", () => {
    expect(toVcu(nanoVcu(1_500_000_000n))).toBe(1.5);
  });
});
