/** Rules of the operators in which the work is: products, convolutions, pooling, cells. */
import { broadcast } from "../graph/shapes.ts";
import { type Call, countOf, type Known, type Outcome, output, type Rule, TYPE } from "./rule.ts";

const times =
  (type?: number): Rule =>
  (call) => {
    const a = call.input(0);
    const b = call.input(1);
    const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
    const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
    const inner = left.at(-1) ?? 0;
    const outer = broadcast(left.slice(0, -2), right.slice(0, -2));
    if (a.shape.length === 0 || b.shape.length === 0 || inner !== right.at(-2) || !outer) {
      return call.refuse(
        `multiplies [${a.shape.join(", ")}] by [${b.shape.join(", ")}], which do not fit`,
      );
    }
    const rows = a.shape.length === 1 ? [] : [left.at(-2) as number];
    const columns = b.shape.length === 1 ? [] : [right.at(-1) as number];
    const shape = [...outer, ...rows, ...columns];
    return output({ type: type ?? a.type, shape }, 2 * inner);
  };

const gemm: Rule = (call) => {
  const a = call.input(0);
  const b = call.input(1);
  const [rows, inner] = call.int("transA", 0) === 1 ? a.shape.toReversed() : a.shape;
  const [inner2, columns] = call.int("transB", 0) === 1 ? b.shape.toReversed() : b.shape;
  const fits = a.shape.length === 2 && b.shape.length === 2 && inner === inner2;
  call.demand(fits, "multiplies matrices that do not fit");
  const shape = [rows as number, columns as number];
  return output({ type: a.type, shape }, 2 * (inner as number) + 2);
};

/** Lengths along the spatial axes. */
interface Window {
  readonly kernel: ReadonlyArray<number>;
  readonly strides: ReadonlyArray<number>;
  readonly dilations: ReadonlyArray<number>;
  readonly before: ReadonlyArray<number>;
  readonly behind: ReadonlyArray<number>;
}

function windowOf(call: Call, kernel: ReadonlyArray<number>): Window {
  const rank = kernel.length;
  const listed = (name: string, fallback: number) => {
    const values = call.ints(name) ?? kernel.map(() => fallback);
    const fits = values.length === rank && values.every((each) => each >= 1 && each <= 65_536);
    call.demand(fits, `needs ${rank} ${name} from 1 on`);
    return values;
  };
  const pads = call.ints("pads") ?? Array.from({ length: 2 * rank }, () => 0);
  const fits = pads.length === 2 * rank && pads.every((pad) => pad >= 0 && pad <= 65_536);
  call.demand(fits, `needs ${2 * rank} pads from 0 on`);
  return {
    kernel,
    strides: listed("strides", 1),
    dilations: listed("dilations", 1),
    before: pads.slice(0, rank),
    behind: pads.slice(rank),
  };
}

/** Spatial lengths that a window passing over `shape` leaves. */
function passed(call: Call, shape: ReadonlyArray<number>, window: Window): ReadonlyArray<number> {
  const auto = call.text("auto_pad", "NOTSET");
  const up = call.int("ceil_mode", 0) === 1;
  return shape.slice(2).map((length, i) => {
    const stride = window.strides[i] as number;
    const reach = (window.dilations[i] as number) * ((window.kernel[i] as number) - 1) + 1;
    if (auto.startsWith("SAME")) return Math.ceil(length / stride);
    const pads = auto === "VALID" ? 0 : (window.before[i] as number) + (window.behind[i] as number);
    const steps = (length + pads - reach) / stride;
    const left = (up ? Math.ceil(steps) : Math.floor(steps)) + 1;
    call.demand(left >= 1, "has a window that is larger than its picture");
    return left;
  });
}

const conv =
  (type?: number): Rule =>
  (call) => {
    const x = call.input(0);
    const w = call.input(1);
    const groups = call.int("group", 1);
    const [batch = 0, channels = 0] = x.shape;
    const [out = 0, each = 0, ...kernel] = w.shape;
    const fits =
      x.shape.length >= 3 &&
      x.shape.length === w.shape.length &&
      groups >= 1 &&
      channels === each * groups &&
      out % groups === 0;
    call.demand(
      fits,
      `convolves [${x.shape.join(", ")}] with [${w.shape.join(", ")}], which do not fit`,
    );
    const spatial = passed(call, x.shape, windowOf(call, kernel));
    const perOutput = each * countOf(kernel);
    const found = output({ type: type ?? x.type, shape: [batch, out, ...spatial] }, 2 * perOutput);
    return { ...found, scratchBytes: 4 * channels * countOf(kernel) * countOf(spatial) };
  };

