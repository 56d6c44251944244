/**
 * What a newcomer's day left on chain, read by TON's own client and not by the network that is
 * judged: its credential, its claims, and the sums that must be the same.
 */
import type { Address } from "@ton/core";
import { TonClient, type Transaction } from "@ton/ton";
import { distributorFor, readDeployment } from "../../src/adapters/ton/deployment.ts";
import { readKeyFile, walletOf } from "../../src/adapters/ton/keys.ts";
import { Collection } from "../../src/adapters/ton/wrappers/credential.ts";
import { ClaimRecord, Distributor } from "../../src/adapters/ton/wrappers/distributor.ts";
import { JettonWallet, Minter } from "../../src/adapters/ton/wrappers/jetton.ts";
import type { Newcomer } from "./newcomer.ts";

const GRANT = 0x2f2f7a51;
const SETTLE = 0x28aed2a6;
const MOST = 100;

export interface Books {
  /** What the network's ledger lets the newcomer have claimed in its life. */
  readonly cleared: bigint;
  /** What the chain's record of its claims says. */
  readonly claimed: bigint;
  /** What its wallet holds. */
  readonly balance: bigint;
  /** What the distributor paid to anybody: nobody else claims here. */
  readonly paid: bigint;
  /** Sums up to which it claimed, oldest first. */
  readonly claims: ReadonlyArray<bigint>;
  /** Vouchers that its credential took. */
  readonly grants: number;
}

export async function booksOf(me: Newcomer): Promise<Books> {
  const deployment = readDeployment(me.folder);
  const client = new TonClient({ endpoint: deployment.endpoint });
  const wallet = walletOf(await readKeyFile(me.keyFile), "local").address;
  const rewards = client.open(new Distributor(distributorFor(deployment, wallet)));
  const record = await rewards.getRecordAddress(wallet);
  const minter = client.open(new Minter(deployment.contracts.minter));
  const pingos = client.open(new JettonWallet(await minter.getWalletAddress(wallet)));
  const collection = client.open(new Collection(deployment.contracts.collection));
  const item = await collection.getItemAddress(wallet);
  const settled = await takenBy(client, record, SETTLE);
  return {
    cleared: (await me.pingo.wallet()).rewards,
    claimed: await client.open(new ClaimRecord(record)).getClaimed(),
    balance: await pingos.getBalance(),
    paid: (await rewards.getData()).paid,
    claims: settled.map((body) => body.skip(64).loadUintBig(64)),
    grants: (await takenBy(client, item, GRANT)).length,
  };
}

/** Throws when something was lost or paid twice. */
export function assertBooks({ cleared, claimed, balance, paid, claims, grants }: Books): void {
  const all = `cleared ${cleared}, claimed ${claimed}, balance ${balance}, paid ${paid}`;
  const isEven = claimed === balance && claimed === paid && claimed === (claims.at(-1) ?? 0n);
  if (!isEven) throw new Error(`the books differ: ${all}`);
  if (claimed > cleared) throw new Error(`more was paid than was earned: ${all}`);
  if (new Set(claims).size < claims.length) throw new Error(`a claim was paid twice: ${all}`);
  if (grants > 1) throw new Error(`a credential was made ${grants} times`);
}

/** Bodies, behind the op, of the messages of this kind that the account did not refuse. */
async function takenBy(client: TonClient, at: Address, op: number) {
  const all = await client.getTransactions(at, { limit: MOST });
  return all.reverse().flatMap((transaction) => {
    const body = transaction.inMessage?.body.beginParse();
    if (body === undefined || body.remainingBits < 32 || isRefused(transaction)) return [];
    return body.loadUint(32) === op ? [body] : [];
  });
}

function isRefused({ description }: Transaction): boolean {
  return description.type === "generic" && description.aborted;
}
