import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import {
  Address,
  beginCell,
  Cell,
  contractAddress,
  type StateInit,
  storeStateInit,
} from "@ton/core";
import {
  WalletContractV1R3,
  WalletContractV3R1,
  WalletContractV3R2,
  WalletContractV4,
  WalletContractV5Beta,
  WalletContractV5R1,
} from "@ton/ton";
import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkProof, type ProofExpected, WalletProof } from "./connect-proof.ts";

const NOW = 1_795_305_600;
const expected: ProofExpected = {
  network: "testnet",
  domain: "pin.go",
  payload: "c29tZSBjaGFsbGVuZ2U",
  nowSeconds: NOW,
};

const pair = generateKeyPairSync("ed25519");
const other = generateKeyPairSync("ed25519");
const rawKey = (key: KeyObject) => key.export({ format: "der", type: "spki" }).subarray(-32);
const publicKey = rawKey(pair.publicKey);

/** Every wallet that apps have made, with the key of this test. */
const versions: ReadonlyArray<readonly [string, StateInit]> = [
  ["v3r1", WalletContractV3R1.create({ workchain: 0, publicKey }).init],
  ["v3r2", WalletContractV3R2.create({ workchain: 0, publicKey }).init],
  ["v4r2", WalletContractV4.create({ workchain: 0, publicKey }).init],
  ["v5-beta", WalletContractV5Beta.create({ publicKey }).init],
  ["v5r1", WalletContractV5R1.create({ publicKey }).init],
];
const v5 = versions[4]![1];

interface Said {
  readonly init?: StateInit;
  readonly address?: string;
  readonly network?: string;
  readonly domain?: string;
  readonly payload?: string;
  readonly timestamp?: number;
  readonly key?: KeyObject;
}

/** A wallet app of its own: written from the standard's text, byte by byte. */
function walletApp(said: Said = {}): WalletProof {
  const init = said.init ?? v5;
  const address = said.address ?? contractAddress(0, init).toRawString();
  const [workchain = "", hash = ""] = address.split(":");
  const domain = said.domain ?? expected.domain;
  const payload = said.payload ?? expected.payload;
  const timestamp = said.timestamp ?? NOW - 10;
  const hex = (number: number, bytes: number) => number.toString(16).padStart(bytes * 2, "0");
  const reversed = (number: number, bytes: number) =>
    hex(number, bytes).match(/../g)!.reverse().join("");
  const inner = [
    Buffer.from("ton-proof-item-v2/").toString("hex"),
    workchain === "-1" ? "ffffffff" : hex(Number(workchain), 4),
    hash,
    reversed(Buffer.from(domain).length, 4),
    Buffer.from(domain).toString("hex"),
    reversed(timestamp, 8),
    Buffer.from(payload).toString("hex"),
  ].join("");
  const sha = (text: string) => createHash("sha256").update(Buffer.from(text, "hex")).digest("hex");
  const outer = sha(`ffff${Buffer.from("ton-connect").toString("hex")}${sha(inner)}`);
  const signature = sign(null, Buffer.from(outer, "hex"), said.key ?? pair.privateKey);
  return {
    address,
    network: said.network ?? "-3",
    publicKey: publicKey.toString("hex"),
    walletStateInit: beginCell().store(storeStateInit(init)).endCell().toBoc().toString("base64"),
    proof: {
      timestamp,
      domain: { lengthBytes: Buffer.from(domain).length, value: domain },
      payload,
      signature: signature.toString("base64"),
    },
  };
}

function refusal(proof: WalletProof, change: Partial<ProofExpected> = {}): string {
  const result = checkProof(proof, { ...expected, ...change });
  if (result.ok) return "believed";
  expect(result.sentence).toMatch(/^[A-Z].*\.$/);
  return result.reason;
}

