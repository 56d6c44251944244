/** Rules of operators that move, cut, join and repeat numbers, and of those that work on shapes. */
import { broadcast } from "../graph/shapes.ts";
import { type Call, countOf, type Known, MOST_FOLLOWED, output, type Rule, TYPE } from "./rule.ts";

/** Moving a number counts as one operation. */
const MOVE = 1;

const same: Rule = (call) => output(call.input(0), MOVE);

const reshape: Rule = (call) => {
  const { type, shape, values } = call.input(0);
  const wanted = call.values(1, "dimensions");
  const zeroIsLength = call.int("allowzero", 0) === 1;
  const fixed = wanted.map((dim, i) => (dim === 0 && !zeroIsLength ? (shape[i] ?? 0) : dim));
  const known = fixed.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
  const open = known === 0 ? 0 : countOf(shape) / known;
  const to = fixed.map((dim) => (dim === -1 ? open : dim));
  const fits =
    countOf(to) === countOf(shape) && to.every((dim) => Number.isInteger(dim) && dim >= 0);
  call.demand(fits, `makes [${wanted.join(", ")}] of [${shape.join(", ")}], which does not fit`);
  return output({ type, shape: to, values }, MOVE);
};

const flatten: Rule = (call) => {
  const { type, shape } = call.input(0);
  const at = call.int("axis", 1);
  const axis = at < 0 ? at + shape.length : at;
  const to = [countOf(shape.slice(0, axis)), countOf(shape.slice(axis))];
  return output({ type, shape: to }, MOVE);
};

function axesOf(call: Call): ReadonlyArray<number> | undefined {
  return call.ints("axes") ?? (call.maybe(1) && call.values(1, "axes"));
}

const squeeze: Rule = (call) => {
  const { type, shape, values } = call.input(0);
  const named = axesOf(call)?.map((axis) => call.axis(axis, shape.length));
  const gone = new Set(named ?? shape.flatMap((dim, axis) => (dim === 1 ? [axis] : [])));
  call.demand(
    [...gone].every((axis) => shape[axis] === 1),
    "takes away an axis that is not 1 long",
  );
  return output({ type, shape: shape.filter((_, axis) => !gone.has(axis)), values }, MOVE);
};

const unsqueeze: Rule = (call) => {
  const { type, shape, values } = call.input(0);
  const axes = axesOf(call) ?? call.refuse("has no axes");
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((axis) => call.axis(axis, rank)));
  call.demand(added.size === axes.length, "adds an axis twice");
  const rest = [...shape];
  const to = Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : rest.shift()) ?? 1);
  return output({ type, shape: to, values }, MOVE);
};

const transpose: Rule = (call) => {
  const { type, shape } = call.input(0);
  const order = call.ints("perm") ?? shape.map((_, axis) => shape.length - 1 - axis);
  const fits = order.length === shape.length && new Set(order).size === order.length;
  call.demand(fits, "does not name each axis once");
  return output(
    { type, shape: order.map((axis) => shape[call.axis(axis, shape.length)] as number) },
    MOVE,
  );
};

const concat: Rule = (call) => {
  const { type, shape } = call.input(0);
  const along = call.axis(call.int("axis", 0), shape.length);
  let length = 0;
  for (const each of call.all) {
    const fits =
      each.shape.length === shape.length &&
      each.shape.every((dim, axis) => axis === along || dim === shape[axis]);
    call.demand(fits, "joins tensors whose other axes differ");
    length += each.shape[along] as number;
  }
  const known = call.all.every(({ values }) => values !== undefined) && shape.length === 1;
  const values = known ? call.all.flatMap((each) => each.values ?? []) : undefined;
  return output({ type, shape: shape.with(along, length), values }, MOVE);
};

const split: Rule = (call) => {
  const { type, shape } = call.input(0);
  const along = call.axis(call.int("axis", 0), shape.length);
  const length = shape[along] as number;
  const parts = call.node.outputs.length;
  const each = Math.ceil(length / parts);
  const lengths =
    call.ints("split") ??
    (call.maybe(1) && call.values(1, "lengths")) ??
    Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(each, length - i * each)));
  const fits =
    lengths.length === parts &&
    lengths.every((n) => n >= 0) &&
    lengths.reduce((a, b) => a + b, 0) === length;
  call.demand(fits, `splits ${length} into [${lengths.join(", ")}]`);
  const outputs = lengths.map((part) => ({ type, shape: shape.with(along, part) }));
  return { outputs, operations: MOVE * countOf(shape) };
};

