/**
 * Keys that sign for a wallet or as an issuer. They come from a file that nobody else may read or
 * from the environment, as 24 words (as wallet apps show them) or 64 hexadecimal digits. Signing
 * is the engine's own Ed25519: the JavaScript one takes sixty times as long.
 */
import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { mnemonicNew, mnemonicToPrivateKey, mnemonicValidate } from "@ton/crypto";
import { WalletContractV5R1 } from "@ton/ton";
import { type ChainNetwork, globalIdOf } from "./networks.ts";

const PRIVATE_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const SEED_BYTES = 32;
const SIGNATURE_BYTES = 64;
const WORDS = 24;
const OWNER_ONLY = 0o600;
const OTHERS = 0o077;
/** A key is a line; who names a film by mistake is told so before it is read. */
const MOST_BYTES = 4_096;

/** A key that cannot be used; the message never holds the key. */
export class BadTonKey extends Error {
  override readonly name = "BadTonKey";
}

/** The secret itself stays inside. */
export interface TonKey {
  readonly publicKey: Buffer;
  readonly sign: (bytes: Uint8Array) => Buffer;
}

export function keyOfSeed(seed: Uint8Array): TonKey {
  if (seed.length !== SEED_BYTES) throw new BadTonKey("A key's seed has 32 bytes.");
  const der = Buffer.concat([PRIVATE_PREFIX, seed]);
  const secret = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const spki = createPublicKey(secret).export({ format: "der", type: "spki" });
  return {
    publicKey: spki.subarray(PUBLIC_PREFIX.length),
    sign: (bytes) => sign(null, bytes, secret),
  };
}

/** Whether `publicKey`, 32 bytes, signed exactly these bytes. */
export function isSignedBy(
  publicKey: Uint8Array,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== SEED_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  let key: KeyObject;
  try {
    const der = Buffer.concat([PUBLIC_PREFIX, publicKey]);
    key = createPublicKey({ key: der, format: "der", type: "spki" });
  } catch {
    return false;
  }
  return verify(null, bytes, key, signature);
}

/** `where` names the source in the sentence that refuses it. */
export async function keyOfText(text: string, where: string): Promise<TonKey> {
  const words = text.trim().toLowerCase().split(/\s+/);
  if (words.length === 1) {
    const [only = ""] = words;
    if (!/^[0-9a-f]{64}$/.test(only)) {
      throw new BadTonKey(`${where} holds no key: write 24 words or 64 hexadecimal digits there.`);
    }
    return keyOfSeed(Buffer.from(only, "hex"));
  }
  if (words.length !== WORDS) {
    throw new BadTonKey(`${where} holds ${words.length} words: a wallet's key has 24.`);
  }
  if (!(await mnemonicValidate(words))) {
    throw new BadTonKey(
      `The 24 words in ${where} belong to no wallet: compare them with those you wrote down.`,
    );
  }
  const { secretKey } = await mnemonicToPrivateKey(words);
  return keyOfSeed(secretKey.subarray(0, SEED_BYTES));
}

/** Refuses a file that others on the machine could read: they may have read it already. */
export function readKeyFile(path: string): Promise<TonKey> {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (cause) {
    throw new BadTonKey(`The key file ${path} cannot be read: check the path.`, { cause });
  }
  try {
    const { mode, size } = fstatSync(file);
    // elsewhere permissions are not in these bits
    if (process.platform !== "win32" && (mode & OTHERS) !== 0) {
      const seen = (mode & 0o777).toString(8);
      throw new BadTonKey(
        `The key file ${path} is open to others (mode ${seen}): run chmod 600 ${path} first.`,
      );
    }
    if (size > MOST_BYTES) {
      throw new BadTonKey(`${path} is too large for a key file: check the path.`);
    }
    return keyOfText(readFileSync(file, "utf8"), path);
  } finally {
    closeSync(file);
  }
}

export interface KeySource {
  /** A file's path; it goes before the environment. */
  readonly file?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The variable that holds the key, such as `PINGO_TON_KEY`; with `_FILE` behind it, a path. */
  readonly variable: string;
}

export async function findKey({ file, environment, variable }: KeySource): Promise<TonKey> {
  if (file !== undefined) return readKeyFile(file);
  const value = environment[variable];
  if (value !== undefined && value.trim() !== "") return keyOfText(value, variable);
  const path = environment[`${variable}_FILE`];
  if (path !== undefined && path !== "") return readKeyFile(path);
  throw new BadTonKey(
    `There is no key to sign with: name a file by --key-file, or set ${variable}_FILE to its path.`,
  );
}

/** Makes a new key's file, readable by its owner only; a file that is there is never replaced. */
export async function createKeyFile(path: string, as: "words" | "digits"): Promise<TonKey> {
  const text =
    as === "words" ? (await mnemonicNew(WORDS)).join(" ") : randomBytes(SEED_BYTES).toString("hex");
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, "wx", OWNER_ONLY);
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === "EEXIST";
    const why = isThere ? "is there already: name another" : "cannot be written: check the path";
    throw new BadTonKey(`The key file ${path} ${why}.`, { cause });
  }
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return keyOfText(text, path);
}

/** The wallet that a key owns: version 5 revision 1, the one that apps make today. */
export function walletOf(key: TonKey, network: ChainNetwork): WalletContractV5R1 {
  return WalletContractV5R1.create({
    publicKey: key.publicKey,
    walletId: {
      networkGlobalId: globalIdOf(network),
      context: { workchain: 0, walletVersion: "v5r1", subwalletNumber: 0 },
    },
  });
}
