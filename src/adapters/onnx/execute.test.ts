import { describe, expect, test } from "vitest";
import type { BlobId } from "../../live/blobs.ts";
import type { CheckedModel } from "./check/check-model.ts";
import { execute, type Given, nothingKept, type Partial } from "./execute.ts";
import type { Manifest } from "./manifest.ts";
import type { Frame } from "./partial-file.ts";
import type { Session } from "./session.ts";
import { type Tensor, tensor } from "./tensor.ts";
import type { Tensors } from "./tensor-file.ts";

const blob = "0".repeat(64) as BlobId;
const rows = (count: number) =>
  tensor(
    "float32",
    [count, 1],
    Array.from({ length: count }, (_, i) => i),
  );
const shared = { version: 1, model: blob, dims: {}, whole: [], batch: 4 } as const;
const data = { blob, from: 0, rows: 10 };

/** Doubles what it is given, and remembers how many rows each run had. */
function given(isOpen: boolean, all = rows(10)): Given & { readonly runs: number[] } {
  const runs: number[] = [];
  const session: Session = {
    inputs: ["x"],
    outputs: ["y"],
    run: async ({ x }) => {
      runs.push(x!.shape[0]!);
      const y: Tensor = { ...x!, data: Float32Array.from(x!.data as Float32Array, (v) => 2 * v) };
      return { y };
    },
    release: () => Promise.resolve(),
  };
  const value = { type: 1, shape: [4, 1], open: [isOpen ? "batch" : undefined, undefined] };
  const checked: CheckedModel = {
    inputs: [{ name: "x", ...value }],
    outputs: [{ name: "y", ...value }],
    operations: 1,
    memoryMib: 1,
  };
  return { session, checked, data: { x: all }, whole: {}, runs };
}

const infer: Manifest = { kind: "infer", ...shared, data, tolerance: "bitwise", outputs: [] };
const doubled = tensor(
  "float32",
  [10, 1],
  Array.from({ length: 10 }, (_, i) => 2 * i),
);

describe("Execute: rows", () => {
  test("a short last batch stays short where the model leaves its length open", async () => {
    const of = given(true);
    expect(await execute(infer, of, nothingKept)).toEqual({ y: doubled });
    expect(of.runs).toEqual([4, 4, 2]);
  });

  test("and is filled up, and cut again, where the model wants all rows", async () => {
    const of = given(false);
    expect(await execute(infer, of, nothingKept)).toEqual({ y: doubled });
    expect(of.runs).toEqual([4, 4, 4]);
  });

  test("what was kept is not computed again, and the result is the same", async () => {
    const frames: Frame[] = [];
    const keep: Partial = {
      frames: [],
      done: (runs, now) => void frames.push({ runs, tensors: now() }),
    };
    await execute(infer, given(true), keep);
    expect(frames.map(({ runs }) => runs)).toEqual([1, 2, 3]);
    const of = given(true);
    const resumed = await execute(infer, of, { ...nothingKept, frames: frames.slice(0, 2) });
    expect(resumed).toEqual({ y: doubled });
    expect(of.runs).toEqual([2]);
  });
});

describe("Execute: evaluation", () => {
  const evaluate: Manifest = { kind: "evaluate", ...shared, data, tolerance: "bitwise" };
  const judging = (all?: Tensor) => {
    const of = given(true, all);
    const single: Tensors = { y: tensor("float32", [], [3]) };
    const checked = { ...of.checked, outputs: [{ name: "y", type: 1, shape: [], open: [] }] };
    return { ...of, checked, session: { ...of.session, run: () => Promise.resolve(single) } };
  };

  test("is the mean over whole batches, from where it was left", async () => {
    const eight = { ...evaluate, data: { ...data, rows: 8 } };
    const frames = [{ runs: 1, tensors: { y: tensor("float64", [], [5]) } }];
    const found = await execute(eight, judging(), { ...nothingKept, frames });
    expect(found).toEqual({ y: tensor("float64", [], [(5 + 3) / 2]) });
  });

  test("rows that are no whole batches are refused", async () => {
    await expect(execute(evaluate, judging(), nothingKept)).rejects.toThrow(
      "10 rows are no multiple of batches of 4",
    );
  });
});

describe("Execute: training", () => {
  test("each pass takes every row once, in an order of its own", async () => {
    const seen: number[] = [];
    const of = given(true, rows(12));
    const value = { type: 1, open: [] };
    const theta = tensor("float32", [1], [0]);
    const results: Tensors = { "theta.next": theta, loss: tensor("float32", [], [1]) };
    const session: Session = {
      ...of.session,
      run: async ({ x }) => {
        seen.push(...Array.from(x!.data, Number));
        return results;
      },
    };
    const inputs = [
      { name: "x", shape: [4, 1], ...value },
      { name: "theta", shape: [1], ...value },
    ];
    const train: Manifest = {
      kind: "train",
      ...shared,
      data: { ...data, rows: 12 },
      tolerance: "bitwise",
      steps: 6,
      seed: 5,
    };
    const rest = { session, checked: { ...of.checked, inputs }, whole: { theta } };
    await execute(train, { ...of, ...rest }, nothingKept);
    const [first, second] = [seen.slice(0, 12), seen.slice(12)];
    const sorted = (all: ReadonlyArray<number>) => [...all].sort((a, b) => a - b);
    expect(sorted(first)).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(sorted(second)).toEqual(sorted(first));
    expect(second).not.toEqual(first);
    expect(first).not.toEqual(sorted(first));
  });
});
