/**
 * Any history of all contracts together keeps what they promise. `npm test` draws a few hundred
 * things to do; PINGO_SOAK=10000 draws as many as it says.
 */
import type { Address } from "@ton/core";
import type { SendMessageResult } from "@ton/sandbox";
import { expect, test } from "vitest";
import { CredentialItem } from "../../src/adapters/ton/wrappers/credential.ts";
import { ClaimRecord } from "../../src/adapters/ton/wrappers/distributor.ts";
import { JettonWallet } from "../../src/adapters/ton/wrappers/jetton.ts";
import { Stream } from "../../src/kernel/entropy.ts";
import { balanceOf, dataOf } from "./chain.ts";
import { BOND, PRICE, pingoOf } from "./jobs.ts";
import { holding, memeBy } from "./memes.ts";
import { act, contractsOf, forge, type Network, openNetwork } from "./network.ts";
import { CHALLENGER_BOND } from "./sequencer.ts";
import type { Token } from "./token.ts";
import { PRICE_NAME } from "./voters.ts";

const STEPS = Number(process.env.PINGO_SOAK ?? 300);
const AUDIT_EVERY = 50;
const chainOf = ({ layer }: Network) => layer.market.token.chain;

/** Of every account that the chain knows. */
async function allCoins(network: Network): Promise<bigint> {
  const chain = chainOf(network);
  let sum = 0n;
  for (const { address } of chain.snapshot().contracts) sum += await balanceOf(chain, address);
  return sum;
}

/** Rent, gas and messages: the sender's part of a message's price and the receiving block's. */
function feesIn({ transactions }: SendMessageResult): bigint {
  let fees = 0n;
  for (const { totalFees, outMessages } of transactions) {
    fees += totalFees.coins;
    for (const { info } of outMessages.values()) {
      if (info.type === "internal") fees += info.forwardFee;
    }
  }
  return fees;
}

/** Where the wallet of every owner is or would be: the minter is asked once for each. */
const wallets = new Map<string, Address>();

async function walletAddress({ minter }: Token, owner: Address): Promise<Address> {
  const known = wallets.get(owner.toString()) ?? (await minter.getWalletAddress(owner));
  wallets.set(owner.toString(), known);
  return known;
}

/** What is in wallets of every owner there is adds up to the supply; nobody minted any. */
async function pingoAddsUp(network: Network, last: bigint): Promise<bigint> {
  const { token } = network.layer.market;
  const { minter, chain } = token;
  let sum = 0n;
  for (const { address } of chain.snapshot().contracts) {
    const wallet = new JettonWallet(await walletAddress(token, address));
    sum += await chain.openContract(wallet).getBalance();
  }
  const supply = await minter.getSupply();
  expect(sum).toBe(supply);
  expect(supply).toBeLessThanOrEqual(last);
  return supply;
}

/** PINGO in an escrow is what its state says, with what came back. */
async function escrowsHold(network: Network): Promise<void> {
  const due = { awaiting: 0n, funded: PRICE, accepted: PRICE + BOND, submitted: PRICE + BOND };
  for (const escrow of network.escrows.slice(-12)) {
    const { state, owed } = await escrow.getData();
    const back = owed.client + owed.worker + owed.pool;
    const held = await pingoOf(network.layer.market.token, escrow.address);
    expect(held).toBe((state === "done" ? 0n : due[state]) + back);
  }
  const { account, layer } = network;
  const { balance, owed } = await account.getData();
  const held = await pingoOf(layer.market.token, account.address);
  expect(held).toBe(balance + owed.client + owed.provider + owed.pool);
  const { pool, token } = layer.market;
  expect(await pingoOf(token, pool.address)).toBe((await pool.getData()).balance);
}

/** What records say was paid is what the books say, and within cap, deposit and claim. */
async function claimsAgree(network: Network): Promise<void> {
  const { distributor, earned, drawn, layer } = network;
  const chain = chainOf(network);
  const recorded = async (at: Address) => chain.openContract(new ClaimRecord(at)).getClaimed();
  let paid = 0n;
  for (const [person, amount] of earned) {
    const claimed = await recorded(await distributor.getRecordAddress(person.address));
    expect(claimed).toBeLessThanOrEqual(amount);
    paid += claimed;
  }
  const books = await distributor.getData();
  expect(books.paid).toBe(paid);
  expect(paid).toBeLessThanOrEqual(books.cap);
  let withdrawn = 0n;
  for (const [person, amount] of drawn) {
    const claimed = await recorded(await layer.anchor.getRecordAddress(person.address));
    expect(claimed).toBeLessThanOrEqual(amount);
    withdrawn += claimed;
  }
  const anchor = await layer.anchor.getData();
  expect(anchor.paid).toBe(withdrawn);
  expect(withdrawn).toBeLessThanOrEqual(anchor.deposited);
  expect(await pingoOf(layer.market.token, layer.anchor.address)).toBe(
    anchor.deposited - anchor.paid,
  );
}