const slice: Rule = (call) => {
  const { type, shape, values } = call.input(0);
  const old = call.opset < 10;
  const starts = old ? (call.ints("starts") ?? []) : call.values(1, "places");
  const ends = old ? (call.ints("ends") ?? []) : call.values(2, "places");
  const axes =
    (old ? call.ints("axes") : call.maybe(3) && call.values(3, "axes")) ?? starts.map((_, i) => i);
  const steps = (call.maybe(4) && call.values(4, "steps")) ?? starts.map(() => 1);
  call.demand(
    ends.length === starts.length &&
      axes.length === starts.length &&
      steps.length === starts.length,
    "does not name as many ends, axes and steps as starts",
  );
  const to = [...shape];
  let cut: ReadonlyArray<number> | undefined = values;
  for (const [i, named] of axes.entries()) {
    const axis = call.axis(named, shape.length);
    const picked = pickedBy(call, shape[axis] as number, [starts[i], ends[i], steps[i]] as never);
    to[axis] = picked.count;
    cut = shape.length === 1 && cut !== undefined ? picked.of(cut) : undefined;
  }
  return output({ type, shape: to, values: cut }, MOVE);
};

function pickedBy(
  call: Call,
  length: number,
  [start, end, step]: readonly [number, number, number],
) {
  call.demand(step !== 0, "slices with step 0");
  const inside = (at: number, low: number, high: number) => Math.max(low, Math.min(high, at));
  const from = start < 0 ? start + length : start;
  const to = end < 0 ? end + length : end;
  const first = step > 0 ? inside(from, 0, length) : inside(from, -1, length - 1);
  const last = step > 0 ? inside(to, 0, length) : inside(to, -1, length - 1);
  const count = Math.max(0, Math.ceil((last - first) / step));
  return {
    count,
    of: (all: ReadonlyArray<number>) =>
      Array.from({ length: Math.min(count, MOST_FOLLOWED) }, (_, i) => all[first + i * step] ?? 0),
  };
}

const pad: Rule = (call) => {
  const { type, shape } = call.input(0);
  const pads = call.ints("pads") ?? call.values(1, "pads");
  const axes = call.maybe(3) ? call.values(3, "axes") : shape.map((_, axis) => axis);
  call.demand(pads.length === 2 * axes.length, `needs ${2 * axes.length} pads`);
  const to = [...shape];
  for (const [i, named] of axes.entries()) {
    const axis = call.axis(named, shape.length);
    to[axis] = (to[axis] as number) + (pads[i] as number) + (pads[i + axes.length] as number);
  }
  call.demand(
    to.every((dim) => Number.isInteger(dim) && dim >= 0),
    "takes away more than there is",
  );
  return output({ type, shape: to }, MOVE);
};

const expand: Rule = (call) => {
  const { type, shape } = call.input(0);
  const wanted = call.values(1, "dimensions");
  const to = broadcast(shape, wanted) ?? call.refuse(`cannot stretch to [${wanted.join(", ")}]`);
  return output({ type, shape: to }, MOVE);
};

const tile: Rule = (call) => {
  const { type, shape } = call.input(0);
  const times = call.values(1, "repeats");
  call.demand(
    times.length === shape.length && times.every((n) => n >= 0),
    "needs a repeat an axis",
  );
  return output({ type, shape: shape.map((dim, axis) => dim * (times[axis] as number)) }, MOVE);
};

const gather: Rule = (call) => {
  const table = call.input(0);
  const at = call.input(1);
  const along = call.axis(call.int("axis", 0), table.shape.length);
  const shape = table.shape.toSpliced(along, 1, ...at.shape);
  const from = table.values;
  const values =
    from && table.shape.length === 1 && at.values
      ? at.values.map((i) => from[i < 0 ? i + from.length : i] ?? 0)
      : undefined;
  return output({ type: table.type, shape, values }, MOVE);
};

const gatherNd: Rule = (call) => {
  const table = call.input(0);
  const at = call.input(1);
  const stacked = call.int("batch_dims", 0);
  const depth = at.shape.at(-1) ?? 0;
  const shape = [...at.shape.slice(0, -1), ...table.shape.slice(stacked + depth)];
  call.demand(depth >= 1 && stacked + depth <= table.shape.length, "gathers by too many axes");
  return output({ type: table.type, shape }, MOVE);
};

const gatherElements: Rule = (call) =>
  output({ type: call.input(0).type, shape: call.input(1).shape }, MOVE);

const scatter: Rule = (call) => {
  const { type, shape } = call.input(0);
  return {
    ...output({ type, shape }, MOVE),
    operations: countOf(shape) + countOf(call.input(2).shape),
  };
};

const oneHot: Rule = (call) => {
  const { shape } = call.input(0);
  const depth = call.values(1, "a number of classes")[0] ?? 0;
  const at = call.int("axis", -1);
  const axis = at < 0 ? at + shape.length + 1 : at;
  call.demand(depth >= 1 && axis >= 0 && axis <= shape.length, "has no classes");
  return output({ type: call.input(2).type, shape: shape.toSpliced(axis, 0, depth) }, MOVE);
};

const shapeOf: Rule = (call) => {
  const { shape } = call.input(0);
  const values = shape.slice(call.int("start", 0), call.int("end", shape.length));
  return output({ type: TYPE.int64, shape: [values.length], values }, 0);
};

const size: Rule = (call) =>
  output({ type: TYPE.int64, shape: [], values: [countOf(call.input(0).shape)] }, 0);

