import { createHash } from "node:crypto";
import { Address, beginCell, Cell, Dictionary, toNano } from "@ton/core";
import type { SandboxContract } from "@ton/sandbox";
import { JettonMaster, JettonWallet as StandardWallet } from "@ton/ton";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { distributorSetupCell } from "../../src/adapters/ton/wrappers/distributor.ts";
import { exitCodes } from "../../src/adapters/ton/wrappers/errors.ts";
import { type Allocation, JettonWallet, SUPPLY } from "../../src/adapters/ton/wrappers/jetton.ts";
import { vestingTermsCell } from "../../src/adapters/ton/wrappers/vesting.ts";
import { balanceOf, broken, dataOf, leastValue, NOW } from "./chain.ts";
import { expectNoTransaction, expectRefusal, expectTransaction } from "./expectations.ts";
import {
  allocationsOf,
  DISTRIBUTION_VALUE,
  distributedToken,
  distributorTerms,
  everybody,
  openToken,
  spendableToken,
  type Token,
  vestingTerms,
  walletOf,
  YEAR,
} from "./token.ts";

const EXCESSES = 0xd53276db;
const NOTIFICATION = 0x7362d09c;
const INTERNAL_TRANSFER = 0x178d4519;
const BURN_NOTIFICATION = 0x7bdd97de;
const TRANSFER_RETURNED = 0x3a7d4bd1;
const nobody = new Address(0, Buffer.alloc(32));
const hundredths = (count: bigint) => (SUPPLY * count) / 100n;