async function bondsAreThere(network: Network, lastFinal: number): Promise<number> {
  const { anchor } = network.layer;
  const { finalIndex, tip, bond, challenged } = await anchor.getData();
  expect(finalIndex).toBeGreaterThanOrEqual(lastFinal);
  expect(tip - finalIndex).toBeLessThanOrEqual(16);
  expect(challenged === 0 || (challenged > finalIndex && challenged <= tip)).toBe(true);
  const locked = bond + (challenged > 0 ? CHALLENGER_BOND : 0n);
  expect(await balanceOf(chainOf(network), anchor.address)).toBeGreaterThan(locked);
  return finalIndex;
}

/** The price stays in its bounds; what a factory made adds up. */
async function othersHold(network: Network): Promise<void> {
  const { assembly, fair } = network;
  const { value, least, most } = await assembly.parameters.getParameter(PRICE_NAME);
  expect(value >= least && value <= most).toBe(true);
  const meme = await memeBy(fair, fair.alice);
  const { accountState } = await chainOf(network).getContract(meme.address);
  if (accountState?.type !== "active") return;
  const balances = [fair.alice, fair.bob].map(async (owner) =>
    (await holding(fair, meme, owner)).getBalance(),
  );
  const [one, two] = await Promise.all(balances);
  expect(one! + two!).toBe(await meme.getSupply());
}

/** Punished stays punished, and an epoch never falls. */
async function credentialsHold(network: Network, before: Map<string, string>): Promise<void> {
  const { world } = network;
  for (const { address } of [world.alice, world.bob]) {
    const item = new CredentialItem(await world.collection.getItemAddress(address));
    const held = await chainOf(network).openContract(item).getCredential();
    const [status, epoch] = (before.get(address.toString()) ?? "held 0").split(" ");
    if (held === undefined) continue;
    if (status !== "held") expect(held.status).toBe(status);
    expect(held.epoch).toBeGreaterThanOrEqual(Number(epoch));
    if (held.status !== "held") expect(held.isLive).toBe(false);
    before.set(address.toString(), `${held.status} ${held.epoch}`);
  }
}

/** A history in which nothing happens would prove nothing. */
async function whatHappened(network: Network) {
  const { distributor, layer, account, escrows, assembly } = network;
  const states = await Promise.all(escrows.map(async (each) => (await each.getData()).state));
  const { paid, finalIndex } = await layer.anchor.getData();
  return {
    claimed: (await distributor.getData()).paid > 0n,
    withdrawn: paid > 0n && finalIndex > 0,
    redeemed: (await account.getData()).redeemed > 0n,
    judged: states.includes("done"),
    proposed: (await assembly.council.getData()).nextId > 0,
  };
}

async function rentIsThere(network: Network): Promise<void> {
  for (const address of contractsOf(network)) {
    expect(await balanceOf(chainOf(network), address), address.toString()).toBeGreaterThan(0n);
  }
}

test(`any ${STEPS} steps of all contracts together keep every promise`, async () => {
  const network = await openNetwork(new Stream(20261122, "contracts"));
  const chain = chainOf(network);
  const log = chain as unknown as { readonly transactions: Array<unknown> };
  let supply = await network.layer.market.token.minter.getSupply();
  let final = 0;
  let done = 0;
  const credentials = new Map<string, string>();
  for (let step = 1; step <= STEPS; step += 1) {
    const coins = step % AUDIT_EVERY === 0 ? await allCoins(network) : undefined;
    const result = await act(network);
    if (coins !== undefined && result !== undefined) {
      expect((await allCoins(network)) + feesIn(result)).toBe(coins);
    }
    done += result?.transactions.some(({ outMessages }) => outMessages.size > 1) ? 1 : 0;
    final = await bondsAreThere(network, final);
    if (step % 3 === 0) {
      const { at, send } = forge(network);
      const before = await dataOf(chain, at);
      await send();
      expect(await dataOf(chain, at)).toBe(before);
    }
    if (step % 10 === 0) {
      await escrowsHold(network);
      await claimsAgree(network);
      await othersHold(network);
      await credentialsHold(network, credentials);
      await rentIsThere(network);
    }
    if (step % AUDIT_EVERY === 0) supply = await pingoAddsUp(network, supply);
    // The sandbox keeps every transaction for ever.
    log.transactions.length = 0;
  }
  expect(done).toBeGreaterThan(STEPS / 20);
  const all = { claimed: true, withdrawn: true, redeemed: true, judged: true, proposed: true };
  expect(await whatHappened(network)).toEqual(all);
}, 3_600_000);
