/**
 * Compiles the contracts from their Tolk sources with the compiler package; nothing is fetched.
 * A result is kept under out/contracts by the hash of the sources that it is made of and the
 * compiler's version, so tests compile once. `npm run contracts:build` writes the code that is
 * committed and deployed.
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import { Cell } from "@ton/core";

const here = import.meta.dirname;
const kept = join(here, "..", "out", "contracts");

/** Part of a result's key. To ask the compiler would start it: 45 ms each time. */
const compilerVersion = (
  createRequire(import.meta.url)("@ton/tolk-js/package.json") as { readonly version: string }
).version;

/** A contract's name is the path of its entry point. */
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

export interface CodeRow {
  readonly hash: string;
  readonly bits: number;
  readonly cells: number;
  /** What is deployed: a bag of cells, base64. */
  readonly boc: string;
}

/** Every source by its path, read once. */
let sources: ReadonlyMap<string, string> | undefined;

function readSources(): ReadonlyMap<string, string> {
  if (sources !== undefined) return sources;
  const files = readdirSync(here, { recursive: true, encoding: "utf8" });
  const tolk = files.filter((name) => name.endsWith(".tolk")).sort();
  sources = new Map(tolk.map((name) => [name, readFileSync(join(here, name), "utf8")]));
  return sources;
}

const known = new Map<ContractName, Promise<Cell>>();

/** The contract's code. Throws with the compiler's message when a source is wrong. */
export async function compile(name: ContractName): Promise<Cell> {
  const code = known.get(name) ?? compileWith(name, (text) => text);
  known.set(name, code);
  return code;
}

/** Compiles the contract with what `change` makes of each source that it is made of. */
export async function compileWith(
  name: ContractName,
  change: (text: string) => string,
): Promise<Cell> {
  const texts = new Map<string, string>();
  collect(`${name}.tolk`, change, texts);
  const hash = createHash("sha256").update(compilerVersion);
  for (const [path, text] of texts) hash.update(`\0${path}\0`).update(text);
  const key = hash.digest("hex").slice(0, 16);
  const file = join(kept, `${name.replace("/", "-")}.${key}.boc`);
  if (existsSync(file)) return Cell.fromBase64(readFileSync(file, "utf8"));
  const code = await run(name, texts);
  mkdirSync(kept, { recursive: true });
  // Two test processes may write at once: each moves a whole file into place.
  writeFileSync(`${file}.${process.pid}`, code.toBoc().toString("base64"));
  renameSync(`${file}.${process.pid}`, file);
  return code;
}

async function run(name: ContractName, texts: ReadonlyMap<string, string>): Promise<Cell> {
  // Loaded only when something must be compiled: it is 8 MB of text to parse.
  const { runTolkCompiler } = await import("@ton/tolk-js");
  const result = await runTolkCompiler({
    entrypointFileName: `${name}.tolk`,
    fsReadCallback: (path) => textOf(texts, path),
  });
  if (result.status === "error") throw new Error(`${name}: ${result.message}`);
  return Cell.fromBase64(result.codeBoc64);
}

/** The source and all that it imports, changed: what does not reach a contract does not count. */
function collect(path: string, change: (text: string) => string, into: Map<string, string>): void {
  if (into.has(path)) return;
  const text = change(textOf(readSources(), path));
  into.set(path, text);
  for (const [, imported = ""] of text.matchAll(/^import "([^"@]+)"$/gm)) {
    collect(`${posix.join(posix.dirname(path), imported)}.tolk`, change, into);
  }
}

function textOf(texts: ReadonlyMap<string, string>, path: string): string {
  const text = texts.get(path);
  if (text === undefined) throw new Error(`a contract imports ${path}, which does not exist`);
  return text;
}

/** Code hash, bits and cells of every contract, in the order of names. */
export async function codeTable(): Promise<Record<string, CodeRow>> {
  const table: Record<string, CodeRow> = {};
  for (const name of contractNames) {
    const code = await compile(name);
    const hash = code.hash().toString("hex");
    table[name] = { hash, ...sizeOf([code]), boc: code.toBoc().toString("base64") };
  }
  return table;
}

/** What the chain counts when it asks for rent: every distinct cell once. */
export function sizeOf(roots: ReadonlyArray<Cell>): {
  readonly bits: number;
  readonly cells: number;
} {
  const seen = new Map<string, number>();
  const visit = (cell: Cell): void => {
    seen.set(cell.hash().toString("hex"), cell.bits.length);
    cell.refs.forEach(visit);
  };
  for (const root of roots) visit(root);
  const bits = [...seen.values()].reduce((sum, each) => sum + each, 0);
  return { bits, cells: seen.size };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const text = `${JSON.stringify(await codeTable(), undefined, 2)}\n`;
  writeFileSync(join(here, "code.json"), text);
  console.log(text);
}
