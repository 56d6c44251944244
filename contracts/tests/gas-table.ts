/**
 * Every operation once, on a chain of each price set: the gas of its contracts' transactions and
 * the fees of the whole chain of messages, the sender's wallet included.
 */
import { createHash } from "node:crypto";
import { type Address, Cell, toNano } from "@ton/core";
import type { SendMessageResult } from "@ton/sandbox";
import { CredentialItem, signed, voucherCell } from "../../src/adapters/ton/wrappers/credential.ts";
import { type Leaf, leafHash, type Neighbour } from "../../src/policies/rewards/claims.ts";
import { feesOf, gasOf, NOW, type Person, type Prices } from "./chain.ts";
import { openWorld, signer } from "./issuers.ts";
import {
  BOND,
  judged,
  openAccount,
  openEscrow,
  openMarket,
  PRICE,
  payIn,
  resultHash,
  voucherFor,
} from "./jobs.ts";
import { create, openFair, pictured } from "./memes.ts";
import { CHALLENGER_BOND, commit, openLayer, WINDOW } from "./sequencer.ts";
import {
  allocationsOf,
  DISTRIBUTION_VALUE,
  distributorIn,
  EPOCH,
  openToken,
  spendableToken,
  teamVesting,
  walletOf,
  YEAR,
} from "./token.ts";
import { DELAY, openAssembly, PRICE_NAME, proposalNo, TIMELOCK, VOTING } from "./voters.ts";

/** Gas by transaction of a contract; fees in nanogram. */
export interface Measured {
  readonly gas: ReadonlyArray<number>;
  readonly fee: number;
}

const LEVELS = 19;
const DAY = 24 * 3600;

type Table = Map<string, Measured>;

/** Keeps what contracts used; people's wallets are not ours. */
function note(
  table: Table,
  name: string,
  result: SendMessageResult,
  people: ReadonlyArray<Address>,
) {
  const theirs = new Set(people.map((address) => address.toString()));
  const ours = result.transactions.flatMap(({ inMessage }) => {
    const to = inMessage?.info.dest as Address | undefined;
    return to === undefined || theirs.has(to.toString()) ? [] : [to];
  });
  table.set(name, { gas: gasOf(result, ...ours), fee: Number(feesOf(result)) });
}

async function measureToken(table: Table, prices: Prices): Promise<void> {
  const born = await openToken(prices);
  const people = [born.creator, born.alice, born.bob].map(({ address }) => address);
  const options = { value: DISTRIBUTION_VALUE, allocations: allocationsOf(born) };
  const sent = await born.minter.sendDistribute(born.creator.getSender(), options);
  note(table, "jetton: distribution, 4 allocations", sent, people);

  const token = await spendableToken(prices);
  const { alice, bob, creator, chain } = token;
  const value = toNano("0.5");
  const from = await walletOf(token, alice.address);
  const move = { value, amount: 5n, recipient: bob.address, excessesTo: alice.address };
  note(table, "jetton: transfer", await from.sendTransfer(alice.getSender(), move), people);
  const notified = { ...move, forwardValue: toNano("0.01") };
  const second = await from.sendTransfer(alice.getSender(), notified);
  note(table, "jetton: transfer with notification", second, people);
  const burnt = await from.sendBurn(alice.getSender(), { value, amount: 5n });
  note(table, "jetton: burn", burnt, people);
  chain.now = NOW + 2 * YEAR + DAY;
  const vesting = teamVesting(token);
  note(table, "vesting: release", await vesting.sendRelease(alice.getSender(), value), people);

  const distributor = distributorIn(token);
  const way = wayUp({ workchain: 0, hash: bob.address.hash, cumulative: 1000n });
  const posted = { value, epoch: 3, cap: 2000n, hash: way.root };
  const published = await distributor.sendPublish(creator.getSender(), posted);
  note(table, "rewards: publish", published, people);
  chain.now += EPOCH;
  const active = await distributor.sendActivate(creator.getSender(), value);
  note(table, "rewards: activate", active, people);
  const claim = { value, cumulative: 1000n, proof: way.proof };
  const first = await distributor.sendClaim(bob.getSender(), claim);
  note(table, "rewards: claim, 500,000 owners", first, people);
  const again = await distributor.sendClaim(bob.getSender(), claim);
  note(table, "rewards: claim, nothing new", again, people);
}

