/**
 * Mistakes in escrows, accounts and the pool: one at least for each pitfall that their kind of
 * contract is known for, from a bounce that is ignored to a map that grows.
 */
import { beginCell, toNano } from "@ton/core";
import type { SandboxContract } from "@ton/sandbox";
import { findTransaction } from "@ton/test-utils";
import type { Escrow } from "../../src/adapters/ton/wrappers/payments.ts";
import { balanceOf, broken } from "./chain.ts";
import {
  BOND,
  escrowIn,
  HOUR,
  judged,
  type Market,
  openAccount,
  openEscrow,
  openMarket,
  PRICE,
  payIn,
  pingoOf,
  voucherFor,
} from "./jobs.ts";
import type { Replaced } from "./kept-worlds.ts";
import { type Mutant, plant, type Story } from "./plant.ts";
import { EPOCH, walletOf } from "./token.ts";

const ONE = toNano("1");
const word = (op: number) => beginCell().storeUint(op, 32).storeUint(0, 64);
const judge = (market: Market, escrow: SandboxContract<Escrow>, isGood = true, value = ONE) =>
  escrow.sendJudge(market.passer.getSender(), { value, ...judged(escrow.address, isGood) });

async function submitted(replaced: Replaced) {
  const market = await openMarket("old", replaced);
  return { market, escrow: await escrowIn(market, "submitted") };
}

const strayPaymentsComeBack: Story = async (replaced) => {
  const market = await openMarket("old", replaced);
  const { token, worker } = market;
  const before = await pingoOf(token, worker.address);
  const escrow = await escrowIn(market, "funded");
  await payIn(token, { from: worker, to: escrow.address, amount: BOND });
  return (await pingoOf(token, worker.address)) === before;
};

const failedLegsAreOwed: Story = async (replaced) => {
  const { market, escrow } = await submitted(replaced);
  const { token, worker } = market;
  await broken(token.chain, await token.minter.getWalletAddress(worker.address));
  await judge(market, escrow);
  return (await escrow.getData()).owed.worker === PRICE - PRICE / 5n + BOND;
};

const refusedLegsAreOwed: Story = async (replaced) => {
  const { market, escrow } = await submitted(replaced);
  const { token } = market;
  await broken(token.chain, await token.minter.getWalletAddress(escrow.address));
  await judge(market, escrow);
  return (await escrow.getData()).owed.pool === PRICE / 5n;
};

const rentStays: Story = async (replaced) => {
  const { market, escrow } = await submitted(replaced);
  await judge(market, escrow);
  return (await balanceOf(market.token.chain, escrow.address)) > toNano("0.02");
};

const nothingAborts: Story = async (replaced) => {
  const { market, escrow } = await submitted(replaced);
  const { transactions } = await judge(market, escrow);
  return findTransaction(transactions, { aborted: true }) === undefined;
};

const poorVerdictsDoNothing: Story = async (replaced) => {
  const { market, escrow } = await submitted(replaced);
  await judge(market, escrow, true, toNano("0.02"));
  return (await escrow.getData()).state === "submitted";
};

const verdictsAreOneEscrows: Story = async (replaced) => {
  const { market, escrow } = await submitted(replaced);
  const options = { value: ONE, ...judged(market.pool.address, false) };
  await escrow.sendJudge(market.client.getSender(), options);
  return (await escrow.getData()).state === "submitted";
};

const verifiersSignOnce: Story = async (replaced) => {
  const { market, escrow } = await submitted(replaced);
  const { verdict, signatures } = judged(escrow.address, false, [1]);
  const twice = { value: ONE, verdict, signatures: [...signatures, ...signatures] };
  await escrow.sendJudge(market.client.getSender(), twice);
  return (await escrow.getData()).state === "submitted";
};

const oneIsNoMajority: Story = async (replaced) => {
  const { market, escrow } = await submitted(replaced);
  const alone = { value: ONE, ...judged(escrow.address, false, [1]) };
  await escrow.sendJudge(market.client.getSender(), alone);
  return (await escrow.getData()).state === "submitted";
};

