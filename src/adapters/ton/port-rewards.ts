/**
 * What the chain's port does about rewards. All distributors have the same root, since each pays
 * its own shard of owners under it; each counts its own emission, so what the root may pay at most
 * is shared among them as far as each allows.
 */
import type { Address } from "@ton/core";
import { nanoPingo } from "../../kernel/policies/rewards.ts";
import type { Landed, PublishRoot, RewardsShown } from "../../kernel/ports/chain.ts";
import { ChainFault } from "./chain-fault.ts";
import {
  type DistributorOnChain,
  endedEpochs,
  highestCap,
  inForce,
  readDistributor,
} from "./distributor-state.ts";
import type { Effects } from "./effects.ts";
import { landed } from "./port-credentials.ts";
import type { ChainTransport } from "./transport.ts";
import { Distributor } from "./wrappers/distributor.ts";

export interface RewardsParts {
  readonly chain: ChainTransport;
  readonly effects: Effects;
  readonly distributors: ReadonlyArray<Address>;
}

/** For 6,000 gas and the way back; the rest returns. */
const PUBLISH_VALUE = 50_000_000n;
const MICROS = 1_000_000;

export class Rewards {
  private readonly parts: RewardsParts;

  constructor(parts: RewardsParts) {
    this.parts = parts;
  }

  async publish(request: PublishRoot): Promise<Landed> {
    const { effects } = this.parts;
    const all = await this.read();
    const open = all.filter((each) => !has(each, request.root));
    const fresh = open.filter((each) => effects.begun(keyOf(request, each)) === undefined);
    assertWithin(request, all, fresh);
    let last = "";
    for (const each of all) {
      const key = keyOf(request, each);
      last = effects.begun(key) ?? last;
      if (!open.includes(each)) continue;
      const epoch = endedEpochs(each);
      const cap = capFor(request, each, epoch);
      const hash = Buffer.from(request.root, "hex");
      const body = Distributor.publishBody({ epoch, cap, hash });
      last = await effects.bring(key, { to: each.address, value: PUBLISH_VALUE, body });
    }
    return landed(last);
  }

  /** The slowest distributor's root: what all of them pay. One that waits is not in force yet. */
  async shown(): Promise<RewardsShown> {
    const all = await this.read();
    const [first] = all;
    if (first === undefined) throw new ChainFault("refused", "The deployment has no distributor.");
    const slowest = all.reduce((least, each) =>
      each.active.epoch < least.active.epoch ? each : least,
    );
    const waiting = all.flatMap(({ pending }) => (pending === undefined ? [] : [pending]));
    const sum = (amounts: ReadonlyArray<bigint>) =>
      nanoPingo(amounts.reduce((total, each) => total + each, 0n));
    const { epoch, hash } = slowest.active;
    return {
      type: "RewardsShown",
      epoch: epoch === 0 ? -1 : epoch,
      root: epoch === 0 ? "" : hash,
      cap: sum(all.map(({ active }) => active.cap)),
      paid: sum(all.map(({ paid }) => paid)),
      pendingEpoch: Math.max(-1, ...waiting.map((each) => each.epoch)),
      claimableUs: Math.max(0, ...waiting.map(({ ripeAt }) => ripeAt)) * MICROS,
    };
  }

  private async read(): Promise<ReadonlyArray<DistributorOnChain>> {
    const { chain, distributors } = this.parts;
    const all: Array<DistributorOnChain> = [];
    for (const address of distributors) all.push(await readDistributor(chain, address));
    return all;
  }
}

const keyOf = ({ intent }: PublishRoot, { address }: DistributorOnChain) =>
  `${intent}/${address.toRawString()}`;

function has({ active, pending }: DistributorOnChain, root: string): boolean {
  return active.hash === root || pending?.hash === root;
}

/** With several, no more than each may emit; one distributor has all of it. */
function capFor({ cap }: PublishRoot, distributor: DistributorOnChain, epoch: number): bigint {
  const highest = highestCap(distributor, epoch);
  return cap < highest ? cap : highest;
}

/** Says before anything is sent what the contracts would say for fees. */
function assertWithin(
  request: PublishRoot,
  all: ReadonlyArray<DistributorOnChain>,
  fresh: ReadonlyArray<DistributorOnChain>,
): void {
  if (fresh.length === 0) return;
  for (const each of fresh) assertOpen(request, each);
  const allowed = all.reduce((sum, each) => sum + highestCap(each, endedEpochs(each)), 0n);
  if (request.cap <= allowed) return;
  throw new ChainFault(
    "early",
    `The root of epoch ${request.epoch} may pay ${request.cap} nano-PINGO, and the chain's ` +
      `emission allows ${allowed} by now: it is published when that has grown.`,
  );
}

function assertOpen(request: PublishRoot, distributor: DistributorOnChain): void {
  const { pending, seconds, address } = distributor;
  const before = inForce(distributor);
  const name = address.toString();
  if (pending !== undefined && before !== pending) {
    const left = pending.ripeAt - seconds;
    throw new ChainFault("early", `A root waits at ${name} for ${left} seconds more.`);
  }
  if (request.cap < before.cap) {
    throw new ChainFault("refused", `${name} may pay ${before.cap} already: a cap never falls.`);
  }
  if (endedEpochs(distributor) <= before.epoch) {
    throw new ChainFault("early", `No epoch has ended at ${name} since its last root.`);
  }
}