/** From a leaf to the root of some tree of 500,000: nineteen levels, neighbours on both sides. */
function wayUp(leaf: Leaf): {
  readonly root: Uint8Array;
  readonly proof: ReadonlyArray<Neighbour>;
} {
  const proof: Array<Neighbour> = [];
  let root = leafHash(leaf);
  for (let level = 0; level < LEVELS; level += 1) {
    const hash = Buffer.alloc(32, level + 1);
    const isLeft = level % 2 === 0;
    proof.push({ side: isLeft ? "left" : "right", hash });
    const node = createHash("sha256").update(Buffer.of(1));
    root = (isLeft ? node.update(hash).update(root) : node.update(root).update(hash)).digest();
  }
  return { root, proof };
}

async function measureCredential(table: Table, prices: Prices): Promise<void> {
  const { chain, owner, alice, bob, collection } = await openWorld(prices);
  const people = [owner.address, alice.address, bob.address];
  const value = toNano("0.3");
  const present = async (name: string, by: Person, voucher: ReturnType<typeof voucherCell>) => {
    const signatures = [signed(voucher, 0, signer(0)), signed(voucher, 1, signer(1))] as const;
    const options = { value, voucher, signatures };
    note(table, name, await collection.sendPresent(by.getSender(), options), people);
  };
  const today = NOW / DAY;
  const grant = { kind: "grant", owner: alice.address, tier: 1 } as const;
  const at = collection.address;
  const until = NOW + DAY;
  await present("credential: claim", alice, voucherCell(at, until, { ...grant, epoch: today }));
  const next = voucherCell(at, until, { ...grant, epoch: today + 1 });
  await present("credential: refresh", alice, next);
  const item = chain.openContract(
    new CredentialItem(await collection.getItemAddress(alice.address)),
  );
  const proof = { value, dest: bob.address, payload: Cell.EMPTY };
  const proved = await item.sendProveOwnership(alice.getSender(), proof);
  note(table, "credential: prove ownership", proved, people);
  const recovery = { kind: "recover", from: alice.address, to: bob.address } as const;
  await present("credential: recover", bob, voucherCell(at, until, recovery));
  const punishment = { kind: "punish", owner: bob.address } as const;
  await present("credential: punish", owner, voucherCell(at, until, punishment));
}

async function measurePayments(table: Table, prices: Prices): Promise<void> {
  const market = await openMarket(prices);
  const { token, client, worker, passer, pool } = market;
  const people = [client, worker, passer, market.edges, market.treasury].map((p) => p.address);
  const value = toNano("0.5");
  const escrow = await openEscrow(market);
  const to = escrow.address;
  const funded = await payIn(token, { from: client, to, amount: PRICE });
  note(table, "escrow: fund", funded, people);
  const accepted = await payIn(token, { from: worker, to, amount: BOND, accepts: true });
  note(table, "escrow: accept with bond", accepted, people);
  const submitted = await escrow.sendSubmit(worker.getSender(), { value, resultHash });
  note(table, "escrow: submit", submitted, people);
  const verdict = { value, ...judged(to, true) };
  const paid = await escrow.sendJudge(passer.getSender(), verdict);
  note(table, "escrow: verdict of two, worker and pool paid", paid, people);
  const account = await openAccount(market);
  const filled = await payIn(token, { from: client, to: account.address, amount: 100n });
  note(table, "account: top up", filled, people);
  const redemption = { value, ...voucherFor(account.address, 50n) };
  const redeemed = await account.sendRedeem(worker.getSender(), redemption);
  note(table, "account: redeem", redeemed, people);
  await account.sendRequestWithdrawal(client.getSender(), value);
  token.chain.now = token.chain.now! + DAY;
  const back = await account.sendWithdraw(client.getSender(), value);
  note(table, "account: withdraw", back, people);
  note(table, "pool: share out", await pool.sendShare(passer.getSender(), value), people);
}