const convTranspose: Rule = (call) => {
  const x = call.input(0);
  const w = call.input(1);
  const groups = call.int("group", 1);
  const [batch = 0, channels = 0, ...lengths] = x.shape;
  const [from = 0, each = 0, ...kernel] = w.shape;
  call.demand(
    x.shape.length === w.shape.length && from === channels,
    "has a kernel that does not fit",
  );
  const window = windowOf(call, kernel);
  const extra = call.ints("output_padding") ?? lengths.map(() => 0);
  const asked = call.ints("output_shape");
  const same = call.text("auto_pad", "NOTSET").startsWith("SAME");
  const spatial =
    asked?.slice(-lengths.length) ??
    lengths.map((length, i) => {
      const stride = window.strides[i] as number;
      if (same) return length * stride;
      const reach = (window.dilations[i] as number) * ((window.kernel[i] as number) - 1) + 1;
      const pads = (window.before[i] as number) + (window.behind[i] as number);
      return stride * (length - 1) + (extra[i] as number) + reach - pads;
    });
  call.demand(
    spatial.every((length) => length >= 1),
    "leaves nothing of its picture",
  );
  const shape = [batch, each * groups, ...spatial];
  const operations = 2 * countOf(x.shape) * each * countOf(kernel);
  const scratchBytes = 4 * each * groups * countOf(kernel) * countOf(lengths);
  return { outputs: [{ type: x.type, shape }], operations, scratchBytes };
};

const pool: Rule = (call) => {
  const { type, shape } = call.input(0);
  const [batch = 0, channels = 0] = shape;
  const kernel = call.ints("kernel_shape") ?? call.refuse("has no kernel_shape");
  call.demand(kernel.length === shape.length - 2, "has a window of other axes than its picture");
  const spatial = passed(call, shape, windowOf(call, kernel));
  const pooled = { type, shape: [batch, channels, ...spatial] };
  const places = { type: TYPE.int64, shape: pooled.shape };
  const { operations } = output(pooled, countOf(kernel));
  return { outputs: call.node.outputs.length > 1 ? [pooled, places] : [pooled], operations };
};

const globalPool: Rule = (call) => {
  const { type, shape } = call.input(0);
  const left = shape.map((dim, axis) => (axis < 2 ? dim : 1));
  return { outputs: [{ type, shape: left }], operations: countOf(shape) };
};

/** LSTM and GRU: `gates` products an element of the sequence. */
const cell =
  (gates: number): Rule =>
  (call): Outcome => {
    const { type, shape } = call.input(0);
    const [steps = 0, batch = 0, width = 0] = shape;
    const hidden = call.int("hidden_size", 0);
    const ways = call.text("direction", "forward") === "bidirectional" ? 2 : 1;
    call.demand(shape.length === 3 && hidden >= 1, "needs a sequence [steps, batch, width]");
    call.demand(call.int("layout", 0) === 0, "has the batch first; only layout 0 runs here");
    const last: Known = { type, shape: [ways, batch, hidden] };
    return {
      outputs: [{ type, shape: [steps, ways, batch, hidden] }, last, last],
      operations: steps * batch * ways * gates * hidden * 2 * (width + hidden + 8),
    };
  };

export const productOperators: ReadonlyMap<string, Rule> = new Map([
  ["MatMul", times()],
  ["MatMulInteger", times(TYPE.int32)],
  ["Gemm", gemm],
  ["Conv", conv()],
  ["ConvInteger", conv(TYPE.int32)],
  ["ConvTranspose", convTranspose],
  ["MaxPool", pool],
  ["AveragePool", pool],
  ["GlobalAveragePool", globalPool],
  ["GlobalMaxPool", globalPool],
  ["LSTM", cell(4)],
  ["GRU", cell(3)],
]);
