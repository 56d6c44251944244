import { beginCell, toNano } from "@ton/core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../../src/adapters/ton/wrappers/errors.ts";
import { type Leaf, proofOf } from "../../src/policies/rewards/claims.ts";
import { balanceOf, broken, dataOf, leastValue } from "./chain.ts";
import { expectNoTransaction, expectRefusal } from "./expectations.ts";
import { pingoOf } from "./jobs.ts";
import {
  CHALLENGER_BOND,
  commit,
  type Layer,
  leafOf,
  NO_ROOT,
  openLayer,
  PATIENCE,
  SEQUENCER_BOND,
  VAULT,
  WINDOW,
} from "./sequencer.ts";

const ONE = toNano("1");
const ENOUGH = CHALLENGER_BOND + ONE;
const word = (op: number) => beginCell().storeUint(op, 32).storeUint(0, 64);
const rootNo = (n: number) => Buffer.alloc(32, n);

describe("Anchor", () => {
  let layer: Layer;
  let start: ReturnType<Layer["market"]["token"]["chain"]["snapshot"]>;
  beforeAll(async () => {
    layer = await openLayer();
    start = layer.market.token.chain.snapshot();
  });
  const chain = () => layer.market.token.chain;
  const fresh = () => chain().loadFrom(start);
  const wait = (seconds: number) => {
    chain().now = chain().now! + seconds;
  };
  const finalize = () => layer.anchor.sendFinalize(layer.market.passer.getSender(), ONE);
  const challenge = (index: number, value = ENOUGH) =>
    layer.anchor.sendChallenge(layer.market.worker.getSender(), { value, index });
  const resolve = (isFraud: boolean, by = layer.arbiter) =>
    layer.anchor.sendResolve(by.getSender(), { value: ONE, isFraud });
  const lapse = () => layer.anchor.sendLapse(layer.market.passer.getSender(), ONE);
  const data = () => layer.anchor.getData();
  const at = () => layer.anchor.address;

  test("a root is final after its window, in order, and not a second before", async () => {
    await fresh();
    await commit(layer, rootNo(1));
    wait(10);
    await commit(layer, rootNo(2));
    wait(WINDOW - 11);
    expectRefusal(await finalize(), at(), exitCodes.TOO_EARLY);
    wait(1);
    await finalize();
    expect((await data()).finalRoot).toBe(BigInt(`0x${rootNo(1).toString("hex")}`));
    expectRefusal(await finalize(), at(), exitCodes.TOO_EARLY);
    wait(10);
    await finalize();
    expect(await data()).toMatchObject({ finalIndex: 2, tip: 2 });
    expectRefusal(await finalize(), at(), exitCodes.NOTHING_PENDING);
  });

  test("a commitment names the one before it, and comes from the sequencer", async () => {
    await fresh();
    const stranger = layer.market.worker;
    expectRefusal(await commit(layer, rootNo(1), { by: stranger }), at(), exitCodes.NOT_SEQUENCER);
    const other = await commit(layer, rootNo(1), { previous: rootNo(9) });
    expectRefusal(other, at(), exitCodes.NOT_LINKED);
    await commit(layer, rootNo(1));
    const again = await commit(layer, rootNo(1), { previous: NO_ROOT });
    expectRefusal(again, at(), exitCodes.NOT_LINKED);
  });

  test("sixteen are pending at most", async () => {
    await fresh();
    for (let n = 1; n <= 16; n += 1) await commit(layer, rootNo(n));
    expectRefusal(await commit(layer, rootNo(17)), at(), exitCodes.TOO_MANY_PENDING);
    expect((await data()).tip).toBe(16);
    const kept = await balanceOf(chain(), at());
    expect(kept).toBeGreaterThan(SEQUENCER_BOND);
  });

  test("fraud: the root and all above go, half the bond is the challenger's", async () => {
    await fresh();
    for (let n = 1; n <= 4; n += 1) await commit(layer, rootNo(n));
    const { worker } = layer.market;
    const before = { worker: await worker.getBalance(), other: await layer.slashTo.getBalance() };
    await challenge(2);
    expectRefusal(await resolve(true, worker), at(), exitCodes.NOT_ARBITER);
    await resolve(true);
    expect(await data()).toMatchObject({ tip: 1, finalIndex: 0, bond: 0n, challenged: 0 });
    const half = SEQUENCER_BOND / 2n;
    const won = (await worker.getBalance()) - before.worker;
    expect(won).toBeGreaterThan(half - toNano("0.1"));
    expect(won).toBeLessThan(half);
    const slashed = (await layer.slashTo.getBalance()) - before.other;
    expect(slashed).toBeGreaterThan(half - toNano("0.01"));
    expectRefusal(await commit(layer, rootNo(5)), at(), exitCodes.NO_BOND);
    wait(WINDOW);
    await finalize();
    expect((await data()).finalIndex).toBe(1);
  });

  test("no fraud: the sequencer has the challenger's bond, windows begin anew", async () => {
    await fresh();
    await commit(layer, rootNo(1));
    await commit(layer, rootNo(2));
    await challenge(2);
    wait(WINDOW);
    expectRefusal(await finalize(), at(), exitCodes.CHALLENGED);
    const before = await layer.sequencer.getBalance();
    await resolve(false);
    const won = (await layer.sequencer.getBalance()) - before;
    expect(won).toBeGreaterThan(CHALLENGER_BOND - toNano("0.01"));
    // While the one place for a challenge was taken, nobody could challenge the first root.
    expectRefusal(await finalize(), at(), exitCodes.TOO_EARLY);
    await challenge(1);
    expect((await data()).challenged).toBe(1);
  });

  test("an arbiter that is silent: the root goes, nobody loses a bond", async () => {
    await fresh();
    await commit(layer, rootNo(1));
    await commit(layer, rootNo(2));
    const before = await layer.market.worker.getBalance();
    await challenge(2);
    wait(PATIENCE);
    expectRefusal(await lapse(), at(), exitCodes.TOO_EARLY);
    wait(1);
    await lapse();
    expect(await data()).toMatchObject({ tip: 1, bond: SEQUENCER_BOND, challenged: 0 });
    const lost = before - (await layer.market.worker.getBalance());
    expect(lost).toBeLessThan(toNano("0.1"));
    expectRefusal(await lapse(), at(), exitCodes.NOT_CHALLENGED);
    expectRefusal(await resolve(true), at(), exitCodes.NOT_CHALLENGED);
  });

  test("challenges: one at a time, with a bond, of what is pending, in its window", async () => {
    await fresh();
    await commit(layer, rootNo(1));
    expectRefusal(await challenge(1, CHALLENGER_BOND), at(), exitCodes.NOT_ENOUGH_VALUE);
    expectRefusal(await challenge(0), at(), exitCodes.NOTHING_PENDING);
    expectRefusal(await challenge(2), at(), exitCodes.NOTHING_PENDING);
    await challenge(1);
    expectRefusal(await challenge(1), at(), exitCodes.CHALLENGED);
    await fresh();
    await commit(layer, rootNo(1));
    wait(WINDOW);
    expectRefusal(await challenge(1), at(), exitCodes.TOO_LATE);
  });

  test("the sequencer retires: not with a root pending, then with its whole bond", async () => {
    await fresh();
    await commit(layer, rootNo(1));
    const { anchor, sequencer, market } = layer;
    const retire = (by = sequencer) => anchor.sendRetire(by.getSender(), ONE);
    expectRefusal(await retire(), at(), exitCodes.PENDING_EXISTS);
    wait(WINDOW);
    await finalize();
    expectRefusal(await retire(market.worker), at(), exitCodes.NOT_SEQUENCER);
    const before = await sequencer.getBalance();
    await retire();
    const back = (await sequencer.getBalance()) - before;
    expect(back).toBeGreaterThan(SEQUENCER_BOND - toNano("0.1"));
    expect((await data()).bond).toBe(0n);
    expectRefusal(await commit(layer, rootNo(2)), at(), exitCodes.NO_BOND);
  });

  describe("Withdrawals", () => {
    const final = async (leaves: ReadonlyArray<Leaf>) => {
      await commit(layer, leaves);
      wait(WINDOW);
      await finalize();
    };
    const withdraw = (leaves: ReadonlyArray<Leaf>, index: number, by = layer.market.worker) =>
      layer.anchor.sendClaim(by.getSender(), {
        value: ONE,
        cumulative: leaves[index]?.cumulative ?? 0n,
        proof: proofOf(leaves, index),
      });
    const had = 1_000_000_000n;
    const won = async () => (await pingoOf(layer.market.token, layer.market.worker.address)) - had;

    test("by the ledger's tree, once, and only against the final root", async () => {
      await fresh();
      const { worker, passer } = layer.market;
      const first = [leafOf(worker, 60n), leafOf(passer, 5n), leafOf(layer.arbiter, 7n)];
      await commit(layer, first);
      expectRefusal(await withdraw(first, 0), at(), exitCodes.NOT_IN_ROOT);
      wait(WINDOW);
      await finalize();
      await withdraw(first, 0);
      await withdraw(first, 0);
      expect(await won()).toBe(60n);
      const second = [leafOf(worker, 100n), leafOf(passer, 5n)];
      await final(second);
      expectRefusal(await withdraw(first, 0), at(), exitCodes.NOT_IN_ROOT);
      await withdraw(second, 0);
      expect(await won()).toBe(100n);
      expect(await data()).toMatchObject({ paid: 100n, deposited: VAULT });
    });

    test("another's proof, and more than was deposited: nothing is paid", async () => {
      await fresh();
      const { worker, passer } = layer.market;
      const leaves = [leafOf(worker, VAULT + 1n), leafOf(passer, 5n)];
      await final(leaves);
      expectRefusal(await withdraw(leaves, 1), at(), exitCodes.NOT_IN_ROOT);
      expectRefusal(await withdraw(leaves, 0), at(), exitCodes.OVER_CAP);
      expect(await won()).toBe(0n);
      expect((await data()).paid).toBe(0n);
    });

    test("the owner's wallet fails: withdrawn again when it works", async () => {
      await fresh();
      const { token, worker, passer } = layer.market;
      const leaves = [leafOf(worker, 60n), leafOf(passer, 5n)];
      await final(leaves);
      const wallet = await token.minter.getWalletAddress(worker.address);
      const healthy = (await chain().getContract(wallet)).account;
      await broken(chain(), wallet);
      await withdraw(leaves, 0);
      expect((await data()).paid).toBe(0n);
      await chain().setShardAccount(wallet, healthy);
      await withdraw(leaves, 0);
      expect(await won()).toBe(60n);
    });

    test.each(["old", "reduced"] as const)(
      "%s prices: the least value is enough",
      async (prices) => {
        const cheap = await openLayer(prices);
        const { token, worker, passer } = cheap.market;
        const leaves = [leafOf(worker, 60n), leafOf(passer, 5n), leafOf(cheap.arbiter, 5n)];
        await commit(cheap, leaves);
        token.chain.now = token.chain.now! + WINDOW;
        await cheap.anchor.sendFinalize(passer.getSender(), ONE);
        const options = { cumulative: 60n, proof: proofOf(leaves, 0) };
        const send = (value: bigint) =>
          cheap.anchor.sendClaim(worker.getSender(), { ...options, value });
        const result = await send(await leastValue(token.chain, cheap.anchor.address, send));
        expectNoTransaction(result, { aborted: true });
        expect((await cheap.anchor.getData()).paid).toBe(60n);
      },
    );
  });

  test("forged: deposits, payments, returns and wallets change nothing", async () => {
    await fresh();
    const { worker } = layer.market;
    const before = await dataOf(chain(), at());
    const forgeries = [
      [
        word(0x7362d09c).storeCoins(9).storeAddress(worker.address).storeBit(0),
        exitCodes.NOT_WALLET,
      ],
      [word(0xabf71588).storeUint(9, 64).storeAddress(worker.address), exitCodes.NOT_RECORD],
      [word(0x3a7d4bd1).storeCoins(9).storeAddress(worker.address), exitCodes.NOT_WALLET],
      [word(0xd1735400).storeAddress(worker.address).storeMaybeRef(null), exitCodes.NOT_MINTER],
      [word(0x2c11f0a7).storeCoins(1), exitCodes.NOT_SEQUENCER],
      [word(0x6d1a20b4), exitCodes.WALLET_KNOWN],
    ] as const;
    for (const [body, code] of forgeries) {
      const result = await worker.send({ to: at(), value: ONE, body: body.endCell() });
      expectRefusal(result, at(), code);
    }
    expect(await dataOf(chain(), at())).toBe(before);
  });

  test("any history: bonds are there, finality only rises, sixteen pending at most", async () => {
    const step = fc.constantFrom("commit", "challenge", "fraud", "honest", "lapse", "wait", "end");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 16 }), async (steps) => {
        await fresh();
        let last = 0;
        for (const [n, each] of steps.entries()) {
          const known = await data();
          if (each === "commit") await commit(layer, rootNo(n + 1));
          if (each === "challenge") await challenge(known.tip);
          if (each === "fraud") await resolve(true);
          if (each === "honest") await resolve(false);
          if (each === "lapse") await lapse();
          if (each === "wait") wait(WINDOW);
          if (each === "end") await finalize();
          const now = await data();
          expect(now.finalIndex).toBeGreaterThanOrEqual(last);
          expect(now.tip - now.finalIndex).toBeLessThanOrEqual(16);
          expect(now.challenged === 0 || now.challenged > now.finalIndex).toBe(true);
          const locked = now.bond + (now.challenged > 0 ? CHALLENGER_BOND : 0n);
          expect(await balanceOf(chain(), at())).toBeGreaterThan(locked);
          last = now.finalIndex;
        }
      }),
      { numRuns: 6 },
    );
  });
});
