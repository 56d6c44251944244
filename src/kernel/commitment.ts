/**
 * Commitments: who has a result says so before anybody shows one, so that none can be copied.
 * c = SHA-256(worker | task | token | digest); the worker, an owner of machines, is inside, so that
 * a copied commitment cannot be opened by anybody else.
 */
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Address } from "./address.ts";
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

/** 64 hexadecimal digits. */
export function commitmentTo({ worker, task, token, digest }: Sealed): string {
  return bytesToHex(sha256(utf8ToBytes(`${worker}|${task}|${token.toString(16)}|${digest}`)));
}
