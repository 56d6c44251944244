import { Address, beginCell, type Cell, type StateInit, toNano } from "@ton/core";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  BOND,
  escrowIn,
  HOUR,
  type Market,
  openEscrow,
  openMarket,
  PRICE,
  pingoOf,
  resultHash,
} from "../../../contracts/tests/jobs.ts";
import { MemoryJournal } from "../../../test/chain/memory-journal.ts";
import { bound, Mortal } from "../../../test/chain/mortal.ts";
import {
  EMISSION,
  EPOCH,
  OPERATOR,
  type Opening,
  PortWorld,
} from "../../../test/chain/port-world.ts";
import { SandboxChain } from "../../../test/chain/sandbox-chain.ts";
import { address } from "../../kernel/address.ts";
import { portCall } from "../../kernel/command.ts";
import { nanoPingo } from "../../kernel/policies/rewards.ts";
import {
  CHAIN,
  type ChainOutcome,
  type ChainRequest,
  type PublishRoot,
  type Voucher,
  type Wallet,
} from "../../kernel/ports/chain.ts";
import { ChainFault } from "./chain-fault.ts";
import type { ChainPort } from "./chain-port.ts";
import { endedEpochs, readDistributor } from "./distributor-state.ts";
import { keyOfSeed } from "./keys.ts";
import type { ChainTransport } from "./transport.ts";
import { Escrow } from "./wrappers/payments.ts";

const caller = address("treasurer", "main");
let calls = 0;

function ask(port: ChainPort, request: ChainRequest, deadlineUs = 60_000_000) {
  return new Promise<ChainOutcome["outcome"]>((resolve) => {
    port.call(caller, portCall(CHAIN, `k${++calls}`, request, deadlineUs), ({ outcome }) => {
      resolve(outcome);
    });
  });
}

const root: PublishRoot = {
  type: "PublishRoot",
  intent: "root/1",
  epoch: 1,
  root: "ab".repeat(32),
  cap: nanoPingo(EMISSION),
  total: nanoPingo(EMISSION),
};
const reading: ChainRequest = { type: "ReadRewards" };