async function measureRoots(table: Table, prices: Prices): Promise<void> {
  const layer = await openLayer(prices);
  const { anchor, sequencer, arbiter, slashTo } = layer;
  const { token, worker, passer, client } = layer.market;
  const people = [sequencer, arbiter, slashTo, worker, passer, client].map((p) => p.address);
  const value = CHALLENGER_BOND + toNano("0.5");
  const way = wayUp({ workchain: 0, hash: worker.address.hash, cumulative: 100n });
  note(table, "roots: commit", await commit(layer, way.root), people);
  token.chain.now = token.chain.now! + WINDOW;
  const final = await anchor.sendFinalize(passer.getSender(), value);
  note(table, "roots: finalize", final, people);
  const claim = { value, cumulative: 100n, proof: way.proof };
  const drawn = await anchor.sendClaim(worker.getSender(), claim);
  note(table, "roots: withdraw, 500,000 owners", drawn, people);
  for (let n = 1; n <= 16; n += 1) await commit(layer, Buffer.alloc(32, n));
  const challenged = await anchor.sendChallenge(worker.getSender(), { value, index: 2 });
  note(table, "roots: challenge", challenged, people);
  const resolved = await anchor.sendResolve(arbiter.getSender(), { value, isFraud: true });
  note(table, "roots: fraud, 16 roots dropped", resolved, people);
}

async function measureGovernance(table: Table, prices: Prices): Promise<void> {
  const assembly = await openAssembly(prices);
  const { chain, council, publisher, guardian, voters, parameters } = assembly;
  const people = [publisher, guardian, ...voters].map((p) => p.address);
  const [voter] = voters;
  const value = toNano("0.5");
  const way = wayUp({ workchain: 0, hash: voter!.address.hash, cumulative: 50n });
  const snapshot = { value, epoch: 1, root: way.root, total: 100n };
  const published = await council.sendPublishSnapshot(publisher.getSender(), snapshot);
  note(table, "governance: publish a snapshot", published, people);
  chain.now = NOW + DELAY;
  await council.sendActivateSnapshot(publisher.getSender(), value);
  const weight = { value, weight: 50n, proof: way.proof };
  const change = { target: parameters.address, name: PRICE_NAME, value: 150n };
  const opened = await council.sendPropose(voter!.getSender(), { ...weight, change });
  note(table, "governance: propose, 500,000 voters", opened, people);
  const proposal = await proposalNo(assembly, 0);
  const cast = await proposal.sendVote(voter!.getSender(), { ...weight, inFavour: true });
  note(table, "governance: vote, 500,000 voters", cast, people);
  chain.now += VOTING + TIMELOCK;
  const executed = await proposal.sendExecute(publisher.getSender(), value);
  note(table, "governance: execute", executed, people);
}

async function measureMemes(table: Table, prices: Prices): Promise<void> {
  const fair = await openFair(prices);
  const { alice, treasury, governor } = fair;
  const people = [alice, treasury, governor].map((p) => p.address);
  note(table, "memes: create, address of a picture", await create(fair, alice), people);
  const large = await create(fair, alice, { content: pictured });
  note(table, "memes: create, picture of four KiB", large, people);
}

/** The whole table at one price set. */
export async function measure(prices: Prices): Promise<Table> {
  const table: Table = new Map();
  await measureToken(table, prices);
  await measureCredential(table, prices);
  await measurePayments(table, prices);
  await measureRoots(table, prices);
  await measureGovernance(table, prices);
  await measureMemes(table, prices);
  return table;
}
