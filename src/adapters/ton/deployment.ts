/**
 * The file that says where a network's contracts are: `<folder>/chain/deployment.json`. It is
 * written before the first message of a deployment, with everything that addresses follow from, so
 * that one which was interrupted goes on with the same contracts.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Address } from "@ton/core";
import { Schema } from "effect";
import { contractText, parseAddress, walletText } from "./addresses.ts";
import { ChainError } from "./chain-error.ts";
import {
  type DeployPlan,
  type PlannedDistributor,
  type PlannedVesting,
  type SingleContract,
  singleContracts,
} from "./deploy-plan.ts";
import { DeploySettings } from "./deploy-settings.ts";

const FORM = 1;
const Text = Schema.String;
const Amount = Schema.BigInt;

const DeploymentFile = Schema.Struct({
  form: Schema.Literal(FORM),
  endpoint: Text,
  isComplete: Schema.Boolean,
  contracts: Schema.Struct({
    minter: Text,
    council: Text,
    collection: Text,
    pool: Text,
    parameters: Text,
    factory: Text,
    anchor: Text,
  } satisfies Record<SingleContract, typeof Text>),
  distributors: Schema.Array(
    Schema.Struct({ address: Text, bits: Schema.Int, prefix: Schema.Int, amount: Amount }),
  ),
  vestings: Schema.Array(
    Schema.Struct({
      address: Text,
      for: Schema.Literal("treasury", "team", "investors"),
      beneficiary: Text,
      amount: Amount,
    }),
  ),
  settings: DeploySettings,
});

export interface Deployment {
  /** Of a toncenter v2 interface; a key for it is never written here. */
  readonly endpoint: string;
  /** False while a deployment is under way or was interrupted. */
  readonly isComplete: boolean;
  readonly contracts: Readonly<Record<SingleContract, Address>>;
  /** By rising prefix; together they pay everybody. */
  readonly distributors: ReadonlyArray<PlannedDistributor>;
  readonly vestings: ReadonlyArray<PlannedVesting>;
  /** Network, deployer, issuers' public keys, roles, and all rules. */
  readonly settings: DeploySettings;
}

export function deploymentFile(folder: string): string {
  return join(folder, "chain", "deployment.json");
}

export function deploymentOf(plan: DeployPlan, endpoint: string): Deployment {
  const { contracts, distributors, vestings, settings } = plan;
  return { endpoint, isComplete: false, contracts, distributors, vestings, settings };
}

/** Undefined where nothing was ever deployed from this folder. */
export function knownDeployment(folder: string): Deployment | undefined {
  const path = deploymentFile(folder);
  return existsSync(path) ? parseDeployment(readText(path), path) : undefined;
}

export function readDeployment(folder: string): Deployment {
  const known = knownDeployment(folder);
  if (known !== undefined) return known;
  throw new ChainError(
    `${folder} knows no contracts; run pingo chain deploy there, or name another folder by --dir`,
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ChainError(`cannot read ${path} (${why}); check its permissions`);
  }
}

function parseDeployment(text: string, where: string): Deployment {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw new ChainError(`${where} is no JSON; restore it from a copy or from the deployer`);
  }
  const decoded = Schema.decodeUnknownEither(DeploymentFile)(raw);
  if (decoded._tag === "Left") {
    const [line = ""] = decoded.left.message.split("\n").slice(-1);
    const problem = line.replace(/^[\s│├└─]+/u, "");
    throw new ChainError(`${where} is no deployment of this version (${problem}); restore a copy`);
  }
  const { form: _, contracts, distributors, vestings, ...rest } = decoded.right;
  const at = (path: string, address: string) => parseAddress(address, `${where}: ${path}`);
  return {
    ...rest,
    contracts: Object.fromEntries(
      singleContracts.map((name) => [name, at(`contracts.${name}`, contracts[name])]),
    ) as Deployment["contracts"],
    distributors: distributors.map(({ address, bits, prefix, amount }, n) => ({
      address: at(`distributors.${n}`, address),
      shard: { bits, prefix },
      amount,
    })),
    vestings: vestings.map(({ address, beneficiary, ...each }, n) => ({
      ...each,
      address: at(`vestings.${n}`, address),
      beneficiary: at(`vestings.${n}.beneficiary`, beneficiary),
    })),
  };
}

function deploymentText(deployment: Deployment): string {
  const { contracts, distributors, vestings, settings, endpoint, isComplete } = deployment;
  const { network } = settings;
  const file: typeof DeploymentFile.Type = {
    form: FORM,
    endpoint,
    isComplete,
    contracts: Object.fromEntries(
      singleContracts.map((name) => [name, contractText(network, contracts[name])]),
    ) as Record<SingleContract, string>,
    distributors: distributors.map(({ address, shard, amount }) => ({
      address: contractText(network, address),
      ...shard,
      amount,
    })),
    vestings: vestings.map(({ address, beneficiary, ...each }) => ({
      ...each,
      address: contractText(network, address),
      beneficiary: walletText(network, beneficiary),
    })),
    settings,
  };
  return `${JSON.stringify(Schema.encodeSync(DeploymentFile)(file), undefined, 2)}\n`;
}

/** Whole or not at all, and on the disk before this returns. */
export function writeDeployment(folder: string, deployment: Deployment): void {
  const path = deploymentFile(folder);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.part`;
  const file = openSync(temporary, "w");
  try {
    writeSync(file, deploymentText(deployment));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

/** The distributor that pays this owner. */
export function distributorFor({ distributors }: Deployment, owner: Address): Address {
  const first = owner.hash.readUInt16BE(0);
  const found = distributors.find(({ shard: { bits, prefix } }) => first >> (16 - bits) === prefix);
  if (found === undefined) throw new ChainError("the deployment has no distributor for this owner");
  return found.address;
}
