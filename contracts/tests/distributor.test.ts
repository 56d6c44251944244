import { beginCell, toNano } from "@ton/core";
import type { SandboxContract } from "@ton/sandbox";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  ClaimRecord,
  Distributor,
  distributorSetupCell,
} from "../../src/adapters/ton/wrappers/distributor.ts";
import { exitCodes } from "../../src/adapters/ton/wrappers/errors.ts";
import { SUPPLY } from "../../src/adapters/ton/wrappers/jetton.ts";
import { type Leaf, leafHash, proofOf, rootOf } from "../../src/policies/rewards/claims.ts";
import { balanceOf, broken, codes, dataOf, leastValue, NOW, type Person } from "./chain.ts";
import { expectNoTransaction, expectRefusal, expectTransaction } from "./expectations.ts";
import {
  allocationsOf,
  DISTRIBUTION_VALUE,
  distributedToken,
  distributorIn,
  distributorTerms,
  EPOCH,
  openToken,
  type Token,
  walletOf,
} from "./token.ts";

const EMISSION = 769_000n * 1_000_000_000n;
const EXCESSES = 0xd53276db;
const ONE = toNano("1");

/** Owners nobody knows the keys of, between which the people of a test stand. */
const strangers = (count: number): Array<Leaf> =>
  Array.from({ length: count }, (_, n) => ({
    workchain: 0,
    hash: Buffer.alloc(32, n + 1),
    cumulative: BigInt(n + 1),
  }));
const leafOf = (person: Person, cumulative: bigint): Leaf => ({
  workchain: 0,
  hash: person.address.hash,
  cumulative,
});

