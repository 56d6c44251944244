/**
 * The contracts' compiled code as it is committed and shipped: whoever deploys needs no compiler,
 * and deploys to the bit what the tests have tried.
 */
import { readFileSync } from "node:fs";
import { Cell } from "@ton/core";

/** A contract's name is the path of its source under contracts/. */
export const contractNames = [
  "credential/collection",
  "credential/item",
  "governance/council",
  "governance/parameters",
  "governance/proposal",
  "jetton/minter",
  "jetton/wallet",
  "memes/factory",
  "memes/minter",
  "payments/account",
  "payments/escrow",
  "payments/pool",
  "rewards/distributor",
  "rewards/record",
  "roots/anchor",
  "vesting/vesting",
] as const;
export type ContractName = (typeof contractNames)[number];

type Table = Readonly<Record<string, { readonly hash: string; readonly boc: string } | undefined>>;

/** Read once, and only by whoever deploys. */
let table: Table | undefined;

export function codeOf(name: ContractName): Cell {
  const path = new URL("../../../contracts/code.json", import.meta.url);
  table ??= JSON.parse(readFileSync(path, "utf8")) as Table;
  const row = table[name];
  const code = row === undefined ? undefined : Cell.fromBase64(row.boc);
  if (code === undefined || code.hash().toString("hex") !== row?.hash) {
    throw new Error(`${path.pathname} has no whole code of ${name}; install pingo again`);
  }
  return code;
}
