/**
 * What a deployment is made of, before addresses and costs: who may do what, how PINGO is shared
 * out, and the rules that nobody can change later. What contracts would refuse is refused here, in
 * words and before any coin is spent.
 */
import { Address } from "@ton/core";
import { Schema } from "effect";
import { parseAddress } from "./addresses.ts";
import { ChainError } from "./chain-error.ts";
import { type ChainNetwork, chainNetworks } from "./networks.ts";
import type { Parameter } from "./wrappers/governance.ts";

const DAY_S = 24 * 3600;
const YEAR_DAYS = 365;
/** Ten-thousandths. */
export const WHOLE = 10_000;
const SIDE_MOST = 2_000;
const LEAST_CLIFF_DAYS = YEAR_DAYS;
const LEAST_DURATION_DAYS = 3 * YEAR_DAYS;
const MOST_SHARD_BITS = 4;

const Account = Schema.String.annotations({ identifier: "an address of TON" });
const PublicKey = Schema.String.pipe(
  Schema.pattern(/^[0-9a-f]{64}$/, {
    message: () => "expected a public key: 64 hexadecimal digits",
  }),
);
const Seconds = Schema.Int.pipe(Schema.between(0, 2 ** 32 - 1));
const Days = Schema.Int.pipe(Schema.between(0, 100 * YEAR_DAYS));
const Share = Schema.Int.pipe(Schema.between(0, WHOLE));
const Coins = Schema.BigInt.pipe(Schema.nonNegativeBigInt());

/** One key or contract each; on a public network several hands. */
export const Roles = Schema.Struct({
  publisher: Account,
  guardian: Account,
  collectionOwner: Account,
  sequencer: Account,
  arbiter: Account,
  edges: Account,
  treasury: Account,
});
export type Roles = typeof Roles.Type;
export const roleNames = Object.keys(Roles.fields) as ReadonlyArray<keyof Roles>;

/** Ten-thousandths of the supply that a vesting holds for somebody. */
const VestingShare = Schema.Struct({
  for: Schema.Literal("treasury", "team", "investors"),
  beneficiary: Account,
  share: Share,
  cliffDays: Days,
  durationDays: Days,
});
export type VestingShare = typeof VestingShare.Type;

export const DeploySettings = Schema.Struct({
  network: Schema.Literal(...chainNetworks),
  deployer: Account,
  /** Unix seconds at which the first epoch of rewards begins. */
  genesis: Seconds,
  issuers: Schema.Tuple(PublicKey, PublicKey, PublicKey),
  roles: Roles,
  vestings: Schema.Array(VestingShare),
  rewards: Schema.Struct({
    epochSeconds: Seconds.pipe(Schema.positive()),
    delaySeconds: Seconds,
    halvingSeconds: Seconds.pipe(Schema.positive()),
    /** Distributors: 2 to the power of this, by the first bits of the owner's address. */
    shardBits: Schema.Int.pipe(Schema.between(0, MOST_SHARD_BITS)),
  }),
  council: Schema.Struct({
    vetoDays: Days,
    delaySeconds: Seconds,
    votingSeconds: Seconds,
    timelockSeconds: Seconds,
    quorumShare: Share,
    proposerShare: Share,
  }),
  anchor: Schema.Struct({
    windowSeconds: Seconds,
    arbiterSeconds: Seconds,
    sequencerBond: Coins,
    challengerBond: Coins,
  }),
  pool: Schema.Struct({ burnShare: Share, treasuryShare: Share }),
  memes: Schema.Struct({ fee: Coins, mostFee: Coins }),
  parameters: Schema.Record({
    key: Schema.String,
    value: Schema.Struct({ value: Coins, least: Coins, most: Coins }),
  }),
  token: Schema.Struct({
    name: Schema.String,
    symbol: Schema.String,
    description: Schema.String,
    image: Schema.optionalWith(Schema.String, { exact: true }),
  }),
  credentials: Schema.Struct({ name: Schema.String, base: Schema.String }),
});
export type DeploySettings = typeof DeploySettings.Type;

/** Those of settings that a file may name; the rest follows from key, network and moment. */
export type OwnSettings = Omit<DeploySettings, "network" | "deployer" | "genesis" | "issuers">;

/** Vestings begin a week after the plan: as long it can be interrupted and taken up again. */
export const PLAN_LASTS_S = 7 * DAY_S;

const TON = 1_000_000_000n;

/** Numbers that a vote may change, within bounds that none may. */
const firstParameters: Readonly<Record<string, Parameter>> = {
  // docs/rewards.md: whole PINGO that one VCU of credit is worth
  "rewards.pingo-per-vcu": { value: 20n, least: 1n, most: 100_000n },
  // thousandths of a VCU in tokens for a verified VCU: above 1,000 self-dealing would pay sooner
  "rewards.cap-milli": { value: 1_000n, least: 0n, most: 1_000n },
  // hundredths of an escrow's price that a worker pledges
  "escrow.bond-percent": { value: 20n, least: 0n, most: 100n },
};

/** What is played with, and in minutes: rewards can be claimed while one looks on. */
const localRewards = { epochSeconds: 60, delaySeconds: 10 };
const publicRewards = { epochSeconds: DAY_S, delaySeconds: DAY_S };

