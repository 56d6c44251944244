/**
 * All contracts on one chain and everything that people do with them, drawn at random: right and
 * wrong, in time and too late, with enough coins and with too few.
 */
import { type Address, beginCell, toNano } from "@ton/core";
import type { SandboxContract, SendMessageResult } from "@ton/sandbox";
import { signed, type Voucher, voucherCell } from "../../src/adapters/ton/wrappers/credential.ts";
import type { Distributor } from "../../src/adapters/ton/wrappers/distributor.ts";
import type { Escrow, PrepaidAccount } from "../../src/adapters/ton/wrappers/payments.ts";
import type { Stream } from "../../src/kernel/entropy.ts";
import { type Leaf, proofOf, rootOf } from "../../src/policies/rewards/claims.ts";
import type { Person } from "./chain.ts";
import { openWorld, signer, type World } from "./issuers.ts";
import {
  BOND,
  HOUR,
  judged,
  openAccount,
  openEscrow,
  PRICE,
  payIn,
  resultHash,
  voucherFor,
} from "./jobs.ts";
import { create, type Fair, holding, memeBy, openFair } from "./memes.ts";
import {
  CHALLENGER_BOND,
  commit,
  type Layer,
  leafOf,
  openLayer,
  SEQUENCER_BOND,
} from "./sequencer.ts";
import { distributorIn, EPOCH, teamVesting, walletOf } from "./token.ts";
import { type Assembly, openAssembly, proposalNo, propose, snapshotOf, vote } from "./voters.ts";

export interface Network {
  readonly draw: Stream;
  readonly layer: Layer;
  readonly assembly: Assembly;
  readonly fair: Fair;
  readonly world: World;
  readonly distributor: SandboxContract<Distributor>;
  readonly account: SandboxContract<PrepaidAccount>;
  readonly escrows: Array<SandboxContract<Escrow>>;
  /** What distributor and anchor owe by their newest roots, and its epoch. */
  readonly earned: Map<Person, bigint>;
  epoch: number;
  readonly drawn: Map<Person, bigint>;
  /** The leaves of every root that was ever shown to a contract. */
  readonly trees: Map<bigint, ReadonlyArray<Leaf>>;
}

const ONE = toNano("1");

export async function openNetwork(draw: Stream): Promise<Network> {
  const layer = await openLayer();
  const { market } = layer;
  const { chain } = market.token;
  const assembly = await openAssembly("old", {}, chain);
  const { council, publisher } = assembly;
  await council.sendPublishSnapshot(publisher.getSender(), snapshotOf(assembly));
  return {
    draw,
    layer,
    assembly,
    fair: await openFair("old", {}, chain),
    world: await openWorld("old", {}, chain),
    distributor: distributorIn(market.token),
    account: await openAccount(market),
    escrows: [await openEscrow(market)],
    earned: new Map([market.client, market.worker].map((person) => [person, 0n])),
    epoch: 0,
    drawn: new Map([market.client, market.worker].map((person) => [person, 0n])),
    trees: new Map(),
  };
}

type Step = (network: Network) => Promise<SendMessageResult | undefined>;

const chainOf = ({ layer }: Network) => layer.market.token.chain;
const pick = <T>({ draw }: Network, from: ReadonlyArray<T>): T => from[draw.int(from.length)]!;
const small = ({ draw }: Network, below: number) => BigInt(draw.int(below));
/** Mostly enough; else anything down to too little for one message. */
const coins = ({ draw }: Network, enough = ONE) =>
  draw.chance(4, 5) ? enough : BigInt(draw.int(60_000_000)) + 1_000_000n;
const people = ({ layer: { market } }: Network) => [market.client, market.worker, market.passer];
/** Mostly one of the newest: those before are done. */
const escrowIn = (network: Network) =>
  pick(network, network.draw.chance(5, 6) ? network.escrows.slice(-2) : network.escrows);

const numberOf = (root: Uint8Array) => BigInt(`0x${Buffer.from(root).toString("hex")}`);

/** Somebody has earned more: the new root, its tree kept. */
function raise(network: Network, amounts: Map<Person, bigint>): Uint8Array {
  const person = pick(network, [...amounts.keys()]);
  amounts.set(person, (amounts.get(person) ?? 0n) + small(network, 400));
  const leaves = [...amounts].map(([each, amount]) => leafOf(each, amount));
  const root = rootOf(leaves);
  network.trees.set(numberOf(root), leaves);
  return root;
}

/** A claim by one of the owners under the root in force; now and then by the wrong one. */
function claimUnder(network: Network, root: bigint, owners: ReadonlyArray<Person>) {
  const leaves = network.trees.get(root);
  if (leaves === undefined) return undefined;
  const index = network.draw.int(owners.length);
  const by = network.draw.chance(4, 5) ? owners[index]! : pick(network, owners);
  const { cumulative } = leaves[index]!;
  const options = { value: coins(network), cumulative, proof: proofOf(leaves, index) };
  return { by: by.getSender(), options };
}

