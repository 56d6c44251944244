/**
 * A worker's update as tensors: int8 numbers with a scale for each block (src/kernel/quantise.ts),
 * and how many steps it is of. What rounding took stays on the worker's machine for the next one.
 */

import type { Vector } from "../../kernel/policies/aggregation.ts";
import { BLOCK, type Quantised, restore, withFeedback } from "../../kernel/quantise.ts";
import { sizeOf, type Tensor, tensor } from "./tensor.ts";
import type { Tensors } from "./tensor-file.ts";

/** Parameters before minus parameters after, and what is left of it by rounding. */
export function makeUpdate(
  before: Tensor,
  after: Tensor,
  residual: Tensor | undefined,
): { readonly update: Tensors; readonly residual: Tensor } {
  const count = sizeOf(before.shape);
  const change = Float64Array.from({ length: count }, (_, k) => at(before, k) - at(after, k));
  const left = Float64Array.from({ length: count }, (_, k) =>
    residual !== undefined && residual.data.length === count ? at(residual, k) : 0,
  );
  const fed = withFeedback(change, left);
  return {
    update: {
      numbers: { dtype: "int8", shape: [count], data: fed.sent.numbers },
      scales: { dtype: "float32", shape: [fed.sent.scales.length], data: fed.sent.scales },
    },
    residual: tensor("float32", [count], fed.residual),
  };
}

/** The pseudo-gradient; undefined for what is no update of so many parameters. */
export function readUpdate(tensors: Tensors, parameters: number): Vector | undefined {
  const { numbers, scales } = tensors;
  if (!(numbers?.data instanceof Int8Array) || numbers.data.length !== parameters) return undefined;
  if (!(scales?.data instanceof Float32Array)) return undefined;
  if (scales.data.length !== Math.ceil(parameters / BLOCK)) return undefined;
  if (!scales.data.every((scale) => scale >= 0 && scale < Number.POSITIVE_INFINITY)) {
    return undefined;
  }
  const sent: Quantised = { numbers: numbers.data, scales: scales.data };
  return restore(sent);
}

function at({ data }: Tensor, k: number): number {
  return Number(data[k]);
}
