/**
 * A chain for contracts' tests: the real virtual machine in a sandbox, a fixed clock, and either
 * the prices that the sandbox brings or those after the cut of 2026 by a factor of six.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Address,
  beginCell,
  Cell,
  Dictionary,
  type ShardAccount,
  type StateInit,
} from "@ton/core";
import {
  Blockchain,
  createShardAccount,
  Executor,
  type SandboxContract,
  type SendMessageResult,
  type TreasuryContract,
} from "@ton/sandbox";
import { slimConfig } from "@ton/sandbox/dist/config/slimConfig.js";
import { findTransaction } from "@ton/test-utils";
import { type ContractName, compile } from "../build.ts";

export type Prices = "old" | "reduced";

/** 2026-11-22T00:00:00Z: no test reads the machine's clock. */
export const NOW = 1_795_305_600;
const CUT = 6n;
const GAS_PRICES = 21;
const MESSAGE_PRICES = 25;

/** Gas and message prices of the base chain divided by `CUT`. */
function reducedConfig(): Cell {
  const keys = Dictionary.Keys.Int(32);
  const config = Dictionary.loadDirect(keys, Dictionary.Values.Cell(), Cell.fromBase64(slimConfig));
  const gas = config.get(GAS_PRICES)!.beginParse();
  const cheaperGas = beginCell()
    .storeUint(gas.loadUint(8), 8)
    .storeUint(gas.loadUintBig(64), 64)
    .storeUint(gas.loadUintBig(64) / CUT, 64)
    .storeUint(gas.loadUint(8), 8)
    .storeUint(gas.loadUintBig(64) / CUT, 64);
  config.set(GAS_PRICES, cheaperGas.storeSlice(gas).endCell());
  const messages = config.get(MESSAGE_PRICES)!.beginParse();
  const cheaperMessages = beginCell()
    .storeUint(messages.loadUint(8), 8)
    .storeUint(messages.loadUintBig(64) / CUT, 64)
    .storeUint(messages.loadUintBig(64) / CUT, 64)
    .storeUint(messages.loadUintBig(64) / CUT, 64);
  config.set(MESSAGE_PRICES, cheaperMessages.storeSlice(messages).endCell());
  return beginCell().storeDictDirect(config).endCell();
}

/** One virtual machine for all chains of a process: what it learned to run fast stays fast. */
let machine: Promise<Executor> | undefined;

export async function openChain(prices: Prices = "old"): Promise<Blockchain> {
  machine ??= Executor.create();
  const chain = await Blockchain.create({
    executor: await machine,
    config: prices === "old" ? Cell.fromBase64(slimConfig) : reducedConfig(),
  });
  chain.now = NOW;
  chain.verbosity = { print: false, blockchainLogs: false, vmLogs: "none", debugLogs: false };
  return chain;
}

export type Person = SandboxContract<TreasuryContract>;

/** Deploys a contract by bare coins; throws when it is not active afterwards. */
export async function deploy(
  chain: Blockchain,
  by: Person,
  init: StateInit & { readonly address: Address },
  value: bigint,
): Promise<SendMessageResult> {
  const result = await by.send({ to: init.address, value, init });
  const { accountState } = await chain.getContract(init.address);
  if (accountState?.type !== "active") throw new Error(`${init.address.toString()} is not active`);
  return result;
}

/** Gas of every transaction that ran code of the given contracts, in order. */
export function gasOf(result: SendMessageResult, ...of: ReadonlyArray<Address>): Array<number> {
  return result.transactions.flatMap(({ description, inMessage }) => {
    const to = inMessage?.info.dest;
    if (description.type !== "generic" || description.computePhase.type !== "vm") return [];
    if (of.length > 0 && !of.some((address) => to?.toString() === address.toString())) return [];
    return [Number(description.computePhase.gasUsed)];
  });
}

/** Nanogram destroyed by fees in the whole chain of messages; rent, which is time's, left out. */
export function feesOf(result: SendMessageResult): bigint {
  let fees = 0n;
  for (const { totalFees, outMessages, description } of result.transactions) {
    fees += totalFees.coins;
    if (description.type === "generic") {
      fees -= description.storagePhase?.storageFeesCollected ?? 0n;
    }
    for (const { info } of outMessages.values()) {
      // What the receiving block collects of a message's price beside the sender's part.
      if (info.type === "internal") fees += info.forwardFee;
    }
  }
  return fees;
}

/** Code that throws on every message: what a receiver that always fails is made of. */
export async function broken(chain: Blockchain, address: Address): Promise<void> {
  // SETCP0, then THROW 77.
  const code = beginCell().storeUint(0xff00, 16).storeUint(0xf2c04d, 24).endCell();
  const account: ShardAccount = createShardAccount({
    address,
    code,
    data: Cell.EMPTY,
    balance: 1_000_000_000n,
  });
  await chain.setShardAccount(address, account);
}

export async function codes<Names extends ReadonlyArray<ContractName>>(...names: Names) {
  return (await Promise.all(names.map(compile))) as { [Index in keyof Names]: Cell };
}

/** Balance and data of an account as text: equal before and after what must change nothing. */
export async function dataOf(chain: Blockchain, address: Address): Promise<string> {
  const { accountState } = await chain.getContract(address);
  if (accountState?.type !== "active") return accountState?.type ?? "none";
  return accountState.state.data?.hash().toString("hex") ?? "empty";
}

export async function balanceOf(chain: Blockchain, address: Address): Promise<bigint> {
  return (await chain.getContract(address)).balance;
}

/**
 * The least value, to 10 microgram, that `to` does not refuse; the chain is as before afterwards.
 * Refusal means that the contract's own transaction aborted.
 */
export async function leastValue(
  chain: Blockchain,
  to: Address,
  send: (value: bigint) => Promise<SendMessageResult>,
): Promise<bigint> {
  const before = chain.snapshot();
  let refused = 0n;
  let taken = 1_000_000_000n;
  while (taken - refused > 10_000n) {
    const middle = (taken + refused) / 2n;
    const result = await send(middle);
    const first = findTransaction(result.transactions, { to });
    if (first?.description.type === "generic" && !first.description.aborted) taken = middle;
    else refused = middle;
    await chain.loadFrom(before);
  }
  return taken;
}

/** A constant of a Tolk source, as the number that the compiler sees. */
export function constantOf(file: string, name: string): number {
  const text = readFileSync(join(import.meta.dirname, "..", `${file}.tolk`), "utf8");
  const found = new RegExp(`^const ${name} = (\\d+)$`, "m").exec(text)?.[1];
  if (found === undefined) throw new Error(`no constant ${name} in ${file}.tolk`);
  return Number(found);
}
