import { beginCell, type TupleItem } from "@ton/core";
import { describe, expect, test } from "vitest";
import { stackIn, stackOut } from "./rpc-stack.ts";

const cell = beginCell().storeUint(7, 32).endCell();
const bytes = cell.toBoc().toString("base64");
const int = (value: bigint): TupleItem => ({ type: "int", value });
const tuple = (...items: TupleItem[]): TupleItem => ({ type: "tuple", items });
const nothing: TupleItem = { type: "null" };
const number = (text: string) => ({
  "@type": "tvm.stackEntryNumber",
  number: { "@type": "tvm.numberDecimal", number: text },
});

describe("Stack: what a method answers", () => {
  test("numbers are hexadecimal, slices and builders are cells", () => {
    const items: TupleItem[] = [
      int(255n),
      int(-1n),
      { type: "nan" },
      { type: "slice", cell },
      { type: "builder", cell },
    ];
    expect(stackOut(items)).toEqual([
      ["num", "0xff"],
      ["num", "-0x1"],
      ["num", "NaN"],
      ["cell", { bytes }],
      ["cell", { bytes }],
    ]);
  });

  test("null is the empty list, and pairs that end in null are one list", () => {
    const pairs = tuple(int(1n), tuple(int(2n), nothing));
    expect(stackOut([nothing, pairs])).toEqual([
      ["list", { "@type": "tvm.list", elements: [] }],
      ["list", { "@type": "tvm.list", elements: [number("1"), number("2")] }],
    ]);
  });

  test("tuples hold entries of every kind", () => {
    const inner = tuple(int(5n));
    expect(stackOut([tuple(inner, { type: "cell", cell }, { type: "slice", cell })])).toEqual([
      [
        "tuple",
        {
          "@type": "tvm.tuple",
          elements: [
            {
              "@type": "tvm.stackEntryTuple",
              tuple: { "@type": "tvm.tuple", elements: [number("5")] },
            },
            { "@type": "tvm.stackEntryCell", cell: { "@type": "tvm.cell", bytes } },
            { "@type": "tvm.stackEntrySlice", slice: { "@type": "tvm.slice", bytes } },
          ],
        },
      ],
    ]);
  });
});

describe("Stack: what a method is given", () => {
  test("every kind that clients send is understood", () => {
    expect(stackIn(undefined)).toEqual([]);
    const given = [
      ["num", "-12"],
      ["num", "0x0c"],
      ["num", 3],
      ["tvm.Cell", bytes],
      ["tvm.Slice", bytes],
      ["tvm.Builder", bytes],
      ["cell", { bytes }],
      ["null"],
      ["tuple", [["num", "1"]]],
    ];
    const kinds = stackIn(given).map((item) => (item.type === "int" ? item.value : item.type));
    expect(kinds).toEqual([-12n, 12n, 3n, "cell", "slice", "builder", "cell", "null", "tuple"]);
  });

  test("anything else is refused in words", () => {
    for (const [given, words] of [
      ["7", /stack must be a list such as/],
      [[7], /with a kind of num, tvm.Cell/],
      [[["num", "seven"]], /decimal or 0x… text/],
      [[["num", 1.5]], /decimal or 0x… text/],
      [[["num", `0x1${"0".repeat(64)}`]], /of 257 bits at most/],
      [[["num", `${1n << 256n}`]], /of 257 bits at most/],
      [[["tvm.Cell", 7]], /must be base64 text/],
      [[["tvm.Cell", "AAAA"]], /bag of cells with one root/],
    ] as const) {
      expect(() => stackIn(given)).toThrow(words);
    }
  });
});