describe("Distributor", () => {
  let token: Token;
  let distributor: SandboxContract<Distributor>;
  let start: ReturnType<Token["chain"]["snapshot"]>;
  beforeAll(async () => {
    token = await distributedToken();
    distributor = distributorIn(token);
    start = token.chain.snapshot();
  });
  const fresh = async (epochs = 1) => {
    await token.chain.loadFrom(start);
    token.chain.now = NOW + epochs * EPOCH;
    return token;
  };
  const wait = (seconds: number) => {
    token.chain.now = token.chain.now! + seconds;
  };
  const publish = (root: { epoch?: number; cap?: bigint; hash?: Uint8Array }, by = token.creator) =>
    distributor.sendPublish(by.getSender(), {
      value: ONE,
      epoch: 1,
      cap: EMISSION,
      hash: new Uint8Array(32),
      ...root,
    });
  /** Publishes, waits and activates. */
  const post = async (leaves: ReadonlyArray<Leaf>, root: { epoch?: number; cap?: bigint } = {}) => {
    const result = await publish({ ...root, hash: rootOf(leaves) });
    expectTransaction(result, { to: distributor.address, success: true });
    wait(EPOCH);
    await distributor.sendActivate(token.bob.getSender(), ONE);
  };
  const claim = (leaves: ReadonlyArray<Leaf>, index: number, by: Person, value = toNano("0.5")) =>
    distributor.sendClaim(by.getSender(), {
      value,
      cumulative: leaves[index]!.cumulative,
      proof: proofOf(leaves, index),
    });
  const paidTo = async (person: Person) => (await walletOf(token, person.address)).getBalance();
  const claimedBy = async (person: Person) => {
    const at = await distributor.getRecordAddress(person.address);
    return token.chain.openContract(new ClaimRecord(at)).getClaimed();
  };

  describe("roots", () => {
    test("published, ripe after the delay, not a second earlier", async () => {
      await fresh();
      await publish({ hash: Buffer.alloc(32, 9) });
      wait(EPOCH - 1);
      const early = await distributor.sendActivate(token.alice.getSender(), ONE);
      expectRefusal(early, distributor.address, exitCodes.TOO_EARLY);
      wait(1);
      await distributor.sendActivate(token.alice.getSender(), ONE);
      const { epoch, cap, root } = await distributor.getData();
      expect([epoch, cap, root]).toEqual([1, EMISSION, BigInt(`0x${"09".repeat(32)}`)]);
      const again = await distributor.sendActivate(token.alice.getSender(), ONE);
      expectRefusal(again, distributor.address, exitCodes.NOTHING_PENDING);
    });

    test("the next root activates a ripe one, and waits for one that is not", async () => {
      await fresh(2);
      await publish({ epoch: 1 });
      const hasty = await publish({ epoch: 2 });
      expectRefusal(hasty, distributor.address, exitCodes.PENDING_EXISTS);
      wait(EPOCH);
      await publish({ epoch: 2 });
      const { epoch, pendingEpoch } = await distributor.getData();
      expect([epoch, pendingEpoch]).toEqual([1, 2]);
    });

    test("only the publisher publishes, only the guardian vetoes, within the delay", async () => {
      await fresh();
      expectRefusal(await publish({}, token.alice), distributor.address, exitCodes.NOT_PUBLISHER);
      await publish({});
      const stranger = await distributor.sendVeto(token.creator.getSender(), ONE);
      expectRefusal(stranger, distributor.address, exitCodes.NOT_GUARDIAN);
      const ripe = token.chain.snapshot();
      await distributor.sendVeto(token.bob.getSender(), ONE);
      expect((await distributor.getData()).pendingEpoch).toBe(0);
      expectTransaction(await publish({}), { to: distributor.address, success: true });
      await token.chain.loadFrom(ripe);
      wait(EPOCH);
      const late = await distributor.sendVeto(token.bob.getSender(), ONE);
      expectRefusal(late, distributor.address, exitCodes.NOTHING_PENDING);
    });

    test("epochs: not before they end, not twice, not backwards", async () => {
      await fresh(3);
      expectRefusal(await publish({ epoch: 4 }), distributor.address, exitCodes.WRONG_EPOCH);
      await post(strangers(2), { epoch: 3 });
      for (const epoch of [2, 3]) {
        expectRefusal(await publish({ epoch }), distributor.address, exitCodes.WRONG_EPOCH);
      }
    });

    test("a stolen key raises the cap by one epoch's emission, not by one unit more", async () => {
      await fresh(2);
      const greedy = await publish({ cap: EMISSION + 1n });
      expectRefusal(greedy, distributor.address, exitCodes.OVER_EMISSION);
      await post(strangers(2));
      const less = await publish({ epoch: 2, cap: EMISSION - 1n });
      expectRefusal(less, distributor.address, exitCodes.OVER_EMISSION);
      const two = await publish({ epoch: 2, cap: 2n * EMISSION });
      expectTransaction(two, { to: distributor.address, success: true });
    });

    test("after 730 epochs half of it", async () => {
      await fresh(731);
      await post(strangers(2), { epoch: 729, cap: 1n });
      const whole = await publish({ epoch: 730, cap: EMISSION });
      expectRefusal(whole, distributor.address, exitCodes.OVER_EMISSION);
      const half = await publish({ epoch: 730, cap: 1n + EMISSION / 2n });
      expectTransaction(half, { to: distributor.address, success: true });
    });
  });

  describe("claims", () => {
    test("the ledger's root is the contract's: any number of owners, each is paid", async () => {
      const sizes = fc.integer({ min: 1, max: 33 });
      await fc.assert(
        fc.asyncProperty(sizes, fc.nat(), async (count, seed) => {
          await fresh();
          const leaves = strangers(count);
          const index = seed % count;
          leaves[index] = leafOf(token.alice, 1_000_000n);
          await post(leaves);
          await claim(leaves, index, token.alice);
          expect(await paidTo(token.alice)).toBe(1_000_000n);
        }),
        { numRuns: 8 },
      );
    });

    test("twice: the second finds nothing new, the coins return", async () => {
      await fresh();
      const leaves = [leafOf(token.alice, 70n), ...strangers(4)];
      await post(leaves);
      await claim(leaves, 0, token.alice);
      const before = await balanceOf(token.chain, token.alice.address);
      const again = await claim(leaves, 0, token.alice);
      expectTransaction(again, { to: token.alice.address, op: EXCESSES });
      expect(before - (await balanceOf(token.chain, token.alice.address))).toBeLessThan(
        toNano("0.02"),
      );
      expect([await paidTo(token.alice), (await distributor.getData()).paid]).toEqual([70n, 70n]);
    });

    test("cumulative amounts: a later root pays the difference, missed epochs too", async () => {
      await fresh(3);
      const first = [leafOf(token.alice, 70n), ...strangers(4)];
      await post(first, { epoch: 1 });
      await claim(first, 0, token.alice);
      const later = [leafOf(token.alice, 100n), leafOf(token.bob, 40n)];
      await post(later, { epoch: 3 });
      await claim(later, 0, token.alice);
      await claim(later, 1, token.bob);
      expect([await paidTo(token.alice), await paidTo(token.bob)]).toEqual([100n, 40n]);
      const old = await claim(first, 0, token.alice);
      expectRefusal(old, distributor.address, exitCodes.NOT_IN_ROOT);
    });

    test("another's proof, a larger amount, no proof: not in the root", async () => {
      await fresh();
      const leaves = [leafOf(token.alice, 70n), ...strangers(6)];
      await post(leaves);
      const forged = [
        [token.bob, 70n, proofOf(leaves, 0)],
        [token.alice, 71n, proofOf(leaves, 0)],
        [token.alice, 70n, []],
        [token.alice, 70n, [...proofOf(leaves, 0)].reverse()],
      ] as const;
      for (const [by, cumulative, proof] of forged) {
        const options = { value: ONE, cumulative, proof };
        const result = await distributor.sendClaim(by.getSender(), options);
        expectRefusal(result, distributor.address, exitCodes.NOT_IN_ROOT);
      }
      expect((await distributor.getData()).paid).toBe(0n);
    });

    test("second pre-image: inner nodes are no leaves", async () => {
      await fresh();
      const leaves = [leafOf(token.alice, 1n), ...strangers(3)];
      await post(leaves);
      const [first, second] = proofOf(leaves, 0);
      // The upper level alone, with the hash of the pair below as if it were a neighbour's leaf.
      const pair = { side: "right" as const, hash: leafHash(leaves[0]!) };
      for (const proof of [[second!], [pair, second!], [first!, pair, second!]]) {
        const options = { value: ONE, cumulative: 1n, proof };
        const result = await distributor.sendClaim(token.alice.getSender(), options);
        expectRefusal(result, distributor.address, exitCodes.NOT_IN_ROOT);
      }
    });

    test("an endless proof and too few coins are refused before any work", async () => {
      await fresh();
      const leaves = [leafOf(token.alice, 1n), ...strangers(3)];
      await post(leaves);
      const proof = Array.from({ length: 41 }, () => proofOf(leaves, 0)[0]!);
      const options = { value: ONE, cumulative: 1n, proof };
      const long = await distributor.sendClaim(token.alice.getSender(), options);
      expectRefusal(long, distributor.address, exitCodes.PROOF_TOO_LONG);
      const poor = await claim(leaves, 0, token.alice, toNano("0.03"));
      expectRefusal(poor, distributor.address, exitCodes.NOT_ENOUGH_VALUE);
    });

    test("over the cap: refused, undone, and paid when the cap has risen", async () => {
      await fresh(2);
      const leaves = [leafOf(token.alice, 60n), leafOf(token.bob, 50n)];
      await post(leaves, { cap: 100n });
      await claim(leaves, 0, token.alice);
      const refused = await claim(leaves, 1, token.bob);
      expectRefusal(refused, distributor.address, exitCodes.OVER_CAP);
      expectTransaction(refused, { to: token.bob.address, op: EXCESSES });
      expect([await claimedBy(token.bob), (await distributor.getData()).paid]).toEqual([0n, 60n]);
      await post(leaves, { epoch: 2, cap: 110n });
      await claim(leaves, 1, token.bob);
      expect(await paidTo(token.bob)).toBe(50n);
    });

    test.each(["its own wallet", "the owner's wallet"])(
      "%s fails: everything is undone, and the claim can be made again",
      async (which) => {
        await fresh();
        const leaves = [leafOf(token.alice, 60n), leafOf(token.bob, 50n)];
        await post(leaves);
        const healthy = token.chain.snapshot();
        const own = (await distributor.getData()).wallet!;
        const theirs = (await walletOf(token, token.alice.address)).address;
        await broken(token.chain, which === "its own wallet" ? own : theirs);
        const coins = await balanceOf(token.chain, token.alice.address);
        const result = await claim(leaves, 0, token.alice);
        const record = await distributor.getRecordAddress(token.alice.address);
        expectTransaction(result, { from: record, to: token.alice.address, op: EXCESSES });
        expect([await claimedBy(token.alice), (await distributor.getData()).paid]).toEqual([
          0n,
          0n,
        ]);
        const lost = coins - (await balanceOf(token.chain, token.alice.address));
        expect(lost).toBeLessThan(toNano("0.08"));
        await token.chain.loadFrom(healthy);
        await claim(leaves, 0, token.alice);
        expect(await paidTo(token.alice)).toBe(60n);
      },
    );

    test("forged: every step of the chain from somebody else changes nothing", async () => {
      await fresh();
      const leaves = [leafOf(token.alice, 60n), leafOf(token.bob, 50n)];
      await post(leaves);
      await claim(leaves, 0, token.alice);
      const record = await distributor.getRecordAddress(token.alice.address);
      const state = async () => [
        await dataOf(token.chain, distributor.address),
        await dataOf(token.chain, record),
      ];
      const before = await state();
      const word = (op: number) => beginCell().storeUint(op, 32).storeUint(0, 64);
      const { alice } = token;
      const forgeries = [
        [record, word(0x28aed2a6).storeUint(1000, 64), exitCodes.NOT_DISTRIBUTOR],
        [record, word(0x09cf4f3c).storeUint(60, 64), exitCodes.NOT_DISTRIBUTOR],
        [
          distributor.address,
          word(0xabf71588).storeUint(1000, 64).storeAddress(alice.address),
          exitCodes.NOT_RECORD,
        ],
        [
          distributor.address,
          word(0x3a7d4bd1).storeCoins(60).storeAddress(alice.address),
          exitCodes.NOT_WALLET,
        ],
        [
          distributor.address,
          word(0xd1735400).storeAddress(alice.address).storeMaybeRef(null),
          exitCodes.NOT_MINTER,
        ],
      ] as const;
      for (const [to, body, code] of forgeries) {
        const result = await alice.send({ to, value: ONE, body: body.endCell() });
        expectRefusal(result, to, code);
      }
      expect(await state()).toEqual(before);
    });

    test("a claim from the masterchain: refused", async () => {
      await fresh();
      const treasury = await token.chain.treasury("master", { workchain: -1 });
      const leaves = [{ ...leafOf(treasury, 5n), workchain: -1 }, leafOf(token.bob, 1n)];
      await post(leaves);
      const result = await claim(leaves, 0, treasury);
      expectRefusal(result, distributor.address, exitCodes.WRONG_WORKCHAIN);
    });

    test("any history: records, wallets and books agree and stay under the cap", async () => {
      const people = [token.alice, token.bob, token.creator];
      const step = fc.record({
        who: fc.nat(2),
        value: fc.bigInt(toNano("0.02"), toNano("0.3")),
        posts: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 9 }), async (steps) => {
          await fresh(20);
          let epoch = 0;
          const earned = [0n, 0n, 0n];
          let leaves = people.map((person) => leafOf(person, 0n));
          for (const { who, value, posts } of steps) {
            if (posts || epoch === 0) {
              epoch += 1;
              earned[who] = (earned[who] ?? 0n) + value;
              leaves = people.map((person, n) => leafOf(person, earned[n] ?? 0n));
              await post(leaves, { epoch, cap: toNano("0.2") * BigInt(epoch) });
            }
            await claim(leaves, who, people[who]!, value);
            const { paid, cap } = await distributor.getData();
            let sum = 0n;
            for (const [n, person] of people.entries()) {
              const claimed = await claimedBy(person);
              expect(claimed).toBe(await paidTo(person));
              expect(claimed).toBeLessThanOrEqual(earned[n] ?? 0n);
              sum += claimed;
            }
            expect(sum).toBe(paid);
            expect(paid).toBeLessThanOrEqual(cap);
          }
        }),
        { numRuns: 5 },
      );
    });

    test.each(["old", "reduced"] as const)(
      "%s prices: the least value is enough",
      async (prices) => {
        const cheap = await distributedToken(prices);
        const contract = distributorIn(cheap);
        cheap.chain.now = NOW + EPOCH;
        const leaves = [leafOf(cheap.alice, 60n), ...strangers(300)];
        const root = { epoch: 1, cap: EMISSION, hash: rootOf(leaves) };
        await contract.sendPublish(cheap.creator.getSender(), { value: ONE, ...root });
        cheap.chain.now += EPOCH;
        await contract.sendActivate(cheap.creator.getSender(), ONE);
        const options = { cumulative: 60n, proof: proofOf(leaves, 0) };
        const send = (value: bigint) =>
          contract.sendClaim(cheap.alice.getSender(), { ...options, value });
        const result = await send(await leastValue(cheap.chain, contract.address, send));
        expectNoTransaction(result, { aborted: true });
        const wallet = await walletOf(cheap, cheap.alice.address);
        expect(await wallet.getBalance()).toBe(60n);
      },
    );
  });
});

