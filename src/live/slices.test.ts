import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toTextInSlices } from "./slices.ts";
import { toText } from "./tagged-json.ts";

/** Trees that are partly too large for one go. */
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, undefined, true, 'a "word"\n', 1.5),
    fc.bigInt(),
    fc.array(tie("tree")),
    fc.array(tie("tree"), { minLength: 40, maxLength: 60 }),
    fc.dictionary(fc.string(), tie("tree")),
  ),
}));

describe("Text in slices", () => {
  test("is the text that is made in one go", async () => {
    const property = fc.asyncProperty(tree, tree, async (a, b) => {
      expect(await toTextInSlices({ a, b: [b, b, b] })).toBe(toText({ a, b: [b, b, b] }));
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test("lets others go on in between", async () => {
    const entries = Array.from({ length: 30_000 }, (_, i) => ({ at: i, amount: BigInt(i) }));
    let turns = 0;
    const count = () => {
      turns++;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    const text = await toTextInSlices({ entries });
    clearImmediate(next);
    expect(text).toBe(toText({ entries }));
    expect(turns).toBeGreaterThan(1);
  });
});
