/**
 * What the port of the chain promises, tried on contracts on the real virtual machine and on the
 * simulator's model of them.
 */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { address } from "../../src/kernel/address.ts";
import { nanoPingo } from "../../src/kernel/policies/rewards.ts";
import type {
  ChainOutcome,
  ChainRequest,
  RewardsShown,
  Wallet,
} from "../../src/kernel/ports/chain.ts";
import { LiveChain } from "../chain/live-chain.ts";
import { LiveEscrows } from "../chain/live-escrows.ts";
import { SimulatedChain } from "../chain/simulated-chain.ts";
import type { ChainArm, EscrowArm } from "./chain-arm.ts";

const DAY = 86_400;
const owner = address("contributor", "c1");

interface Arm<A> {
  readonly name: string;
  readonly open: () => Promise<A>;
}

const arms: ReadonlyArray<Arm<ChainArm>> = [
  { name: "contracts", open: () => LiveChain.open() },
  { name: "simulated", open: () => Promise.resolve(new SimulatedChain()) },
];

for (const arm of arms) {
  describe(`Chain, ${arm.name}`, () => {
    let chain: ChainArm;
    let calls = 0;
    beforeAll(async () => {
      chain = await arm.open();
    });
    beforeEach(() => chain.fresh());

    const ask = (request: ChainRequest): Promise<ChainOutcome["outcome"]> =>
      chain.ask(request, `k${++calls}`);
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

    it("asked twice, and after a restart: the same voucher to the letter", async () => {
      const first = await voucher(issue(0));
      expect(await voucher(issue(0))).toEqual(first);
      await chain.restart();
      expect(await got(issue(0))).toEqual(first);
      const endUs = (today() + 2) * DAY * 1_000_000;
      expect(first.untilUs).toBeGreaterThan(endUs - 2_000_000);
      expect(first.untilUs).toBeLessThanOrEqual(endUs);
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

    it("moved to another wallet: the old one is over, the new one has the day", async () => {
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

    it("revoked: for good, however often it is asked for; without one, nothing", async () => {
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
      await chain.restart();
      expect(await got(revoke(0))).toEqual(first);
      expect(await got(revoke(0, "another"))).toMatchObject({ type: "Landed" });
      expect(await got(revoke(1))).toMatchObject({ type: "Landed" });
      expect(await credential(1)).toMatchObject({ state: "none" });
    });

    it("no root: nothing in force; one before its epoch has ended: early", async () => {
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

    it("published: waits; the next waits for it and puts it in force", async () => {
      chain.pass(chain.epochSeconds);
      const first = await got(publish("a", 5n));
      expect(await rewards()).toMatchObject({ epoch: -1, pendingEpoch: 1 });
      expect(await got(publish("a", 5n))).toEqual(first);
      await chain.restart();
      expect(await got(publish("a", 5n))).toEqual(first);
      chain.pass(chain.delaySeconds - 10);
      expect(await ask(publish("b", 7n))).toMatchObject({ reason: "early" });
      chain.pass(10);
      await got(publish("b", 7n));
      const shown = { epoch: 1, root: "a".repeat(64), cap: 5n, pendingEpoch: 2 };
      const { claimableUs, ...now } = (await rewards()) as RewardsShown;
      expect(now).toMatchObject(shown);
      const waitsUs = claimableUs - chain.nowSeconds() * 1_000_000;
      expect(Math.abs(waitsUs - chain.delaySeconds * 1_000_000)).toBeLessThan(2_000_000);
      expect(await got(publish("a", 5n))).toEqual(first);
      expect(await rewards()).toMatchObject(shown);
    });

    it("over the emission: not taken, and nothing waits", async () => {
      chain.pass(chain.epochSeconds);
      expect(await ask(publish("a", chain.emission + 1n))).toMatchObject({ ok: false });
      expect(await rewards()).toMatchObject({ pendingEpoch: -1 });
      expect(await ask(publish("b", chain.emission))).toMatchObject({ ok: true });
    });

    it("a cap that falls: refused, nothing is published", async () => {
      chain.pass(chain.epochSeconds);
      await got(publish("a", 50n));
      chain.pass(2 * chain.epochSeconds);
      const before = await rewards();
      const lower = await ask(publish("b", 49n));
      expect(lower).toEqual({ ok: false, reason: "refused", retryable: false });
      expect(await rewards()).toEqual(before);
    });

    it("asked for at once under several keys: done once, and each is told of it", async () => {
      chain.pass(chain.epochSeconds);
      const all = await Promise.all([1, 2, 3].map(() => ask(publish("a", 5n))));
      expect(new Set(all.map((each) => JSON.stringify(each))).size).toBe(1);
      expect(all[0]).toMatchObject({ ok: true, value: { type: "Landed" } });
    });
  });
}

const escrowArms: ReadonlyArray<Arm<EscrowArm>> = [
  { name: "contracts", open: () => LiveEscrows.open() },
  { name: "simulated", open: () => Promise.resolve(new SimulatedChain()) },
];

for (const arm of escrowArms) {
  describe(`Chain, ${arm.name}: escrows`, () => {
    const [right, other] = ["ab".repeat(32), "cd".repeat(32)];
    let chain: EscrowArm;
    let calls = 0;
    beforeAll(async () => {
      chain = await arm.open();
    });
    beforeEach(() => chain.fresh());
    const ask = (request: ChainRequest) => chain.ask(request, `e${++calls}`);
    const shown = async (escrow: Wallet) => {
      const outcome = await ask({ type: "ReadEscrow", escrow });
      if (!outcome.ok || outcome.value.type !== "EscrowShown") throw new Error("not shown");
      return outcome.value;
    };
    const settle = (escrow: Wallet, result = right, intent = "escrow/1"): ChainRequest => ({
      type: "SettleEscrow",
      intent,
      escrow,
      result,
      verdict: "good",
    });
    const nowhere = `0:${"7".repeat(64)}` as Wallet;

    it("shown as it stands: absent, submitted, done; its verifiers are ours", async () => {
      expect(await shown(nowhere)).toMatchObject({ state: "absent", client: "", worker: "" });
      const escrow = await chain.submitted(right);
      const open = await shown(escrow);
      expect(open).toMatchObject({ state: "submitted", result: right });
      expect(open.ours).toBeGreaterThanOrEqual(open.threshold);
      expect(open.leftUs).toBeGreaterThan(open.judgeUs / 2);
      expect(open.client).toMatch(/^0:/);
      expect(await ask(settle(escrow))).toMatchObject({ ok: true, value: { type: "Landed" } });
      expect(await shown(escrow)).toMatchObject({ state: "done", result: right });
    });

    it("judged once: told again the same, also after a restart, and to others", async () => {
      const escrow = await chain.submitted(right);
      const first = await ask(settle(escrow));
      expect(first).toMatchObject({ ok: true });
      expect(await ask(settle(escrow))).toEqual(first);
      await chain.restart();
      expect(await ask(settle(escrow))).toEqual(first);
      const nothing = { ok: true, value: { type: "Landed", transaction: "" } };
      expect(await ask(settle(escrow, right, "escrow/other"))).toEqual(nothing);
    });

    it("another result than was submitted: refused; not there yet: early", async () => {
      const escrow = await chain.submitted(right);
      const refused = { ok: false, reason: "refused", retryable: false };
      expect(await ask(settle(escrow, other))).toEqual(refused);
      const early = { ok: false, reason: "early", retryable: true };
      expect(await ask(settle(nowhere, right, "escrow/nowhere"))).toEqual(early);
      expect(await shown(escrow)).toMatchObject({ state: "submitted" });
    });
  });
}