describe("Live port of the chain", () => {
  let world: PortWorld;
  let notes: string[] = [];
  beforeAll(async () => {
    world = await PortWorld.open();
  });
  beforeEach(async () => {
    notes = [];
    await world.fresh();
    world.pass(EPOCH);
  });
  const open = (opening: Opening = {}) =>
    world.port({ ...opening, change: { note: (why) => notes.push(why), ...opening.change } });
  const failure = async (request: ChainRequest, opening: Opening) => {
    const outcome = await ask(await open(opening), request);
    if (outcome.ok) throw new Error("it went well");
    expect(outcome.retryable).toBe(outcome.reason !== "refused");
    return [outcome.reason, notes.at(-1)];
  };
  const rootsOnChain = async () => {
    const all = world.distributors.map((each) => readDistributor(world.chain, each));
    return (await Promise.all(all)).map(({ pending }) => pending?.hash);
  };

  test("killed at any moment of a publication: every distributor has the root, once", async () => {
    const start = world.chain.mark();
    let deaths = 0;
    // one distributor after the other by the same steps: beyond the first, every third moment
    for (let dealings = 3; ; dealings += dealings < 14 ? 1 : 3) {
      await start.back();
      const mortal = new Mortal(dealings);
      const journal = new MemoryJournal();
      const taken = world.chain.taken;
      await ask(
        await open({ over: mortal.chain(world.chain), journal: mortal.journal(journal) }),
        root,
      );
      const next = await open({ journal: journal.again() });
      expect(await ask(next, root)).toMatchObject({ ok: true, value: { type: "Landed" } });
      expect(await rootsOnChain()).toEqual([root.root, root.root]);
      expect([dealings, world.chain.taken - taken]).toEqual([dealings, 2]);
      if (!mortal.isDead) break;
      deaths += 1;
    }
    expect(deaths).toBeGreaterThanOrEqual(12);
  });

  test("reorganised when all had been done: published once, in the end", async () => {
    const before = world.chain.mark();
    let waits = 0;
    const port = await open({
      change: {
        pace: { pollMs: 0, settleMs: 1, polls: 6 },
        wait: async (ms) => {
          if (ms === 0 || ++waits > 1) return;
          await before.back();
        },
      },
    });
    expect(await ask(port, root)).toMatchObject({ ok: false, reason: "contradicted" });
    expect(await rootsOnChain()).toEqual([undefined, undefined]);
    // it was thought to have landed; asked again, the same message goes out once more
    expect(await ask(await open(), root)).toMatchObject({ ok: true });
    expect(await rootsOnChain()).toEqual([root.root, root.root]);
  });

  test("each distributor may pay no more than its own emission", async () => {
    const ripe = nanoPingo(EMISSION - 1n);
    expect(await ask(await open(), { ...root, cap: ripe })).toMatchObject({ ok: true });
    const all = world.distributors.map((each) => readDistributor(world.chain, each));
    for (const distributor of await Promise.all(all)) {
      expect(distributor.pending?.cap).toBe(EMISSION / 2n);
      expect([distributor.pending?.epoch, endedEpochs(distributor)]).toEqual([1, 1]);
      expect(distributor.publisher.equals(OPERATOR)).toBe(true);
    }
  });

  test("no answer, too many requests, contradictions: one word each, and a sentence", async () => {
    const failing = (kind: "down" | "rate-limited") => ({
      ...bound(world.chain),
      getAddressInformation: () => Promise.reject(new ChainFault(kind, `It is ${kind}.`)),
    });
    for (const kind of ["down", "rate-limited"] as const) {
      const [reason, note] = await failure(reading, { over: failing(kind) });
      expect([reason, note]).toEqual(["unreachable", expect.stringContaining(`It is ${kind}.`)]);
    }
    const hiding = { ...bound(world.chain), getTransactions: () => Promise.resolve([]) };
    const [reason, note] = await failure(root, { over: hiding });
    expect([reason, note]).toEqual(["contradicted", expect.stringContaining("does not show it")]);
    // it was published none the less, and the port finds that out when it is asked again
    const taken = world.chain.taken;
    expect(await ask(await open(), root)).toMatchObject({ ok: true });
    expect(world.chain.taken - taken).toBe(1);
  });

  test("too few coins, no contract there: told before coins are spent", async () => {
    const poor: ChainTransport = {
      ...bound(world.chain),
      getAddressInformation: async (at: Address) => {
        const seen = await world.chain.getAddressInformation(at);
        return at.equals(OPERATOR) ? { ...seen, balance: toNano("0.01") } : seen;
      },
    };
    const [unfunded, missing] = await failure(root, { over: poor });
    expect([unfunded, missing]).toEqual(["unfunded", expect.stringContaining("send it")]);
    const [refused, why] = await failure(root, { change: { distributors: [OPERATOR] } });
    expect([refused, why]).toEqual(["refused", expect.stringContaining("no distributor")]);
    const nowhere = { change: { distributors: [world.collection] } };
    expect((await failure(reading, nowhere))[1]).toContain("is no distributor of PinGo");
  });

  test("fewer than two issuers, or strangers' keys: no voucher, and why", async () => {
    const day = Math.floor(world.nowSeconds() / EPOCH);
    const issue: ChainRequest = {
      type: "IssueCredential",
      intent: "v",
      owner: address("contributor", "c1"),
      wallet: world.wallet(0),
      tier: 1,
      epoch: day,
      untilDay: day,
    };
    const strangers = [7, 8, 9].map((n) => keyOfSeed(Buffer.alloc(32, n)));
    const one = [keyOfSeed(Buffer.alloc(32, 2)), ...strangers];
    for (const [issuers, found] of [
      [strangers, 0],
      [one, 1],
    ] as const) {
      const [reason, note] = await failure(issue, { change: { issuers } });
      expect([reason, note]).toEqual([
        "refused",
        expect.stringContaining(`${found} of our keys is known`),
      ]);
    }
    const last = [keyOfSeed(Buffer.alloc(32, 2)), keyOfSeed(Buffer.alloc(32, 3))];
    const outcome = await ask(await open({ change: { issuers: last } }), issue);
    if (!outcome.ok) throw new Error(outcome.reason);
    await world.present(0, outcome.value as Voucher);
    const shown = await ask(await open(), { type: "ReadCredential", wallet: world.wallet(0) });
    expect(shown).toMatchObject({ value: { state: "valid", tier: 1 } });
    expect((await failure({ ...issue, tier: 256 }, {}))[1]).toContain("between 0 and 255");
  });

  test("killed at any moment of a revocation: it holds, and is told", async () => {
    const day = Math.floor(world.nowSeconds() / EPOCH);
    const issue = {
      type: "IssueCredential",
      intent: "v",
      tier: 1,
      epoch: day,
      untilDay: day,
    } as const;
    const wallet = world.wallet(0);
    const owner = address("contributor", "c1");
    const outcome = await ask(await open(), { ...issue, owner, wallet });
    if (!outcome.ok) throw new Error(outcome.reason);
    await world.present(0, outcome.value as Voucher);
    const start = world.chain.mark();
    const revoke: ChainRequest = { type: "RevokeCredential", intent: "revoke", wallet };
    for (let dealings = 4; ; dealings += 2) {
      await start.back();
      const mortal = new Mortal(dealings);
      const journal = new MemoryJournal();
      const taken = world.chain.taken;
      await ask(
        await open({ over: mortal.chain(world.chain), journal: mortal.journal(journal) }),
        revoke,
      );
      const next = await open({ journal: journal.again() });
      expect(await ask(next, revoke)).toMatchObject({ ok: true });
      const shown = await ask(next, { type: "ReadCredential", wallet });
      expect(shown).toMatchObject({ value: { state: "revoked" } });
      expect([dealings, world.chain.taken - taken]).toEqual([dealings, 1]);
      if (!mortal.isDead) break;
    }
  });

  test("one call asked for twice is joined; closed, it tells nobody", async () => {
    const port = await open();
    const call = portCall(CHAIN, "same", root, 60_000_000);
    const taken = world.chain.taken;
    const both = [1, 2].map(
      () => new Promise((resolve) => port.call(caller, call, (told) => resolve(told))),
    );
    const [one, two] = await Promise.all(both);
    expect(one).toEqual(two);
    expect(world.chain.taken - taken).toBe(2);
    let told = 0;
    port.call(caller, portCall(CHAIN, "last", reading, 1e6), () => {
      told += 1;
    });
    await port.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told).toBe(0);
  });

  test("over the emission: early, and possible when another epoch has ended", async () => {
    const more = { ...root, cap: nanoPingo(EMISSION + 2n) };
    expect(await failure(more, {})).toEqual(["early", expect.stringContaining("emission allows")]);
    world.pass(EPOCH);
    expect(await ask(await open(), more)).toMatchObject({ ok: true });
  });

  test("longer than its deadline: told so; the work goes on and its result is there", async () => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const slow: ChainTransport = {
      ...bound(world.chain),
      sendBoc: async (boc) => {
        await gate;
        return world.chain.sendBoc(boc);
      },
    };
    const port = await open({ over: slow });
    const late = await ask(port, root, 20_000);
    expect(late).toEqual({ ok: false, reason: "deadline", retryable: true });
    const again = ask(port, root);
    go();
    expect(await again).toMatchObject({ ok: true });
    expect(await rootsOnChain()).toEqual([root.root, root.root]);
  });
});