describe("Distributor: shards", () => {
  test("sixteen of them: an owner is paid by the one of its prefix and by no other", async () => {
    const token = await openToken();
    const [code, recordCode] = await codes("rewards/distributor", "rewards/record");
    const [, ...side] = allocationsOf(token);
    const community = (SUPPLY * 81n) / 100n;
    const prefix = token.alice.address.hash[0]! >> 4;
    const setups = Array.from({ length: 16 }, (_, n) =>
      distributorSetupCell(distributorTerms(token), { bits: 4, prefix: n }),
    );
    const amount = (n: number) => community / 16n + (n === 0 ? community % 16n : 0n);
    const lines = setups.map((terms, n) => ({
      kind: "community" as const,
      amount: amount(n),
      terms,
    }));
    const sent = await token.minter.sendDistribute(token.creator.getSender(), {
      value: DISTRIBUTION_VALUE * 4n,
      allocations: [...lines, ...side],
    });
    expectTransaction(sent, { to: token.minter.address, success: true });
    token.chain.now = NOW + EPOCH;
    const leaves = [leafOf(token.alice, 60n), ...strangers(3)];
    const claimAt = async (shard: number) => {
      const config = { minter: token.minter.address, setup: setups[shard]!, code, recordCode };
      const contract = token.chain.openContract(Distributor.of(config));
      const root = { epoch: 1, cap: EMISSION, hash: rootOf(leaves) };
      await contract.sendPublish(token.creator.getSender(), { value: ONE, ...root });
      token.chain.now = token.chain.now! + EPOCH;
      await contract.sendActivate(token.creator.getSender(), ONE);
      const options = { value: ONE, cumulative: 60n, proof: proofOf(leaves, 0) };
      const result = await contract.sendClaim(token.alice.getSender(), options);
      return { result, contract };
    };
    const other = await claimAt((prefix + 1) % 16);
    expectRefusal(other.result, other.contract.address, exitCodes.WRONG_SHARD);
    await claimAt(prefix);
    expect(await (await walletOf(token, token.alice.address)).getBalance()).toBe(60n);
  });
});