describe("TON Connect", () => {
  test.each(versions)("%s: believed, and its address and key come out", (version, init) => {
    const result = checkProof(walletApp({ init }), expected);
    expect(result).toMatchObject({ ok: true, version });
    if (!result.ok) return;
    expect(result.publicKey).toEqual(publicKey);
    expect(result.address.equals(contractAddress(0, init))).toBe(true);
  });

  test("a timestamp as text and no public key beside the state: as good", () => {
    const { publicKey: _, ...proof } = walletApp();
    const text = { ...proof, proof: { ...proof.proof, timestamp: String(NOW - 10) } };
    expect(refusal(Schema.decodeUnknownSync(WalletProof)(text))).toBe("believed");
  });

  test("five minutes old is fresh, a second more is not", () => {
    expect(refusal(walletApp({ timestamp: NOW - 300 }))).toBe("believed");
    expect(refusal(walletApp({ timestamp: NOW - 301 }))).toBe("expired");
  });

  test("a clock that is off by an hour, either way: said so, with the minutes", () => {
    const behind = checkProof(walletApp({ timestamp: NOW - 3_600 }), expected);
    expect(behind).toMatchObject({ reason: "expired" });
    expect(behind).toHaveProperty("sentence", expect.stringContaining("60 minutes old"));
    const ahead = checkProof(walletApp({ timestamp: NOW + 3_600 }), expected);
    expect(ahead).toMatchObject({ reason: "clock" });
    expect(ahead).toHaveProperty("sentence", expect.stringContaining("60 minutes ahead"));
  });

  test("signed for another site, another challenge, another network", () => {
    expect(refusal(walletApp({ domain: "pin.go.evil.org" }))).toBe("domain");
    const { proof, ...rest } = walletApp();
    const short = { ...proof, domain: { ...proof.domain, lengthBytes: 3 } };
    expect(refusal({ ...rest, proof: short })).toBe("domain");
    expect(refusal(walletApp({ payload: "b3RoZXI" }))).toBe("payload");
    expect(refusal(walletApp({ network: "-239" }))).toBe("network");
    expect(refusal(walletApp(), { network: "mainnet" })).toBe("network");
    expect(refusal(walletApp(), { network: "local" })).toBe("network");
  });

  test("another wallet's address, or another wallet's state", () => {
    const victim = contractAddress(
      0,
      WalletContractV5R1.create({ publicKey: rawKey(other.publicKey) }).init,
    );
    expect(refusal(walletApp({ address: victim.toRawString() }))).toBe("state");
    const proof = walletApp();
    const foreign = walletApp({ init: versions[0]![1] });
    expect(refusal({ ...proof, walletStateInit: foreign.walletStateInit })).toBe("state");
  });

  test("code that is no wallet of ours to know, though its address is right", () => {
    const old = WalletContractV1R3.create({ workchain: 0, publicKey }).init;
    expect(refusal(walletApp({ init: old }))).toBe("unknown-wallet");
    const anyone = { code: beginCell().storeUint(0xff00, 16).endCell(), data: v5.data! };
    expect(refusal(walletApp({ init: anyone }))).toBe("unknown-wallet");
    const short = { code: v5.code!, data: Cell.EMPTY };
    expect(refusal(walletApp({ init: short }))).toBe("malformed");
  });

  test("signed by another key, or naming another key", () => {
    expect(refusal(walletApp({ key: other.privateKey }))).toBe("signature");
    const named = { ...walletApp(), publicKey: rawKey(other.publicKey).toString("hex") };
    expect(refusal(named)).toBe("key");
  });

  test("a wallet on the masterchain, text that is no address or state", () => {
    const master = `-1:${contractAddress(0, v5).hash.toString("hex")}`;
    expect(refusal(walletApp({ address: master }))).toBe("malformed");
    expect(refusal({ ...walletApp(), address: "0:12" })).toBe("malformed");
    expect(refusal({ ...walletApp(), walletStateInit: "AAAA" })).toBe("malformed");
    const empty = Cell.EMPTY.toBoc().toString("base64");
    expect(refusal({ ...walletApp(), walletStateInit: empty })).toBe("malformed");
    const { proof, ...rest } = walletApp();
    expect(refusal({ ...rest, proof: { ...proof, timestamp: -5 } })).toBe("malformed");
    expect(refusal({ ...rest, proof: { ...proof, timestamp: "soon" } })).toBe("malformed");
  });

  test("any byte of the signature or letter of the payload changed: refused", () => {
    fc.assert(
      fc.property(fc.nat(63), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const good = walletApp();
        const signature = Buffer.from(good.proof.signature, "base64");
        signature[at]! ^= by;
        const bad = { ...good.proof, signature: signature.toString("base64") };
        return refusal({ ...good, proof: bad }) === "signature";
      }),
      { numRuns: 50 },
    );
    const later = { ...walletApp().proof, timestamp: NOW - 9 };
    expect(refusal({ ...walletApp(), proof: later })).toBe("signature");
    expect(Address.parse(walletApp().address).workChain).toBe(0);
  });

  test("what a stranger sends instead: text of megabytes is refused before it is read", () => {
    const decode = Schema.decodeUnknownEither(WalletProof);
    const large = { ...walletApp(), walletStateInit: "A".repeat(20_000) };
    expect(decode(large)._tag).toBe("Left");
    expect(decode({ address: 1 })._tag).toBe("Left");
    expect(decode(walletApp())._tag).toBe("Right");
  });
});
