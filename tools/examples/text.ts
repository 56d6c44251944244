/**
 * The text model of the examples: reads a line by its characters and says whether it is prose, code
 * or settings. Its lines are this project's own.
 */
import { add, matMul, relu } from "../../src/adapters/onnx/graph/arithmetic.ts";
import { conv2d } from "../../src/adapters/onnx/graph/convolution.ts";
import type { Value } from "../../src/adapters/onnx/graph/graph.ts";
import { gatherRows, reshape, transpose } from "../../src/adapters/onnx/graph/layout.ts";
import { denseParameters, type Network } from "../../src/adapters/onnx/graph/network.ts";
import {
  accuracy,
  argMax,
  crossEntropy,
  reduceMax,
  softmax,
} from "../../src/adapters/onnx/graph/reductions.ts";

export const LINE_WIDTH = 64;
export const lineKinds = ["prose", "code", "settings"] as const;
const BATCH = 50;
const WIDTH = 16;
const FILTERS = 24;

export function textNetwork(batch = BATCH): Network {
  return {
    name: "text",
    inputs: [{ name: "characters", dtype: "int64", shape: [batch, LINE_WIDTH] }],
    targets: [{ name: "label", dtype: "int64", shape: [batch] }],
    predict: (parameters, { characters }) => {
      const first = { deviation: 0.3 };
      const table = parameters({ name: "table", shape: [256, WIDTH], first });
      const letters = gatherRows(table, characters as Value);
      const rows = reshape(transpose(letters, [0, 2, 1]), [batch, WIDTH, 1, LINE_WIDTH]);
      const kernel = parameters({
        name: "kernel",
        shape: [FILTERS, WIDTH, 1, 4],
        first: { deviation: Math.sqrt(2 / (4 * WIDTH)) },
      });
      // where along the line each group of four letters is strongest
      const groups = relu(conv2d(rows, kernel));
      const strongest = reduceMax(reshape(groups, [batch, FILTERS, LINE_WIDTH - 3]), -1);
      const { weight, bias } = denseParameters(parameters, "out", [FILTERS, lineKinds.length]);
      const logits = add(matMul(strongest, weight), bias);
      return { kind: argMax(logits), probability: softmax(logits), logits };
    },
    judge: ({ logits }, { label }) => ({
      loss: crossEntropy(logits as Value, label as Value),
      accuracy: accuracy(logits as Value, label as Value),
    }),
  };
}
