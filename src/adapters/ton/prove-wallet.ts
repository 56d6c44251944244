/**
 * The wallet's side of TON Connect's proof, for keys in files: wallet apps do the same for theirs.
 * What is signed cannot be mistaken for a message to the chain.
 */
import { createHash } from "node:crypto";
import { beginCell, storeStateInit } from "@ton/core";
import type { WalletProof } from "./connect-proof.ts";
import { type TonKey, walletOf } from "./keys.ts";
import { type ChainNetwork, globalIdOf } from "./networks.ts";

export interface ProofAsked {
  readonly network: ChainNetwork;
  readonly domain: string;
  readonly payload: string;
  readonly nowSeconds: number;
}

export function proveWallet(key: TonKey, asked: ProofAsked): WalletProof {
  const { network, domain, payload, nowSeconds } = asked;
  const { address, init } = walletOf(key, network);
  const lengthBytes = Buffer.byteLength(domain);
  const workchain = Buffer.alloc(4);
  workchain.writeInt32BE(address.workChain);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(lengthBytes);
  const timestamp = Buffer.alloc(8);
  timestamp.writeBigUInt64LE(BigInt(nowSeconds));
  const item = createHash("sha256")
    .update("ton-proof-item-v2/")
    .update(workchain)
    .update(address.hash)
    .update(length)
    .update(domain)
    .update(timestamp)
    .update(payload)
    .digest();
  const whole = createHash("sha256")
    .update(Buffer.of(0xff, 0xff))
    .update("ton-connect")
    .update(item);
  return {
    address: address.toRawString(),
    network: String(globalIdOf(network)),
    publicKey: key.publicKey.toString("hex"),
    walletStateInit: beginCell().store(storeStateInit(init)).endCell().toBoc().toString("base64"),
    proof: {
      timestamp: nowSeconds,
      domain: { lengthBytes, value: domain },
      payload,
      signature: key.sign(whole.digest()).toString("base64"),
    },
  };
}
