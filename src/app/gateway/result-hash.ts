/**
 * A job's verified result in 32 bytes, which an escrow's worker submits and verifiers sign: SHA-256
 * of a line that says what it is, and of a line with the blob of each task's result, in order.
 */
import { sha256 } from "../job/demand-hash.ts";

const HEAD = "pingo result 1";

/** Of a training run there is one digest: its last state. */
export function resultHash(digests: ReadonlyArray<string>): string {
  return sha256([HEAD, ...digests].map((line) => `${line}\n`).join(""));
}
