import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { add, matMul, relu } from "../graph/arithmetic.ts";
import { conv2d, maxPool } from "../graph/convolution.ts";
import { encodeModel } from "../graph/encode.ts";
import { Graph, type Value } from "../graph/graph.ts";
import { gatherRows, reshape } from "../graph/layout.ts";
import {
  denseParameters,
  evaluateModel,
  firstTheta,
  inferModel,
  type Network,
  trainModel,
} from "../graph/network.ts";
import { crossEntropy, layerNorm, softmax } from "../graph/reductions.ts";
import { WireWriter } from "../graph/wire-writer.ts";
import { openSession } from "../session.ts";
import { sizeOf, tensor } from "../tensor.ts";
import { checkLimits, checkModel } from "./check-model.ts";
import { ModelRefused } from "./model-refused.ts";

const refusal = (bytes: Uint8Array, dims = {}, limits = checkLimits): string => {
  try {
    checkModel(bytes, dims, limits);
  } catch (error) {
    if (error instanceof ModelRefused) return error.message;
    throw error;
  }
  return "passed";
};

/** A model of one graph, for what the builder would not write. */
function modelOf(write: (graph: WireWriter) => void, opset = 17): Uint8Array {
  return new WireWriter()
    .int(1, 8)
    .message(7, write)
    .message(8, (each) => each.string(1, "").int(2, opset))
    .done();
}
const value =
  (name: string, dims: ReadonlyArray<number | string>, type = 1) =>
  (out: WireWriter) =>
    out.string(1, name).message(2, (t) =>
      t.message(1, (of) =>
        of.int(1, type).message(2, (shape) => {
          for (const dim of dims) {
            shape.message(1, (d) => (typeof dim === "number" ? d.int(1, dim) : d.string(2, dim)));
          }
        }),
      ),
    );
const node = (op: string, inputs: string[], outputs: string[]) => (out: WireWriter) => {
  for (const input of inputs) out.string(1, input);
  for (const output of outputs) out.string(2, output);
  return out.string(3, "n").string(4, op);
};
/** x goes through one operator to y. */
const single = (op: string, dims: ReadonlyArray<number | string> = [2, 3]) =>
  modelOf((g) =>
    g
      .message(1, node(op, ["x"], ["y"]))
      .message(11, value("x", dims))
      .message(12, value("y", dims)),
  );

const network: Network = {
  name: "small",
  inputs: [{ name: "x", dtype: "float32", shape: [8, 1, 8, 8] }],
  targets: [{ name: "label", dtype: "int64", shape: [8] }],
  predict: (parameters, { x }) => {
    const kernel = parameters({ name: "k", shape: [4, 1, 3, 3], first: { deviation: 0.3 } });
    const seen = maxPool(relu(conv2d(x as Value, kernel, { pad: 1 })), 2);
    const { weight, bias } = denseParameters(parameters, "out", [64, 10]);
    const gain = parameters({ name: "gain", shape: [10], first: { value: 1 } });
    const flat = reshape(seen, [(x as Value).shape[0] as number, 64]);
    return { logits: softmax(layerNorm(add(matMul(flat, weight), bias), gain, bias)) };
  },
  judge: ({ logits }, { label }) => ({ loss: crossEntropy(logits as Value, label as Value) }),
};

