/**
 * The terms of a job in escrow, as a YAML file that client, worker and verifiers share: the
 * escrow's address follows from them, so whoever has the file knows what the contract holds.
 */
import { dirname, resolve } from "node:path";
import { Address } from "@ton/core";
import { Schema } from "effect";
import { parseAddress, walletText } from "../../adapters/ton/addresses.ts";
import { codeOf } from "../../adapters/ton/code.ts";
import type { Deployment } from "../../adapters/ton/deployment.ts";
import { Escrow, type JobTerms } from "../../adapters/ton/wrappers/payments.ts";
import { readText } from "../files.ts";
import { demandHash, saltedDemand, sha256 } from "../job/demand-hash.ts";
import { readJobFile } from "../job/job-file.ts";
import { parseNetworkFile } from "../live/config.ts";
import { CommandError } from "../outcome.ts";

const NANO = 1_000_000_000n;
const MOST_SECONDS = 365 * 24 * 3600;
const MOST_VERIFIERS = 10;

const Pingo = Schema.Union(Schema.Number, Schema.String);
const Seconds = Schema.Int.pipe(Schema.between(1, MOST_SECONDS));

const TermsFile = Schema.Struct({
  client: Schema.String,
  worker: Schema.optional(Schema.String),
  /** PINGO, with at most nine decimals. */
  price: Pingo,
  bond: Pingo,
  /** Names the demand; with the salt no two jobs have the same. */
  job: Schema.optional(Schema.String),
  /** Or the job file, which names it by its content: what a network of PinGo can verify. */
  work: Schema.optional(Schema.String),
  salt: Schema.optionalWith(Schema.Union(Schema.Number, Schema.String), { default: () => "" }),
  acceptSeconds: Seconds,
  workSeconds: Seconds,
  judgeSeconds: Seconds,
  verifiers: Schema.Struct({
    threshold: Schema.Int,
    keys: Schema.Array(Schema.String.pipe(Schema.pattern(/^[0-9a-f]{64}$/i))),
  }),
});

export interface KnownEscrow {
  readonly terms: JobTerms;
  readonly escrow: Escrow;
}

export function readTerms(file: string, deployment: Deployment): KnownEscrow {
  const raw = parseNetworkFile(readText(file, "the terms"), file);
  const decoded = Schema.decodeUnknownEither(TermsFile, { onExcessProperty: "error" })(raw);
  if (decoded._tag === "Left") {
    const [line = ""] = decoded.left.message.split("\n").slice(-1);
    const problem = line.replace(/^[\s│├└─]+/u, "");
    throw bad(`${file} holds no terms of a job: ${problem}; docs/chain.md shows one`);
  }
  const { client, worker, price, bond, job, work, salt, verifiers, ...times } = decoded.right;
  const { threshold, keys } = verifiers;
  if (keys.length === 0 || keys.length > MOST_VERIFIERS || new Set(keys).size < keys.length) {
    throw bad(`${file}: verifiers.keys are 1 to ${MOST_VERIFIERS} different public keys`);
  }
  if (threshold * 2 <= keys.length || threshold > keys.length) {
    throw bad(`${file}: verifiers.threshold must be more than half of ${keys.length} verifiers`);
  }
  const paid = nanoOf(price, "price", file);
  if (paid === 0n) throw bad(`${file}: price is what the worker is paid, more than nothing`);
  const terms: JobTerms = {
    ...times,
    client: parseAddress(client, "client"),
    worker: worker === undefined ? null : parseAddress(worker, "worker"),
    pool: deployment.contracts.pool,
    price: paid,
    bond: nanoOf(bond, "bond", file),
    jobHash: Buffer.from(saltedDemand(demandNamed({ job, work }, file), String(salt)), "hex"),
    judges: { threshold, keys: keys.map((key) => Buffer.from(key, "hex")) },
  };
  const escrow = Escrow.of(deployment.contracts.minter, terms, codeOf("payments/escrow"));
  return { terms, escrow };
}

function demandNamed(
  { job, work }: { readonly job: string | undefined; readonly work: string | undefined },
  file: string,
): string {
  if ((job === undefined) === (work === undefined)) {
    throw bad(
      `${file} names what is to be computed by either work, a job file of pingo, or job, any ` +
        "name; give one of them",
    );
  }
  if (work === undefined) return job ?? "";
  const { job: content, files } = readJobFile(resolve(dirname(file), work));
  const hashes = Object.entries(files).map(([name, bytes]) => [name, sha256(bytes)] as const);
  return demandHash(content, Object.fromEntries(hashes));
}

const bad = (message: string) => new CommandError(message, { code: "terms", field: "terms" });

function nanoOf(amount: number | string, field: string, file: string): bigint {
  const found = /^(\d{1,10})(?:\.(\d{1,9}))?$/.exec(String(amount));
  if (found === null) throw bad(`${file}: ${field} is PINGO with at most nine decimals, as 2.5`);
  const [, whole = "0", rest = ""] = found;
  return BigInt(whole) * NANO + BigInt(rest.padEnd(9, "0"));
}

/** The wallet that has to sign, or a sentence. */
export function demandSigner(
  wallet: Address,
  needed: Address,
  what: string,
  deployment: Deployment,
): void {
  if (Address.isAddress(needed) && wallet.equals(needed)) return;
  const { network } = deployment.settings;
  throw new CommandError(
    `the ${what} of these terms is ${walletText(network, needed)}; sign with its key by --key-file`,
    { code: "key", field: "key-file" },
  );
}
