import { beginCell, toNano } from "@ton/core";
import type { SandboxContract } from "@ton/sandbox";
import { beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../../src/adapters/ton/wrappers/errors.ts";
import type { PrepaidAccount } from "../../src/adapters/ton/wrappers/payments.ts";
import { broken, dataOf, leastValue } from "./chain.ts";
import { expectNoTransaction, expectRefusal } from "./expectations.ts";
import { HOUR, type Market, openAccount, openMarket, payIn, pingoOf, voucherFor } from "./jobs.ts";
import { EPOCH } from "./token.ts";

const ONE = toNano("1");
const PAID_IN = 1_000n;
const word = (op: number) => beginCell().storeUint(op, 32).storeUint(0, 64);

describe("Prepaid account", () => {
  let market: Market;
  let account: SandboxContract<PrepaidAccount>;
  let start: ReturnType<Market["token"]["chain"]["snapshot"]>;
  let purse: bigint;
  beforeAll(async () => {
    market = await openMarket();
    account = await openAccount(market);
    const { token, client } = market;
    await payIn(token, { from: client, to: account.address, amount: PAID_IN });
    start = token.chain.snapshot();
    purse = await pingoOf(token, client.address);
  });
  const fresh = () => market.token.chain.loadFrom(start);
  const wait = (seconds: number) => {
    const { chain } = market.token;
    chain.now = chain.now! + seconds;
  };
  const redeem = (cumulative: bigint, by = market.worker, value = ONE) =>
    account.sendRedeem(by.getSender(), { value, ...voucherFor(account.address, cumulative) });
  const books = async () => {
    const { token, client, worker, pool } = market;
    const { balance, redeemed } = await account.getData();
    const before = await pingoOf(token, worker.address);
    return {
      client: (await pingoOf(token, client.address)) - purse,
      worker: before - 1_000_000_000n,
      pool: (await pool.getData()).balance,
      held: await pingoOf(token, account.address),
      balance,
      redeemed,
    };
  };

  test("the newest voucher pays what is new, four fifths of it to the provider", async () => {
    await fresh();
    await redeem(101n);
    await redeem(250n);
    expect(await books()).toEqual({
      client: 0n,
      worker: 81n + 120n,
      pool: 20n + 29n,
      held: 750n,
      balance: 750n,
      redeemed: 250n,
    });
  });

  test("an old voucher and the same one again pay nothing", async () => {
    await fresh();
    await redeem(250n);
    const after = await books();
    expectRefusal(await redeem(250n), account.address, exitCodes.NOTHING_NEW);
    expectRefusal(await redeem(100n), account.address, exitCodes.NOTHING_NEW);
    expect(await books()).toEqual(after);
  });

  test("a voucher beyond the balance pays the balance, and the rest after a top-up", async () => {
    await fresh();
    const { token, client } = market;
    await redeem(1_500n);
    expect(await books()).toMatchObject({ balance: 0n, redeemed: PAID_IN, held: 0n });
    expectRefusal(await redeem(1_500n), account.address, exitCodes.NOTHING_NEW);
    await payIn(token, { from: client, to: account.address, amount: 700n });
    await redeem(1_500n);
    expect(await books()).toMatchObject({ balance: 200n, redeemed: 1_500n, held: 200n });
  });

  test("who signed, for which account and who presents it: each is checked", async () => {
    await fresh();
    const { client, worker, pool } = market;
    const present = (by: typeof worker, options: ReturnType<typeof voucherFor>) =>
      account.sendRedeem(by.getSender(), { value: ONE, ...options });
    const cases = [
      [worker, voucherFor(account.address, 5n, 0), exitCodes.BAD_SIGNATURE],
      [worker, voucherFor(pool.address, 5n), exitCodes.OTHER_CONTRACT],
      [client, voucherFor(account.address, 5n), exitCodes.NOT_PROVIDER],
    ] as const;
    for (const [by, options, code] of cases) {
      expectRefusal(await present(by, options), account.address, code);
    }
    expect(await books()).toMatchObject({ balance: PAID_IN, redeemed: 0n });
  });

  test("a salt makes another account, where the first one's voucher is worth nothing", async () => {
    await fresh();
    const { token, client, worker } = market;
    const second = await openAccount(market, { salt: 1n });
    await payIn(token, { from: client, to: second.address, amount: 50n });
    const options = { value: ONE, ...voucherFor(account.address, 5n) };
    const result = await second.sendRedeem(worker.getSender(), options);
    expectRefusal(result, second.address, exitCodes.OTHER_CONTRACT);
  });

  describe("Withdrawal", () => {
    const request = (by = market.client) => account.sendRequestWithdrawal(by.getSender(), ONE);
    const withdraw = (by = market.client) => account.sendWithdraw(by.getSender(), ONE);

    test("after the delay the rest comes back, and the provider is paid until then", async () => {
      await fresh();
      expectRefusal(await withdraw(), account.address, exitCodes.TOO_EARLY);
      await request();
      wait(EPOCH - 1);
      expectRefusal(await withdraw(), account.address, exitCodes.TOO_EARLY);
      await redeem(300n);
      wait(1);
      await withdraw();
      expect(await books()).toMatchObject({ client: 700n, held: 0n, balance: 0n, redeemed: 300n });
      expectRefusal(await withdraw(), account.address, exitCodes.TOO_EARLY);
    });

    test("a request grows stale: nobody orders first and withdraws at once", async () => {
      await fresh();
      await request();
      wait(2 * EPOCH + 1);
      expectRefusal(await withdraw(), account.address, exitCodes.TOO_LATE);
    });

    test("the client's top-up ends the request, a stranger's does not", async () => {
      await fresh();
      const { token, client, worker } = market;
      await request();
      await payIn(token, { from: worker, to: account.address, amount: 1n });
      expect((await account.getData()).withdrawableAt).toBeGreaterThan(0);
      await payIn(token, { from: client, to: account.address, amount: 1n });
      expect((await account.getData()).withdrawableAt).toBe(0);
      wait(EPOCH + HOUR);
      expectRefusal(await withdraw(), account.address, exitCodes.TOO_EARLY);
    });

    test("only the client asks and withdraws", async () => {
      await fresh();
      expectRefusal(await request(market.worker), account.address, exitCodes.NOT_CLIENT);
      await request();
      wait(EPOCH);
      expectRefusal(await withdraw(market.worker), account.address, exitCodes.NOT_CLIENT);
    });
  });

  test("forged: notifications, returns and wallets from strangers change nothing", async () => {
    await fresh();
    const { client, token } = market;
    const before = await dataOf(token.chain, account.address);
    const returned = word(0x3a7d4bd1).storeCoins(9).storeAddress(client.address);
    const wallet = word(0xd1735400).storeAddress(client.address).storeMaybeRef(null);
    const forgeries = [
      [
        word(0x7362d09c).storeCoins(9).storeAddress(client.address).storeBit(0),
        exitCodes.NOT_WALLET,
      ],
      [returned, exitCodes.NOT_WALLET],
      [wallet, exitCodes.NOT_MINTER],
      [word(0x6d1a20b4), exitCodes.WALLET_KNOWN],
      [word(0x53b8e417), exitCodes.NOTHING_OWED],
    ] as const;
    for (const [body, code] of forgeries) {
      const result = await client.send({ to: account.address, value: ONE, body: body.endCell() });
      expectRefusal(result, account.address, code);
    }
    expect(await dataOf(token.chain, account.address)).toBe(before);
  });

  test("the provider's wallet fails: owed, and collected when it works again", async () => {
    await fresh();
    const { token, worker, passer } = market;
    const at = await token.minter.getWalletAddress(worker.address);
    const healthy = (await token.chain.getContract(at)).account;
    await broken(token.chain, at);
    await redeem(100n);
    expect((await account.getData()).owed).toEqual({ client: 0n, provider: 80n, pool: 0n });
    await token.chain.setShardAccount(at, healthy);
    await account.sendCollect(passer.getSender(), ONE);
    expect(await books()).toMatchObject({ worker: 80n, pool: 20n, held: 900n, balance: 900n });
  });

  test.each(["old", "reduced"] as const)("%s prices: the least value is enough", async (prices) => {
    const cheap = await openMarket(prices);
    const contract = await openAccount(cheap);
    const { token, client, worker } = cheap;
    await payIn(token, { from: client, to: contract.address, amount: 100n });
    const send = (value: bigint) => {
      const options = { value, ...voucherFor(contract.address, 100n) };
      return contract.sendRedeem(worker.getSender(), options);
    };
    const result = await send(await leastValue(token.chain, contract.address, send));
    expectNoTransaction(result, { aborted: true });
    expect((await cheap.pool.getData()).balance).toBe(20n);
  });
});
