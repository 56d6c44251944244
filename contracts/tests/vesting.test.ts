import { beginCell, toNano } from "@ton/core";
import type { SandboxContract } from "@ton/sandbox";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../../src/adapters/ton/wrappers/errors.ts";
import type { Vesting } from "../../src/adapters/ton/wrappers/vesting.ts";
import { balanceOf, broken, dataOf, leastValue, NOW } from "./chain.ts";
import { expectNoTransaction, expectRefusal, expectTransaction } from "./expectations.ts";
import { distributedToken, type Token, teamTotal, teamVesting, walletOf, YEAR } from "./token.ts";

describe("Vesting", () => {
  let token: Token;
  let vesting: SandboxContract<Vesting>;
  let start: ReturnType<Token["chain"]["snapshot"]>;
  beforeAll(async () => {
    token = await distributedToken();
    vesting = teamVesting(token);
    start = token.chain.snapshot();
  });
  const at = async (now: number) => {
    await token.chain.loadFrom(start);
    token.chain.now = now;
  };
  const release = (value = toNano("0.5"), by = token.alice) =>
    vesting.sendRelease(by.getSender(), value);
  const balance = async () => (await walletOf(token, token.alice.address)).getBalance();

  test("a second before the cliff nothing, at the cliff a quarter", async () => {
    await at(NOW + YEAR - 1);
    expectRefusal(await release(), vesting.address, exitCodes.NOTHING_VESTED);
    token.chain.now = NOW + YEAR;
    await release();
    expect(await balance()).toBe(teamTotal / 4n);
  });

  test("after the end all of it, once", async () => {
    await at(NOW + 5 * YEAR);
    await release();
    expect(await balance()).toBe(teamTotal);
    expectRefusal(await release(), vesting.address, exitCodes.NOTHING_VESTED);
    expect((await vesting.getData()).released).toBe(teamTotal);
  });

  test("released in any steps: the sum is what time has vested", async () => {
    const step = fc.integer({ min: 1, max: YEAR });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
        await at(NOW + YEAR);
        for (const seconds of steps) {
          token.chain.now = token.chain.now! + seconds;
          await release();
        }
        const age = BigInt(Math.min(token.chain.now! - NOW, 4 * YEAR));
        expect(await balance()).toBe((teamTotal * age) / BigInt(4 * YEAR));
      }),
      { numRuns: 10 },
    );
  });

  test("only the beneficiary releases, only the minter names the wallet, and once", async () => {
    await at(NOW + 2 * YEAR);
    expectRefusal(await release(toNano("0.5"), token.bob), vesting.address, exitCodes.NOT_OWNER);
    const body = beginCell()
      .storeUint(0xd1735400, 32)
      .storeUint(0, 64)
      .storeAddress(token.bob.address)
      .storeMaybeRef(null)
      .endCell();
    const forged = await token.bob.send({ to: vesting.address, value: toNano("0.1"), body });
    expectRefusal(forged, vesting.address, exitCodes.NOT_MINTER);
  });

  test("forged: word of a transfer that came back, from no wallet", async () => {
    await at(NOW + 2 * YEAR);
    await release();
    const before = await dataOf(token.chain, vesting.address);
    const body = beginCell()
      .storeUint(0x3a7d4bd1, 32)
      .storeUint(0, 64)
      .storeCoins(teamTotal / 2n)
      .storeAddress(token.alice.address)
      .endCell();
    for (const by of [token.alice, token.bob]) {
      const result = await by.send({ to: vesting.address, value: toNano("0.1"), body });
      expectRefusal(result, vesting.address, exitCodes.NOT_WALLET);
    }
    expect(await dataOf(token.chain, vesting.address)).toBe(before);
  });

  test.each(["its own wallet", "the beneficiary's wallet"])(
    "%s fails: what was released can be released again",
    async (which) => {
      await at(NOW + 2 * YEAR);
      const own = (await vesting.getData()).wallet!;
      const theirs = (await walletOf(token, token.alice.address)).address;
      const healthy = token.chain.snapshot();
      const before = await dataOf(token.chain, vesting.address);
      await broken(token.chain, which === "its own wallet" ? own : theirs);
      const coins = await balanceOf(token.chain, token.alice.address);
      const result = await release();
      expectTransaction(result, { from: vesting.address, to: token.alice.address, op: 0xd53276db });
      expect(await dataOf(token.chain, vesting.address)).toBe(before);
      const lost = coins - (await balanceOf(token.chain, token.alice.address));
      expect(lost).toBeLessThan(toNano("0.06"));
      await token.chain.loadFrom(healthy);
      await release();
      expect(await balance()).toBe(teamTotal / 2n);
    },
  );

  test.each(["old", "reduced"] as const)("%s prices: the least value is enough", async (prices) => {
    const cheap = await distributedToken(prices);
    cheap.chain.now = NOW + 2 * YEAR;
    const contract = teamVesting(cheap);
    const send = (value: bigint) => contract.sendRelease(cheap.alice.getSender(), value);
    const result = await send(await leastValue(cheap.chain, contract.address, send));
    expectNoTransaction(result, { aborted: true });
    const wallet = await walletOf(cheap, cheap.alice.address);
    expect(await wallet.getBalance()).toBe(teamTotal / 2n);
  });
});
