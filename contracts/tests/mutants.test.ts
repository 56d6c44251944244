/**
 * Stories that hold for the contracts as they are, and mistakes planted in their sources, one per
 * pitfall: each must break its story. A story that no mistake can break would prove nothing.
 */
import { beginCell, toNano } from "@ton/core";
import {
  CredentialItem,
  signed,
  type Voucher,
  voucherCell,
} from "../../src/adapters/ton/wrappers/credential.ts";
import { ClaimRecord } from "../../src/adapters/ton/wrappers/distributor.ts";
import { JettonWallet, SUPPLY } from "../../src/adapters/ton/wrappers/jetton.ts";
import { type Leaf, leafHash, proofOf, rootOf } from "../../src/policies/rewards/claims.ts";
import { broken, leastValue, NOW, type Person } from "./chain.ts";
import { openWorld, signer } from "./issuers.ts";
import type { Replaced } from "./kept-worlds.ts";
import { type Mutant, plant, type Story } from "./plant.ts";
import {
  allocationsOf,
  DISTRIBUTION_VALUE,
  distributedToken,
  distributorIn,
  EPOCH,
  openToken,
  spendableToken,
  teamVesting,
  walletOf,
  YEAR,
} from "./token.ts";

const ONE = toNano("1");
const word = (op: number) => beginCell().storeUint(op, 32).storeUint(0, 64);
const leafOf = (person: Person, cumulative: bigint): Leaf => ({
  workchain: 0,
  hash: person.address.hash,
  cumulative,
});

/** The network with a root over alice and bob of which `cap` may be paid. */
async function claimable(replaced: Replaced, cap: bigint) {
  const token = await distributedToken("old", replaced);
  const distributor = distributorIn(token);
  token.chain.now = NOW + EPOCH;
  const leaves = [leafOf(token.alice, 60n), leafOf(token.bob, 50n)];
  const root = { epoch: 1, cap, hash: rootOf(leaves) };
  await distributor.sendPublish(token.creator.getSender(), { value: ONE, ...root });
  token.chain.now += EPOCH;
  await distributor.sendActivate(token.creator.getSender(), ONE);
  const claim = (by: Person, index: number) =>
    distributor.sendClaim(by.getSender(), {
      value: ONE,
      cumulative: leaves[index]?.cumulative ?? 0n,
      proof: proofOf(leaves, index),
    });
  const claimed = async (by: Person) => {
    const at = await distributor.getRecordAddress(by.address);
    return token.chain.openContract(new ClaimRecord(at)).getClaimed();
  };
  const balance = async (of: Person) => (await walletOf(token, of.address)).getBalance();
  return { ...token, token, distributor, leaves, claim, claimed, balance };
}

const refusedClaimIsUndone: Story = async (replaced) => {
  const { claim, claimed, alice } = await claimable(replaced, 10n);
  await claim(alice, 0);
  return (await claimed(alice)) === 0n;
};

const failedClaimIsUndone: Story = async (replaced) => {
  const { claim, claimed, alice, chain, token, distributor } = await claimable(replaced, 100n);
  await broken(chain, (await walletOf(token, alice.address)).address);
  await claim(alice, 0);
  return (await claimed(alice)) === 0n && (await distributor.getData()).paid === 0n;
};

const claimsPayOnce: Story = async (replaced) => {
  const { claim, alice, balance } = await claimable(replaced, 1000n);
  await claim(alice, 0);
  await claim(alice, 0);
  return (await balance(alice)) === 60n;
};

const capHolds: Story = async (replaced) => {
  const { claim, alice, bob, distributor } = await claimable(replaced, 100n);
  await claim(alice, 0);
  await claim(bob, 1);
  return (await distributor.getData()).paid <= 100n;
};

const nobodyOrdersPayment: Story = async (replaced) => {
  const { bob, distributor, balance } = await claimable(replaced, 1000n);
  const body = word(0xabf71588).storeUint(7, 64).storeAddress(bob.address).endCell();
  await bob.send({ to: distributor.address, value: ONE, body });
  return (await balance(bob)) === 0n;
};

const nobodyUndoesPayment: Story = async (replaced) => {
  const { claim, alice, distributor } = await claimable(replaced, 1000n);
  await claim(alice, 0);
  const body = word(0x3a7d4bd1).storeCoins(60).storeAddress(alice.address).endCell();
  await alice.send({ to: distributor.address, value: ONE, body });
  return (await distributor.getData()).paid === 60n;
};

