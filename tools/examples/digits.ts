/** The digit classifier of the examples: two convolutions and a layer, 9,098 parameters. */
import { add, matMul, relu, scale } from "../../src/adapters/onnx/graph/arithmetic.ts";
import { conv2d, maxPool } from "../../src/adapters/onnx/graph/convolution.ts";
import type { Value } from "../../src/adapters/onnx/graph/graph.ts";
import { cast, reshape } from "../../src/adapters/onnx/graph/layout.ts";
import {
  denseParameters,
  type Network,
  type Parameters,
} from "../../src/adapters/onnx/graph/network.ts";
import {
  accuracy,
  argMax,
  crossEntropy,
  softmax,
} from "../../src/adapters/onnx/graph/reductions.ts";
import { PIXELS, SIDE } from "./digit-pictures.ts";

const DIGIT_BATCH = 50;

/** A convolution that keeps the size, halved by its maxima. */
function seen(parameters: Parameters, name: string, x: Value, to: number): Value {
  const from = x.shape[1] as number;
  const deviation = Math.sqrt(2 / (from * 9));
  const kernel = parameters({
    name: `${name}.kernel`,
    shape: [to, from, 3, 3],
    first: { deviation },
  });
  const bias = parameters({ name: `${name}.bias`, shape: [to, 1, 1], first: { value: 0 } });
  return maxPool(relu(add(conv2d(x, kernel, { pad: 1 }), bias)), 2);
}

export function digitNetwork(batch = DIGIT_BATCH): Network {
  return {
    name: "digits",
    inputs: [{ name: "pixels", dtype: "uint8", shape: [batch, PIXELS] }],
    targets: [{ name: "label", dtype: "int64", shape: [batch] }],
    predict: (parameters, { pixels }) => {
      const ink = scale(cast(pixels as Value, "float32"), 1 / 255);
      const picture = reshape(ink, [batch, 1, SIDE, SIDE]);
      const first = seen(parameters, "first", picture, 8);
      const second = seen(parameters, "second", first, 16);
      const { weight, bias } = denseParameters(parameters, "out", [784, 10]);
      const logits = add(matMul(reshape(second, [batch, 784]), weight), bias);
      return { digit: argMax(logits), probability: softmax(logits), logits };
    },
    judge: ({ logits }, { label }) => ({
      loss: crossEntropy(logits as Value, label as Value),
      accuracy: accuracy(logits as Value, label as Value),
    }),
  };
}
