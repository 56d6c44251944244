/** Rules of operators that work number by number, along axes or by comparing. */
import { broadcast } from "../graph/shapes.ts";
import { type Call, countOf, output, type Rule, TYPE } from "./rule.ts";

/** Operations a number: what takes one instruction, and what takes a series. */
const CHEAP = 1;
const SERIES = 10;

const alike =
  (each: number): Rule =>
  (call) => {
    const { type, shape } = call.input(0);
    return output({ type, shape }, each);
  };

const cheap = [
  "Abs",
  "Ceil",
  "Clip",
  "Floor",
  "HardSigmoid",
  "HardSwish",
  "LeakyRelu",
  "Neg",
  "Not",
  "Reciprocal",
  "Relu",
  "Round",
  "Sign",
  "Sqrt",
  "ThresholdedRelu",
];
const series = [
  "Acos",
  "Acosh",
  "Asin",
  "Asinh",
  "Atan",
  "Atanh",
  "Celu",
  "Cos",
  "Cosh",
  "Elu",
  "Erf",
  "Exp",
  "Gelu",
  "Log",
  "Mish",
  "Selu",
  "Sigmoid",
  "Sin",
  "Sinh",
  "Softplus",
  "Softsign",
  "Tan",
  "Tanh",
];

/** Whole-number arithmetic that models do on shapes. */
const folds: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => Math.trunc(a / b),
  Max: Math.max,
  Min: Math.min,
  Equal: (a, b) => (a === b ? 1 : 0),
};

function stretched(call: Call, from = 0): ReadonlyArray<number> {
  let shape: ReadonlyArray<number> = [];
  for (const each of call.all.slice(from)) {
    const wider = broadcast(shape, each.shape);
    if (wider === undefined) {
      call.refuse(
        `has inputs [${shape.join(", ")}] and [${each.shape.join(", ")}], which do not fit`,
      );
    } else shape = wider;
  }
  return shape;
}

const between =
  (op: string, each: number, type?: number): Rule =>
  (call) => {
    const shape = stretched(call);
    const [a, b] = call.all;
    const fold = folds[op];
    const isWhole = a?.type === TYPE.int64 || a?.type === TYPE.int32;
    const folds2 = fold !== undefined && isWhole && call.count === 2;
    const values = folds2 ? foldedBy(fold, a.values, b?.values) : undefined;
    return output(
      { type: type ?? call.input(0).type, shape, values },
      each * (call.count - 1 || 1),
    );
  };

function foldedBy(
  fold: (a: number, b: number) => number,
  a: ReadonlyArray<number> | undefined,
  b: ReadonlyArray<number> | undefined,
): ReadonlyArray<number> | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a.length !== b.length && a.length !== 1 && b.length !== 1) return undefined;
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) =>
    fold(a[a.length === 1 ? 0 : i] as number, b[b.length === 1 ? 0 : i] as number),
  );
}

/** Axes from the attribute or, in newer operator sets, the second input; none: all. */
function axesOf(call: Call, rank: number): ReadonlyArray<number> {
  const named = call.ints("axes") ?? (call.maybe(1) && call.values(1, "axes"));
  if (named !== undefined && named.length > 0) return named.map((axis) => call.axis(axis, rank));
  if (call.int("noop_with_empty_axes", 0) === 1) return [];
  return Array.from({ length: rank }, (_, axis) => axis);
}

const reduced =
  (each: number): Rule =>
  (call) => {
    const { type, shape, values } = call.input(0);
    const along = new Set(axesOf(call, shape.length));
    const keep = call.int("keepdims", 1) === 1;
    const left = shape.flatMap((dim, axis) => (!along.has(axis) ? [dim] : keep ? [1] : []));
    const all = along.size === shape.length && call.node.op === "ReduceProd" && values;
    const product = all ? [countOf(all)] : undefined;
    return {
      ...output({ type, shape: left, values: product }, 0),
      operations: each * countOf(shape),
    };
  };

const placed: Rule = (call) => {
  const { shape } = call.input(0);
  const along = call.axis(call.int("axis", 0), shape.length);
  const keep = call.int("keepdims", 1) === 1;
  const left = shape.flatMap((dim, axis) => (axis !== along ? [dim] : keep ? [1] : []));
  return { ...output({ type: TYPE.int64, shape: left }, 0), operations: CHEAP * countOf(shape) };
};

