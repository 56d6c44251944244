/**
 * Makes what the examples need: draws the digits, trains the models, writes models and numbers into
 * `examples/`. The job files there are written by hand.
 *
 *   npx tsx tools/write-examples.ts
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  evaluateModel,
  firstTheta,
  inferModel,
  type Network,
  trainModel,
} from "../src/adapters/onnx/graph/network.ts";
import { type Tensor, tensor } from "../src/adapters/onnx/tensor.ts";
import type { Tensors } from "../src/adapters/onnx/tensor-file.ts";
import { writeNpy } from "../src/app/work/npy.ts";
import { drawDigits, PIXELS } from "./examples/digit-pictures.ts";
import { digitNetwork } from "./examples/digits.ts";
import { drawLines, type Lines } from "./examples/sources.ts";
import { LINE_WIDTH, textNetwork } from "./examples/text.ts";
import { judged, trained } from "./examples/train.ts";

const FOLDER = "examples";
/** Test digits are written by other hands, and more freely. */
const [TRAINING_SPREAD, TEST_SPREAD] = [1, 1.15];
const RATE = 0.002;
const LINES_EACH = 600;
const TEST_LINES = 300;

function write(name: string, bytes: Uint8Array | string): void {
  writeFileSync(join(FOLDER, name), bytes);
  console.log(`${join(FOLDER, name)}: ${bytes.length} bytes`);
}

function digits(count: number, seed: number, spread: number): Tensors {
  const { pixels, labels } = drawDigits(count, seed, spread);
  return {
    pixels: { dtype: "uint8", shape: [count, PIXELS], data: pixels },
    label: { dtype: "int64", shape: [count], data: labels },
  };
}

function lines({ texts, labels }: Lines, from: number, count: number): Tensors {
  const values = new Float64Array(count * LINE_WIDTH);
  for (const [i, text] of texts.slice(from, from + count).entries()) {
    values.set(new TextEncoder().encode(text), i * LINE_WIDTH);
  }
  return {
    characters: tensor("int64", [count, LINE_WIDTH], values),
    label: tensor("int64", [count], labels.slice(from, from + count)),
  };
}

/** A byte is enough for a label in a file. */
function labelFile(of: Tensor): Uint8Array {
  return writeNpy(tensor("uint8", of.shape, Array.from(of.data as BigInt64Array, Number)));
}

async function models(
  name: string,
  network: Network,
  { training, test, steps }: { training: Tensors; test: Tensors; steps: number },
): Promise<void> {
  const optimiser = { rule: "adam", rate: RATE } as const;
  const first = firstTheta(network, 1);
  write(`${name}-first.npy`, writeNpy({ dtype: "float32", shape: [first.length], data: first }));
  write(`${name}-train.onnx`, trainModel(network, optimiser));
  write(`${name}-evaluate.onnx`, evaluateModel(network));
  const theta = await trained({ network, optimiser, data: training, steps, seed: 1 });
  write(`${name}-trained.npy`, writeNpy(theta));
  write(`${name}.onnx`, inferModel(network, theta.data as Float32Array));
  const { loss, accuracy } = await judged(network, theta, test);
  console.log(
    `${name}: ${steps} steps, test loss ${loss.toFixed(3)}, accuracy ${accuracy.toFixed(3)}`,
  );
}

async function main(): Promise<void> {
  const training = digits(4_000, 1, TRAINING_SPREAD);
  const test = digits(1_000, 2, TEST_SPREAD);
  for (const [name, each] of [
    ["train", training],
    ["test", test],
  ] as const) {
    write(`digits-${name}-pixels.npy`, writeNpy(each.pixels as Tensor));
    write(`digits-${name}-labels.npy`, labelFile(each.label as Tensor));
  }
  await models("digits", digitNetwork(), { training, test, steps: 800 });
  const all = drawLines(LINES_EACH, 3);
  const many = all.texts.length - TEST_LINES;
  const read = lines(all, 0, many);
  const unread = lines(all, many, TEST_LINES);
  await models("text", textNetwork(), { training: read, test: unread, steps: 600 });
  write("text-test-lines.txt", `${all.texts.slice(many).join("\n")}\n`);
  write("text-test-labels.npy", labelFile(unread.label as Tensor));
  write("text-train-lines.txt", `${all.texts.slice(0, many).join("\n")}\n`);
  write("text-train-labels.npy", labelFile(read.label as Tensor));
}

await main();
