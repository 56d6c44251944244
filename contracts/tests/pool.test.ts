import { createHash } from "node:crypto";
import { beginCell, toNano } from "@ton/core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../../src/adapters/ton/wrappers/errors.ts";
import { broken, dataOf, leastValue } from "./chain.ts";
import { expectNoTransaction, expectRefusal } from "./expectations.ts";
import { type Market, openMarket, payIn, pingoOf } from "./jobs.ts";

const ONE = toNano("1");

describe("Pool", () => {
  let market: Market;
  let start: ReturnType<Market["token"]["chain"]["snapshot"]>;
  beforeAll(async () => {
    market = await openMarket();
    start = market.token.chain.snapshot();
  });
  const fresh = () => market.token.chain.loadFrom(start);
  const gather = (amount: bigint) =>
    payIn(market.token, { from: market.client, to: market.pool.address, amount });
  const share = (value = ONE) => market.pool.sendShare(market.passer.getSender(), value);
  const set = (name: string, value: number, by = market.governor) => {
    const body = beginCell()
      .storeUint(0x70617261, 32)
      .storeUint(0, 64)
      .storeBuffer(createHash("sha256").update(name).digest(), 32)
      .storeUint(value, 128)
      .storeAddress(market.passer.address);
    return by.send({ to: market.pool.address, value: ONE, body: body.endCell() });
  };
  const books = async () => {
    const { token, edges, treasury, pool, minter } = { ...market, minter: market.token.minter };
    return {
      edges: await pingoOf(token, edges.address),
      treasury: await pingoOf(token, treasury.address),
      held: await pingoOf(token, pool.address),
      balance: (await pool.getData()).balance,
      supply: await minter.getSupply(),
    };
  };

  test("shared: three fifths to the edges, a fifth burnt, a fifth to the treasury", async () => {
    await fresh();
    const { supply } = await books();
    await gather(104n);
    await share();
    const after = { edges: 64n, treasury: 20n, held: 0n, balance: 0n, supply: supply - 20n };
    expect(await books()).toEqual(after);
  });

  test("nothing gathered: refused", async () => {
    await fresh();
    expectRefusal(await share(), market.pool.address, exitCodes.NOTHING_OWED);
  });

  test("any amounts and shares: not one nano is lost, the edges have at least half", async () => {
    const amount = fc.bigInt(1n, 10_000n);
    const shares = fc.tuple(fc.nat(5000), fc.nat(2000)).filter(([b, t]) => b + t <= 5000);
    await fc.assert(
      fc.asyncProperty(amount, shares, async (gathered, [burnShare, treasuryShare]) => {
        await fresh();
        const { supply } = await books();
        await set("burn", 0);
        await set("treasury", treasuryShare);
        await set("burn", burnShare);
        await gather(gathered);
        await share();
        const after = await books();
        expect(after.edges + after.treasury + supply - after.supply).toBe(gathered);
        expect(after.edges * 2n).toBeGreaterThanOrEqual(gathered);
      }),
      { numRuns: 12 },
    );
  });

  test("shares: set by the governor only, by name, within bounds", async () => {
    await fresh();
    const { pool, client, passer } = market;
    const before = await dataOf(market.token.chain, pool.address);
    expectRefusal(await set("burn", 1, client), pool.address, exitCodes.NOT_GOVERNOR);
    expectRefusal(await set("edges", 1), pool.address, exitCodes.UNKNOWN_PARAMETER);
    expectRefusal(await set("treasury", 2001), pool.address, exitCodes.OUT_OF_BOUNDS);
    expectRefusal(await set("burn", 3001), pool.address, exitCodes.OUT_OF_BOUNDS);
    expect(await dataOf(market.token.chain, pool.address)).toBe(before);
    const coins = await passer.getBalance();
    await set("burn", 3000);
    expect((await pool.getData()).burnShare).toBe(3000);
    expect(await passer.getBalance()).toBeGreaterThan(coins + toNano("0.9"));
  });

  test("forged notifications count nothing", async () => {
    await fresh();
    const { pool, client } = market;
    const body = beginCell()
      .storeUint(0x7362d09c, 32)
      .storeUint(0, 64)
      .storeCoins(5)
      .storeAddress(client.address)
      .storeBit(0);
    const result = await client.send({ to: pool.address, value: ONE, body: body.endCell() });
    expectRefusal(result, pool.address, exitCodes.NOT_WALLET);
    expect((await books()).balance).toBe(0n);
  });

  test("a wallet fails: its part is shared out next time", async () => {
    await fresh();
    const { token, treasury } = market;
    await gather(100n);
    await broken(token.chain, await token.minter.getWalletAddress(treasury.address));
    await share();
    expect((await market.pool.getData()).balance).toBe(20n);
    expect(await pingoOf(token, market.pool.address)).toBe(20n);
  });

  test.each(["old", "reduced"] as const)("%s prices: the least value is enough", async (prices) => {
    const cheap = await openMarket(prices);
    const { token, client, passer, pool } = cheap;
    await payIn(token, { from: client, to: pool.address, amount: 100n });
    const send = (value: bigint) => pool.sendShare(passer.getSender(), value);
    const result = await send(await leastValue(token.chain, pool.address, send));
    expectNoTransaction(result, { aborted: true });
    expect(await pingoOf(token, cheap.treasury.address)).toBe(20n);
  });
});