const nobodyFundsByWord: Story = async (replaced) => {
  const market = await openMarket("old", replaced);
  const escrow = await openEscrow(market);
  const { client } = market;
  const body = word(0x7362d09c).storeCoins(PRICE).storeAddress(client.address).storeBit(0);
  await client.send({ to: escrow.address, value: ONE, body: body.endCell() });
  return (await escrow.getData()).state === "awaiting";
};

const nobodyRefundsByWord: Story = async (replaced) => {
  const { market, escrow } = await submitted(replaced);
  const { client } = market;
  const body = word(0x3a7d4bd1).storeCoins(PRICE).storeAddress(client.address);
  await client.send({ to: escrow.address, value: ONE, body: body.endCell() });
  return (await escrow.getData()).owed.client === 0n;
};

const elevenVerifiersAreTooMany: Story = async (replaced) => {
  const market = await openMarket("old", replaced);
  const keys = Array.from({ length: 11 }, (_, n) => Buffer.alloc(32, n + 1));
  const escrow = await openEscrow(market, { judges: { threshold: 6, keys } });
  await payIn(market.token, { from: market.client, to: escrow.address, amount: PRICE });
  return (await escrow.getData()).state === "awaiting";
};

const deadlinesFit: Story = async (replaced) => {
  const market = await openMarket("old", replaced);
  const { token, client } = market;
  const before = await pingoOf(token, client.address);
  const escrow = await openEscrow(market, { acceptSeconds: 2 ** 32 - 1 });
  await payIn(token, { from: client, to: escrow.address, amount: PRICE });
  return (await pingoOf(token, client.address)) === before;
};

const jobsEndOnce: Story = async (replaced) => {
  const { market, escrow } = await submitted(replaced);
  await judge(market, escrow);
  await judge(market, escrow, false);
  return (await escrow.getData()).owed.client === 0n && (await escrow.getData()).state === "done";
};

const silenceIsWaitedFor: Story = async (replaced) => {
  const { market, escrow } = await submitted(replaced);
  await escrow.sendExpire(market.worker.getSender(), ONE);
  return (await escrow.getData()).state === "submitted";
};

const networkHasItsPart: Story = async (replaced) => {
  const { market, escrow } = await submitted(replaced);
  await judge(market, escrow);
  return (await market.pool.getData()).balance === PRICE / 5n;
};

const payloadsAreChecked: Story = async (replaced) => {
  const market = await openMarket("old", replaced);
  const { token, client, worker } = market;
  const wallet = await walletOf(token, client.address);
  const before = await wallet.getBalance();
  const body = word(0x0f8a7ea5)
    .storeCoins(5)
    .storeAddress(worker.address)
    .storeAddress(null)
    .storeMaybeRef(null)
    .storeCoins(0);
  await client.send({ to: wallet.address, value: ONE, body: body.endCell() });
  return (await wallet.getBalance()) === before;
};

async function filled(replaced: Replaced, amount = 1_000n) {
  const market = await openMarket("old", replaced);
  const account = await openAccount(market);
  const { token, client, worker } = market;
  await payIn(token, { from: client, to: account.address, amount });
  const redeem = (cumulative: bigint, to = account.address, by = worker) =>
    account.sendRedeem(by.getSender(), { value: ONE, ...voucherFor(to, cumulative) });
  const wait = (seconds: number) => {
    token.chain.now = token.chain.now! + seconds;
  };
  return { market, account, redeem, wait };
}

const vouchersPayOnce: Story = async (replaced) => {
  const { account, redeem } = await filled(replaced);
  await redeem(100n);
  await redeem(100n);
  return (await account.getData()).balance === 900n;
};

const vouchersAreOneAccounts: Story = async (replaced) => {
  const { market, account, redeem } = await filled(replaced);
  await redeem(100n, market.pool.address);
  return (await account.getData()).balance === 1_000n;
};

const largeSumsFit: Story = async (replaced) => {
  const large = 2n ** 33n;
  const { account } = await filled(replaced, large);
  return (await account.getData()).balance === large;
};