describe("Model check: what passes", () => {
  test("a model of the builder: inputs, outputs and work from its shapes", () => {
    const model = inferModel(network, firstTheta(network, 1));
    const checked = checkModel(model, { batch: 8 });
    expect(checked.inputs).toEqual([
      { name: "x", type: 1, shape: [8, 1, 8, 8], open: ["batch", undefined, undefined, undefined] },
    ]);
    expect(checked.outputs[0]).toMatchObject({ name: "logits", shape: [8, 10] });
    // the convolution alone multiplies and adds 9 numbers for each of 4 × 64 outputs
    expect(checked.operations).toBeGreaterThan(8 * 4 * 64 * 2 * 9);
    const double = checkModel(model, { batch: 16 });
    expect(double.operations).toBeGreaterThan(1.5 * checked.operations - 1e6);
    expect(double.outputs[0]?.shape).toEqual([16, 10]);
  });

  test("all that training and evaluation write", () => {
    for (const optimiser of [
      { rule: "adam", rate: 0.1 },
      { rule: "sgd", rate: 0.1, momentum: 0.9 },
    ] as const) {
      expect(checkModel(trainModel(network, optimiser), {}).operations).toBeGreaterThan(1e5);
    }
    expect(checkModel(evaluateModel(network), {}).outputs.map(({ name }) => name)).toEqual([
      "loss",
    ]);
  });

  test("shapes that it foresees are those that onnxruntime gives", async () => {
    const train = trainModel(network, { rule: "adam", rate: 0.1 });
    const checked = checkModel(train, {});
    const session = await openSession(train);
    const feeds = Object.fromEntries(
      checked.inputs.map(({ name, type, shape }) => [
        name,
        tensor(type === 7 ? "int64" : "float32", shape, new Float32Array(sizeOf(shape))),
      ]),
    );
    const results = await session.run(feeds);
    for (const { name, shape } of checked.outputs) expect(results[name]?.shape).toEqual(shape);
    expect(checked.outputs).toHaveLength(Object.keys(results).length);
  });

  test("a model with an embedding and whole numbers going in", () => {
    const graph = new Graph("e");
    const ids = graph.input("ids", "int64", [2, 5]);
    const table = graph.constant(tensor("float32", [7, 3], new Float32Array(21)));
    graph.output("y", gatherRows(table, ids));
    expect(checkModel(encodeModel(graph), {}).outputs[0]?.shape).toEqual([2, 5, 3]);
  });
});

