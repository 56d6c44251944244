/** Convolution and pooling of pictures [batch, channels, height, width], with their gradients. */
import { div, equal, mul } from "./arithmetic.ts";
import { demand, type Value } from "./graph.ts";
import { cast, expand, reduceSum, reshape, slice, transpose } from "./layout.ts";
import { mean } from "./reductions.ts";

type Picture = readonly [number, number, number, number];

export interface ConvOptions {
  readonly stride?: number;
  /** Zeros on each side. */
  readonly pad?: number;
}

/** `kernel` is [out, in, height, width]. */
export function conv2d(x: Value, kernel: Value, { stride = 1, pad = 0 }: ConvOptions = {}): Value {
  const fits = x.shape.length === 4 && kernel.shape.length === 4 && x.shape[1] === kernel.shape[1];
  demand(fits, "Conv needs [n, c, h, w] and [out, c, kh, kw]", x, kernel);
  const [batch, , height, width] = x.shape as Picture;
  const [out, , kh, kw] = kernel.shape as Picture;
  const rows = Math.floor((height + 2 * pad - kh) / stride) + 1;
  const columns = Math.floor((width + 2 * pad - kw) / stride) + 1;
  demand(rows > 0 && columns > 0, "Conv needs a picture as large as its kernel", x, kernel);
  return x.graph.add("Conv", {
    inputs: [x, kernel],
    shape: [batch, out, rows, columns],
    attributes: { strides: [stride, stride], pads: [pad, pad, pad, pad] },
    gradient: (g) => [
      gradientOfPicture(g, { x, kernel, stride, pad }),
      gradientOfKernel(g, { x, kernel, stride, pad }),
    ],
  });
}

interface Convolved {
  readonly x: Value;
  readonly kernel: Value;
  readonly stride: number;
  readonly pad: number;
}

function gradientOfPicture(g: Value, { x, kernel, stride, pad }: Convolved): Value {
  const [, , height, width] = x.shape as Picture;
  const [, , rows, columns] = g.shape as Picture;
  const [, , kh, kw] = kernel.shape as Picture;
  const left = (size: number, steps: number, k: number) =>
    size - ((steps - 1) * stride - 2 * pad + k);
  return x.graph.add("ConvTranspose", {
    inputs: [g, kernel],
    shape: x.shape,
    attributes: {
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      output_padding: [left(height, rows, kh), left(width, columns, kw)],
    },
  });
}

/** The picture convolved with the gradient: batch and channels change places, strides widen it. */
function gradientOfKernel(g: Value, { x, kernel, stride, pad }: Convolved): Value {
  const [, channels, height, width] = x.shape as Picture;
  const [, out, rows, columns] = g.shape as Picture;
  const [, , kh, kw] = kernel.shape as Picture;
  const tall = height + 2 * pad - stride * (rows - 1);
  const wide = width + 2 * pad - stride * (columns - 1);
  const full = x.graph.add("Conv", {
    inputs: [transpose(x, [1, 0, 2, 3]), transpose(g, [1, 0, 2, 3])],
    shape: [channels, out, tall, wide],
    attributes: { dilations: [stride, stride], pads: [pad, pad, pad, pad] },
  });
  const cropped = slice(slice(full, 2, 0, kh), 3, 0, kw);
  return transpose(cropped, [1, 0, 2, 3]);
}

/** Windows of `size` side by side, as axes 3 and 5. */
function windows(x: Value, size: number): Value {
  const [batch, channels, height, width] = x.shape as Picture;
  demand(height % size === 0 && width % size === 0, `pooling by ${size} needs multiples of it`, x);
  return reshape(x, [batch, channels, height / size, size, width / size, size]);
}

/** Each number repeated over a window of `size`. */
export function upsample(x: Value, size: number): Value {
  const [batch, channels, height, width] = x.shape as Picture;
  const apart = reshape(x, [batch, channels, height, 1, width, 1]);
  const repeated = expand(apart, [batch, channels, height, size, width, size]);
  return reshape(repeated, [batch, channels, height * size, width * size]);
}

export function averagePool(x: Value, size: number): Value {
  return mean(windows(x, size), [3, 5]);
}

/** Where several are the largest of a window they share the gradient. */
export function maxPool(x: Value, size: number): Value {
  const [batch, channels, height, width] = x.shape as Picture;
  demand(height % size === 0 && width % size === 0, `pooling by ${size} needs multiples of it`, x);
  const y: Value = x.graph.add("MaxPool", {
    inputs: [x],
    shape: [batch, channels, height / size, width / size],
    attributes: { kernel_shape: [size, size], strides: [size, size] },
    gradient: (g) => {
      const hits = cast(equal(x, upsample(y, size)), "float32");
      const counts = reduceSum(windows(hits, size), [3, 5]);
      return [mul(hits, upsample(div(g, counts), size))];
    },
  });
  return y;
}
