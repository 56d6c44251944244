/** SHA-256, synchronous and the same on every engine (docs/decisions/0017). Not for secrets. */
import { sha256 as digest } from "@noble/hashes/sha2.js";

/** Nothing hashed yet, and where hashes are worked out: new buffers take a fifth longer. */
const nothing = digest.create();
const work = digest.create();

/** The 32 bytes of FIPS 180-4's SHA-256 over `bytes`. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const hash = new Uint8Array(nothing.outputLen);
  nothing._cloneInto(work).update(bytes).digestInto(hash);
  return hash;
}
