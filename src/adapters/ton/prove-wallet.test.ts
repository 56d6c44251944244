/** A proof by a key of ours is one that the gateway's check takes, and only for what was asked. */
import { describe, expect, it } from "vitest";
import { checkProof } from "./connect-proof.ts";
import { keyOfSeed, walletOf } from "./keys.ts";
import { type ProofAsked, proveWallet } from "./prove-wallet.ts";

const key = keyOfSeed(Buffer.alloc(32, 5));
const asked: ProofAsked = {
  network: "testnet",
  domain: "pingo.example",
  payload: "challenge-1",
  nowSeconds: 1_795_305_600,
};

describe("Proof of a wallet whose key is in a file", () => {
  it("is taken for the wallet of that key", () => {
    const result = checkProof(proveWallet(key, asked), asked);
    expect(result.ok && result.address.equals(walletOf(key, "testnet").address)).toBe(true);
  });

  it("is worth nothing for another challenge, host or network, or an hour later", () => {
    const proof = proveWallet(key, asked);
    for (const change of [
      { payload: "challenge-2" },
      { domain: "elsewhere.example" },
      { network: "mainnet" as const },
      { nowSeconds: asked.nowSeconds + 3_600 },
    ]) {
      expect(checkProof(proof, { ...asked, ...change }).ok).toBe(false);
    }
  });
});