const withdrawalsWait: Story = async (replaced) => {
  const { market, account } = await filled(replaced);
  await account.sendRequestWithdrawal(market.client.getSender(), ONE);
  await account.sendWithdraw(market.client.getSender(), ONE);
  return (await account.getData()).balance === 1_000n;
};

const requestsGrowStale: Story = async (replaced) => {
  const { market, account, wait } = await filled(replaced);
  await account.sendRequestWithdrawal(market.client.getSender(), ONE);
  wait(9 * EPOCH + HOUR);
  await account.sendWithdraw(market.client.getSender(), ONE);
  return (await account.getData()).balance === 1_000n;
};

const topUpsEndRequests: Story = async (replaced) => {
  const { market, account, wait } = await filled(replaced);
  const { token, client } = market;
  await account.sendRequestWithdrawal(client.getSender(), ONE);
  await payIn(token, { from: client, to: account.address, amount: 1n });
  wait(EPOCH);
  await account.sendWithdraw(client.getSender(), ONE);
  return (await account.getData()).balance === 1_001n;
};

const strangersDoNotRedeem: Story = async (replaced) => {
  const { market, account, redeem } = await filled(replaced);
  await redeem(100n, account.address, market.client);
  return (await account.getData()).redeemed === 0n;
};

const mutants: ReadonlyArray<Mutant> = [
  ["payments/escrow", ">= 32) &&", ">= 32) &", strayPaymentsComeBack],
  ["payments/escrow", "if (!isWanted) {", "if (false) {", strayPaymentsComeBack],
  [
    "payments/escrow",
    "Owed.of(changed.owed).with(leg,",
    "Owed.of(null).with(7,",
    failedLegsAreOwed,
  ],
  [
    "payments/escrow",
    "bounce: BounceMode.RichBounce,",
    "bounce: BounceMode.Only256BitsOfBody,",
    refusedLegsAreOwed,
  ],
  ["payments/escrow", "keepBalance(valueCoins, paymentReserve());", "", rentStays],
  ["payments/escrow", "excessesTo: payer,", "excessesTo: contract.getAddress(),", nothingAborts],
  ["payments/escrow", "payer.value >= cost", "true", poorVerdictsDoNothing],
  ["payments/escrow", "verdict.escrow == contract.getAddress()", "true", verdictsAreOneEscrows],
  ["payments/escrow", "(signed.verifier > last)", "true", verifiersSignOnce],
  ["payments/escrow", "count >= self.threshold", "true", oneIsNoMajority],
  [
    "payments/escrow",
    "assert (in.senderAddress == escrow.wallet) throw",
    "assert (true) throw",
    nobodyFundsByWord,
  ],
  ["payments/escrow", "in.senderAddress == escrow.wallet!", "true", nobodyRefundsByWord],
  ["payments/escrow", "(judges.count <= MOST_VERIFIERS)", "true", elevenVerifiersAreTooMany],
  ["payments/escrow", "longest > MOST_SECONDS", "false", deadlinesFit],
  ["payments/escrow", "settled.state = DONE;", "", jobsEndOnce],
  ["payments/escrow", "blockchain.now() > escrow.deadline", "true", silenceIsWaitedFor],
  ["payments/escrow", "price / NETWORK_PART", "0", networkHasItsPart],
  ["jetton/wallet", "msg.forwardPayload.assertIsEither();", "", payloadsAreChecked],
  ["payments/account", "account.redeemed += amount;", "", vouchersPayOnce],
  ["payments/account", "voucher.account == contract.getAddress()", "true", vouchersAreOneAccounts],
  [
    "payments/account",
    "account.balance += msg.amount as uint64;",
    "account.balance += (msg.amount & 0xFFFFFFFF) as uint64;",
    largeSumsFit,
  ],
  ["payments/account", "(now >= account.withdrawableAt)", "true", withdrawalsWait],
  ["payments/account", "now <= stale", "true", requestsGrowStale],
  [
    "payments/account",
    "if (from == account.terms.load().client) {",
    "if (false) {",
    topUpsEndRequests,
  ],
  ["payments/account", "in.senderAddress == terms.provider", "true", strangersDoNotRedeem],
];

plant("Mutants of payments", mutants);
