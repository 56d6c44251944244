/** What the port of the chain promises, tried on contracts on the real virtual machine. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { address } from "../../src/kernel/address.ts";
import { portCall } from "../../src/kernel/command.ts";
import { nanoPingo } from "../../src/kernel/policies/rewards.ts";
import {
  CHAIN,
  type ChainOutcome,
  type ChainRequest,
  type Voucher,
  type Wallet,
} from "../../src/kernel/ports/chain.ts";
import type { LivePort } from "../../src/live/live-port.ts";
import { PortWorld } from "../chain/port-world.ts";

const DAY = 86_400;
const caller = address("treasurer", "main");
const owner = address("contributor", "c1");

/** A chain that a port speaks to, with people on it. */
interface Chain {
  /** Nothing has happened yet. */
  readonly fresh: () => Promise<void>;
  /** The port of a process that has just started; what it did before is remembered. */
  readonly port: () => Promise<LivePort>;
  readonly wallet: (n: number) => Wallet;
  readonly present: (n: number, voucher: Voucher) => Promise<void>;
  readonly nowSeconds: () => number;
  readonly pass: (seconds: number) => void;
  /** Length of an epoch of rewards, and how long a root waits, seconds. */
  readonly epochSeconds: number;
  /** The most that the first epoch may pay, nano-PINGO. */
  readonly emission: bigint;
}

interface Arm {
  readonly name: string;
  readonly open: () => Promise<Chain>;
}

const arms: ReadonlyArray<Arm> = [
  {
    name: "contracts",
    open: async () => {
      const world = await PortWorld.open();
      return {
        fresh: () => world.fresh(),
        port: () => world.port(),
        wallet: (n) => world.wallet(n),
        present: (n, voucher) => world.present(n, voucher),
        nowSeconds: () => world.nowSeconds(),
        pass: (seconds) => world.pass(seconds),
        epochSeconds: DAY,
        emission: 769_000n * 1_000_000_000n,
      };
    },
  },
];

