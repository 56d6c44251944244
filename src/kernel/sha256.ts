/** SHA-256, synchronous and the same on every engine (docs/decisions/0017). Not for secrets. */
import { sha256 as digest } from "@noble/hashes/sha2.js";

/** The 32 bytes of FIPS 180-4's SHA-256 over `bytes`. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return digest(bytes);
}