const innerNodesAreNoLeaves: Story = async (replaced) => {
  const { alice, distributor, leaves, balance } = await claimable(replaced, 1000n);
  // The root's own hash as the proof of nothing, then a level skipped.
  for (const proof of [[], [{ side: "right" as const, hash: leafHash(leaves[0] as Leaf) }]]) {
    const options = { value: ONE, cumulative: 60n, proof };
    await distributor.sendClaim(alice.getSender(), options);
  }
  return (await balance(alice)) === 0n;
};

const coinsComeFromWalletsOnly: Story = async (replaced) => {
  const token = await spendableToken("old", replaced);
  const wallet = await walletOf(token, token.alice.address);
  const before = await wallet.getBalance();
  const body = word(0x178d4519)
    .storeCoins(5)
    .storeAddress(token.bob.address)
    .storeAddress(null)
    .storeCoins(0)
    .storeBit(0);
  await token.bob.send({ to: wallet.address, value: ONE, body: body.endCell() });
  return (await wallet.getBalance()) === before;
};

const supplyFallsByBurnsOnly: Story = async (replaced) => {
  const { alice, minter } = await distributedToken("old", replaced);
  const body = word(0x7bdd97de).storeCoins(5).storeAddress(alice.address).storeAddress(null);
  await alice.send({ to: minter.address, value: ONE, body: body.endCell() });
  return (await minter.getSupply()) === SUPPLY;
};

const returnedTransfersAreRestored: Story = async (replaced) => {
  const token = await spendableToken("old", replaced);
  const wallet = await walletOf(token, token.alice.address);
  const before = await wallet.getBalance();
  await broken(token.chain, (await walletOf(token, token.bob.address)).address);
  const options = { value: ONE, amount: 5n, recipient: token.bob.address };
  await wallet.sendTransfer(token.alice.getSender(), options);
  return (await wallet.getBalance()) === before;
};

const leastTransferArrives: Story = async (replaced) => {
  const token = await spendableToken("old", replaced);
  const { alice, bob, chain } = token;
  const from = await walletOf(token, alice.address);
  const send = (value: bigint) =>
    from.sendTransfer(alice.getSender(), { value, amount: 5n, recipient: bob.address });
  await send(await leastValue(chain, from.address, send));
  const reserve = (await chain.getContract((await walletOf(token, bob.address)).address)).balance;
  return reserve > toNano("0.005");
};

const strangersCannotRelease: Story = async (replaced) => {
  const token = await distributedToken("old", replaced);
  token.chain.now = NOW + 2 * YEAR;
  const vesting = teamVesting(token);
  await vesting.sendRelease(token.bob.getSender(), ONE);
  return (await vesting.getData()).released === 0n;
};

const cliffHolds: Story = async (replaced) => {
  const token = await distributedToken("old", replaced);
  token.chain.now = NOW + YEAR / 2;
  const vesting = teamVesting(token);
  await vesting.sendRelease(token.alice.getSender(), ONE);
  return (await vesting.getData()).released === 0n;
};

const distributesOnce: Story = async (replaced) => {
  const token = await openToken("old", replaced);
  const options = { value: DISTRIBUTION_VALUE, allocations: allocationsOf(token) };
  await token.minter.sendDistribute(token.creator.getSender(), options);
  await token.minter.sendDistribute(token.creator.getSender(), options);
  const vesting = (await teamVesting(token).getData()).wallet;
  if (vesting === null) return false;
  const held = await token.chain.openContract(new JettonWallet(vesting)).getBalance();
  return held === (SUPPLY * 9n) / 100n;
};

/** Alice's credential, granted today, and what vouchers do to it. */
async function granted(replaced: Replaced) {
  const world = await openWorld("old", replaced);
  const { chain, collection, alice } = world;
  const present = (
    by: Person,
    voucher: Voucher,
    validUntil = NOW + YEAR,
    at = collection.address,
  ) => {
    const cell = voucherCell(at, validUntil, voucher);
    const signatures = [signed(cell, 0, signer(0)), signed(cell, 1, signer(1))] as const;
    return collection.sendPresent(by.getSender(), { value: ONE, voucher: cell, signatures });
  };
  const grant = (days: number): Voucher => {
    return { kind: "grant", owner: alice.address, tier: 1, epoch: NOW / EPOCH + days };
  };
  const item = new CredentialItem(await collection.getItemAddress(alice.address));
  const held = () => chain.openContract(item).getCredential();
  await present(alice, grant(0));
  return { ...world, present, grant, held, item };
}

