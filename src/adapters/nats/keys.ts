/**
 * Ed25519 by the engine's own cryptography: the key of a NATS user is the key that signs its
 * parcels, and the nkeys package, written in JavaScript, would take milliseconds for each.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { fromPublic, fromSeed } from "@nats-io/nkeys";

const PRIVATE_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export type Sign = (bytes: Uint8Array) => Buffer;
/** In a thread of the engine's own: a check takes as long as twenty deliveries. */
export type Verify = (bytes: Uint8Array, signature: Uint8Array) => Promise<boolean>;

/** A key that cannot be used; the message never holds the key. */
export class BadKey extends Error {
  override readonly name = "BadKey";
}

/** Signs with a user's seed (`SU…`). */
export function signerOf(seed: string): Sign {
  const key = privateKey(seed);
  return (bytes) => sign(null, bytes, key);
}

/** Checks signatures against a user's public key (`U…`). */
export function verifierOf(publicKey: string): Verify {
  try {
    // checks length, kind and checksum
    fromPublic(publicKey);
  } catch (cause) {
    throw new BadKey("A public key is not an nkey: it starts with U and has 56 letters.", {
      cause,
    });
  }
  const raw = decodeBase32(publicKey).subarray(1, 33);
  const der = Buffer.concat([PUBLIC_PREFIX, raw]);
  const key = createPublicKey({ key: der, format: "der", type: "spki" });
  return (bytes, signature) => {
    if (signature.length !== 64) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      verify(null, bytes, key, signature, (error, right) => {
        if (error === null) resolve(right);
        else reject(error);
      });
    });
  };
}

export function publicKeyOf(seed: string): string {
  return keyPair(seed).getPublicKey();
}

function keyPair(seed: string) {
  try {
    return fromSeed(new TextEncoder().encode(seed));
  } catch (cause) {
    throw new BadKey("A key file holds no nkey seed: it starts with S and has 58 letters.", {
      cause,
    });
  }
}

function privateKey(seed: string): KeyObject {
  keyPair(seed);
  const raw = decodeBase32(seed).subarray(2, 34);
  return createPrivateKey({
    key: Buffer.concat([PRIVATE_PREFIX, raw]),
    format: "der",
    type: "pkcs8",
  });
}

function decodeBase32(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text) {
    value = (value << 5) | ALPHABET.indexOf(letter);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >>> bits) & 0xff);
    value &= (1 << bits) - 1;
  }
  return Buffer.from(bytes);
}
