/**
 * Commitments: who has a result says so before anybody shows one, so that none can be copied.
 * c = SHA-256(worker | task | nonce | digest); the worker, an owner of machines, is inside, so that
 * a copied commitment cannot be opened by anybody else.
 */
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Address } from "./address.ts";
import { sha256 } from "./sha256.ts";

export interface Sealed {
  readonly worker: Address;
  readonly task: string;
  /** Drawn by the worker: results are few, and without it a commitment could be guessed open. */
  readonly nonce: string;
  readonly digest: string;
}

/** 64 hexadecimal digits. */
export function commitmentTo({ worker, task, nonce, digest }: Sealed): string {
  return bytesToHex(sha256(utf8ToBytes(`${worker}|${task}|${nonce}|${digest}`)));
}
