import { beginCell, toNano } from "@ton/core";
import { keyPairFromSeed, sign } from "@ton/crypto";
import type { SandboxContract } from "@ton/sandbox";
import { beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../../src/adapters/ton/wrappers/errors.ts";
import type { Escrow } from "../../src/adapters/ton/wrappers/payments.ts";
import { balanceOf, broken, constantOf, dataOf, gasOf, leastValue } from "./chain.ts";
import { expectNoTransaction, expectRefusal } from "./expectations.ts";
import {
  BOND,
  escrowIn,
  HOUR,
  judged,
  type Market,
  openEscrow,
  openMarket,
  PRICE,
  payIn,
  pingoOf,
  resultHash,
} from "./jobs.ts";

const ONE = toNano("1");
const FIFTH = PRICE / 5n;
const word = (op: number) => beginCell().storeUint(op, 32).storeUint(0, 64);

describe("Escrow", () => {
  let market: Market;
  let start: ReturnType<Market["token"]["chain"]["snapshot"]>;
  let purses: { readonly client: bigint; readonly worker: bigint };
  const held = async () => {
    const { token, client, worker } = market;
    return {
      client: await pingoOf(token, client.address),
      worker: await pingoOf(token, worker.address),
    };
  };
  beforeAll(async () => {
    market = await openMarket();
    start = market.token.chain.snapshot();
    purses = await held();
  });
  const fresh = () => market.token.chain.loadFrom(start);
  const wait = (seconds: number) => {
    const { chain } = market.token;
    chain.now = chain.now! + seconds;
  };
  /** What the two have more than at the beginning, and what pool and escrow hold. */
  const books = async (escrow: SandboxContract<Escrow>) => {
    const now = await held();
    const { token, pool } = market;
    return {
      client: now.client - purses.client,
      worker: now.worker - purses.worker,
      pool: (await pool.getData()).balance,
      escrow: await pingoOf(token, escrow.address),
      state: (await escrow.getData()).state,
    };
  };
  const judge = (escrow: SandboxContract<Escrow>, isGood: boolean, value = ONE) =>
    escrow.sendJudge(market.passer.getSender(), { value, ...judged(escrow.address, isGood) });
  const expire = (escrow: SandboxContract<Escrow>, value = ONE) =>
    escrow.sendExpire(market.passer.getSender(), value);

  test("a good result: four fifths and the bond to the worker, a fifth to the pool", async () => {
    await fresh();
    const escrow = await escrowIn(market, "submitted");
    await judge(escrow, true);
    expect(await books(escrow)).toEqual({
      client: -PRICE,
      worker: PRICE - FIFTH,
      pool: FIFTH,
      escrow: 0n,
      state: "done",
    });
  });

  test("a wrong result: the price back to the client, the bond to the pool", async () => {
    await fresh();
    const escrow = await escrowIn(market, "submitted");
    await judge(escrow, false);
    const after = { client: 0n, worker: -BOND, pool: BOND, escrow: 0n, state: "done" };
    expect(await books(escrow)).toEqual(after);
  });

  test("nobody takes the job: the price back after the time to accept", async () => {
    await fresh();
    const escrow = await escrowIn(market, "funded");
    wait(HOUR);
    expectRefusal(await expire(escrow), escrow.address, exitCodes.TOO_EARLY);
    wait(1);
    await expire(escrow);
    const after = { client: 0n, worker: 0n, pool: 0n, escrow: 0n, state: "done" };
    expect(await books(escrow)).toEqual(after);
  });

  test("a worker that is silent loses its bond", async () => {
    await fresh();
    const escrow = await escrowIn(market, "accepted");
    wait(2 * HOUR + 1);
    await expire(escrow);
    const after = { client: 0n, worker: -BOND, pool: BOND, escrow: 0n, state: "done" };
    expect(await books(escrow)).toEqual(after);
  });

  test("verifiers that are silent: the worker is paid", async () => {
    await fresh();
    const escrow = await escrowIn(market, "submitted");
    wait(3 * HOUR);
    expectRefusal(await expire(escrow), escrow.address, exitCodes.TOO_EARLY);
    wait(1);
    await expire(escrow);
    const { worker, pool, state } = await books(escrow);
    expect({ worker, pool, state }).toEqual({ worker: PRICE - FIFTH, pool: FIFTH, state: "done" });
  });

  test("a second too late: neither a bond, a result nor a verdict is taken", async () => {
    await fresh();
    const { token, worker } = market;
    const escrow = await escrowIn(market, "funded");
    wait(HOUR + 1);
    const late = { from: worker, to: escrow.address, amount: BOND, accepts: true };
    await payIn(token, late);
    expect(await books(escrow)).toMatchObject({ worker: 0n, state: "funded" });

    await fresh();
    const accepted = await escrowIn(market, "accepted");
    wait(2 * HOUR + 1);
    const submitted = await accepted.sendSubmit(worker.getSender(), { value: ONE, resultHash });
    expectRefusal(submitted, accepted.address, exitCodes.TOO_LATE);

    await fresh();
    const done = await escrowIn(market, "submitted");
    wait(3 * HOUR + 1);
    expectRefusal(await judge(done, false), done.address, exitCodes.TOO_LATE);
  });

  test("judged once: neither a second verdict nor a time-out pays again", async () => {
    await fresh();
    const escrow = await escrowIn(market, "submitted");
    await judge(escrow, true);
    const after = await books(escrow);
    expectRefusal(await judge(escrow, true), escrow.address, exitCodes.WRONG_STATE);
    expectRefusal(await judge(escrow, false), escrow.address, exitCodes.WRONG_STATE);
    wait(9 * HOUR);
    expectRefusal(await expire(escrow), escrow.address, exitCodes.WRONG_STATE);
    const collected = await escrow.sendCollect(market.passer.getSender(), ONE);
    expectRefusal(collected, escrow.address, exitCodes.NOTHING_OWED);
    expect(await books(escrow)).toEqual(after);
  });

  describe("Verdicts", () => {
    const refused = async (
      change: (escrow: SandboxContract<Escrow>) => ReturnType<typeof judged>,
      code: number,
    ) => {
      await fresh();
      const escrow = await escrowIn(market, "submitted");
      const options = { value: ONE, ...change(escrow) };
      const result = await escrow.sendJudge(market.client.getSender(), options);
      expectRefusal(result, escrow.address, code);
      expect((await books(escrow)).state).toBe("submitted");
    };

    test("one of two signatures is too few", () =>
      refused(({ address }) => judged(address, false, [1]), exitCodes.TOO_FEW_SIGNATURES));

    test("one verifier does not sign twice", () =>
      refused(({ address }) => {
        const { verdict, signatures } = judged(address, false, [1]);
        return { verdict, signatures: [...signatures, ...signatures] };
      }, exitCodes.BAD_SIGNATURE));

    test("a verifier of nobody's choice does not count", () =>
      refused(({ address }) => judged(address, false, [0, 3]), exitCodes.BAD_SIGNATURE));

    test("a signature under another's number is none", () =>
      refused(({ address }) => {
        const { verdict, signatures } = judged(address, false, [0, 1]);
        const swapped = signatures.map(({ verifier, bytes }) => ({
          verifier: 1 - verifier,
          bytes,
        }));
        return { verdict, signatures: swapped };
      }, exitCodes.BAD_SIGNATURE));

    test("signed for another escrow: refused", () =>
      refused(() => judged(market.pool.address, false), exitCodes.OTHER_CONTRACT));

    test("signed for another result: refused", () =>
      refused(
        ({ address }) => judged(address, false, [0, 1], Buffer.alloc(32, 7)),
        exitCodes.OTHER_RESULT,
      ));
  });

  describe("What comes in", () => {
    test("the wrong amount, the wrong payer, a bond without a word: all comes back", async () => {
      await fresh();
      const { token, client, worker } = market;
      const escrow = await openEscrow(market);
      const to = escrow.address;
      await payIn(token, { from: client, to, amount: PRICE - 1n });
      await payIn(token, { from: worker, to, amount: PRICE });
      const nothing = { client: 0n, worker: 0n, pool: 0n, escrow: 0n, state: "awaiting" };
      expect(await books(escrow)).toEqual(nothing);
      await payIn(token, { from: client, to, amount: PRICE });
      await payIn(token, { from: worker, to, amount: BOND });
      await payIn(token, { from: worker, to, amount: BOND + 1n, accepts: true });
      expect(await books(escrow)).toMatchObject({ worker: 0n, escrow: PRICE, state: "funded" });
    });

    test("a stray payment with too few coins to go back is the client's at the end", async () => {
      await fresh();
      const { token, client, worker, passer } = market;
      const escrow = await escrowIn(market, "submitted");
      const notice = toNano("0.006");
      await payIn(token, { from: worker, to: escrow.address, amount: 7n, notice });
      expect((await escrow.getData()).owed.client).toBe(7n);
      await judge(escrow, true);
      expect(await books(escrow)).toMatchObject({ client: 7n - PRICE, escrow: 0n });
      await payIn(token, { from: client, to: escrow.address, amount: 9n, notice });
      await escrow.sendCollect(passer.getSender(), ONE);
      expect(await books(escrow)).toMatchObject({ client: 7n - PRICE, escrow: 0n });
    });

    test("a job for one worker is taken by no other", async () => {
      await fresh();
      const { token, client, worker, passer } = market;
      const escrow = await escrowIn(market, "funded", { worker: passer.address });
      const options = { from: worker, to: escrow.address, amount: BOND, accepts: true };
      await payIn(token, options);
      expect(await books(escrow)).toMatchObject({ worker: 0n, state: "funded" });
      const mine = await escrowIn(market, "accepted", { worker: worker.address });
      expect((await mine.getData()).worker?.toString()).toBe(worker.address.toString());
      expect(client.address.equals(worker.address)).toBe(false);
    });

    test.each(["acceptSeconds", "workSeconds", "judgeSeconds"] as const)(
      "terms whose %s no deadline can hold: the price comes back",
      async (name) => {
        await fresh();
        const escrow = await openEscrow(market, { [name]: 2 ** 32 - 1 });
        const { token, client } = market;
        await payIn(token, { from: client, to: escrow.address, amount: PRICE });
        const after = { client: 0n, escrow: 0n, state: "awaiting" };
        expect(await books(escrow)).toMatchObject(after);
      },
    );

    test.each([
      ["half of the verifiers", { threshold: 1, count: 2 }],
      ["more verifiers than there are", { threshold: 4, count: 3 }],
      ["eleven verifiers", { threshold: 6, count: 11 }],
    ])("terms with %s: the price comes back", async (_, { threshold, count }) => {
      await fresh();
      const keys = Array.from({ length: count }, (__, n) => Buffer.alloc(32, n + 1));
      const escrow = await openEscrow(market, { judges: { threshold, keys } });
      const { token, client } = market;
      await payIn(token, { from: client, to: escrow.address, amount: PRICE });
      const after = { client: 0n, escrow: 0n, state: "awaiting" };
      expect(await books(escrow)).toMatchObject(after);
    });
  });

  test("forged: notifications, returns, wallets and results from strangers", async () => {
    await fresh();
    const { worker, client } = market;
    const escrow = await escrowIn(market, "accepted");
    const before = await dataOf(market.token.chain, escrow.address);
    const notification = (amount: bigint) =>
      word(0x7362d09c).storeCoins(amount).storeAddress(client.address).storeBit(0);
    const returned = word(0x3a7d4bd1).storeCoins(PRICE).storeAddress(client.address);
    const wallet = word(0xd1735400).storeAddress(client.address).storeMaybeRef(null);
    const forgeries = [
      [notification(PRICE), exitCodes.NOT_WALLET],
      [returned, exitCodes.NOT_WALLET],
      [wallet, exitCodes.NOT_MINTER],
      [word(0x41c7a8e2).storeUint(5, 256), exitCodes.NOT_WORKER],
      [word(0x6d1a20b4), exitCodes.WALLET_KNOWN],
      [word(0x12345678), exitCodes.WRONG_OP],
    ] as const;
    for (const [body, code] of forgeries) {
      const result = await client.send({ to: escrow.address, value: ONE, body: body.endCell() });
      expectRefusal(result, escrow.address, code);
    }
    expect(await dataOf(market.token.chain, escrow.address)).toBe(before);
    expect(worker.address.equals(client.address)).toBe(false);
  });

  test.each(["worker", "pool"] as const)(
    "the %s's wallet fails: owed, then collected",
    async (to) => {
      await fresh();
      const { token, worker, pool, passer } = market;
      const escrow = await escrowIn(market, "submitted");
      const owner = to === "worker" ? worker.address : pool.address;
      const at = await token.minter.getWalletAddress(owner);
      const healthy = (await token.chain.getContract(at)).account;
      await broken(token.chain, at);
      await judge(escrow, true);
      const amount = to === "worker" ? PRICE - FIFTH + BOND : FIFTH;
      expect((await escrow.getData()).owed[to]).toBe(amount);
      await token.chain.setShardAccount(at, healthy);
      expect((await books(escrow)).escrow).toBe(amount);
      await escrow.sendCollect(passer.getSender(), ONE);
      const after = { worker: PRICE - FIFTH, pool: FIFTH, escrow: 0n, state: "done" };
      expect(await books(escrow)).toMatchObject(after);
    },
  );

  test("the escrow's own wallet fails: everything is owed", async () => {
    await fresh();
    const { token } = market;
    const escrow = await escrowIn(market, "submitted");
    await broken(token.chain, await token.minter.getWalletAddress(escrow.address));
    await judge(escrow, false);
    expect((await escrow.getData()).owed).toEqual({ client: PRICE, worker: 0n, pool: BOND });
  });

  test("coins: a year's rent stays, the payer has the rest back", async () => {
    await fresh();
    const escrow = await escrowIn(market, "submitted");
    const kept = await balanceOf(market.token.chain, escrow.address);
    expect(kept).toBeGreaterThan(toNano("0.02"));
    const before = await market.passer.getBalance();
    await judge(escrow, true, toNano("2"));
    const spent = before - (await market.passer.getBalance());
    expect(spent).toBeLessThan(toNano("0.06"));
    expect(await balanceOf(market.token.chain, escrow.address)).toBeGreaterThanOrEqual(kept);
  });

  test("ten verifiers and a stray payment: the gas that was asked for is enough", async () => {
    await fresh();
    const { token, client, worker, passer } = market;
    const seeds = Array.from({ length: 10 }, (_, n) => keyPairFromSeed(Buffer.alloc(32, n + 1)));
    const judges = { threshold: 10, keys: seeds.map(({ publicKey }) => publicKey) };
    const escrow = await escrowIn(market, "submitted", { judges });
    const back = await payIn(token, { from: worker, to: escrow.address, amount: 7n });
    const [sentBack] = gasOf(back, escrow.address);
    expect(sentBack).toBeLessThanOrEqual(constantOf("payments/fees", "GAS_SEND_BACK"));
    const notice = toNano("0.006");
    await payIn(token, { from: client, to: escrow.address, amount: 7n, notice });
    const { verdict } = judged(escrow.address, true);
    const signatures = seeds.map(({ secretKey }, verifier) => ({
      verifier,
      bytes: sign(verdict.hash(), secretKey),
    }));
    const options = { value: ONE, verdict, signatures };
    const [gas] = gasOf(await escrow.sendJudge(passer.getSender(), options), escrow.address);
    expect(gas).toBeGreaterThan(20_000);
    expect(gas).toBeLessThanOrEqual(constantOf("payments/fees", "GAS_JUDGE"));
    expect(await books(escrow)).toMatchObject({ worker: PRICE - FIFTH, escrow: 0n });
  });

  test.each(["old", "reduced"] as const)("%s prices: the least value is enough", async (prices) => {
    const cheap = await openMarket(prices);
    const escrow = await escrowIn(cheap, "submitted");
    const send = (value: bigint) =>
      escrow.sendJudge(cheap.passer.getSender(), { value, ...judged(escrow.address, true) });
    const result = await send(await leastValue(cheap.token.chain, escrow.address, send));
    expectNoTransaction(result, { aborted: true });
    expect((await cheap.pool.getData()).balance).toBe(FIFTH);
    expect((await escrow.getData()).owed).toEqual({ client: 0n, worker: 0n, pool: 0n });
  });
});
