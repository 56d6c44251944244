/**
 * What a task comes to, as bytes: tensors, or a sentence why there are none. A task that no machine
 * can run is refused by all in the same words, so that the refusal has one id too, is agreed on,
 * and reaches whoever asked.
 */
import { isTensorFile, readTensors, type Tensors, writeTensors } from "./tensor-file.ts";

export type Result =
  | { readonly ok: true; readonly tensors: Tensors }
  | { readonly ok: false; readonly why: string };

/** A task that cannot run anywhere, in one sentence. */
export class TaskRefused extends Error {
  override readonly name = "TaskRefused";
}

const REFUSED = "PINGORF1";
const LONGEST = 400;

export function writeResult(result: Result): Uint8Array {
  if (result.ok) return writeTensors(result.tensors);
  return new TextEncoder().encode(REFUSED + result.why.slice(0, LONGEST));
}

/** Throws TensorFileError for what is no result. */
export function readResult(bytes: Uint8Array): Result {
  if (isTensorFile(bytes)) return { ok: true, tensors: readTensors(bytes) };
  const text = new TextDecoder().decode(bytes.subarray(0, REFUSED.length + LONGEST));
  if (text.startsWith(REFUSED)) return { ok: false, why: text.slice(REFUSED.length) };
  return { ok: true, tensors: readTensors(bytes) };
}
