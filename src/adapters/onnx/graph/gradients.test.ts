import { describe, expect, test } from "vitest";
import { Stream } from "../../../kernel/entropy.ts";
import { openSession } from "../session.ts";
import { type Shape, sizeOf, type Tensor, tensor } from "../tensor.ts";
import {
  add,
  div,
  erf,
  exp,
  gelu,
  log,
  matMul,
  mul,
  neg,
  relu,
  sigmoid,
  silu,
  sqrt,
  sub,
  tanh,
} from "./arithmetic.ts";
import { averagePool, conv2d, maxPool, upsample } from "./convolution.ts";
import { encodeModel } from "./encode.ts";
import { gradientsOf } from "./gradients.ts";
import { Graph, type Value } from "./graph.ts";
import {
  concat,
  expand,
  gatherRows,
  reduceSum,
  reshape,
  slice,
  stopGradient,
  transpose,
} from "./layout.ts";
import {
  accuracy,
  argMax,
  crossEntropy,
  layerNorm,
  logSoftmax,
  mean,
  meanSquaredError,
  reduceMax,
  softmax,
  sum,
} from "./reductions.ts";

interface Case {
  readonly shapes: ReadonlyArray<Shape>;
  readonly make: (...inputs: ReadonlyArray<Value>) => Value;
  /** Inputs are drawn from here; by default between -1 and 1. */
  readonly between?: readonly [number, number];
}

const one = (make: (x: Value) => Value, between?: readonly [number, number]): Case => ({
  shapes: [[3, 4]],
  make: (x) => make(x),
  ...(between === undefined ? {} : { between }),
});
const two = (make: (a: Value, b: Value) => Value, a: Shape, b: Shape): Case => ({
  shapes: [a, b],
  make: (x, y) => make(x, y),
});
const ids = (graph: Graph, values: ReadonlyArray<number>) =>
  graph.constant(tensor("int64", [values.length], values));

const cases: Readonly<Record<string, Case>> = {
  add: two(add, [3, 4], [3, 4]),
  "add, stretched row": two(add, [3, 4], [4]),
  "add, stretched both ways": two(add, [3, 1], [1, 4]),
  sub: two(sub, [3, 4], [1]),
  mul: two(mul, [2, 3, 4], [3, 1]),
  "div, stretched": { ...two(div, [3, 4], [4]), between: [0.5, 2] },
  neg: one(neg),
  exp: one(exp),
  log: one(log, [0.5, 3]),
  sqrt: one(sqrt, [0.5, 3]),
  tanh: one(tanh),
  sigmoid: one(sigmoid),
  erf: one(erf),
  relu: one(relu),
  silu: one(silu),
  gelu: one(gelu),
  "a value used twice": one((x) => mul(x, tanh(x))),
  matMul: two(matMul, [3, 4], [4, 2]),
  "matMul, stacked by one": two(matMul, [2, 3, 4], [4, 5]),
  "matMul, stacked by stacked": two(matMul, [2, 3, 4], [2, 4, 5]),
  "matMul, one by stacked": two(matMul, [1, 3, 4], [2, 4, 5]),
  reshape: one((x) => reshape(x, [2, 6])),
  "reshape, batch kept": one((x) => reshape(x, [3, 2, 2])),
  expand: { shapes: [[3, 1]], make: (x) => expand(x, [2, 3, 4]) },
  transpose: { shapes: [[2, 3, 4]], make: (x) => transpose(x, [2, 0, 1]) },
  slice: one((x) => slice(x, 1, 1, 3)),
  "slice of a slice": one((x) => slice(slice(x, 1, 1, 4), 0, 0, 2)),
  concat: two((a, b) => concat([a, b, a], 1), [3, 4], [3, 2]),
  "rows of a table, one twice": {
    shapes: [[5, 3]],
    make: (x) => gatherRows(x, ids(x.graph, [4, 0, 4])),
  },
  "reduceSum, an axis": one((x) => reduceSum(x, [0])),
  "reduceSum, kept": one((x) => reduceSum(x, [-1], true)),
  mean: one((x) => mean(x)),
  "mean, an axis": one((x) => mean(x, [1])),
  reduceMax: one((x) => reduceMax(x, -1)),
  softmax: one(softmax),
  logSoftmax: one(logSoftmax),
  layerNorm: {
    shapes: [[3, 8], [8], [8]],
    make: (x, gain, bias) => layerNorm(x, gain, bias),
  },
  conv2d: two((x, k) => conv2d(x, k), [2, 3, 6, 5], [4, 3, 3, 2]),
  "conv2d, padded": two((x, k) => conv2d(x, k, { pad: 1 }), [2, 2, 5, 5], [3, 2, 3, 3]),
  "conv2d, strides that leave a rest": two(
    (x, k) => conv2d(x, k, { stride: 2, pad: 1 }),
    [2, 2, 6, 7],
    [3, 2, 3, 3],
  ),
  averagePool: { shapes: [[2, 3, 4, 6]], make: (x) => averagePool(x, 2) },
  maxPool: { shapes: [[2, 3, 4, 6]], make: (x) => maxPool(x, 2) },
  upsample: { shapes: [[2, 3, 2, 3]], make: (x) => upsample(x, 2) },
  crossEntropy: one((x) => crossEntropy(x, ids(x.graph, [0, 3, 1]))),
  meanSquaredError: two(meanSquaredError, [3, 4], [3, 4]),
  "attention of two heads": {
    shapes: [
      [2, 5, 8],
      [8, 8],
      [8, 8],
      [8, 8],
    ],
    make: (x, q, k, v) => {
      const heads = (w: Value) => transpose(reshape(matMul(x, w), [2, 5, 2, 4]), [0, 2, 1, 3]);
      const scores = matMul(heads(q), transpose(heads(k), [0, 1, 3, 2]));
      return transpose(matMul(softmax(scores), heads(v)), [0, 2, 1, 3]);
    },
  },
};

