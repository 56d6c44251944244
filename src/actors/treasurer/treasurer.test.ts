import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, address, portAddress } from "../../kernel/address.ts";
import type { PortCall } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { DAY, HOUR, MINUTE, micros, SECOND } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import { CHAIN, type ChainRequest, type Wallet } from "../../kernel/ports/chain.ts";
import { objectionToLink, WALLETS_MOST } from "./credentials.ts";
import { endOf } from "./escrows.ts";
import { DESK, type TreasurerMessage } from "./messages.ts";
import { ownerOf } from "./state.ts";
import {
  treasurerInput,
  treasurerLetter,
  treasurerRules,
  walletNumber,
} from "./treasurer.arbitrary.ts";
import { makeTreasurer } from "./treasurer.ts";

const ledger = treasurerInput.ledger;
const desk = portAddress(DESK);
const chain = portAddress(CHAIN);
const own = address("treasurer", "t0");
const alice = address("contributor", "alice");
const bob = address("contributor", "bob");
const [w1, w2, w3] = [walletNumber(1), walletNumber(2), walletNumber(3)];
const today = 20_000;
const standing = { state: "active", credential: "valid", earned: 12_000_000_000n };

class Talk {
  private readonly treasurer = makeTreasurer(treasurerRules);
  private step = this.treasurer.init(treasurerInput);
  atUs = today * DAY;
  readonly calls: PortCall[] = [];

  tell(from: Address, message: Message): ReadonlyArray<Message> {
    const id = `${from}#1` as MessageId;
    const rest = { id, atUs: micros(this.atUs), entropy: 0 as Seed, from, message };
    const delivery = { type: message.type, ...rest } as Delivery<never>;
    this.step = this.treasurer.step(this.step.state, delivery);
    const told: Message[] = [];
    for (const command of this.step.commands) {
      if (command.command === "PortCall") this.calls.push(command);
      if (command.command === "Send") told.push(command.message);
    }
    return told;
  }
  link(owner: Address, wallet: Wallet) {
    return this.tell(desk, { type: "WalletLinked", owner, wallet } as Message);
  }
  standing(owner: Address, sequence: number, more: Partial<typeof standing> = {}) {
    const message = { type: "StandingSeen", owner, sequence, ...standing, ...more };
    return this.tell(ledger, message);
  }
  post(epoch: number, claims: ReadonlyArray<readonly [Address, bigint]>) {
    const lines = claims.map(([owner, cumulative]) => ({ owner, cumulative }));
    return this.tell(ledger, { type: "ClaimsPosted", epoch, claims: lines } as Message);
  }
  /** The newest call with a request of this type. */
  call(type: ChainRequest["type"]): PortCall & { readonly request: ChainRequest } {
    const found = this.calls.findLast(({ request }) => request.type === type);
    return found as PortCall & { readonly request: ChainRequest };
  }
  answer(call: PortCall, value: Record<string, unknown>) {
    const outcome = { ok: true, value };
    return this.tell(chain, { type: "PortOutcome", key: call.key, outcome } as Message);
  }
  fail(call: PortCall, reason: string) {
    const outcome = { ok: false, reason, retryable: reason !== "refused" };
    return this.tell(chain, { type: "PortOutcome", key: call.key, outcome } as Message);
  }
  land(type: ChainRequest["type"]) {
    return this.answer(this.call(type), { type: "Landed", transaction: "ab" });
  }
  show(state: string, epoch: number, untilUs = (epoch + 15) * DAY) {
    const call = this.call("ReadCredential");
    return this.answer(call, { type: "CredentialShown", state, tier: 1, epoch, untilUs });
  }
  sign(type: "IssueCredential" | "MoveCredential" = "IssueCredential") {
    const voucher = { to: walletNumber(9), value: 1n, body: "te6", untilUs: this.atUs + DAY };
    return this.answer(this.call(type), { type: "Voucher", ...voucher });
  }
  get timers() {
    return this.step.commands.flatMap((one) => (one.command === "StartTimer" ? [one] : []));
  }
  get context() {
    return this.step.state.context;
  }
  get at() {
    return this.step.state.at;
  }
  get handled() {
    return this.step.handled;
  }
  asked(type: ChainRequest["type"]): number {
    return this.calls.filter(({ request }) => request.type === type).length;
  }
}

