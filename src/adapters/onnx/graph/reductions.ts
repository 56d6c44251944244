/** Means, maxima, softmax and normalisation along axes, with their gradients. */
import { type Shape, sizeOf } from "../tensor.ts";
import { add, div, equal, exp, mul, plus, scale, sqrt, sub } from "./arithmetic.ts";
import { demand, type Value } from "./graph.ts";
import { cast, noGradient, reduceSum, reshape, stopGradient } from "./layout.ts";
import { axisOf } from "./shapes.ts";

const allAxes = (shape: Shape) => shape.map((_, axis) => axis);

/** Along all axes when none are named. */
export function mean(x: Value, axes = allAxes(x.shape), keep = false): Value {
  const rank = x.shape.length;
  const count = sizeOf(axes.map((axis) => x.shape[axisOf(axis, rank)] as number));
  return scale(reduceSum(x, axes, keep), 1 / count);
}

export function sum(x: Value): Value {
  return reduceSum(x, allAxes(x.shape));
}

/** Where several are the largest they share the gradient. */
export function reduceMax(x: Value, axis: number, keep = false): Value {
  const along = axisOf(axis, x.shape.length);
  const kept = x.shape.with(along, 1);
  const y: Value = x.graph.add("ReduceMax", {
    inputs: [x],
    shape: keep ? kept : x.shape.toSpliced(along, 1),
    attributes: { axes: [along], keepdims: keep ? 1 : 0 },
    gradient: (g) => {
      const hits = cast(equal(x, reshape(y, kept)), "float32");
      return [mul(div(hits, reduceSum(hits, [along], true)), reshape(g, kept))];
    },
  });
  return y;
}

/** Place of the largest along the last axis, int64; the first one where several are. */
export function argMax(x: Value): Value {
  return x.graph.add("ArgMax", {
    inputs: [stopGradient(x)],
    shape: x.shape.slice(0, -1),
    dtype: "int64",
    attributes: { axis: x.shape.length - 1, keepdims: 0 },
    gradient: noGradient,
  });
}

/** Along the last axis. */
export function softmax(x: Value): Value {
  const y: Value = x.graph.add("Softmax", {
    inputs: [x],
    shape: x.shape,
    attributes: { axis: -1 },
    gradient: (g) => [mul(y, sub(g, reduceSum(mul(g, y), [-1], true)))],
  });
  return y;
}

/** Logarithm of softmax along the last axis. */
export function logSoftmax(x: Value): Value {
  const y: Value = x.graph.add("LogSoftmax", {
    inputs: [x],
    shape: x.shape,
    attributes: { axis: -1 },
    gradient: (g) => [sub(g, mul(exp(y), reduceSum(g, [-1], true)))],
  });
  return y;
}

/** Along the last axis (Ba, Kiros and Hinton, Layer Normalization, 2016, equation 4). */
export function layerNorm(x: Value, gain: Value, bias: Value, epsilon = 1e-5): Value {
  const centred = sub(x, mean(x, [-1], true));
  const variance = mean(mul(centred, centred), [-1], true);
  return add(mul(div(centred, sqrt(plus(variance, epsilon))), gain), bias);
}

/** Mean of -log p(label) over all rows; `logits` are [.., classes], `labels` int64 [..]. */
export function crossEntropy(logits: Value, labels: Value): Value {
  const { graph } = logits;
  demand(labels.dtype === "int64", "labels are int64", labels);
  const classes = logits.shape.at(-1) as number;
  const hot = graph.add("OneHot", {
    inputs: [
      labels,
      graph.ints([classes]),
      graph.constant({
        dtype: "float32",
        shape: [2],
        data: Float32Array.of(0, 1),
      }),
    ],
    shape: logits.shape,
    dtype: "float32",
    gradient: noGradient,
  });
  const rows = sizeOf(labels.shape);
  return scale(sum(mul(logSoftmax(logits), hot)), -1 / rows);
}

/** Mean of squared differences. */
export function meanSquaredError(x: Value, wanted: Value): Value {
  const off = sub(x, wanted);
  return mean(mul(off, off));
}

/** Share of rows whose largest logit is at the label. */
export function accuracy(logits: Value, labels: Value): Value {
  return mean(cast(equal(argMax(logits), labels), "float32"));
}