const punishmentIsFinal: Story = async (replaced) => {
  const { present, grant, held, alice } = await granted(replaced);
  await present(alice, { kind: "punish", owner: alice.address });
  await present(alice, grant(1));
  return (await held())?.status === "punished";
};

const epochsRise: Story = async (replaced) => {
  const { present, grant, held, alice } = await granted(replaced);
  await present(alice, grant(-3));
  return (await held())?.epoch === NOW / EPOCH;
};

const vouchersExpire: Story = async (replaced) => {
  const { present, grant, held, alice } = await granted(replaced);
  await present(alice, grant(1), NOW - 1);
  return (await held())?.epoch === NOW / EPOCH;
};

const vouchersAreOneCollections: Story = async (replaced) => {
  const { present, grant, held, alice, bob } = await granted(replaced);
  await present(alice, grant(1), NOW + 1, bob.address);
  return (await held())?.epoch === NOW / EPOCH;
};

const bothSignaturesCount: Story = async (replaced) => {
  const { collection, grant, held, alice } = await granted(replaced);
  const voucher = voucherCell(collection.address, NOW + 1, grant(1));
  const good = signed(voucher, 0, signer(0));
  const signatures = [good, { issuer: 1, bytes: good.bytes }] as const;
  await collection.sendPresent(alice.getSender(), { value: ONE, voucher, signatures });
  return (await held())?.epoch === NOW / EPOCH;
};

const nobodyElseGrants: Story = async (replaced) => {
  const { item, held, alice } = await granted(replaced);
  const body = word(0x2f2f7a51).storeUint(9, 8).storeUint(NOW, 32).endCell();
  await alice.send({ to: item.address, value: ONE, body });
  return (await held())?.tier === 1;
};

const mutants: ReadonlyArray<Mutant> = [
  ["rewards/record", "record.claimed -= amount;", "", refusedClaimIsUndone],
  ["rewards/distributor", "distributor.paid -= amount;", "", failedClaimIsUndone],
  ["jetton/wallet", "wallet.balance += amount;", "", returnedTransfersAreRestored],
  ["rewards/record", "record.claimed = msg.cumulative;", "", claimsPayOnce],
  ["rewards/distributor", "distributor.paid <= distributor.active.load().cap", "true", capHolds],
  [
    "rewards/distributor",
    "in.senderAddress == record.calculateAddress()",
    "true",
    nobodyOrdersPayment,
  ],
  ["rewards/distributor", "in.senderAddress == distributor.wallet", "true", nobodyUndoesPayment],
  ["rewards/distributor", "found == root.hash", "true", innerNodesAreNoLeaves],
  [
    "jetton/wallet",
    "in.senderAddress == sender.calculateAddress()",
    "true",
    coinsComeFromWalletsOnly,
  ],
  [
    "jetton/minter",
    "in.senderAddress == wallet.calculateAddress()",
    "true",
    supplyFallsByBurnsOnly,
  ],
  ["jetton/wallet", "in.valueCoins >= cost", "true", leastTransferArrives],
  ["vesting/vesting", "in.senderAddress == terms.beneficiary", "true", strangersCannotRelease],
  ["vesting/vesting", "if (age < self.cliff)", "if (age < 0)", cliffHolds],
  ["credential/item", "(item.status <= HELD) & (msg.epoch", "true & (msg.epoch", punishmentIsFinal],
  ["credential/item", "& (msg.epoch > item.epoch)", "", epochsRise],
  ["credential/collection", "blockchain.now() <= validUntil", "true", vouchersExpire],
  [
    "credential/collection",
    "collection == contract.getAddress()",
    "true",
    vouchersAreOneCollections,
  ],
  ["credential/collection", "isSignatureValid(hash, other, second)", "true", bothSignaturesCount],
  ["credential/item", "in.senderAddress == item.collection", "true", nobodyElseGrants],
  ["jetton/minter", "minter.plan = null;", "", distributesOnce],
];

plant("Mutants", mutants);
