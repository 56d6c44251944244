/** A local chain in a scratch folder, served on any free port, and people with wallets on it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cell, type MessageRelaxed, SendMode } from "@ton/core";
import { type KeyPair, keyPairFromSeed } from "@ton/crypto";
import { TonClient, WalletContractV4, WalletContractV5R1 } from "@ton/ton";
import { Effect, Exit, Scope } from "effect";
import { type OpenLocalChain, openLocalChain } from "../../src/app/chain/open-local-chain.ts";

const VALID_SECONDS = 600;

export interface Served extends OpenLocalChain {
  readonly client: TonClient;
  /** Stops serving and keeps the folder. */
  readonly stop: () => Promise<void>;
}

export async function scratchFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), "pingo-chain-"));
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

export async function serve(folder: string, port = 0): Promise<Served> {
  const scope = Effect.runSync(Scope.make());
  const opening = openLocalChain(folder, port, (line) => process.stderr.write(`${line}\n`));
  const exit = await Effect.runPromiseExit(Scope.extend(opening, scope));
  if (Exit.isFailure(exit)) {
    await Effect.runPromise(Scope.close(scope, Exit.void));
    throw await Effect.runPromise(Effect.flip(Exit.match(exit, FAILED)));
  }
  const client = new TonClient({ endpoint: exit.value.endpoint });
  const stop = () => Effect.runPromise(Scope.close(scope, Exit.void));
  return { ...exit.value, client, stop };
}

const FAILED = { onFailure: Effect.failCause, onSuccess: () => Effect.never };

/** The answer of a path under /dev. */
export async function dev(url: string, path: string, body: object): Promise<unknown> {
  const response = await fetch(`${url}/dev/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return await response.json();
}

export type Wallet = WalletContractV4 | WalletContractV5R1;

export interface Owner {
  readonly wallet: Wallet;
  readonly key: KeyPair;
}

export function ownerOf(n: number, version: "v4" | "v5" = "v5"): Owner {
  const key = keyPairFromSeed(Buffer.alloc(32, n));
  const { publicKey } = key;
  const wallet =
    version === "v4"
      ? WalletContractV4.create({ workchain: 0, publicKey })
      : WalletContractV5R1.create({ workchain: 0, publicKey });
  return { wallet, key };
}

/**
 * Sends messages from somebody's wallet and waits for nothing: the chain has done it by then. How
 * long it is valid is told by the chain's clock, which may have been put on.
 */
export async function pay(
  client: TonClient,
  owner: Owner,
  ...messages: ReadonlyArray<MessageRelaxed>
): Promise<void> {
  const { wallet } = owner;
  const body = await transferOf(client, owner, messages);
  await client.provider(wallet.address, wallet.init).external(body);
}

/** What {@link pay} sends. */
export async function transferOf(
  client: TonClient,
  { wallet, key }: Owner,
  messages: ReadonlyArray<MessageRelaxed>,
): Promise<Cell> {
  const { timestampt } = await client.getContractState(wallet.address);
  const parts = {
    seqno: await wallet.getSeqno(client.provider(wallet.address, wallet.init)),
    secretKey: key.secretKey,
    sendMode: SendMode.PAY_GAS_SEPARATELY,
    timeout: timestampt + VALID_SECONDS,
    messages: [...messages],
  };
  if (wallet instanceof WalletContractV5R1) return wallet.createTransfer(parts);
  return wallet.createTransfer(parts);
}
