/**
 * Which key a command signs with: the one that was named, else the state folder's own. A local
 * chain's coins are worth nothing, so there the keys are made when they are missing; nowhere else.
 */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { walletText } from "../../adapters/ton/addresses.ts";
import { issuerKeyFile, operatorKeyFile, walletKeyFile } from "../../adapters/ton/key-files.ts";
import {
  createKeyFile,
  findKey,
  keyOfSeed,
  readKeyFile,
  type TonKey,
  walletOf,
} from "../../adapters/ton/keys.ts";
import type { ChainNetwork } from "../../adapters/ton/networks.ts";
import { makePrivateFolder } from "../gateway/private-file.ts";
import { CommandError } from "../outcome.ts";

const KEY_VARIABLE = "PINGO_TON_KEY";
const ISSUERS = [0, 1, 2] as const;
const HEX = /^[0-9a-f]{64}$/;

export interface KeyFlags {
  readonly network: ChainNetwork;
  readonly keyFile?: string;
}

/** Shows what a plan looks like where there is no key yet; it can sign nothing that is worth it. */
export const exampleKey = keyOfSeed(Buffer.alloc(32, 1));
const exampleIssuers = [2, 3, 4].map((n) =>
  keyOfSeed(Buffer.alloc(32, n)).publicKey.toString("hex"),
) as [string, string, string];

export function ownWalletText(key: TonKey, network: ChainNetwork): string {
  return walletText(network, walletOf(key, network).address);
}

/**
 * Who sends: the operator, whose wallet a running network sends with, too, or a contributor, who
 * has a wallet of its own.
 */
export type Whose = "operator" | "contributor";

/** Undefined where no key was named and there is none in the folder. */
export async function knownKey(
  flags: KeyFlags,
  folder: string,
  whose: Whose = "operator",
): Promise<TonKey | undefined> {
  const { [KEY_VARIABLE]: value, [`${KEY_VARIABLE}_FILE`]: path } = process.env;
  if (flags.keyFile !== undefined || value !== undefined || path !== undefined) {
    return findKey({ file: flags.keyFile, environment: process.env, variable: KEY_VARIABLE });
  }
  const own = keyFileOf(flags, folder, whose);
  return existsSync(own) ? readKeyFile(own) : undefined;
}

export async function ownKey(
  flags: KeyFlags,
  folder: string,
  whose: Whose = "operator",
): Promise<TonKey> {
  const known = await knownKey(flags, folder, whose);
  if (known !== undefined) return known;
  if (flags.network === "local") return made(keyFileOf(flags, folder, whose));
  throw new CommandError(
    "there is no key to sign with; name a file by --key-file, or set " +
      `${KEY_VARIABLE}_FILE to its path`,
    { code: "key", field: "key-file" },
  );
}

/** Where coins are worth something, an operator that has one wallet only uses it for both. */
function keyFileOf({ network }: KeyFlags, folder: string, whose: Whose): string {
  const own = walletKeyFile(folder);
  const isOwn = whose === "contributor" && (network === "local" || existsSync(own));
  return isOwn ? own : operatorKeyFile(folder);
}

async function made(path: string): Promise<TonKey> {
  if (existsSync(path)) return readKeyFile(path);
  makePrivateFolder(dirname(path));
  return createKeyFile(path, "digits");
}

export interface IssuerFlags {
  readonly network: ChainNetwork;
  /** Public keys, three or none. */
  readonly issuer: ReadonlyArray<string>;
}

/** Public keys of the three who sign vouchers; on a public network each is on its own machine. */
export async function issuersOf(
  { network, issuer }: IssuerFlags,
  folder: string,
  isDryRun: boolean,
): Promise<readonly [string, string, string]> {
  if (issuer.length > 0) return namedIssuers(issuer);
  const files = ISSUERS.map((n) => issuerKeyFile(folder, n));
  const all = files.every((file) => existsSync(file));
  if (!all && isDryRun) return exampleIssuers;
  if (network === "mainnet") {
    throw new CommandError(
      "a main network's issuers hold their keys on three machines; name the three public keys " +
        "by --issuer",
      { code: "issuers", field: "issuer" },
    );
  }
  const [one, two, three] = [
    await made(issuerKeyFile(folder, 0)),
    await made(issuerKeyFile(folder, 1)),
    await made(issuerKeyFile(folder, 2)),
  ];
  return [publicOf(one), publicOf(two), publicOf(three)];
}

const publicOf = ({ publicKey }: TonKey) => publicKey.toString("hex");

function namedIssuers(given: ReadonlyArray<string>): readonly [string, string, string] {
  const [one = "", two = "", three = ""] = given.map((each) => each.toLowerCase());
  if (given.length !== ISSUERS.length || ![one, two, three].every((each) => HEX.test(each))) {
    throw new CommandError(
      "issuers are three public keys of 64 hexadecimal digits; give --issuer three times",
      { code: "issuers", field: "issuer" },
    );
  }
  return [one, two, three];
}