describe("Model check: what is refused, by name", () => {
  test("no ONNX file at all", () => {
    expect(refusal(new TextEncoder().encode("GIF89a, not a model at all"))).toContain(
      "not an ONNX file",
    );
    expect(refusal(new Uint8Array())).toBe("the model is not an ONNX file: it has no graph");
  });

  test("cut off at any byte: never passes, never crashes", () => {
    const model = inferModel(network, firstTheta(network, 1));
    for (let length = 0; length < model.length - 14; length += 7) {
      expect(refusal(model.subarray(0, length), { batch: 8 })).not.toBe("passed");
    }
  });

  test("random bytes, and a good model with bytes changed: a sentence or a pass, no crash", () => {
    const model = inferModel(network, firstTheta(network, 1));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => refusal(bytes).length > 0));
    const spots = fc.array(fc.tuple(fc.nat(model.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(spots, (changes) => {
        const bytes = model.slice();
        for (const [at, to] of changes) bytes[at] = to;
        return refusal(bytes, { batch: 8 }).length > 0;
      }),
      { numRuns: 500 },
    );
  });

  test("graphs within nodes, which could run without end", () => {
    for (const op of ["Loop", "If", "Scan"]) {
      expect(refusal(single(op))).toBe(
        `node n (${op}) holds a graph of its own, which could run without end`,
      );
    }
    const hidden = modelOf((g) =>
      g
        .message(1, (n) => {
          node(
            "Relu",
            ["x"],
            ["y"],
          )(n).message(5, (a) => a.string(1, "body").bytes(6, new Uint8Array()));
        })
        .message(11, value("x", [1]))
        .message(12, value("y", [1])),
    );
    expect(refusal(hidden)).toContain("holds a graph of its own");
  });

  test("unknown operators, foreign ones, and those that draw at random", () => {
    expect(refusal(single("FileReader"))).toBe(
      "node n (FileReader) is an operator that does not run here",
    );
    expect(refusal(single("RandomNormalLike"))).toContain("draws at random");
    const foreign = modelOf((g) =>
      g
        .message(1, (n) => {
          node("Gelu", ["x"], ["y"])(n).string(7, "com.microsoft");
        })
        .message(11, value("x", [1]))
        .message(12, value("y", [1])),
    );
    expect(refusal(foreign)).toContain("is of the operator set com.microsoft");
  });

  test("weights in other files, also by a path that climbs", () => {
    const outside = modelOf((g) =>
      g
        .message(5, (t) => {
          t.int(1, 4).int(2, 1).string(8, "w");
          t.message(13, (e) => e.string(1, "location").string(2, "../../../etc/passwd")).int(14, 1);
        })
        .message(1, node("Relu", ["w"], ["y"]))
        .message(12, value("y", [4])),
    );
    expect(refusal(outside)).toBe(
      "tensor w keeps its data outside of the model; save the model with its weights inside",
    );
  });

  test("huge declared tensors, of weights, inputs and results", () => {
    const weight = modelOf((g) =>
      g
        .message(5, (t) =>
          t
            .int(1, 2 ** 40)
            .int(1, 2 ** 40)
            .int(2, 1)
            .string(8, "w")
            .bytes(9, new Uint8Array(4)),
        )
        .message(1, node("Relu", ["w"], ["y"]))
        .message(12, value("y", [4])),
    );
    expect(refusal(weight)).toContain(
      "tensor w is declared as [1099511627776, 1099511627776] but holds 4 bytes",
    );
    expect(refusal(single("Relu", [100_000, 100_000]))).toContain(
      "input x would take 40000000000 bytes",
    );
    const grown = modelOf((g) =>
      g
        .message(5, (t) =>
          t
            .int(1, 2)
            .int(2, 7)
            .string(8, "to")
            .int(7, 2 ** 20)
            .int(7, 2 ** 20),
        )
        .message(1, node("Expand", ["x", "to"], ["y"]))
        .message(11, value("x", [1]))
        .message(12, value("y", [1])),
    );
    expect(refusal(grown)).toContain("node n (Expand): output y would take 4398046511104 bytes");
    expect(refusal(single("Relu", [-1]))).toContain("dimension below 1");
  });

  test("NaN among the weights", () => {
    const theta = firstTheta(network, 1);
    theta[3] = Number.NaN;
    expect(refusal(inferModel(network, theta), { batch: 8 })).toBe(
      "tensor k holds NaN, which is no number",
    );
  });

  test("more operations, memory, nodes and bytes than are given", () => {
    const model = inferModel(network, firstTheta(network, 1));
    const dims = { batch: 8 };
    expect(refusal(model, dims, { ...checkLimits, operations: 1000 })).toContain(
      "needs more than 1000 operations",
    );
    expect(refusal(model, dims, { ...checkLimits, memoryMib: 10 })).toContain(
      "at most 10 MiB are given",
    );
    expect(refusal(model, dims, { ...checkLimits, nodes: 3 })).toBe(
      "the model has more than 3 nodes",
    );
    expect(refusal(model, dims, { ...checkLimits, modelBytes: 100 })).toContain(
      "at most 100 run here",
    );
  });

  test("an open dimension of which nobody says how long it is", () => {
    const model = inferModel(network, firstTheta(network, 1));
    expect(refusal(model)).toBe("input x leaves the dimension batch open; say how long it is");
    expect(refusal(model, { __proto__: null, seq: 3 })).toContain("batch open");
  });

  test("two readings of one file: fields, names and graphs that are there twice", () => {
    const graph = (g: WireWriter) =>
      g
        .message(1, node("Relu", ["x"], ["y"]))
        .message(11, value("x", [1]))
        .message(12, value("y", [1]));
    const twice = new WireWriter()
      .message(7, graph)
      .message(7, graph)
      .message(8, (each) => each.int(2, 17))
      .done();
    expect(refusal(twice)).toBe("the model has its field 7 twice");
    const shadowed = modelOf((g) => graph(g).message(1, node("Exp", ["x"], ["y"])));
    expect(refusal(shadowed)).toContain("has a name that is there already");
  });

  test("a node that takes what only a later one gives", () => {
    const backwards = modelOf((g) =>
      g
        .message(1, node("Relu", ["b"], ["y"]))
        .message(1, node("Relu", ["y"], ["b"]))
        .message(11, value("x", [1]))
        .message(12, value("y", [1])),
    );
    expect(refusal(backwards)).toBe("node n (Relu) takes b, which nothing before gives");
  });

  test("an operator set of the future, and functions of the model's own", () => {
    expect(refusal(modelOf(() => undefined, 99))).toContain("operator set 99 is not known");
    const own = new WireWriter().message(25, (f) => f.string(1, "f")).done();
    expect(refusal(own)).toContain("defines functions of its own");
  });
});
