/**
 * TON Connect's proof that somebody holds a wallet's key, checked without asking the chain: the
 * address is the hash of the wallet's first state, the key is in that state, and the key signed
 * our payload. Only wallets whose code is known are believed, since other code may keep its key
 * elsewhere.
 */
import { createHash } from "node:crypto";
import { Address, Cell, loadStateInit } from "@ton/core";
import {
  WalletContractV3R1,
  WalletContractV3R2,
  WalletContractV4,
  WalletContractV5Beta,
  WalletContractV5R1,
} from "@ton/ton";
import { Schema } from "effect";
import { isSignedBy } from "./keys.ts";
import { type ChainNetwork, globalIdOf } from "./networks.ts";

const Text = (most: number) => Schema.String.pipe(Schema.maxLength(most));

/** What a wallet app hands over after it has signed: TON Connect's `account` and `ton_proof`. */
export const WalletProof = Schema.Struct({
  /** Raw form, as wallets give it. */
  address: Text(80),
  /** Global id of the wallet's network, decimal. */
  network: Text(12),
  publicKey: Schema.optional(Text(64)),
  /** Bag of cells in base64. */
  walletStateInit: Text(16_384),
  proof: Schema.Struct({
    /** Unix seconds; some wallets write them as text. */
    timestamp: Schema.Union(Schema.Int, Text(20)),
    domain: Schema.Struct({ lengthBytes: Schema.Int, value: Text(128) }),
    payload: Text(128),
    /** Base64. */
    signature: Text(100),
  }),
});
export type WalletProof = typeof WalletProof.Type;

/** What was asked of the wallet, and where and when its answer is looked at. */
export interface ProofExpected {
  readonly network: ChainNetwork;
  /** The host name that the wallet showed its user. */
  readonly domain: string;
  /** The challenge; whoever made it sees to it that it is used once. */
  readonly payload: string;
  readonly nowSeconds: number;
}

export type WalletVersion = "v3r1" | "v3r2" | "v4r2" | "v5-beta" | "v5r1";

export type ProofRefusal =
  | "malformed"
  | "network"
  | "domain"
  | "payload"
  | "expired"
  | "clock"
  | "state"
  | "unknown-wallet"
  | "key"
  | "signature";

export type ProofResult =
  | {
      readonly ok: true;
      readonly address: Address;
      readonly publicKey: Buffer;
      readonly version: WalletVersion;
    }
  /** `sentence` is for the user. */
  | { readonly ok: false; readonly reason: ProofRefusal; readonly sentence: string };

const MOST_AGE_S = 300;
/** Phones are set by the network; a minute or two of difference happens. */
const MOST_AHEAD_S = 120;
const KEY_BITS = 256;

/** Where in its first state a wallet keeps its key. */
interface KnownWallet {
  readonly version: WalletVersion;
  readonly keyAtBit: number;
}

let known: ReadonlyMap<string, KnownWallet> | undefined;

function knownWallets(): ReadonlyMap<string, KnownWallet> {
  if (known !== undefined) return known;
  const publicKey = Buffer.alloc(32);
  const row = (code: Cell, version: WalletVersion, keyAtBit: number) =>
    [code.hash().toString("hex"), { version, keyAtBit }] as const;
  known = new Map([
    row(WalletContractV3R1.create({ workchain: 0, publicKey }).init.code, "v3r1", 64),
    row(WalletContractV3R2.create({ workchain: 0, publicKey }).init.code, "v3r2", 64),
    row(WalletContractV4.create({ workchain: 0, publicKey }).init.code, "v4r2", 64),
    row(WalletContractV5Beta.create({ publicKey }).init.code, "v5-beta", 113),
    row(WalletContractV5R1.create({ publicKey }).init.code, "v5r1", 65),
  ]);
  return known;
}

class Refused extends Error {
  readonly reason: ProofRefusal;
  constructor(reason: ProofRefusal, sentence: string) {
    super(sentence);
    this.reason = reason;
  }
}

export function checkProof(proof: WalletProof, expected: ProofExpected): ProofResult {
  try {
    return proved(proof, expected);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { ok: false, reason: error.reason, sentence: error.message };
  }
}