describe("PINGO: distribution", () => {
  let token: Token;
  beforeAll(async () => {
    token = await openToken();
  });

  const line = (kind: Allocation["kind"], amount: bigint): Allocation => ({
    kind,
    amount,
    terms:
      kind === "community"
        ? distributorSetupCell(distributorTerms(token), everybody)
        : vestingTermsCell(vestingTerms(token, { beneficiary: beneficiaryOf(kind) })),
  });
  const beneficiaryOf = (kind: Allocation["kind"]) =>
    (kind === "team" ? token.alice : token.bob).address;
  /** Distributes on a chain of its own. */
  const attempt = async (allocations: ReadonlyArray<Allocation>, from = token.creator) => {
    const before = token.chain.snapshot();
    const { minter } = token;
    const options = { value: DISTRIBUTION_VALUE, allocations };
    const result = await minter.sendDistribute(from.getSender(), options);
    const isDistributed = await minter.getIsDistributed();
    const supply = await minter.getSupply();
    await token.chain.loadFrom(before);
    return { result, isDistributed, supply };
  };
  const expectRefused = async (allocations: ReadonlyArray<Allocation>, code: number) => {
    const { result, isDistributed, supply } = await attempt(allocations);
    expectRefusal(result, token.minter.address, code);
    expect([isDistributed, supply]).toEqual([false, 0n]);
  };

  test("the shares of docs/rewards.md: all of it exists, nobody has any right", async () => {
    const { result, isDistributed, supply } = await attempt(allocationsOf(token));
    expectTransaction(result, { to: token.minter.address, success: true });
    expectTransaction(result, { to: token.creator.address, op: EXCESSES });
    expect([isDistributed, supply]).toEqual([true, SUPPLY]);
  });

  test("80 % for the community is enough, one unit less is not", async () => {
    const enough = [line("community", hundredths(80n)), line("treasury", hundredths(20n))];
    expect((await attempt(enough)).isDistributed).toBe(true);
    const less = [line("community", hundredths(80n) - 1n), line("treasury", hundredths(20n) + 1n)];
    await expectRefused(less, exitCodes.COMMUNITY_TOO_SMALL);
  });

  test("team and investors: less than 20 %, not 20 %", async () => {
    const whole = [line("community", hundredths(80n)), line("team", hundredths(20n))];
    await expectRefused(whole, exitCodes.TEAM_TOO_LARGE);
    const less = [
      line("community", hundredths(80n)),
      line("team", hundredths(20n) - 1n),
      line("treasury", 1n),
    ];
    expect((await attempt(less)).isDistributed).toBe(true);
  });

  test("one unit more or less than the supply: refused", async () => {
    await expectRefused([line("community", SUPPLY + 1n)], exitCodes.WRONG_TOTAL);
    await expectRefused([line("community", SUPPLY - 1n)], exitCodes.WRONG_TOTAL);
  });

  test("vesting that frees soon: a short cliff or duration, a start in the past", async () => {
    const community = line("community", hundredths(90n));
    const changes = [
      { cliff: YEAR - 1 },
      { duration: 3 * YEAR - 1 },
      { start: NOW - 10 * YEAR, cliff: YEAR, duration: 20 * YEAR },
    ];
    for (const change of changes) {
      const terms = vestingTermsCell(vestingTerms(token, change));
      const early: Allocation = { kind: "team", amount: hundredths(10n), terms };
      await expectRefused([community, early], exitCodes.VESTING_TOO_SHORT);
    }
  });

  test("terms that are no terms: a wallet cannot be smuggled in as a contract", async () => {
    const terms = beginCell().storeAddress(token.bob.address).endCell();
    const { result, isDistributed } = await attempt([{ kind: "community", amount: SUPPLY, terms }]);
    expectTransaction(result, { to: token.minter.address, aborted: true });
    expect(isDistributed).toBe(false);
  });

  test("epochs of no length would lock the community's part: refused", async () => {
    const terms = distributorSetupCell(distributorTerms(token, { epochSeconds: 0 }), everybody);
    await expectRefused([{ kind: "community", amount: SUPPLY, terms }], exitCodes.BAD_PAYLOAD);
  });

  test("41 lines are too many", async () => {
    const lines = Array.from({ length: 41 }, (_, prefix): Allocation => {
      const terms = distributorSetupCell(distributorTerms(token), { bits: 8, prefix });
      return { kind: "community", amount: 1n, terms };
    });
    await expectRefused(lines, exitCodes.TOO_MANY_ALLOCATIONS);
  });

  test("the same terms twice would lock half of a vesting: refused", async () => {
    const half = line("team", hundredths(5n));
    await expectRefused([line("community", hundredths(90n)), half, half], exitCodes.NOT_IN_ORDER);
  });

  test("a stranger cannot distribute, and nobody twice", async () => {
    const stranger = await attempt(allocationsOf(token), token.bob);
    expectRefusal(stranger.result, token.minter.address, exitCodes.NOT_OWNER);
    const done = await distributedToken();
    const options = { value: DISTRIBUTION_VALUE, allocations: allocationsOf(done) };
    const again = await done.minter.sendDistribute(done.creator.getSender(), options);
    expectRefusal(again, done.minter.address, exitCodes.ALREADY_DISTRIBUTED);
    expect(await done.minter.getSupply()).toBe(SUPPLY);
  });

  test("too few coins: the whole distribution is undone and the coins come back", async () => {
    const before = await balanceOf(token.chain, token.creator.address);
    const options = { value: toNano("0.25"), allocations: allocationsOf(token) };
    const result = await token.minter.sendDistribute(token.creator.getSender(), options);
    expectTransaction(result, { to: token.minter.address, aborted: true });
    expect(await token.minter.getIsDistributed()).toBe(false);
    const lost = before - (await balanceOf(token.chain, token.creator.address));
    expect(lost).toBeLessThan(toNano("0.1"));
  });

  test("afterwards no right is left: mint, admin, metadata, code are unknown words", async () => {
    const done = await distributedToken();
    const before = await dataOf(done.chain, done.minter.address);
    for (const op of [21, 0x642b7d07, 0x6501f354, 0xfb88e119, 0x7431f221, 0xcb862902, 0x2508d66a]) {
      const body = beginCell()
        .storeUint(op, 32)
        .storeUint(0, 64)
        .storeAddress(done.creator.address)
        .storeCoins(1)
        .storeRef(Cell.EMPTY)
        .endCell();
      const result = await done.creator.send({
        to: done.minter.address,
        value: toNano("1"),
        body,
      });
      expectRefusal(result, done.minter.address, exitCodes.WRONG_OP);
    }
    expect(await dataOf(done.chain, done.minter.address)).toBe(before);
  });
});