for (const arm of arms) {
  describe(`Chain, ${arm.name}`, () => {
    let chain: Chain;
    let port: LivePort;
    let calls = 0;
    beforeAll(async () => {
      chain = await arm.open();
    });
    beforeEach(async () => {
      await chain.fresh();
      port = await chain.port();
    });

    const ask = (request: ChainRequest, key = `k${++calls}`) =>
      new Promise<ChainOutcome["outcome"]>((resolve) => {
        port.call(caller, portCall(CHAIN, key, request, 60_000_000), (told) => {
          resolve((told as ChainOutcome).outcome);
        });
      });
    const got = async (request: ChainRequest) => {
      const outcome = await ask(request);
      if (!outcome.ok) throw new Error(`${request.type}: ${outcome.reason}`);
      return outcome.value;
    };
    const today = () => Math.floor(chain.nowSeconds() / DAY);
    const issue = (n: number, epoch = today(), untilDay = today() + 1): ChainRequest => ({
      type: "IssueCredential",
      intent: `voucher/${n}/${epoch}`,
      owner,
      wallet: chain.wallet(n),
      tier: 2,
      epoch,
      untilDay,
    });
    const voucher = async (request: ChainRequest) => {
      const value = await got(request);
      if (value.type !== "Voucher") throw new Error("no voucher");
      return value;
    };
    const credential = (n: number) => got({ type: "ReadCredential", wallet: chain.wallet(n) });
    const publish = (root: string, cap: bigint, intent = `root/${root}`): ChainRequest => ({
      type: "PublishRoot",
      intent,
      epoch: 1,
      root: root.repeat(64),
      cap: nanoPingo(cap),
      total: nanoPingo(cap),
    });
    const rewards = () => got({ type: "ReadRewards" });

    it("no credential before a voucher; a voucher alone is none either", async () => {
      const none = { type: "CredentialShown", state: "none", tier: 0, epoch: 0, untilUs: 0 };
      expect(await credential(0)).toEqual(none);
      await voucher(issue(0));
      expect(await credential(0)).toEqual(none);
    });

    it("presented by its owner: valid until a fortnight after the day, then lapsed", async () => {
      const day = today();
      await chain.present(0, await voucher(issue(0)));
      const untilUs = (day + 15) * DAY * 1_000_000;
      const shown = { type: "CredentialShown", tier: 2, epoch: day, untilUs };
      expect(await credential(0)).toEqual({ ...shown, state: "valid" });
      chain.pass(15 * DAY + 1);
      expect(await credential(0)).toEqual({ ...shown, state: "lapsed" });
    });

    it("asked twice, under two keys and after a restart: the same voucher to the letter", async () => {
      const first = await voucher(issue(0));
      expect(await voucher(issue(0))).toEqual(first);
      port = await chain.port();
      expect(await got(issue(0))).toEqual(first);
      expect(first.untilUs).toBe((today() + 2) * DAY * 1_000_000 - 1_000_000);
    });

    it("presented twice, or too late: nothing more than once, nothing at all", async () => {
      const one = await voucher(issue(0));
      await chain.present(0, one);
      const before = await credential(0);
      await chain.present(0, one);
      expect(await credential(0)).toEqual(before);
      const late = await voucher(issue(1));
      chain.pass(2 * DAY + 1);
      await chain.present(1, late);
      expect(await credential(1)).toMatchObject({ state: "none" });
    });

    it("revived by a later voucher, not set back by an earlier one", async () => {
      const day = today();
      await chain.present(0, await voucher(issue(0)));
      chain.pass(20 * DAY);
      await chain.present(0, await voucher(issue(0, day + 20, day + 21)));
      expect(await credential(0)).toMatchObject({ state: "valid", epoch: day + 20 });
      await chain.present(0, await voucher(issue(0, day + 3, day + 21)));
      expect(await credential(0)).toMatchObject({ state: "valid", epoch: day + 20 });
    });

    it("moved to another wallet: the old one is over for good, the new one has the day", async () => {
      const day = today();
      await chain.present(0, await voucher(issue(0)));
      const move = {
        type: "MoveCredential",
        intent: "move/1",
        owner,
        from: chain.wallet(0),
        wallet: chain.wallet(1),
        untilDay: day + 1,
      } as const;
      await chain.present(1, await voucher(move));
      expect(await credential(0)).toMatchObject({ state: "revoked" });
      expect(await credential(1)).toMatchObject({ state: "valid", tier: 2, epoch: day });
      await chain.present(0, await voucher(issue(0, day + 1, day + 2)));
      expect(await credential(0)).toMatchObject({ state: "revoked" });
    });

    it("revoked: for good, however often it is asked for; where there is none, nothing", async () => {
      await chain.present(0, await voucher(issue(0)));
      const revoke = (n: number, intent = `revoke/${n}`): ChainRequest => ({
        type: "RevokeCredential",
        intent,
        wallet: chain.wallet(n),
      });
      const first = await got(revoke(0));
      expect(first).toMatchObject({ type: "Landed", transaction: expect.stringMatching(/^\w/) });
      expect(await credential(0)).toMatchObject({ state: "revoked" });
      expect(await got(revoke(0))).toEqual(first);
      port = await chain.port();
      expect(await got(revoke(0))).toEqual(first);
      expect(await got(revoke(0, "another"))).toEqual({ type: "Landed", transaction: "" });
      expect(await got(revoke(1))).toEqual({ type: "Landed", transaction: "" });
    });

    it("no root: nothing in force, nothing waits; one before its epoch has ended: early", async () => {
      expect(await rewards()).toEqual({
        type: "RewardsShown",
        epoch: -1,
        root: "",
        cap: 0n,
        paid: 0n,
        pendingEpoch: -1,
        claimableUs: 0,
      });
      expect(await ask(publish("a", 5n))).toEqual({ ok: false, reason: "early", retryable: true });
    });

    it("published: waits, then is in force; the next waits for it", async () => {
      chain.pass(chain.epochSeconds);
      const first = await got(publish("a", 5n));
      expect(await rewards()).toMatchObject({ epoch: -1, pendingEpoch: 1 });
      expect(await got(publish("a", 5n))).toEqual(first);
      port = await chain.port();
      expect(await got(publish("a", 5n))).toEqual(first);
      chain.pass(chain.epochSeconds - 10);
      expect(await ask(publish("b", 7n))).toMatchObject({ reason: "early" });
      chain.pass(10);
      expect(await rewards()).toMatchObject({ epoch: 1, root: "a".repeat(64), pendingEpoch: -1 });
      await got(publish("b", 7n));
      expect(await rewards()).toMatchObject({ epoch: 1, pendingEpoch: 2 });
      expect(await got(publish("a", 5n))).toEqual(first);
      expect(await rewards()).toMatchObject({ epoch: 1, pendingEpoch: 2 });
    });

    it("over the emission: early, and possible when another epoch has ended", async () => {
      chain.pass(chain.epochSeconds);
      const cap = chain.emission + 2n;
      expect(await ask(publish("a", cap))).toMatchObject({ reason: "early" });
      chain.pass(chain.epochSeconds);
      expect(await got(publish("a", cap))).toMatchObject({ type: "Landed" });
    });

    it("a cap that falls: refused, nothing is published", async () => {
      chain.pass(chain.epochSeconds);
      await got(publish("a", 50n));
      chain.pass(2 * chain.epochSeconds);
      const lower = await ask(publish("b", 49n));
      expect(lower).toEqual({ ok: false, reason: "refused", retryable: false });
      expect(await rewards()).toMatchObject({ root: "a".repeat(64), pendingEpoch: -1 });
    });

    it("one call asked for twice at once: joined; each key has one outcome", async () => {
      chain.pass(chain.epochSeconds);
      const both = await Promise.all([
        ask(publish("a", 5n), "same"),
        ask(publish("a", 5n), "same"),
        ask(publish("a", 5n), "another"),
      ]);
      expect(new Set(both.map((each) => JSON.stringify(each))).size).toBe(1);
      expect(both[0]).toMatchObject({ ok: true });
    });

    it("closed: nothing is told any more", async () => {
      let told = 0;
      port.call(caller, portCall(CHAIN, "last", { type: "ReadRewards" }, 1e6), () => {
        told += 1;
      });
      await port.close();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(told).toBe(0);
    });
  });
}