/** A loss that weighs each number of the result differently, and all gradients of it. */
function lossOf({ shapes, make }: Case) {
  const graph = new Graph("case");
  const inputs = shapes.map((shape, n) => graph.input(`x${n}`, "float32", shape));
  const result = make(...inputs);
  const weights = Float32Array.from({ length: sizeOf(result.shape) }, (_, i) => 1 + (i % 5) / 4);
  const weighed = mul(
    result,
    graph.constant({ dtype: "float32", shape: result.shape, data: weights }),
  );
  const loss = sum(weighed);
  graph.output("loss", loss);
  for (const [n, g] of gradientsOf(loss, inputs).entries()) graph.output(`g${n}`, g);
  return encodeModel(graph);
}

/** Distinct, so that no two are so near that a step changes which is larger. */
function drawInputs({ shapes, between: [low, high] = [-1, 1] }: Case, name: string): Tensor[] {
  const stream = new Stream(7, name);
  return shapes.map((shape) => {
    const size = sizeOf(shape);
    const places = Array.from({ length: size }, (_, i) => i);
    for (let i = size - 1; i > 0; i--) {
      const j = stream.int(i + 1);
      [places[i], places[j]] = [places[j]!, places[i]!];
    }
    return tensor(
      "float32",
      shape,
      places.map((p) => low + ((high - low) * (p + 0.5)) / size),
    );
  });
}

describe("Gradients: each operation against finite differences in onnxruntime", () => {
  test.each(Object.entries(cases))("%s", async (name, each) => {
    const session = await openSession(lossOf(each));
    const inputs = drawInputs(each, name);
    const feed = (all: ReadonlyArray<Tensor>) =>
      session.run(Object.fromEntries(all.map((x, n) => [`x${n}`, x])));
    const exact = await feed(inputs);
    let compared = 0;
    for (const [n, input] of inputs.entries()) {
      const gradient = exact[`g${n}`]!;
      expect(gradient.shape).toEqual(input.shape);
      for (let k = 0; k < input.data.length; k++) {
        const at = async (by: number) => {
          const data = Float32Array.from(input.data as Float32Array);
          data[k] = data[k]! + by;
          return Number((await feed(inputs.with(n, { ...input, data }))).loss!.data[0]);
        };
        const step = 0.005;
        const slope = ((await at(step)) - (await at(-step))) / (2 * step);
        const size = Math.max(1, Math.abs(slope));
        expect(Math.abs(Number(gradient.data[k]) - slope) / size).toBeLessThan(0.01);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(0);
    await session.release();
  });

  test("a gradient that is wrong by a tenth is found", async () => {
    const wrong = one((x) =>
      x.graph.add("Tanh", { inputs: [x], shape: x.shape, gradient: (g) => [mul(g, tanh(x))] }),
    );
    const session = await openSession(lossOf(wrong));
    const [input] = drawInputs(wrong, "wrong");
    const { g0 } = await session.run({ x0: input! });
    const right = await openSession(lossOf(one(tanh)));
    const { g0: wanted } = await right.run({ x0: input! });
    expect(Number(g0!.data[0])).not.toBeCloseTo(Number(wanted!.data[0]), 1);
  });
});

describe("Gradients: what has none", () => {
  test("a stopped value counts as a constant", async () => {
    const session = await openSession(lossOf(one((x) => mul(x, stopGradient(x)))));
    const x = tensor(
      "float32",
      [3, 4],
      Array.from({ length: 12 }, (_, i) => i),
    );
    const { g0 } = await session.run({ x0: x });
    // the weight of the number times its value, not twice that
    expect(Number(g0!.data[4])).toBeCloseTo(2 * 4);
  });

  test("an operation without a rule is named", () => {
    const graph = new Graph("case");
    const x = graph.input("x", "float32", [2]);
    const y = graph.add("Ceil", { inputs: [x], shape: [2] });
    expect(() => gradientsOf(sum(y), [x])).toThrow("Ceil has no rule for its gradient");
  });

  test("a loss that does not depend on the parameter says so", () => {
    const graph = new Graph("case");
    const x = graph.input("x", "float32", [2]);
    const y = graph.input("y", "float32", [2]);
    expect(() => gradientsOf(sum(y), [x])).toThrow("the loss does not depend on x");
  });

  test("shapes that do not fit are named", () => {
    const graph = new Graph("case");
    const x = graph.input("x", "float32", [2, 3]);
    expect(() => add(x, graph.input("y", "float32", [2]))).toThrow(
      "Add needs shapes that stretch to each other, not float32 [2, 3] and float32 [2]",
    );
    expect(() => matMul(x, x)).toThrow("MatMul needs [.., n, k] and [.., k, m]");
  });

  test("the place of the largest and the share of right answers", async () => {
    const graph = new Graph("case");
    const x = graph.input("x", "float32", [2, 3]);
    const labels = graph.input("labels", "int64", [2]);
    graph.output("place", argMax(x));
    graph.output("right", accuracy(x, labels));
    const session = await openSession(encodeModel(graph));
    const { place, right } = await session.run({
      x: tensor("float32", [2, 3], [1, 5, 2, 9, 3, 4]),
      labels: tensor("int64", [2], [1, 2]),
    });
    expect([...place!.data]).toEqual([1n, 0n]);
    expect(right!.data[0]).toBe(0.5);
  });
});
