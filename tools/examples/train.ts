/** Trains and judges a network of the examples in this process. */
import { checkModel } from "../../src/adapters/onnx/check/check-model.ts";
import { execute, nothingKept } from "../../src/adapters/onnx/execute.ts";
import {
  evaluateModel,
  firstTheta,
  type Network,
  trainModel,
} from "../../src/adapters/onnx/graph/network.ts";
import type { Optimiser } from "../../src/adapters/onnx/graph/optimisers.ts";
import type { Manifest } from "../../src/adapters/onnx/manifest.ts";
import { openSession } from "../../src/adapters/onnx/session.ts";
import type { Tensor } from "../../src/adapters/onnx/tensor.ts";
import type { Tensors } from "../../src/adapters/onnx/tensor-file.ts";
import type { BlobId } from "../../src/live/blobs.ts";

const nowhere = "0".repeat(64) as BlobId;

function manifestOf<K extends Manifest["kind"]>(kind: K, data: Tensors, network: Network) {
  const rows = Object.values(data)[0]?.shape[0] ?? 0;
  const batch = network.inputs[0]?.shape[0] ?? 1;
  const shared = { version: 1, model: nowhere, dims: {}, whole: [], batch } as const;
  return { kind, ...shared, tolerance: "bitwise", data: { blob: nowhere, from: 0, rows } } as const;
}

export interface Training {
  readonly network: Network;
  readonly optimiser: Optimiser;
  readonly data: Tensors;
  readonly steps: number;
  readonly seed: number;
}

export async function trained({
  network,
  optimiser,
  data,
  steps,
  seed,
}: Training): Promise<Tensor> {
  const model = trainModel(network, optimiser);
  const session = await openSession(model);
  const first = firstTheta(network, seed);
  const theta: Tensor = { dtype: "float32", shape: [first.length], data: first };
  const manifest: Manifest = { ...manifestOf("train", data, network), steps, seed };
  const given = { session, checked: checkModel(model, {}), data, whole: { theta } };
  const result = await execute(manifest, given, nothingKept);
  await session.release();
  return result.theta as Tensor;
}

/** Loss and accuracy on `data`. */
export async function judged(network: Network, theta: Tensor, data: Tensors) {
  const model = evaluateModel(network);
  const session = await openSession(model);
  const manifest: Manifest = manifestOf("evaluate", data, network);
  const given = { session, checked: checkModel(model, {}), data, whole: { theta } };
  const { loss, accuracy } = await execute(manifest, given, nothingKept);
  await session.release();
  return { loss: Number(loss?.data[0]), accuracy: Number(accuracy?.data[0]) };
}
