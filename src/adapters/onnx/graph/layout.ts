/** Operations that move, repeat, cut and sum numbers, with their gradients. */
import { type DType, type Shape, sizeOf, tensor } from "../tensor.ts";
import { demand, type GradientRule, type Value } from "./graph.ts";
import { axisOf, sameShape, stretchedAxes } from "./shapes.ts";

/** For results that do not change smoothly, such as comparisons. */
export const noGradient: GradientRule = () => [];

/** Ends the flow of gradients: the value counts as a constant. */
export function stopGradient(x: Value): Value {
  return x.graph.add("Identity", { inputs: [x], shape: x.shape, gradient: noGradient });
}

export function cast(x: Value, dtype: DType): Value {
  if (x.dtype === dtype) return x;
  const code = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, float64: 11 }[dtype];
  return x.graph.add("Cast", {
    inputs: [x],
    shape: x.shape,
    dtype,
    attributes: { to: code },
    gradient: noGradient,
  });
}

export function reshape(x: Value, shape: Shape): Value {
  demand(
    sizeOf(x.shape) === sizeOf(shape),
    `reshape to [${shape.join(", ")}] keeps all numbers`,
    x,
  );
  if (sameShape(x.shape, shape)) return x;
  // 0 stands for "as it is", so that a batch may be of another length than here
  const kept = shape.length > 0 && shape[0] === x.shape[0];
  const wanted = kept ? [0, ...shape.slice(1)] : shape;
  return x.graph.add("Reshape", {
    inputs: [x, x.graph.ints(wanted)],
    shape,
    gradient: (g) => [reshape(g, x.shape)],
  });
}

/** Repeats along axes of length 1 and along new axes in front. */
export function expand(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  return x.graph.add("Expand", {
    inputs: [x, x.graph.ints(shape)],
    shape,
    gradient: (g) => [sumTo(g, x.shape)],
  });
}

export function reduceSum(x: Value, axes: ReadonlyArray<number>, keep = false): Value {
  const rank = x.shape.length;
  const along = new Set(axes.map((axis) => axisOf(axis, rank)));
  const kept = x.shape.map((dim, axis) => (along.has(axis) ? 1 : dim));
  const shape = keep ? kept : x.shape.filter((_, axis) => !along.has(axis));
  return x.graph.add("ReduceSum", {
    inputs: [x, x.graph.ints([...along])],
    shape,
    attributes: { keepdims: keep ? 1 : 0 },
    gradient: (g) => [expand(reshape(g, kept), x.shape)],
  });
}

/** The gradient of a value that was stretched: sums what its copies got. */
export function sumTo(g: Value, shape: Shape): Value {
  const axes = stretchedAxes(shape, g.shape);
  return axes.length === 0 ? g : reshape(reduceSum(g, axes), shape);
}

/** `order[i]` is the axis of `x` that comes to place i. */
export function transpose(x: Value, order: ReadonlyArray<number>): Value {
  const back = order.map((_, axis) => order.indexOf(axis));
  return x.graph.add("Transpose", {
    inputs: [x],
    shape: order.map((axis) => x.shape[axis] as number),
    attributes: { perm: order },
    gradient: (g) => [transpose(g, back)],
  });
}

/** Exchanges the last two axes. */
export function transposeLast(x: Value): Value {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/** Elements `from` to before `to` along an axis. */
export function slice(x: Value, axis: number, from: number, to: number): Value {
  const along = axisOf(axis, x.shape.length);
  const length = x.shape[along] ?? 0;
  demand(from >= 0 && from < to && to <= length, `slice ${from} to ${to} of axis ${along}`, x);
  const { graph } = x;
  return graph.add("Slice", {
    inputs: [x, graph.ints([from]), graph.ints([to]), graph.ints([along])],
    shape: x.shape.map((dim, i) => (i === along ? to - from : dim)),
    gradient: (g) => [padZeros(g, along, from, length - to)],
  });
}

/** Puts zeros before and behind along an axis. */
function padZeros(x: Value, axis: number, before: number, behind: number): Value {
  const { graph, shape } = x;
  const pads = [before, behind].flatMap((n) => shape.map((_, i) => (i === axis ? n : 0)));
  const length = shape[axis] as number;
  return graph.add("Pad", {
    inputs: [x, graph.ints(pads)],
    shape: shape.map((dim, i) => (i === axis ? before + dim + behind : dim)),
    gradient: (g) => [slice(g, axis, before, before + length)],
  });
}

export function concat(values: ReadonlyArray<Value>, axis: number): Value {
  const [first] = values;
  if (first === undefined) throw new RangeError("concat needs a value");
  const along = axisOf(axis, first.shape.length);
  const lengths = values.map(({ shape }) => shape[along] as number);
  const fits = values.every(({ shape }) =>
    sameShape(shape.toSpliced(along, 1), first.shape.toSpliced(along, 1)),
  );
  demand(fits, `concat along axis ${along} needs the other axes to be equal`, ...values);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return first.graph.add("Concat", {
    inputs: values,
    shape: first.shape.with(along, total),
    attributes: { axis: along },
    gradient: (g) => {
      let at = 0;
      return lengths.map((length) => slice(g, along, at, (at += length)));
    },
  });
}

/** Rows of a table: an embedding. `indices` are int64 of any shape. */
export function gatherRows(table: Value, indices: Value): Value {
  demand(indices.dtype === "int64", "rows are gathered by int64", indices);
  const { graph } = table;
  return graph.add("Gather", {
    inputs: [table, indices],
    shape: [...indices.shape, ...table.shape.slice(1)],
    attributes: { axis: 0 },
    gradient: (g) => {
      const zeros = graph.constant(
        tensor("float32", table.shape, new Float32Array(sizeOf(table.shape))),
      );
      const at = reshape(indices, [...indices.shape, 1]);
      return [
        graph.add("ScatterND", {
          inputs: [zeros, at, g],
          shape: table.shape,
          attributes: { reduction: "add" },
        }),
      ];
    },
  });
}
