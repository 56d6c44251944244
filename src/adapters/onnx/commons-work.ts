/**
 * Work of the commons that names no blob: its content is text that the network drew, and its size
 * is what the task says. It measures a machine and its honesty: products of matrices of small whole
 * numbers, which every processor computes to the last bit however it adds them, so that any
 * difference is a wrong result and none is rounding.
 */
import { Stream } from "../../kernel/entropy.ts";
import type { Partial } from "./execute.ts";
import { add, matMul, scale, sub } from "./graph/arithmetic.ts";
import { encodeModel } from "./graph/encode.ts";
import { Graph, type Value } from "./graph/graph.ts";
import type { Session } from "./session.ts";
import { type Tensor, tensor } from "./tensor.ts";
import type { Tensors } from "./tensor-file.ts";

const WIDTH = 256;
const LAYERS = 4;
/** Numbers are below it; WIDTH × (MODULUS - 1)² is below 2^24, so float32 sums are exact. */
const MODULUS = 64;
/** Metered size of one run of the model. */
export const COMMONS_RUN_MFLOP = Math.ceil((2 * WIDTH * WIDTH * WIDTH * LAYERS) / 1_000_000);

/** x becomes x W1 mod m, then that W2 mod m, and so on. */
export function commonsModel(): Uint8Array {
  const graph = new Graph("commons");
  let x = graph.input("x", "float32", [WIDTH, WIDTH]);
  const w = graph.input("w", "float32", [WIDTH, WIDTH]);
  for (let layer = 0; layer < LAYERS; layer++) {
    // a constant that differs a layer keeps the runtime from computing anything twice
    x = modulo(add(matMul(x, w), graph.scalar(layer + 1)));
  }
  graph.output("y", x);
  return encodeModel(graph);
}

function modulo(x: Value): Value {
  const parts = scale(x, 1 / MODULUS);
  const whole = x.graph.add("Floor", { inputs: [parts], shape: x.shape });
  return sub(x, scale(whole, MODULUS));
}

export function commonsRuns(mflop: number): number {
  return Math.max(1, Math.ceil(mflop / COMMONS_RUN_MFLOP));
}

/** Sums of columns of what comes out: small, and they change with every number. */
export async function commonsWork(
  session: Session,
  { content, mflop }: { readonly content: string; readonly mflop: number },
  partial: Partial,
): Promise<Tensors> {
  const w = drawn(content, "w");
  const last = partial.frames.at(-1);
  let x = last?.tensors.x ?? drawn(content, "x");
  for (let run = last?.runs ?? 0; run < commonsRuns(mflop); run++) {
    const { y } = await session.run({ x, w });
    x = y as Tensor;
    partial.done(run + 1, () => ({ x }));
  }
  const sums = new Float64Array(WIDTH);
  for (const [i, value] of (x.data as Float32Array).entries()) {
    sums[i % WIDTH] = (sums[i % WIDTH] as number) + value * (1 + Math.floor(i / WIDTH));
  }
  return { sums: { dtype: "float64", shape: [WIDTH], data: sums } };
}

function drawn(content: string, name: string): Tensor {
  const stream = new Stream(0, `commons/${name}/${content}`);
  const values = Array.from({ length: WIDTH * WIDTH }, () => stream.int(MODULUS));
  return tensor("float32", [WIDTH, WIDTH], values);
}