const token: Readonly<Record<string, Step>> = {
  async transfer(network) {
    const { token: at } = network.layer.market;
    const from = pick(network, people(network));
    const wallet = await walletOf(at, from.address);
    const recipient = pick(network, people(network)).address;
    const amount = small(network, 5_000_000);
    return wallet.sendTransfer(from.getSender(), { value: coins(network), amount, recipient });
  },
  async burn(network) {
    const from = pick(network, people(network));
    const wallet = await walletOf(network.layer.market.token, from.address);
    return wallet.sendBurn(from.getSender(), { value: coins(network), amount: small(network, 99) });
  },
  async release(network) {
    const by = pick(network, people(network)).getSender();
    return teamVesting(network.layer.market.token).sendRelease(by, coins(network));
  },
  async publish(network) {
    const { distributor, layer } = network;
    const { creator } = layer.market.token;
    if (network.draw.chance(1, 2)) {
      return distributor.sendActivate(creator.getSender(), coins(network));
    }
    network.epoch += 1;
    const hash = raise(network, network.earned);
    const cap = BigInt(network.epoch) * 300n;
    const root = { value: coins(network), epoch: network.epoch, cap };
    return distributor.sendPublish(creator.getSender(), { ...root, hash });
  },
  async claim(network) {
    const { distributor, earned } = network;
    const { root } = await distributor.getData();
    const claim = claimUnder(network, root, [...earned.keys()]);
    return claim && distributor.sendClaim(claim.by, claim.options);
  },
};

const payments: Readonly<Record<string, Step>> = {
  async order(network) {
    const { market } = network.layer;
    const jobHash = Buffer.alloc(32, network.escrows.length);
    if (network.escrows.length < 200 && network.draw.chance(1, 4))
      network.escrows.push(await openEscrow(market, { jobHash }));
    return undefined;
  },
  async payEscrow(network) {
    const { market } = network.layer;
    const from = pick(network, [market.client, market.worker]);
    const amount = pick(network, [PRICE, BOND, 7n]);
    const accepts = network.draw.chance(2, 3);
    const notice = pick(network, [toNano("0.3"), toNano("0.012")]);
    const to = escrowIn(network);
    return payIn(market.token, { from, to: to.address, amount, accepts, notice });
  },
  async submit(network) {
    const by = pick(network, people(network)).getSender();
    return escrowIn(network).sendSubmit(by, { value: coins(network), resultHash });
  },
  async judge(network) {
    const escrow = escrowIn(network);
    const judges = pick(network, [[0, 1], [1, 2], [2]]);
    const verdict = judged(escrow.address, network.draw.chance(1, 2), judges);
    const by = pick(network, people(network)).getSender();
    return escrow.sendJudge(by, { value: coins(network), ...verdict });
  },
  async expire(network) {
    const by = pick(network, people(network)).getSender();
    return escrowIn(network).sendExpire(by, coins(network));
  },
  async collect(network) {
    const by = pick(network, people(network)).getSender();
    const from = pick(network, [escrowIn(network), network.account]);
    return from.sendCollect(by, coins(network));
  },
  async topUp(network) {
    const { market } = network.layer;
    const from = pick(network, [market.client, market.worker]);
    const amount = small(network, 10_000);
    return payIn(market.token, { from, to: network.account.address, amount });
  },
  async redeem(network) {
    const { account, draw } = network;
    const cumulative = (await account.getData()).redeemed + small(network, 900) - 90n;
    const voucher = voucherFor(account.address, cumulative < 0n ? 0n : cumulative);
    const by = draw.chance(4, 5) ? network.layer.market.worker : pick(network, people(network));
    return account.sendRedeem(by.getSender(), { value: coins(network), ...voucher });
  },
  async withdraw(network) {
    const { account } = network;
    const by = network.layer.market.client.getSender();
    if (network.draw.chance(1, 2)) return account.sendRequestWithdrawal(by, coins(network));
    return account.sendWithdraw(by, coins(network));
  },
  async share(network) {
    const { pool, passer } = network.layer.market;
    return pool.sendShare(passer.getSender(), coins(network));
  },
};

const roots: Readonly<Record<string, Step>> = {
  async commit(network) {
    return commit(network.layer, raise(network, network.drawn));
  },
  async bond({ layer: { anchor, sequencer } }) {
    const bond = { value: SEQUENCER_BOND + ONE, amount: SEQUENCER_BOND };
    const { bond: held } = await anchor.getData();
    return held > 0n ? undefined : anchor.sendPostBond(sequencer.getSender(), bond);
  },
  async challenge(network) {
    const { anchor, market } = network.layer;
    if (network.draw.chance(3, 4)) return undefined;
    const { finalIndex, tip } = await anchor.getData();
    const index = finalIndex + network.draw.int(tip - finalIndex + 2);
    const value = coins(network, CHALLENGER_BOND + ONE);
    return anchor.sendChallenge(market.worker.getSender(), { value, index });
  },
  async resolve(network) {
    const { anchor, arbiter, market } = network.layer;
    const by = pick(network, [arbiter, arbiter, market.worker]).getSender();
    const isFraud = network.draw.chance(1, 3);
    return anchor.sendResolve(by, { value: coins(network), isFraud });
  },
  async lapse(network) {
    const { anchor, market } = network.layer;
    return anchor.sendLapse(market.passer.getSender(), coins(network));
  },
  async finalize(network) {
    const { anchor, market } = network.layer;
    return anchor.sendFinalize(market.passer.getSender(), coins(network));
  },
  async retire(network) {
    const { anchor, sequencer } = network.layer;
    if (network.draw.chance(9, 10)) return undefined;
    return anchor.sendRetire(sequencer.getSender(), coins(network));
  },
  async drawOut(network) {
    const { anchor } = network.layer;
    const { finalRoot } = await anchor.getData();
    const claim = claimUnder(network, finalRoot, [...network.drawn.keys()]);
    return claim && anchor.sendClaim(claim.by, claim.options);
  },
};

