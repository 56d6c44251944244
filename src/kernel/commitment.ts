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

/** Commitments made last, a power of two. */
const REMEMBERED = 1024;

interface Remembered extends Sealed {
  readonly commitment: string;
}

/**
 * By token: in a simulation whoever checks a commitment finds what its worker has just worked out.
 * It changes nothing but the time that takes.
 */
const remembered: Array<Remembered | undefined> = Array.from({ length: REMEMBERED });

/** 64 hexadecimal digits. */
export function commitmentTo({ worker, task, token, digest }: Sealed): string {
  const place = token & (REMEMBERED - 1);
  const known = remembered[place];
  if (
    known?.token === token &&
    known.worker === worker &&
    known.task === task &&
    known.digest === digest
  ) {
    return known.commitment;
  }
  const text = `${worker}|${task}|${integerInHex(token)}|${digest}`;
  const commitment = bytesInHex(sha256(bytesOf(text)));
  remembered[place] = { worker, task, token, digest, commitment };
  return commitment;
}