const topK: Rule = (call) => {
  const { type, shape } = call.input(0);
  const along = call.axis(call.int("axis", -1), shape.length);
  const k = call.values(1, "a number of places")[0] ?? 0;
  call.demand(k >= 0 && k <= (shape[along] ?? 0), `looks for ${k} of ${shape[along]} numbers`);
  const left = shape.with(along, k);
  return {
    outputs: [
      { type, shape: left },
      { type: TYPE.int64, shape: left },
    ],
    operations: SERIES * countOf(shape),
  };
};

const where: Rule = (call) => {
  const shape = stretched(call);
  const [c, a, b] = [call.input(0).values, call.input(1).values, call.input(2).values];
  const same = c && a && b && a.length === b.length && a.length === c.length;
  const values = same ? c.map((yes, i) => (yes === 0 ? b[i] : a[i]) as number) : undefined;
  return output({ type: call.input(1).type, shape, values }, CHEAP);
};

const dropout: Rule = (call) => {
  const { type, shape } = call.input(0);
  call.demand(
    call.maybe(2) === undefined,
    "drops numbers at random; export the model for inference, so that all machines agree",
  );
  return {
    outputs: [
      { type, shape },
      { type: TYPE.bool, shape },
    ],
    operations: countOf(shape),
  };
};

/** Normalisations: mean and deviation of what they are given. */
const normalised: Rule = (call) => {
  const { type, shape } = call.input(0);
  const extra = call.node.outputs.slice(1).map(() => ({ type, shape }));
  return { outputs: [{ type, shape }, ...extra], operations: 8 * countOf(shape) };
};

const quantised: Rule = (call) => {
  const type = call.maybe(2)?.type ?? TYPE.uint8;
  return output({ type, shape: call.input(0).shape }, 2);
};

const dequantised: Rule = (call) =>
  output({ type: call.input(1).type, shape: call.input(0).shape }, 2);

const dynamicallyQuantised: Rule = (call) => {
  const { shape } = call.input(0);
  return {
    outputs: [
      { type: TYPE.uint8, shape },
      { type: TYPE.float, shape: [] },
      { type: TYPE.uint8, shape: [] },
    ],
    operations: 4 * countOf(shape),
  };
};

const cast: Rule = (call) => {
  const { shape, values } = call.input(0);
  const to = call.int("to", 0);
  const isWhole = to === TYPE.int64 || to === TYPE.int32 || to === TYPE.bool;
  return output({ type: to, shape, values: isWhole ? values?.map(Math.trunc) : undefined }, CHEAP);
};

const rulesOf = (ops: ReadonlyArray<string>, rule: Rule) =>
  ops.map((op): readonly [string, Rule] => [op, rule]);

export const numberOperators: ReadonlyMap<string, Rule> = new Map([
  ...rulesOf(cheap, alike(CHEAP)),
  ...rulesOf(series, alike(SERIES)),
  ...rulesOf(["IsNaN", "IsInf"], (call) =>
    output({ type: TYPE.bool, shape: call.input(0).shape }, CHEAP),
  ),
  ...["Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean", "PRelu", "Mod"].map(
    (op) => [op, between(op, CHEAP)] as const,
  ),
  ["Pow", between("Pow", SERIES)],
  ...["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Xor"].map(
    (op) => [op, between(op, CHEAP, TYPE.bool)] as const,
  ),
  ...rulesOf(["Softmax", "LogSoftmax", "Hardmax"], alike(3 * SERIES)),
  ...rulesOf(
    ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1"],
    reduced(CHEAP),
  ),
  ...rulesOf(["ReduceL2", "ReduceSumSquare"], reduced(2)),
  ...rulesOf(["ReduceLogSum", "ReduceLogSumExp"], reduced(SERIES)),
  ...rulesOf(["ArgMax", "ArgMin"], placed),
  ["TopK", topK],
  ["CumSum", alike(CHEAP)],
  ["Where", where],
  ["Dropout", dropout],
  ["Cast", cast],
  ...rulesOf(
    ["BatchNormalization", "InstanceNormalization", "GroupNormalization", "LRN"],
    normalised,
  ),
  ["LayerNormalization", normalised],
  ["LpNormalization", alike(4)],
  ["QuantizeLinear", quantised],
  ["DequantizeLinear", dequantised],
  ["DynamicQuantizeLinear", dynamicallyQuantised],
] satisfies ReadonlyArray<readonly [string, Rule]>);