const decisions: Readonly<Record<string, Step>> = {
  async seat({ assembly: { council, publisher } }) {
    return council.sendActivateSnapshot(publisher.getSender(), ONE);
  },
  async propose(network) {
    const change = { value: small(network, 250) };
    return propose(network.assembly, { by: network.draw.int(4), change, value: coins(network) });
  },
  async vote(network) {
    const { assembly, draw } = network;
    const { nextId } = await assembly.council.getData();
    if (nextId === 0) return undefined;
    const proposal = await proposalNo(assembly, Math.max(0, nextId - 1 - draw.int(2)));
    return vote(assembly, proposal, { by: draw.int(4), inFavour: draw.chance(2, 3) });
  },
  async execute(network) {
    const { assembly, draw } = network;
    const { nextId } = await assembly.council.getData();
    if (nextId === 0) return undefined;
    const proposal = await proposalNo(assembly, draw.int(nextId));
    if (draw.chance(1, 9)) return proposal.sendVeto(assembly.guardian.getSender(), ONE);
    return proposal.sendExecute(assembly.publisher.getSender(), coins(network));
  },
  async credential(network) {
    const { world, draw } = network;
    const { alice, bob, collection } = world;
    const owner = pick(network, [alice, bob]);
    const today = Math.floor(chainOf(network).now! / EPOCH);
    const grant: Voucher = { kind: "grant", owner: owner.address, tier: 1, epoch: today };
    const move: Voucher = { kind: "recover", from: alice.address, to: bob.address };
    const end: Voucher = { kind: "punish", owner: bob.address };
    const voucher = pick(network, [grant, grant, grant, grant, move, end]);
    const until = chainOf(network).now! + draw.int(3) - 1;
    const cell = voucherCell(collection.address, until, voucher);
    const signatures = [signed(cell, 0, signer(0)), signed(cell, 2, signer(2))] as const;
    const options = { value: coins(network), voucher: cell, signatures };
    return collection.sendPresent(owner.getSender(), options);
  },
  async meme(network) {
    const { fair, draw } = network;
    const meme = await memeBy(fair, fair.alice);
    const { accountState } = await fair.chain.getContract(meme.address);
    if (accountState?.type !== "active" || draw.chance(1, 3)) {
      return create(fair, fair.alice, { value: coins(network, toNano("3")) });
    }
    const wallet = await holding(fair, meme, fair.alice);
    const options = { value: coins(network), amount: small(network, 999) };
    if (draw.chance(1, 2)) return wallet.sendBurn(fair.alice.getSender(), options);
    const recipient = fair.bob.address;
    return wallet.sendTransfer(fair.alice.getSender(), { ...options, recipient });
  },
};

/** Words that only a sibling may say. */
const forgedWords = [0x7362d09c, 0x3a7d4bd1, 0xabf71588, 0xd1735400, 0x6b92d014, 0x1d5b7f42];

export function contractsOf(network: Network): ReadonlyArray<Address> {
  const { layer, assembly, fair, world, distributor, account, escrows } = network;
  const { pool } = layer.market;
  const single = [layer.anchor, pool, assembly.council, assembly.parameters, fair.factory];
  const all = [...single, world.collection, distributor, account, ...escrows.slice(-3)];
  return all.map(({ address }) => address);
}

/** A stranger's word to one of the contracts: it must change nothing. */
export function forge(network: Network): {
  readonly at: Address;
  readonly send: () => Promise<SendMessageResult>;
} {
  const stranger = network.layer.slashTo;
  const at = pick(network, contractsOf(network));
  const body = beginCell()
    .storeUint(pick(network, forgedWords), 32)
    .storeUint(0, 64)
    .storeCoins(small(network, 1_000_000))
    .storeAddress(stranger.address)
    .storeAddress(pick(network, people(network)).address)
    .endCell();
  return { at, send: () => stranger.send({ to: at, value: ONE, body }) };
}

const steps: ReadonlyArray<Step> = [
  ...Object.values(token),
  ...Object.values(payments),
  ...Object.values(payments),
  ...Object.values(roots),
  ...Object.values(roots),
  ...Object.values(decisions),
];

/** One thing that somebody does; now and then time passes. */
export async function act(network: Network): Promise<SendMessageResult | undefined> {
  const chain = chainOf(network);
  chain.now = chain.now! + network.draw.int(HOUR / 2);
  if (network.draw.chance(1, 20)) chain.now += EPOCH;
  return pick(network, steps)(network);
}