describe("Treasurer: credentials", () => {
  test("a voucher is signed once an owner has both a wallet and the ledger's respect", () => {
    const talk = new Talk();
    talk.link(alice, w1);
    expect(talk.asked("IssueCredential")).toBe(0);
    talk.standing(alice, 2);
    expect(talk.call("IssueCredential").request).toEqual({
      type: "IssueCredential",
      intent: `credential/${w1}/${today}`,
      owner: alice,
      wallet: w1,
      tier: 2,
      epoch: today,
      untilDay: today + 7,
    });
    talk.sign();
    expect(ownerOf(talk.context, alice).voucher).toMatchObject({ body: "te6" });
  });

  test("the other way round as well: standing first, then the wallet", () => {
    const talk = new Talk();
    talk.standing(alice, 2);
    expect(talk.calls).toEqual([]);
    talk.link(alice, w1);
    expect(talk.asked("IssueCredential")).toBe(1);
  });

  test("claimed: the ledger hears of it, and the voucher is gone", () => {
    const talk = new Talk();
    talk.link(alice, w1);
    talk.show("none", 0, 0);
    talk.standing(alice, 2);
    talk.sign();
    talk.tell(own, { type: "LookDue", owner: alice } as Message);
    const untilUs = (today + 15) * DAY;
    expect(talk.show("valid", today)).toEqual([
      { type: "CredentialOnChain", owner: alice, state: "valid", untilUs, seenUs: talk.atUs },
    ]);
    expect(ownerOf(talk.context, alice).voucher).toBeNull();
    expect(talk.timers).toEqual([]);
  });

  test("unclaimed: looks are farther and farther apart, and then end", () => {
    const talk = new Talk();
    talk.link(alice, w1);
    talk.show("none", 0, 0);
    talk.standing(alice, 2);
    talk.sign();
    const waits: number[] = [];
    for (let look = 0; look < 20; look++) {
      const [timer] = talk.timers;
      if (timer === undefined) break;
      waits.push(timer.delayUs / SECOND);
      talk.tell(own, timer.message);
      talk.show("none", 0, 0);
    }
    expect(waits.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(waits).toHaveLength(12);
  });

  test("a new voucher each week, not each day, as long as its owner contributes", () => {
    const talk = new Talk();
    talk.link(alice, w1);
    talk.standing(alice, 2);
    talk.sign();
    for (let day = 1; day <= 21; day++) {
      talk.atUs += DAY;
      talk.post(day, [[alice, BigInt(day)]]);
      if (talk.call("IssueCredential").request.type === "IssueCredential") {
        const { asks } = talk.context;
        if (asks.size > 0 && talk.asked("IssueCredential") > 1) talk.sign();
      }
    }
    expect(talk.asked("IssueCredential")).toBe(4);
  });

  test("one wallet is one owner's, also after that owner has another", () => {
    const talk = new Talk();
    talk.link(alice, w1);
    talk.link(bob, w1);
    expect(talk.context.declined).toBe(1);
    expect(objectionToLink(talk.context, bob, w1)).toBe("of-another");
    talk.link(alice, w2);
    expect(objectionToLink(talk.context, alice, w1)).toBe("given-up");
    expect(objectionToLink(talk.context, bob, w1)).toBe("of-another");
  });

  test("an owner who changes wallets for ever is told so", () => {
    const talk = new Talk();
    for (let n = 1; n <= WALLETS_MOST; n++) talk.link(alice, walletNumber(n));
    expect(objectionToLink(talk.context, alice, walletNumber(99))).toBe("too-many");
  });

  test("a new wallet: history is moved, and until then the ledger knows of no credential", () => {
    const talk = new Talk();
    talk.link(alice, w1);
    talk.standing(alice, 2);
    talk.show("valid", today);
    const told = talk.link(alice, w2);
    expect(told).toMatchObject([{ type: "CredentialOnChain", state: "none", seenUs: 0 }]);
    expect(talk.call("MoveCredential").request).toMatchObject({ from: w1, wallet: w2 });
    talk.sign("MoveCredential");
    expect(ownerOf(talk.context, alice).move).toMatchObject({ type: "Voucher" });
  });

  test("a voucher that is signed for a wallet given up meanwhile is kept for nobody", () => {
    const talk = new Talk();
    talk.link(alice, w1);
    talk.standing(alice, 2);
    const first = talk.call("IssueCredential");
    talk.link(alice, w2);
    talk.answer(first, { type: "Voucher", to: w3, value: 1n, body: "old", untilUs: 1 });
    expect(ownerOf(talk.context, alice).voucher).toBeNull();
  });

  test("rights that ended for good end on chain, in every wallet of the owner", () => {
    const talk = new Talk();
    talk.link(alice, w1);
    talk.link(alice, w2);
    talk.standing(alice, 5, { state: "revoked", credential: "none" });
    const revoked = talk.calls.filter(({ request }) => request.type === "RevokeCredential");
    expect(revoked.map(({ request }) => (request as { wallet?: string }).wallet)).toEqual([w1, w2]);
    talk.standing(alice, 4);
    expect(talk.asked("IssueCredential")).toBe(0);
  });

  test("strangers cannot link wallets, post claims or answer for the chain", () => {
    const talk = new Talk();
    talk.tell(alice, { type: "WalletLinked", owner: alice, wallet: w1 } as Message);
    expect(talk.handled).toBe(false);
    talk.tell(bob, { type: "ClaimsPosted", epoch: 0, claims: [] } as Message);
    expect(talk.handled).toBe(false);
    expect(talk.context.owners.size).toBe(0);
  });
});

describe("Treasurer: roots", () => {
  test("a root has all linked wallets, its cap also those who have none yet", () => {
    const talk = new Talk();
    talk.link(alice, w1);
    talk.post(0, [
      [alice, 10n],
      [bob, 5n],
    ]);
    expect(talk.call("PublishRoot").request).toMatchObject({
      intent: "root/1",
      epoch: 1,
      cap: 15n,
      total: 10n,
    });
    talk.land("PublishRoot");
    talk.link(bob, w2);
    talk.post(1, [[alice, 12n]]);
    expect(talk.call("PublishRoot").request).toMatchObject({ epoch: 2, cap: 17n, total: 17n });
    expect(talk.context.roots.at(-1)?.claims).toEqual([
      [w1, 12n],
      [w2, 5n],
    ]);
  });

  test("a new wallet begins at nothing: what the old one may claim is claimed once", () => {
    const talk = new Talk();
    talk.link(alice, w1);
    talk.post(0, [[alice, 10n]]);
    talk.land("PublishRoot");
    talk.link(alice, w2);
    talk.post(1, [[alice, 14n]]);
    expect(talk.context.roots.at(-1)?.claims).toEqual([
      [w1, 10n],
      [w2, 4n],
    ]);
  });

  test("one root is on its way at a time; what was posted meanwhile follows in one", () => {
    const talk = new Talk();
    talk.link(alice, w1);
    talk.post(0, [[alice, 1n]]);
    talk.post(1, [[alice, 2n]]);
    talk.post(2, [[alice, 3n]]);
    expect(talk.asked("PublishRoot")).toBe(1);
    talk.land("PublishRoot");
    expect(talk.asked("PublishRoot")).toBe(2);
    expect(talk.call("PublishRoot").request).toMatchObject({ epoch: 3, total: 3n });
  });

  test("a root without news is not published", () => {
    const talk = new Talk();
    talk.post(0, [[alice, 1n]]);
    expect(talk.calls).toEqual([]);
  });

  test("too early on chain: the same root is asked for again, later", () => {
    const talk = new Talk();
    talk.link(alice, w1);
    talk.post(0, [[alice, 1n]]);
    const first = talk.call("PublishRoot");
    talk.fail(first, "early");
    expect(talk.at).toBe("serving");
    const [timer] = talk.timers;
    expect(timer?.message).toEqual({ type: "AskDue", intent: "root/1" });
    talk.tell(own, timer?.message as Message);
    const second = talk.call("PublishRoot");
    expect(second.request).toEqual(first.request);
    expect(second.key).not.toBe(first.key);
  });

  test("a refused root is noted, and the next epoch's takes its place", () => {
    const talk = new Talk();
    talk.link(alice, w1);
    talk.post(0, [[alice, 1n]]);
    talk.fail(talk.call("PublishRoot"), "refused");
    expect(talk.context).toMatchObject({ refused: 1, lastRefused: "root/1" });
    talk.post(1, [[alice, 2n]]);
    expect(talk.call("PublishRoot").request).toMatchObject({ epoch: 2, total: 2n });
  });
});

describe("Treasurer: escrows", () => {
  const [right, other] = ["ab".repeat(32), "cd".repeat(32)];
  const verified = (talk: Talk, result = right) =>
    talk.tell(desk, { type: "EscrowJudged", job: "job/j1", escrow: w3, result } as Message);
  const watched = (talk: Talk) => talk.tell(desk, { type: "EscrowWatched", escrow: w3 } as Message);
  const due = (talk: Talk) => talk.tell(own, { type: "EscrowDue", escrow: w3 } as Message);
  const open = { price: 5n, bond: 2n, leftUs: HOUR, judgeUs: HOUR, threshold: 2, ours: 3 };
  const seen = (talk: Talk, state: string, result = "", more: object = {}) =>
    talk.answer(talk.call("ReadEscrow"), { type: "EscrowShown", state, result, ...open, ...more });
  const verdicts = (talk: Talk) =>
    talk.calls.flatMap(({ request }) => {
      const asked = request as ChainRequest;
      if (asked.type !== "SettleEscrow") return [];
      return [`${asked.verdict} ${asked.result.slice(0, 2)}`];
    });
  const end = ({ context }: Talk) => endOf(context, w3);

  test("verified before it is submitted: good, once, however often the desk says it", () => {
    const talk = new Talk();
    verified(talk);
    seen(talk, "accepted");
    verified(talk);
    expect([verdicts(talk), talk.asked("ReadEscrow")]).toEqual([[], 1]);
    due(talk);
    seen(talk, "submitted", right);
    verified(talk);
    due(talk);
    watched(talk);
    talk.land("SettleEscrow");
    verified(talk);
    watched(talk);
    expect([verdicts(talk), talk.asked("ReadEscrow")]).toEqual([["good ab"], 2]);
    expect([talk.context.escrows.size, talk.context.asks.size]).toEqual([0, 0]);
    expect([end(talk), talk.context.declined, talk.timers]).toEqual([
      { verdict: "good", end: "settled" },
      0,
      [],
    ]);
  });

  test("another hash than the verified one: wrong at once, in whatever order they come", () => {
    const before = new Talk();
    verified(before);
    seen(before, "submitted", other);
    const after = new Talk();
    watched(after);
    seen(after, "submitted", other);
    expect(verdicts(after)).toEqual([]);
    verified(after);
    seen(after, "submitted", other);
    expect([verdicts(before), verdicts(after)]).toEqual([["wrong cd"], ["wrong cd"]]);
  });

  test("the first verified result stands: another one is counted and no more", () => {
    const talk = new Talk();
    verified(talk);
    verified(talk, other);
    seen(talk, "submitted", right);
    expect([verdicts(talk), talk.context.declined]).toEqual([["good ab"], 1]);
  });

  test("nothing verified: silent in the judging time's first half, wrong in its second", () => {
    const talk = new Talk();
    watched(talk);
    seen(talk, "submitted", other, { leftUs: 40 * MINUTE });
    expect(verdicts(talk)).toEqual([]);
    const waits = [];
    for (let look = 0; look < 12; look++) {
      waits.push((talk.timers[0]?.delayUs ?? 0) / SECOND);
      due(talk);
      seen(talk, "submitted", other, { leftUs: 40 * MINUTE - look * MINUTE });
      if (verdicts(talk).length > 0) break;
    }
    expect(waits.slice(0, 8)).toEqual([5, 10, 20, 40, 80, 160, 300, 240]);
    expect(verdicts(talk)).toEqual(["wrong cd"]);
    verified(talk, other);
    expect([verdicts(talk), talk.context.declined]).toEqual([["wrong cd"], 1]);
  });

  test("looks are seldom while nothing happens, and news bring one at once", () => {
    const talk = new Talk();
    watched(talk);
    for (let look = 0; look < 20; look++) {
      seen(talk, "funded", "", { leftUs: 30 * DAY });
      due(talk);
    }
    seen(talk, "funded", "", { leftUs: 30 * DAY });
    expect(talk.timers[0]?.delayUs).toBe(15 * MINUTE);
    const looks = talk.asked("ReadEscrow");
    watched(talk);
    watched(talk);
    expect(talk.asked("ReadEscrow")).toBe(looks + 1);
  });

  test("over by its own time, by others' verdict, late, refused: each is told apart", () => {
    const ends = (state: string, leftUs: number, isVerified = true) => {
      const talk = new Talk();
      if (isVerified) verified(talk);
      else watched(talk);
      seen(talk, state, right, { leftUs });
      return [verdicts(talk).length, end(talk)?.end];
    };
    expect(ends("accepted", -1)).toEqual([0, "over"]);
    expect(ends("funded", -1, false)).toEqual([0, "over"]);
    expect(ends("done", 0)).toEqual([0, "over"]);
    expect(ends("submitted", -1)).toEqual([0, "late"]);
    const refused = (state: string, leftUs: number) => {
      const talk = new Talk();
      verified(talk);
      seen(talk, "submitted", right);
      talk.fail(talk.call("SettleEscrow"), "refused");
      due(talk);
      seen(talk, state, right, { leftUs });
      return [verdicts(talk).length, end(talk)];
    };
    expect(refused("submitted", -1)).toEqual([1, { verdict: "good", end: "refused" }]);
    expect(refused("done", 0)).toEqual([1, { verdict: "good", end: "over" }]);
    expect(refused("submitted", 1)).toEqual([2, undefined]);
  });

  test("refused, the verdict or the look: tried again ever more seldom while there is time", () => {
    const talk = new Talk();
    verified(talk);
    talk.fail(talk.call("ReadEscrow"), "refused");
    expect(talk.timers[0]?.delayUs).toBe(5 * SECOND);
    due(talk);
    seen(talk, "submitted", right);
    const waits = [];
    for (let tries = 0; tries < 3; tries++) {
      talk.fail(talk.call("SettleEscrow"), "refused");
      waits.push((talk.timers[0]?.delayUs ?? 0) / SECOND);
      due(talk);
      // the same is signed whatever is shown by then
      seen(talk, "submitted", other);
    }
    expect(waits).toEqual([10, 20, 40]);
    expect([verdicts(talk), talk.context.refused]).toEqual([Array(4).fill("good ab"), 4]);
    talk.land("SettleEscrow");
    expect(end(talk)).toEqual({ verdict: "good", end: "settled" });
  });

  test("no coins for the verdict: asked for again within minutes, not within the hour", () => {
    const talk = new Talk();
    verified(talk);
    seen(talk, "submitted", right);
    talk.fail(talk.call("SettleEscrow"), "unfunded");
    expect(talk.timers).toMatchObject([{ delayUs: 5 * MINUTE }]);
    talk.tell(own, { type: "AskDue", intent: `escrow/${w3}` } as Message);
    expect(verdicts(talk)).toEqual(["good ab", "good ab"]);
  });

  test("never made: given up after half a day, and begun anew when it is named again", () => {
    const talk = new Talk();
    watched(talk);
    for (let look = 0; look < 14; look++) {
      seen(talk, "absent");
      due(talk);
    }
    seen(talk, "absent");
    expect([talk.timers, talk.context.escrows.size, end(talk)]).toEqual([[], 0, undefined]);
    watched(talk);
    expect(talk.context.escrows.size).toBe(1);
  });

  test("a treasurer that was kept before there were escrows has none, and goes on", () => {
    const { State } = makeTreasurer(treasurerRules);
    const talk = new Talk();
    const { context, ...rest } = Schema.encodeSync(State)({ at: "serving", context: talk.context });
    const { escrows: _, ...before } = context;
    const back = Schema.decodeUnknownSync(State)({ ...rest, context: before });
    expect(back.context.escrows.size).toBe(0);
  });

  test("who is not the desk can neither name an escrow nor say what was verified", () => {
    const talk = new Talk();
    talk.tell(alice, { type: "EscrowWatched", escrow: w3 } as Message);
    talk.tell(ledger, {
      type: "EscrowJudged",
      job: "job/j1",
      escrow: w3,
      result: right,
    } as Message);
    expect([talk.calls, talk.context.escrows.size]).toEqual([[], 0]);
  });
});

describe("Treasurer: the chain is away", () => {
  test("pauses double, one call at a time tries, and news wait for their turn", () => {
    const talk = new Talk();
    talk.link(alice, w1);
    const first = talk.call("ReadCredential");
    talk.fail(first, "unreachable");
    expect(talk.at).toBe("away");
    talk.standing(alice, 2);
    talk.link(bob, w2);
    expect(talk.calls).toHaveLength(1);
    const pause = { type: "xstate.after.pause.treasurer.away" };
    const pauses: number[] = [];
    for (let n = 2; n < 11; n++) {
      pauses.push((talk.timers[0]?.delayUs ?? 0) / SECOND);
      talk.tell(own, pause);
      expect(talk.at).toBe("trying");
      expect(talk.calls).toHaveLength(n);
      talk.fail(talk.calls.at(-1) as PortCall, "deadline");
      expect(talk.at).toBe("away");
    }
    expect(pauses.slice(1)).toEqual([10, 20, 40, 80, 160, 320, 600, 600]);
    talk.tell(own, pause);
    talk.show("none", 0, 0);
    expect(talk.at).toBe("serving");
    expect(talk.calls).toHaveLength(13);
    expect(talk.context.queue).toEqual([]);
  });

  test("an answer to a call that was given up changes nothing", () => {
    const talk = new Talk();
    talk.link(alice, w1);
    const first = talk.call("ReadCredential");
    talk.fail(first, "deadline");
    expect(talk.answer(first, { type: "CredentialShown", state: "valid", epoch: 1 })).toEqual([]);
    expect(ownerOf(talk.context, alice).look).toBeNull();
    expect(talk.handled).toBe(true);
  });
});

describe("Treasurer: any history", () => {
  const history = fc.array(treasurerLetter, { minLength: 10, maxLength: 80, size: "max" });

  test("no intent is asked for twice with different content", () => {
    const treasurer = makeTreasurer(treasurerRules);
    fc.assert(
      fc.property(history, (letters) => {
        const asked = new Map<string, string>();
        const keys = new Set<string>();
        let { state } = treasurer.init(treasurerInput);
        for (const write of letters) {
          const step = treasurer.step(state, write(state) as Delivery<never>);
          state = step.state;
          for (const command of step.commands) {
            if (command.command !== "PortCall") continue;
            expect(keys.has(command.key)).toBe(false);
            keys.add(command.key);
            const { intent } = command.request as { readonly intent?: string };
            if (intent === undefined) continue;
            const words = JSON.stringify(command.request, (_, v) =>
              typeof v === "bigint" ? String(v) : v,
            );
            expect(asked.get(intent) ?? words).toBe(words);
            asked.set(intent, words);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test("leaves never fall, and all of an owner's are no more than it was granted", () => {
    const treasurer = makeTreasurer(treasurerRules);
    fc.assert(
      fc.property(history, (letters) => {
        let { state } = treasurer.init(treasurerInput);
        const before = new Map<string, bigint>();
        for (const write of letters) {
          state = treasurer.step(state, write(state) as Delivery<never>).state;
          const { context } = state;
          for (const { claims, cap, total } of context.roots.slice(-1)) {
            expect(total <= cap).toBe(true);
            for (const [wallet, amount] of claims) {
              expect(amount >= (before.get(wallet) ?? 0n)).toBe(true);
              before.set(wallet, amount);
            }
          }
          const sums = new Map<string, bigint>();
          for (const [, { owner, amount }] of context.wallets.entries()) {
            sums.set(owner, (sums.get(owner) ?? 0n) + amount);
          }
          for (const [owner, sum] of sums) {
            expect(sum <= (context.owners.get(owner as Address)?.cumulative ?? 0n)).toBe(true);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test("paid is only what the desk verified, and no submission is left in silence", () => {
    const treasurer = makeTreasurer(treasurerRules);
    let [good, wrong] = [0, 0];
    fc.assert(
      fc.property(history, (letters) => {
        let { state } = treasurer.init(treasurerInput);
        const told = new Map<string, Set<string>>();
        const timers = new Set<string>();
        for (const write of letters) {
          const { from, message } = write(state) as Delivery<TreasurerMessage>;
          const before = state.context.escrows;
          const step = treasurer.step(state, write(state) as Delivery<never>);
          state = step.state;
          if (message.type === "EscrowJudged" && from === desk) {
            const { escrow, result } = message;
            told.set(escrow, (told.get(escrow) ?? new Set()).add(result));
          }
          const { asks, escrows } = state.context;
          for (const [, { request }] of asks.entries()) {
            if (request.type !== "SettleEscrow") continue;
            const isTold = told.get(request.escrow)?.has(request.result) === true;
            if (request.verdict === "good") expect(isTold).toBe(true);
            expect(escrows.get(request.escrow)?.verdict).toBe(request.verdict);
            if (request.verdict === "good") good += 1;
            else wrong += 1;
          }
          // what was decided stands
          for (const [escrow, { verdict }] of before.entries()) {
            const now = escrows.get(escrow) ?? endOf(state.context, escrow);
            if (verdict !== null) expect(now?.verdict).toBe(verdict);
          }
          // each is looked at now, is looked at later, or has its verdict on the way
          if (message.type === "EscrowDue") timers.delete(`escrow/${message.escrow}`);
          for (const command of step.commands) {
            if (command.command === "StartTimer") timers.add(command.key);
          }
          for (const [escrow, { verdict }] of escrows.entries()) {
            const name = `escrow/${escrow}`;
            const isPursued = asks.has(name) ? verdict !== null : timers.has(name);
            expect(isPursued || asks.has(`see/${escrow}`)).toBe(true);
          }
        }
      }),
      { numRuns: 150 },
    );
    expect([good > 0, wrong > 0]).toEqual([true, true]);
  });

  test("calls under way are counted, and what is queued is wanted", () => {
    const treasurer = makeTreasurer(treasurerRules);
    fc.assert(
      fc.property(history, (letters) => {
        let { state } = treasurer.init(treasurerInput);
        for (const write of letters) {
          state = treasurer.step(state, write(state) as Delivery<never>).state;
          const { asks, queue, underWay } = state.context;
          const calls = asks.entries().filter(([, { key }]) => key !== "").length;
          expect(underWay).toBe(calls);
          expect(new Set(queue).size).toBe(queue.length);
          for (const intent of queue) expect(asks.get(intent)?.key).toBe("");
        }
      }),
      { numRuns: 80 },
    );
  });

  test("the state survives the journal", () => {
    const treasurer = makeTreasurer(treasurerRules);
    const { encodeSync, decodeSync } = Schema;
    fc.assert(
      fc.property(history, (letters) => {
        let { state } = treasurer.init(treasurerInput);
        for (const write of letters) {
          state = treasurer.step(state, write(state) as Delivery<never>).state;
        }
        const text = JSON.stringify(encodeSync(treasurer.State)(state));
        const back = decodeSync(treasurer.State)(JSON.parse(text));
        expect(JSON.stringify(encodeSync(treasurer.State)(back))).toBe(text);
      }),
      { numRuns: 30 },
    );
  });
});