function proved(given: WalletProof, expected: ProofExpected): ProofResult {
  assertAsked(given, expected);
  const seconds = secondsOf(given.proof.timestamp);
  assertFresh(seconds, expected.nowSeconds);
  const address = addressOf(given.address);
  const { version, publicKey } = keyIn(given.walletStateInit, address);
  const named = given.publicKey?.toLowerCase();
  if (named !== undefined && named !== publicKey.toString("hex")) {
    throw new Refused("key", "The wallet names another public key than its state holds.");
  }
  const signature = Buffer.from(given.proof.signature, "base64");
  if (!isSignedBy(publicKey, signedBytes(given, address, seconds), signature)) {
    throw new Refused("signature", "The wallet's key did not sign this proof: connect again.");
  }
  return { ok: true, address, publicKey, version };
}

function assertAsked({ network, proof }: WalletProof, expected: ProofExpected): void {
  const wanted = globalIdOf(expected.network);
  if (network !== String(wanted)) {
    throw new Refused(
      "network",
      `The wallet is on network ${network}: switch it to ${expected.network} (${wanted}).`,
    );
  }
  const { value, lengthBytes } = proof.domain;
  if (value !== expected.domain || lengthBytes !== Buffer.byteLength(value)) {
    throw new Refused(
      "domain",
      `The proof is for "${value}", not for ${expected.domain}: connect the wallet here.`,
    );
  }
  if (proof.payload !== expected.payload) {
    throw new Refused("payload", "The proof answers another challenge: ask for a new one.");
  }
}

function secondsOf(timestamp: number | string): bigint {
  const text = String(timestamp);
  if (!/^\d{1,15}$/.test(text)) {
    throw new Refused("malformed", "The proof's timestamp is no number of Unix seconds.");
  }
  return BigInt(text);
}

function assertFresh(signedAt: bigint, nowSeconds: number): void {
  const age = nowSeconds - Number(signedAt);
  const minutes = Math.round(Math.abs(age) / 60);
  if (age > MOST_AGE_S) {
    throw new Refused(
      "expired",
      `The proof is ${minutes} minutes old by our clock; ${MOST_AGE_S / 60} are allowed: ` +
        "sign again, and check the device's clock if it was signed just now.",
    );
  }
  if (age < -MOST_AHEAD_S) {
    throw new Refused(
      "clock",
      `The device's clock is ${minutes} minutes ahead of ours: set it right and sign again.`,
    );
  }
}

function addressOf(text: string): Address {
  let address: Address;
  try {
    address = Address.parse(text);
  } catch {
    throw new Refused("malformed", "The proof's address is no address of TON.");
  }
  if (address.workChain !== 0) {
    throw new Refused("malformed", "The wallet is not on the base chain: use one that is.");
  }
  return address;
}

/** The key that is in the state whose hash is the address. */
function keyIn(stateInit: string, address: Address) {
  let state: Cell;
  let parts: ReturnType<typeof loadStateInit>;
  try {
    state = Cell.fromBase64(stateInit);
    parts = loadStateInit(state.beginParse());
  } catch {
    throw new Refused("malformed", "The proof's walletStateInit is no state of a wallet.");
  }
  // a pruned branch would stand for data that is not there; code may be a library's name
  const { code, data } = parts;
  if (state.isExotic || !code || data?.isExotic !== false) {
    throw new Refused("malformed", "The proof's walletStateInit is no state of a wallet.");
  }
  if (!state.hash().equals(address.hash)) {
    throw new Refused("state", "The proof's state does not belong to its address.");
  }
  const wallet = knownWallets().get(code.hash().toString("hex"));
  if (wallet === undefined) {
    throw new Refused(
      "unknown-wallet",
      "The wallet is of no kind that we know (v3, v4 or v5): use another wallet of yours.",
    );
  }
  if (data.bits.length < wallet.keyAtBit + KEY_BITS) {
    throw new Refused("malformed", "The proof's walletStateInit is too short for a key.");
  }
  const publicKey = data
    .beginParse()
    .skip(wallet.keyAtBit)
    .loadBuffer(KEY_BITS / 8);
  return { version: wallet.version, publicKey };
}

const hashOf = (...parts: ReadonlyArray<Uint8Array>) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The bytes that wallets sign, as TON Connect defines them. */
function signedBytes({ proof }: WalletProof, address: Address, seconds: bigint): Buffer {
  const domain = Buffer.from(proof.domain.value);
  const workchain = Buffer.alloc(4);
  workchain.writeInt32BE(address.workChain);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(domain.length);
  const timestamp = Buffer.alloc(8);
  timestamp.writeBigUInt64LE(seconds);
  const message = hashOf(
    Buffer.from("ton-proof-item-v2/"),
    workchain,
    address.hash,
    length,
    domain,
    timestamp,
    Buffer.from(proof.payload),
  );
  return hashOf(Buffer.from([0xff, 0xff]), Buffer.from("ton-connect"), message);
}