describe("Live port of the chain: escrows", () => {
  let market: Market;
  let chain: SandboxChain;
  let world: PortWorld;
  beforeAll(async () => {
    market = await openMarket();
    chain = SandboxChain.over(market.token.chain);
    await chain.give(OPERATOR, toNano("20"));
    const { token, pool } = market;
    world = PortWorld.bare(chain, { minter: token.minter.address, pool: pool.address });
  });
  beforeEach(() => world.fresh());
  const verdict = (escrow: Address, change: Partial<ChainRequest> = {}) =>
    ({
      type: "SettleEscrow",
      intent: "escrow/1",
      escrow: escrow.toRawString() as Wallet,
      result: resultHash.toString("hex"),
      verdict: "good",
      ...change,
    }) as ChainRequest;
  const reasonOf = async (request: ChainRequest, opening: Opening = {}) => {
    const outcome = await ask(await world.port(opening), request);
    return outcome.ok ? "done" : outcome.reason;
  };

  test("a good verdict pays who worked; asked again, by whatever key, nothing more", async () => {
    const escrow = await escrowIn(market, "submitted");
    const worker = () => pingoOf(market.token, market.worker.address);
    const before = await worker();
    const port = await world.port();
    const first = await ask(port, verdict(escrow.address));
    expect(first).toMatchObject({
      ok: true,
      value: { transaction: expect.stringMatching(/^\w{64}$/) },
    });
    const paid = (await worker()) - before;
    expect(paid).toBeGreaterThan((PRICE * 4n) / 5n);
    expect(await ask(port, verdict(escrow.address))).toEqual(first);
    const other = await ask(port, verdict(escrow.address, { intent: "escrow/other" }));
    expect(other).toMatchObject({ value: { transaction: "" } });
    expect((await worker()) - before).toBe(paid);
  });

  test("a wrong verdict pays the client back", async () => {
    const escrow = await escrowIn(market, "submitted");
    const before = await pingoOf(market.token, market.client.address);
    expect(await reasonOf(verdict(escrow.address, { verdict: "wrong" }))).toBe("done");
    expect((await pingoOf(market.token, market.client.address)) - before).toBe(PRICE);
  });

  test("not there yet: early; another result, too late, other judges: refused", async () => {
    const nowhere = beginCell().storeUint(1, 8).endCell().hash();
    expect(await reasonOf(verdict(new Address(0, nowhere)))).toBe("early");
    expect(await reasonOf(verdict(market.token.minter.address))).toBe("refused");
    const funded = await escrowIn(market, "funded");
    expect(await reasonOf(verdict(funded.address))).toBe("early");
    const escrow = await escrowIn(market, "submitted", { jobHash: Buffer.alloc(32, 3) });
    const result = "00".repeat(32);
    expect(await reasonOf(verdict(escrow.address, { result }))).toBe("refused");
    const verifiers = [7, 8, 9].map((n) => keyOfSeed(Buffer.alloc(32, n)));
    expect(await reasonOf(verdict(escrow.address), { change: { verifiers } })).toBe("refused");
    chain.wait(4 * 3_600);
    expect(await reasonOf(verdict(escrow.address))).toBe("refused");
  });

  const shownAt = async (at: Address) => {
    const request: ChainRequest = { type: "ReadEscrow", escrow: at.toRawString() as Wallet };
    const outcome = await ask(await world.port(), request);
    if (outcome.ok && outcome.value.type !== "EscrowShown") throw new Error(outcome.value.type);
    return outcome.ok ? outcome.value : outcome.reason;
  };

  test("shown: who pays whom, what is submitted, how many judges are ours, what time", async () => {
    const nowhere = new Address(0, beginCell().storeUint(1, 8).endCell().hash());
    expect(await shownAt(nowhere)).toMatchObject({ state: "absent", client: "", ours: 0 });
    const escrow = await escrowIn(market, "accepted", { jobHash: Buffer.alloc(32, 7) });
    const raw = (at: Address) => at.toRawString();
    expect(await shownAt(escrow.address)).toEqual({
      type: "EscrowShown",
      state: "accepted",
      client: raw(market.client.address),
      worker: raw(market.worker.address),
      price: PRICE,
      bond: BOND,
      demand: "07".repeat(32),
      result: "",
      leftUs: 2 * HOUR * 1_000_000,
      judgeUs: 3 * HOUR * 1_000_000,
      threshold: 2,
      ours: 3,
    });
    await escrow.sendSubmit(market.worker.getSender(), { value: toNano("1"), resultHash });
    chain.wait(3 * HOUR + 1);
    expect(await shownAt(escrow.address)).toMatchObject({
      state: "submitted",
      result: resultHash.toString("hex"),
      leftUs: -1_000_000,
    });
    await escrow.sendExpire(market.passer.getSender(), toNano("1"));
    expect(await shownAt(escrow.address)).toMatchObject({ state: "done", leftUs: 0 });
  });

  test("forged: a state that was not reached, another token, another pool: refused", async () => {
    const { token, passer } = market;
    const genuine = await openEscrow(market, { jobHash: Buffer.alloc(32, 8) });
    expect(await shownAt(genuine.address)).toMatchObject({ state: "awaiting", leftUs: 0 });
    const { address: minter } = token.minter;
    const at = async (made: Escrow) => {
      await token.chain.openContract(made).sendDiscover(passer.getSender(), toNano("1"));
      return shownAt(made.address);
    };
    const { code, data } = genuine.init as Required<StateInit> & { code: Cell; data: Cell };
    const terms = data.refs.at(-1) as Cell;
    // who deploys it says that price and bond are there
    const forged = beginCell()
      .storeAddress(minter)
      .storeAddress(passer.address)
      .storeUint(2, 8)
      .storeUint(2 ** 32 - 1, 32)
      .storeMaybeRef(null)
      .storeMaybeRef(beginCell().storeAddress(passer.address).storeUint(0, 256).endCell())
      .storeRef(terms)
      .endCell();
    expect(await at(new Escrow(code, forged))).toBe("refused");
    expect(await at(Escrow.withTerms(passer.address, terms, code))).toBe("refused");
    const theirs = await openEscrow(market, { pool: passer.address });
    expect(await shownAt(theirs.address)).toBe("refused");
    expect(await shownAt(minter)).toBe("refused");
  });

  test("killed at any moment: judged once", async () => {
    const escrow = await escrowIn(market, "submitted");
    const submitted = chain.mark();
    for (let dealings = 1; ; dealings++) {
      await submitted.back();
      const mortal = new Mortal(dealings);
      const journal = new MemoryJournal();
      const { taken } = chain;
      const opening = { over: mortal.chain(chain), journal: mortal.journal(journal) };
      await world.port(opening).then(
        (port) => ask(port, verdict(escrow.address)),
        () => {},
      );
      const again = await world.port({ journal: journal.again() });
      // not only that it is over: that it was this verdict
      expect(await ask(again, verdict(escrow.address))).toMatchObject({
        ok: true,
        value: { transaction: expect.stringMatching(/^\w{64}$/) },
      });
      expect((await escrow.getData()).state).toBe("done");
      expect([dealings, chain.taken - taken]).toEqual([dealings, 1]);
      if (!mortal.isDead) break;
    }
  });
});