const constantOfShape: Rule = (call) => {
  const shape = call.values(0, "dimensions");
  const of = call.node.attributes.tensors.get("value");
  call.demand(
    shape.every((dim) => dim >= 0),
    "has a negative dimension",
  );
  const value = of === undefined ? 0 : knownOf(of).values?.[0];
  const few = countOf(shape) <= MOST_FOLLOWED && value !== undefined;
  const values = few ? Array.from({ length: countOf(shape) }, () => value) : undefined;
  return output({ type: of?.type ?? TYPE.float, shape, values }, MOVE);
};

const range: Rule = (call) => {
  const [from = 0] = call.values(0, "a start");
  const [to = 0] = call.values(1, "an end");
  const [step = 1] = call.values(2, "a step");
  call.demand(step !== 0, "counts with step 0");
  const count = Math.max(0, Math.ceil((to - from) / step));
  const few = Array.from({ length: Math.min(count, MOST_FOLLOWED) }, (_, i) => from + i * step);
  const values = count <= MOST_FOLLOWED ? few : undefined;
  return output({ type: call.input(0).type, shape: [count], values }, MOVE);
};

const blocks =
  (toSpace: boolean): Rule =>
  (call) => {
    const { type, shape } = call.input(0);
    const [batch = 0, channels = 0, height = 0, width = 0] = shape;
    const n = call.int("blocksize", 1);
    const to = toSpace
      ? [batch, channels / (n * n), height * n, width * n]
      : [batch, channels * n * n, height / n, width / n];
    call.demand(n >= 1 && to.every(Number.isInteger), `has blocks of ${n}, which do not fit`);
    return output({ type, shape: to }, MOVE);
  };

const resize: Rule = (call) => {
  const { type, shape } = call.input(0);
  const scales = call.opset < 11 ? call.maybe(1) : call.maybe(2);
  const sizes = call.maybe(3)?.values;
  const factors = scales?.values;
  const to =
    sizes ??
    (factors && factors.length === shape.length
      ? shape.map((dim, axis) => Math.floor(dim * (factors[axis] as number)))
      : call.refuse("needs sizes or scales that are known before the run"));
  return output({ type, shape: to }, 8);
};

const constant: Rule = (call) => {
  const { tensors, ints, floats } = call.node.attributes;
  const of = tensors.get("value");
  const list = ints.get("value_ints") ?? ints.get("value_int");
  if (of !== undefined) return output(knownOf(of), 0);
  if (list !== undefined) {
    const shape = ints.has("value_int") ? [] : [list.length];
    return output({ type: TYPE.int64, shape, values: list }, 0);
  }
  const broken = floats.get("value_floats") ?? floats.get("value_float");
  if (broken === undefined) return call.refuse("holds no number");
  return output({ type: TYPE.float, shape: floats.has("value_float") ? [] : [broken.length] }, 0);
};

/** A weight as a known value; small whole numbers are followed, and the scales of pictures. */
export function knownOf(of: {
  readonly type: number;
  readonly shape: ReadonlyArray<number>;
  readonly raw: Uint8Array | undefined;
  readonly numbers: ReadonlyArray<number>;
}): Known {
  const { type, shape, raw, numbers } = of;
  if (countOf(shape) > MOST_FOLLOWED) return { type, shape };
  if (raw === undefined) return { type, shape, values: numbers };
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const each = (bytes: number, read: (at: number) => number) =>
    Array.from({ length: raw.length / bytes }, (_, i) => read(i * bytes));
  switch (type) {
    case TYPE.int64:
      return { type, shape, values: each(8, (at) => Number(view.getBigInt64(at, true))) };
    case TYPE.int32:
      return { type, shape, values: each(4, (at) => view.getInt32(at, true)) };
    case TYPE.float:
      return { type, shape, values: each(4, (at) => view.getFloat32(at, true)) };
    case TYPE.bool:
      return { type, shape, values: [...raw] };
    default:
      return { type, shape };
  }
}

export const layoutOperators: ReadonlyMap<string, Rule> = new Map([
  ["Identity", same],
  ["Reshape", reshape],
  ["Flatten", flatten],
  ["Squeeze", squeeze],
  ["Unsqueeze", unsqueeze],
  ["Transpose", transpose],
  ["Concat", concat],
  ["Split", split],
  ["Slice", slice],
  ["Pad", pad],
  ["Expand", expand],
  ["Tile", tile],
  ["Gather", gather],
  ["GatherND", gatherNd],
  ["GatherElements", gatherElements],
  ["ScatterND", scatter],
  ["ScatterElements", scatter],
  ["OneHot", oneHot],
  ["Shape", shapeOf],
  ["Size", size],
  ["Constant", constant],
  ["ConstantOfShape", constantOfShape],
  ["Range", range],
  ["DepthToSpace", blocks(true)],
  ["SpaceToDepth", blocks(false)],
  ["Resize", resize],
  ["Trilu", same],
]);