describe("PINGO: what standard clients see", () => {
  test("JettonMaster and JettonWallet of @ton/ton read it", async () => {
    const { chain, minter, alice } = await spendableToken();
    const master = chain.openContract(JettonMaster.create(minter.address));
    const data = await master.getJettonData();
    expect([data.totalSupply, data.mintable]).toEqual([SUPPLY, false]);
    expect(data.adminAddress.equals(nobody)).toBe(true);
    const found = await master.getWalletAddress(alice.address);
    expect(found.equals(await minter.getWalletAddress(alice.address))).toBe(true);
    const wallet = chain.openContract(StandardWallet.create(found));
    expect(await wallet.getBalance()).toBe(hundredths(9n) / 2n);
    const content = data.content.beginParse();
    expect(content.loadUint(8)).toBe(0);
    const entries = content.loadDict(Dictionary.Keys.Buffer(32), Dictionary.Values.Cell());
    const decimals = entries.get(createHash("sha256").update("decimals").digest())!.beginParse();
    expect([decimals.loadUint(8), decimals.loadStringTail()]).toEqual([0, "9"]);
  });

  test("discovery: a wallet for the base chain, none for the masterchain", async () => {
    const { minter, alice } = await distributedToken();
    const ask = (owner: Address, withOwner: boolean) =>
      alice.send({
        to: minter.address,
        value: toNano("0.1"),
        body: beginCell()
          .storeUint(0x2c76b973, 32)
          .storeUint(7, 64)
          .storeAddress(owner)
          .storeBit(withOwner)
          .endCell(),
      });
    const answerTo = async (owner: Address, withOwner: boolean) => {
      const result = await ask(owner, withOwner);
      const found = expectTransaction(result, { to: alice.address, op: 0xd1735400 });
      const slice = found.inMessage!.body.beginParse().skip(32);
      expect(slice.loadUint(64)).toBe(7);
      const wallet = slice.loadAddressAny();
      return { wallet, owner: slice.loadMaybeRef()?.beginParse().loadAddress() };
    };
    const base = await answerTo(alice.address, true);
    expect(base.wallet?.toString()).toBe((await minter.getWalletAddress(alice.address)).toString());
    expect(base.owner?.toString()).toBe(alice.address.toString());
    const master = await answerTo(new Address(-1, alice.address.hash), false);
    expect([master.wallet, master.owner]).toEqual([null, undefined]);
  });
});

