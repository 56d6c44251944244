/**
 * Commitments: who has a result says so before anybody shows one, so that none can be copied.
 * c = SHA-256(worker | task | token | digest); the worker, an owner of machines, is inside, so that
 * a copied commitment cannot be opened by anybody else.
 */
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { Address } from "./address.ts";
import { bytesInHex, integerInHex } from "./hex.ts";
import { sha256 } from "./sha256.ts";

export interface Sealed {
  readonly worker: Address;
  readonly task: string;
  /**
   * The attempt's token, which job and worker know. Results are few: without it anybody could guess
   * a commitment open. With it the job can tell whether a result that is never shown is the same
   * as one that is, so that nothing is gained by not showing it.
   */
  readonly token: number;
  readonly digest: string;
}

/** Where texts are put that are no longer than they usually are; read before the next is put. */
const bytes = new Uint8Array(256);

/** UTF-8 of a text; without an allocation for one that is short and plain. */
function bytesOf(text: string): Uint8Array {
  const { length } = text;
  if (length > bytes.length) return utf8ToBytes(text);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return utf8ToBytes(text);
    bytes[i] = code;
  }
  return bytes.subarray(0, length);
}

/** 64 hexadecimal digits. */
export function commitmentTo({ worker, task, token, digest }: Sealed): string {
  return bytesInHex(sha256(bytesOf(`${worker}|${task}|${integerInHex(token)}|${digest}`)));
}
