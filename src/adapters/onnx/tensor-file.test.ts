import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dtypes, sizeOf, tensor } from "./tensor.ts";
import { readTensors, TensorFileError, type Tensors, writeTensors } from "./tensor-file.ts";

const someTensor = fc
  .record({
    dtype: fc.constantFrom(...dtypes),
    shape: fc.array(fc.nat({ max: 4 }), { maxLength: 3 }),
    seed: fc.nat({ max: 100 }),
  })
  .map(({ dtype, shape, seed }) =>
    tensor(
      dtype,
      shape,
      Array.from({ length: sizeOf(shape) }, (_, i) => (i * seed) % 2),
    ),
  );
const someTensors: fc.Arbitrary<Tensors> = fc.dictionary(
  fc.string({ maxLength: 8 }).filter((name) => name !== "__proto__"),
  someTensor,
  { maxKeys: 4 },
);

const refusal = (bytes: Uint8Array): string => {
  try {
    readTensors(bytes);
    return "read";
  } catch (error) {
    if (error instanceof TensorFileError) return error.message;
    throw error;
  }
};

describe("Tensor file", () => {
  test("what is written is read, from any place in a larger buffer", () => {
    fc.assert(
      fc.property(someTensors, fc.nat({ max: 7 }), (tensors, offset) => {
        const bytes = writeTensors(tensors);
        const within = Buffer.alloc(bytes.length + offset);
        within.set(bytes, offset);
        expect(readTensors(within.subarray(offset))).toEqual({ ...tensors });
      }),
    );
  });

  test("the order in which tensors are named does not matter: one content, one blob", () => {
    const a = tensor("float32", [2], [1, 2]);
    const b = tensor("int64", [], [3]);
    expect(writeTensors({ a, b })).toEqual(writeTensors({ b, a }));
  });

  test("cut off anywhere, or changed anywhere: a sentence or other numbers, no crash", () => {
    const bytes = writeTensors({
      x: tensor("float32", [3], [1, 2, 3]),
      y: tensor("bool", [2], [1, 0]),
    });
    for (let length = 0; length < bytes.length - 8; length++) {
      expect(refusal(bytes.subarray(0, length))).not.toBe("read");
    }
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, to) => {
        const other = bytes.slice();
        other[at] = to;
        return refusal(other).length > 0;
      }),
    );
  });

  test("a header that asks for more than there is, or for shapes beyond measure", () => {
    const of = (header: string) => {
      const text = new TextEncoder().encode(header);
      const bytes = new Uint8Array(24 + text.length);
      bytes.set(new TextEncoder().encode("PINGOTF1"));
      new DataView(bytes.buffer).setUint32(8, text.length, true);
      bytes.set(text, 12);
      return refusal(bytes);
    };
    expect(of('[{"name":"x","dtype":"float32","shape":[1000000]}]')).toBe("tensor x is cut off");
    expect(of('[{"name":"x","dtype":"float32","shape":[1e300,1e300]}]')).toContain(
      "cannot be read",
    );
    expect(of('[{"name":"x","dtype":"complex","shape":[1]}]')).toContain("cannot be read");
    expect(of("{}")).toContain("cannot be read");
  });
});