describe("PINGO: wallets", () => {
  let token: Token;
  let wallet: SandboxContract<JettonWallet>;
  let start: ReturnType<Token["chain"]["snapshot"]>;
  beforeAll(async () => {
    token = await spendableToken();
    wallet = await walletOf(token, token.alice.address);
    start = token.chain.snapshot();
  });
  const fresh = async () => {
    await token.chain.loadFrom(start);
    return { ...token, before: await wallet.getBalance() };
  };
  const transfer = (change: object = {}, from = token.alice) =>
    wallet.sendTransfer(from.getSender(), {
      value: toNano("1"),
      amount: 5n,
      recipient: token.bob.address,
      excessesTo: token.alice.address,
      ...change,
    });

  test("a transfer moves the amount, notifies and returns the rest", async () => {
    const { alice, bob, before, chain } = await fresh();
    const coins = await balanceOf(chain, alice.address);
    const forwardPayload = beginCell().storeUint(1, 700).endCell();
    const result = await transfer({ forwardValue: toNano("0.01"), forwardPayload });
    expectTransaction(result, { to: bob.address, op: NOTIFICATION, value: toNano("0.01") });
    expectTransaction(result, { to: alice.address, op: EXCESSES });
    expect(await wallet.getBalance()).toBe(before - 5n);
    expect(await (await walletOf(token, bob.address)).getBalance()).toBe(5n);
    expect(coins - (await balanceOf(chain, alice.address))).toBeLessThan(toNano("0.05"));
  });

  test("refused: stranger, too much, another workchain, too few coins, bad payload", async () => {
    const { before } = await fresh();
    const cases: ReadonlyArray<readonly [object, number]> = [
      [{ amount: before + 1n }, exitCodes.NOT_ENOUGH_BALANCE],
      [{ recipient: new Address(-1, Buffer.alloc(32, 5)) }, exitCodes.WRONG_WORKCHAIN],
      [{ value: toNano("0.01") }, exitCodes.NOT_ENOUGH_VALUE],
      [{ forwardValue: toNano("1") }, exitCodes.NOT_ENOUGH_VALUE],
    ];
    for (const [change, code] of cases) {
      expectRefusal(await transfer(change), wallet.address, code);
    }
    expectRefusal(await transfer({}, token.bob), wallet.address, exitCodes.NOT_OWNER);
    const body = JettonWallet.transferBody({ amount: 1n, recipient: token.bob.address });
    // The payload says "reference" and brings bits beside it; then it is missing altogether.
    const both = beginCell()
      .storeBits(body.bits.substring(0, body.bits.length - 1))
      .storeBit(1);
    const bad = both.storeUint(1, 8).storeRef(Cell.EMPTY).endCell();
    const none = beginCell()
      .storeBits(body.bits.substring(0, body.bits.length - 1))
      .endCell();
    for (const payload of [bad, none]) {
      const message = { to: wallet.address, value: toNano("1"), body: payload };
      expectRefusal(await token.alice.send(message), wallet.address, exitCodes.BAD_PAYLOAD);
    }
    expect(await wallet.getBalance()).toBe(before);
  });

  const internalTransfer = (from: Address | null) =>
    beginCell()
      .storeUint(INTERNAL_TRANSFER, 32)
      .storeUint(0, 64)
      .storeCoins(1_000_000n)
      .storeAddress(from)
      .storeAddress(null)
      .storeCoins(0)
      .storeBit(0)
      .endCell();

  test("forged: coins out of nothing from a stranger, whoever it says it is", async () => {
    const { before, bob, alice, minter } = await fresh();
    for (const from of [bob.address, alice.address, minter.address]) {
      const body = internalTransfer(from);
      const result = await bob.send({ to: wallet.address, value: toNano("1"), body });
      expectRefusal(result, wallet.address, exitCodes.NOT_WALLET);
    }
    const unsigned = { to: wallet.address, value: toNano("1"), body: internalTransfer(null) };
    expectTransaction(await bob.send(unsigned), { to: wallet.address, aborted: true });
    expect(await wallet.getBalance()).toBe(before);
  });

  test("forged: a wallet of another jetton with the same code", async () => {
    const { before, bob } = await fresh();
    const other = await spendableToken("reduced");
    expect(other.minter.address.equals(token.minter.address)).toBe(true);
    // The same code under a minter that only mallory knows.
    const code = (await token.chain.getContract(wallet.address)).accountState;
    const walletCode = code?.type === "active" ? code.state.code! : Cell.EMPTY;
    const data = beginCell()
      .storeCoins(SUPPLY)
      .storeAddress(bob.address)
      .storeAddress(bob.address)
      .endCell();
    const init = { code: walletCode, data };
    const foreign = new Address(
      0,
      beginCell().storeUint(6, 5).storeRef(walletCode).storeRef(data).endCell().hash(),
    );
    await bob.send({ to: foreign, value: toNano("1"), init });
    const body = JettonWallet.transferBody({ amount: 5n, recipient: token.alice.address });
    await bob.send({ to: foreign, value: toNano("1"), body });
    expect(await wallet.getBalance()).toBe(before);
  });

  test("the receiver's wallet fails: balance and coins come back with word of it", async () => {
    const { alice, bob, before, chain } = await fresh();
    await broken(chain, (await walletOf(token, bob.address)).address);
    const coins = await balanceOf(chain, alice.address);
    const result = await transfer({ excessesTo: bob.address });
    const { inMessage } = expectTransaction(result, { to: alice.address, op: TRANSFER_RETURNED });
    const told = inMessage!.body.beginParse().skip(96);
    expect(told.loadCoins()).toBe(5n);
    expect(told.loadAddress().toString()).toBe(bob.address.toString());
    expect(await wallet.getBalance()).toBe(before);
    expect(coins - (await balanceOf(chain, alice.address))).toBeLessThan(toNano("0.05"));
  });

  test("burning: the supply falls by it, the rest returns", async () => {
    const { alice, before, minter } = await fresh();
    const result = await wallet.sendBurn(alice.getSender(), { value: toNano("1"), amount: 7n });
    expectTransaction(result, { to: alice.address, op: EXCESSES });
    expect([await wallet.getBalance(), await minter.getSupply()]).toEqual([
      before - 7n,
      SUPPLY - 7n,
    ]);
    const tooMuch = { value: toNano("1"), amount: before };
    const refused = await wallet.sendBurn(alice.getSender(), tooMuch);
    expectRefusal(refused, wallet.address, exitCodes.NOT_ENOUGH_BALANCE);
    const stranger = await wallet.sendBurn(token.bob.getSender(), {
      value: toNano("1"),
      amount: 1n,
    });
    expectRefusal(stranger, wallet.address, exitCodes.NOT_OWNER);
  });

  test("forged: a burn notification from no wallet does not lower the supply", async () => {
    const { alice, minter } = await fresh();
    const body = beginCell()
      .storeUint(BURN_NOTIFICATION, 32)
      .storeUint(0, 64)
      .storeCoins(5)
      .storeAddress(alice.address)
      .storeAddress(null)
      .endCell();
    const result = await alice.send({ to: minter.address, value: toNano("1"), body });
    expectRefusal(result, minter.address, exitCodes.NOT_WALLET);
    expect(await minter.getSupply()).toBe(SUPPLY);
  });

  test("the minter is gone: a burn comes back whole", async () => {
    const { alice, before, chain, minter } = await fresh();
    await broken(chain, minter.address);
    const result = await wallet.sendBurn(alice.getSender(), { value: toNano("1"), amount: 7n });
    expectTransaction(result, { to: alice.address, op: TRANSFER_RETURNED });
    expect(await wallet.getBalance()).toBe(before);
  });

  test("bare coins are a top-up; an unknown word is refused", async () => {
    const { alice, chain } = await fresh();
    const before = await balanceOf(chain, wallet.address);
    await alice.send({ to: wallet.address, value: toNano("1") });
    expect((await balanceOf(chain, wallet.address)) - before).toBeGreaterThan(toNano("0.99"));
    const body = beginCell().storeUint(0x12345678, 32).endCell();
    const result = await alice.send({ to: wallet.address, value: toNano("1"), body });
    expectRefusal(result, wallet.address, exitCodes.WRONG_OP);
  });

  test("a wallet keeps a year of rent through transfers, and works after them", async () => {
    const { alice, bob, chain } = await fresh();
    for (let n = 0; n < 3; n += 1) await transfer();
    const target = await walletOf(token, bob.address);
    const kept = await balanceOf(chain, target.address);
    chain.now = chain.now! + YEAR;
    const back = { value: toNano("1"), amount: 15n, recipient: alice.address };
    expectTransaction(await target.sendTransfer(bob.getSender(), back), { to: wallet.address });
    expect(await target.getBalance()).toBe(0n);
    expect(kept).toBeGreaterThan(0n);
  });

  test.each(["old", "reduced"] as const)(
    "%s prices: the least value that is taken is enough",
    async (prices) => {
      const cheap = await spendableToken(prices);
      const from = await walletOf(cheap, cheap.alice.address);
      const options = { amount: 1n, recipient: cheap.bob.address, excessesTo: cheap.alice.address };
      const least = await leastValue(cheap.chain, from.address, (value) =>
        from.sendTransfer(cheap.alice.getSender(), {
          ...options,
          value,
          forwardValue: toNano("0.01"),
        }),
      );
      const result = await from.sendTransfer(cheap.alice.getSender(), {
        ...options,
        value: least,
        forwardValue: toNano("0.01"),
      });
      expectTransaction(result, { to: cheap.bob.address, op: NOTIFICATION });
      const { alice } = cheap;
      // What is left is too little for the receiver's own code to run.
      const failed = { aborted: true, to: (to?: Address) => !to?.equals(alice.address) };
      expectNoTransaction(result, failed);
      const burn = (value: bigint) => from.sendBurn(cheap.alice.getSender(), { value, amount: 1n });
      const leastBurn = await leastValue(cheap.chain, from.address, burn);
      expectNoTransaction(await burn(leastBurn), failed);
      expect(await cheap.minter.getSupply()).toBe(SUPPLY - 1n);
    },
  );

  test("any history of transfers and burns: balances add up to the supply", async () => {
    const { chain, minter, alice, bob, creator } = await fresh();
    const people = [alice, bob, creator];
    const wallets = await Promise.all(people.map(({ address }) => walletOf(token, address)));
    const rest = SUPPLY - (await wallet.getBalance());
    const person = fc.nat(2);
    const move = fc.record({
      from: person,
      to: person,
      amount: fc.bigInt(0n, hundredths(5n)),
      burns: fc.boolean(),
      value: fc.bigInt(toNano("0.005"), toNano("0.2")),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 4, maxLength: 8 }), async (moves) => {
        await chain.loadFrom(start);
        for (const { from, to, amount, burns, value } of moves) {
          const sender = people[from]!.getSender();
          const recipient = people[to]!.address;
          if (burns) await wallets[from]!.sendBurn(sender, { value, amount });
          else await wallets[from]!.sendTransfer(sender, { value, amount, recipient });
        }
        let sum = rest;
        for (const each of wallets) sum += await each.getBalance();
        expect(sum).toBe(await minter.getSupply());
      }),
      { numRuns: 15 },
    );
  });
});