/** Everybody is the deployer unless a file says otherwise: on the main network one must. */
export function defaultSettings(network: ChainNetwork, deployer: string): OwnSettings {
  const isLocal = network === "local";
  const roles = Object.fromEntries(roleNames.map((name) => [name, deployer])) as Roles;
  const term = (years: number) => years * YEAR_DAYS;
  return {
    roles,
    vestings: [
      { for: "treasury", share: 400, cliffDays: term(1), durationDays: term(5) },
      { for: "team", share: 900, cliffDays: term(1), durationDays: term(4) },
      { for: "investors", share: 600, cliffDays: term(1), durationDays: term(3) },
    ].map((each) => ({ ...each, beneficiary: deployer }) as VestingShare),
    rewards: {
      ...(isLocal ? localRewards : publicRewards),
      halvingSeconds: 2 * YEAR_DAYS * DAY_S,
      shardBits: 0,
    },
    council: {
      vetoDays: YEAR_DAYS,
      delaySeconds: isLocal ? 60 : DAY_S,
      votingSeconds: isLocal ? 300 : 3 * DAY_S,
      timelockSeconds: isLocal ? 60 : 2 * DAY_S,
      quorumShare: 4_000,
      proposerShare: 100,
    },
    anchor: {
      windowSeconds: isLocal ? 60 : DAY_S,
      arbiterSeconds: isLocal ? 60 : 3 * DAY_S,
      sequencerBond: 50n * TON,
      challengerBond: 10n * TON,
    },
    pool: { burnShare: 2_000, treasuryShare: 2_000 },
    memes: { fee: TON, mostFee: 10n * TON },
    parameters: firstParameters,
    token: {
      name: "PinGo",
      symbol: "PINGO",
      description: "Pays for computing on machines that would be idle.",
    },
    credentials: { name: "PinGo contributors", base: "https://pingo.example/credentials/" },
  };
}

/** Throws the first thing that is wrong in a sentence; gives back what it was given. */
export function checkedSettings(settings: DeploySettings): DeploySettings {
  parseAddress(settings.deployer, "deployer");
  for (const role of roleNames) parseAddress(settings.roles[role], `roles.${role}`);
  if (new Set(settings.issuers).size < settings.issuers.length) {
    throw new ChainError("two issuers have the same key; name three different keys", "issuers");
  }
  checkVestings(settings.vestings);
  for (const [name, { value, least, most }] of Object.entries(settings.parameters)) {
    if (value >= least && value <= most) continue;
    const field = `parameters.${name}`;
    throw new ChainError(`${field} is ${value}; choose a value from ${least} to ${most}`, field);
  }
  const { fee, mostFee } = settings.memes;
  if (fee > mostFee) {
    throw new ChainError(`memes.fee is above memes.mostFee; lower it to at most ${mostFee}`);
  }
  if (settings.pool.treasuryShare > 2_000) {
    throw new ChainError("pool.treasuryShare is above 2000; edges and users must keep the rest");
  }
  if (settings.pool.burnShare + settings.pool.treasuryShare > WHOLE / 2) {
    throw new ChainError("pool.burnShare and pool.treasuryShare pass 5000; half is the edges'");
  }
  if (settings.network === "mainnet") checkHands(settings);
  return settings;
}

function checkVestings(vestings: ReadonlyArray<VestingShare>): void {
  const seen = new Set<string>();
  for (const [at, each] of vestings.entries()) {
    const field = `vestings.${at}`;
    const who = parseAddress(each.beneficiary, `${field}.beneficiary`);
    if (each.share === 0) throw new ChainError(`${field}.share is 0; leave the line out`, field);
    if (each.cliffDays < LEAST_CLIFF_DAYS) {
      throw new ChainError(`${field}.cliffDays must be at least ${LEAST_CLIFF_DAYS}`, field);
    }
    if (each.durationDays < LEAST_DURATION_DAYS) {
      throw new ChainError(`${field}.durationDays must be at least ${LEAST_DURATION_DAYS}`, field);
    }
    const terms = `${who.toRawString()} ${each.cliffDays} ${each.durationDays}`;
    if (seen.has(terms)) {
      throw new ChainError(`${field} repeats the terms of a line above; add their shares`, field);
    }
    seen.add(terms);
  }
  const sum = (lines: ReadonlyArray<VestingShare>) =>
    lines.reduce((all, { share }) => all + share, 0);
  const all = sum(vestings);
  if (all > SIDE_MOST) {
    throw new ChainError(
      `vestings have ${all / 100} % of the supply; the community must keep at least 80 %`,
      "vestings",
    );
  }
  if (sum(vestings.filter((each) => each.for !== "treasury")) >= SIDE_MOST) {
    throw new ChainError("team and investors must have less than 20 % together", "vestings");
  }
}

/** On the main network nobody may both do a thing and watch over it. */
function checkHands({ deployer, roles }: DeploySettings): void {
  const same = (one: string, other: string) => Address.parse(one).equals(Address.parse(other));
  const apart: ReadonlyArray<readonly [keyof Roles, keyof Roles]> = [
    ["publisher", "guardian"],
    ["sequencer", "arbiter"],
  ];
  for (const role of ["guardian", "collectionOwner", "arbiter", "treasury"] as const) {
    if (!same(roles[role], deployer)) continue;
    throw new ChainError(
      `roles.${role} is the deployer's wallet; name a multisig of its own in --settings`,
      `roles.${role}`,
    );
  }
  for (const [one, other] of apart) {
    if (!same(roles[one], roles[other])) continue;
    throw new ChainError(
      `roles.${one} and roles.${other} are one account; name two in --settings`,
      `roles.${other}`,
    );
  }
}
