/**
 * The books of the simulator's chain against the contracts themselves, in one world and under one
 * clock: any history leaves the same balances, roots, records and credentials in both, and what one
 * of them refuses the other refuses too.
 */
import { createHash } from "node:crypto";
import { type Address, toNano } from "@ton/core";
import type { SandboxContract } from "@ton/sandbox";
import { findTransaction } from "@ton/test-utils";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { NOW, type Person } from "../../contracts/tests/chain.ts";
import { openWorld, signer, type World } from "../../contracts/tests/issuers.ts";
import {
  HOUR,
  judged,
  type Market,
  openEscrow,
  openMarket,
  payIn,
  resultHash,
} from "../../contracts/tests/jobs.ts";
import { distributorIn, distributorTerms, EPOCH } from "../../contracts/tests/token.ts";
import {
  CredentialItem,
  signed,
  type Voucher,
  voucherCell,
} from "../../src/adapters/ton/wrappers/credential.ts";
import { ClaimRecord, type Distributor } from "../../src/adapters/ton/wrappers/distributor.ts";
import { JettonWallet } from "../../src/adapters/ton/wrappers/jetton.ts";
import type { Escrow } from "../../src/adapters/ton/wrappers/payments.ts";
import type { Wallet, WalletClaim } from "../../src/kernel/ports/chain.ts";
import { proofOfWallet, rootOfWallets } from "../../src/policies/rewards/wallet-claims.ts";
import { Contracts } from "../../src/sim/chain/contracts.ts";

const ONE = toNano("1");
const SECOND_US = 1_000_000;
/** Long enough for any history: the simulated escrow knows no deadlines. */
const JUDGE_SECONDS = 365 * 24 * HOUR;
const HISTORIES = 12;
const otherResult = createHash("sha256").update("another result").digest();

const person = fc.nat({ max: 2 });
const amount = fc.nat({ max: 900 });
const wait = fc.record({
  do: fc.constant("wait" as const),
  hours: fc.constantFrom(1, 11, 24, 24, 36),
});
/** Until somebody's credential lapses, or the second before. */
const lapse = fc.record({
  do: fc.constant("lapse" as const),
  who: person,
  before: fc.constantFrom(0, 1),
});
const publish = fc.record({
  do: fc.constant("publish" as const),
  earned: fc.tuple(amount, amount, amount),
  /** `tight`: not enough for everybody. `limit`, `above`: all that may be emitted, and one more. */
  cap: fc.constantFrom("fits", "fits", "fits", "tight", "tight", "lower", "limit", "above"),
  later: fc.constantFrom(-1, 0, 0, 0, 0, 1),
});
const activate = fc.record({ do: fc.constant("activate" as const) });
const claim = fc.record({
  do: fc.constant("claim" as const),
  who: person,
  /** Under the root in force, or under the one so many before the newest. */
  under: fc.constantFrom<"active" | number>("active", "active", "active", 0, 1),
  more: fc.constantFrom(0n, 0n, 0n, 0n, 1n),
});
const grant = fc.record({
  do: fc.constant("grant" as const),
  who: person,
  tier: fc.nat({ max: 3 }),
  daysAgo: fc.nat({ max: 6 }),
});
const move = fc.record({ do: fc.constant("move" as const), who: person, to: person });
const punish = fc.record({ do: fc.constant("punish" as const), who: person });
const order = fc.record({
  do: fc.constant("order" as const),
  price: fc.bigInt({ min: 1n, max: 1_000_000n }),
  bond: fc.bigInt({ min: 1n, max: 200_000n }),
});
const judge = fc.record({
  do: fc.constant("judge" as const),
  /** How many escrows before the newest. */
  back: fc.nat({ max: 2 }),
  isGood: fc.boolean(),
  isOther: fc.constantFrom(false, false, false, true),
});
const action = fc.oneof(
  { weight: 6, arbitrary: wait },
  { weight: 1, arbitrary: lapse },
  { weight: 4, arbitrary: publish },
  { weight: 4, arbitrary: activate },
  { weight: 6, arbitrary: claim },
  { weight: 4, arbitrary: grant },
  { weight: 2, arbitrary: move },
  { weight: 1, arbitrary: punish },
  { weight: 3, arbitrary: order },
  { weight: 4, arbitrary: judge },
);
type Drawn<A> = A extends fc.Arbitrary<infer T> ? T : never;
type Action = Drawn<typeof action>;

/** Counted, lest a history in which everything is refused proves nothing. */
const happened = { taken: 0, refused: 0, paid: 0, revoked: 0, settled: 0 };

let market: Market;
let world: World;
let distributor: SandboxContract<Distributor>;
let people: ReadonlyArray<Member>;
let start: ReturnType<World["chain"]["snapshot"]>;

interface Member {
  readonly person: Person;
  readonly wallet: Wallet;
  /** Nano-PINGO at the beginning. */
  readonly purse: bigint;
  readonly jettons: SandboxContract<JettonWallet>;
  readonly record: SandboxContract<ClaimRecord>;
  readonly item: SandboxContract<CredentialItem>;
}

beforeAll(async () => {
  market = await openMarket();
  const { chain, minter } = market.token;
  world = await openWorld("old", {}, chain);
  distributor = distributorIn(market.token);
  const members = [market.client, market.worker, market.passer].map(async (each) => {
    const at = each.address;
    const jettons = chain.openContract(new JettonWallet(await minter.getWalletAddress(at)));
    return {
      person: each,
      wallet: rawOf(at),
      purse: await jettons.getBalance(),
      jettons,
      record: chain.openContract(new ClaimRecord(await distributor.getRecordAddress(at))),
      item: chain.openContract(new CredentialItem(await world.collection.getItemAddress(at))),
    };
  });
  people = await Promise.all(members);
  // every root that a history publishes is of an epoch after the halving
  chain.now = (chain.now ?? NOW) + 2 * EPOCH;
  start = chain.snapshot();
});

const terms = () => distributorTerms(market.token);

/** Histories begin after the first halving and end long before the second. */
const emission = () => terms().emission / 2n;

const rawOf = (address: Address) => address.toRawString() as Wallet;
const hex32 = (n: bigint) => n.toString(16).padStart(64, "0");

/** One history on both sides. */
class Twin {
  readonly books: Contracts;
  private readonly earned = people.map(() => 0n);
  /** What went into escrows, by person. */
  private readonly spent = people.map(() => 0n);
  private readonly trees: Array<ReadonlyArray<WalletClaim>> = [];
  private readonly escrows: Array<SandboxContract<Escrow>> = [];

  constructor() {
    const { genesis, epochSeconds, delaySeconds } = terms();
    this.books = new Contracts({
      genesisUs: genesis * SECOND_US,
      epochUs: epochSeconds * SECOND_US,
      delayUs: delaySeconds * SECOND_US,
      emission: emission(),
    });
  }

  async act(what: Action): Promise<void> {
    switch (what.do) {
      case "wait":
        market.token.chain.now = this.seconds + what.hours * HOUR;
        return;
      case "lapse":
        this.waitForLapse(what);
        return;
      case "publish":
        return this.publish(what);
      case "activate":
        return this.activate();
      case "claim":
        return this.claim(what);
      case "grant":
      case "move":
      case "punish":
        return this.sign(what);
      case "order":
        return this.order(what);
      case "judge":
        return this.judge(what);
    }
  }

  private get seconds(): number {
    return market.token.chain.now ?? NOW;
  }

  private get nowUs(): number {
    return this.seconds * SECOND_US;
  }

  private waitForLapse({ who, before }: Drawn<typeof lapse>): void {
    const { untilUs } = this.books.credential(people[who]!.wallet, this.nowUs);
    const at = untilUs / SECOND_US - before;
    if (at > this.seconds) market.token.chain.now = at;
  }

  private async publish({ earned, cap, later }: Drawn<typeof publish>): Promise<void> {
    const { books } = this;
    for (const [n, more] of earned.entries()) this.earned[n] = this.earned[n]! + BigInt(more);
    const claims = people.map(({ wallet }, n) => ({ wallet, cumulative: this.earned[n]! }));
    const root = rootOfWallets(claims);
    const epoch = books.endedEpoch(this.nowUs) + later;
    const next = { epoch, root, cap: this.capOf(cap, epoch) };
    const taken = books.publish(next, this.nowUs) === "taken";
    const { transactions } = await distributor.sendPublish(market.passer.getSender(), {
      value: ONE,
      epoch,
      cap: next.cap,
      hash: Buffer.from(root, "hex"),
    });
    expect(isTaken(transactions, distributor.address)).toBe(taken);
    if (taken) this.trees.push(claims);
  }

  private capOf(kind: Drawn<typeof publish>["cap"], epoch: number): bigint {
    const { books } = this;
    const shown = books.rewards(this.nowUs);
    const owed = this.earned.reduce((sum, each) => sum + each, 0n);
    const base = BigInt(shown.cap);
    const since = BigInt(Math.max(0, epoch - Math.max(0, shown.epoch)));
    const limit = base + emission() * since;
    switch (kind) {
      case "fits":
        return owed > base ? owed : base;
      case "tight":
        return base + 400n;
      case "lower":
        return base > 0n ? base - 1n : 0n;
      case "limit":
        return limit;
      default:
        return limit + 1n;
    }
  }

  private async activate(): Promise<void> {
    const taken = this.books.activate(this.nowUs);
    const { transactions } = await distributor.sendActivate(market.passer.getSender(), ONE);
    expect(isTaken(transactions, distributor.address)).toBe(taken);
  }

  private async claim({ who, under, more }: Drawn<typeof claim>): Promise<void> {
    const inForce = this.trees.find((each) => rootOfWallets(each) === this.books.active.root);
    const claims = under === "active" ? inForce : this.trees.at(-1 - under);
    if (claims === undefined) return;
    const { wallet, person: by } = people[who]!;
    const cumulative = claims[who]!.cumulative + more;
    const proof = proofOfWallet(claims, wallet);
    const before = (await distributor.getData()).paid;
    await distributor.sendClaim(by.getSender(), { value: ONE, cumulative, proof });
    const paid = this.books.claim(wallet, cumulative, proof);
    expect((await distributor.getData()).paid - before).toBe(paid);
    happened.paid += paid > 0n ? 1 : 0;
  }

  private async sign(what: Drawn<typeof grant | typeof move | typeof punish>): Promise<void> {
    const { books } = this;
    const { person: who, wallet } = people[what.who]!;
    const today = Math.floor(this.seconds / EPOCH);
    if (what.do === "grant") {
      const { tier } = what;
      const epoch = today - what.daysAgo;
      await this.present(who, { kind: "grant", owner: who.address, tier, epoch });
      books.grant(wallet, { tier, epoch });
    } else if (what.do === "move") {
      const heir = people[what.to]!;
      const [from, to] = [who.address, heir.person.address];
      await this.present(heir.person, { kind: "recover", from, to });
      books.move(wallet, heir.wallet);
    } else {
      await this.present(who, { kind: "punish", owner: who.address });
      happened.revoked += books.punish(wallet) ? 1 : 0;
    }
  }

  private async present(by: Person, what: Voucher): Promise<void> {
    const { collection } = world;
    const voucher = voucherCell(collection.address, this.seconds, what);
    const signatures = [signed(voucher, 0, signer(0)), signed(voucher, 1, signer(1))] as const;
    await collection.sendPresent(by.getSender(), { value: ONE, voucher, signatures });
  }

  private async order({ price, bond }: Drawn<typeof order>): Promise<void> {
    const { token, client, worker } = market;
    const jobHash = Buffer.alloc(32, this.escrows.length + 1);
    const change = { price, bond, jobHash, judgeSeconds: JUDGE_SECONDS };
    const escrow = await openEscrow(market, change);
    await payIn(token, { from: client, to: escrow.address, amount: price });
    await payIn(token, { from: worker, to: escrow.address, amount: bond, accepts: true });
    await escrow.sendSubmit(worker.getSender(), { value: ONE, resultHash });
    expect((await escrow.getData()).state).toBe("submitted");
    this.escrows.push(escrow);
    this.spent[0] = this.spent[0]! + price;
    this.spent[1] = this.spent[1]! + bond;
    this.books.submitted(rawOf(escrow.address), {
      price,
      bond,
      client: rawOf(client.address),
      worker: rawOf(worker.address),
      result: resultHash.toString("hex"),
    });
  }

  private async judge({ back, isGood, isOther }: Drawn<typeof judge>): Promise<void> {
    const escrow = this.escrows.at(-1 - back);
    if (escrow === undefined) return;
    const result = isOther ? otherResult : resultHash;
    const verdict = judged(escrow.address, isGood, [0, 2], result);
    const by = market.passer.getSender();
    const { transactions } = await escrow.sendJudge(by, { value: ONE, ...verdict });
    const word = isGood ? "good" : "wrong";
    const taken = this.books.settle(rawOf(escrow.address), result.toString("hex"), word);
    expect(isTaken(transactions, escrow.address)).toBe(taken === "taken");
    happened.settled += taken === "taken" ? 1 : 0;
  }

  async compare(): Promise<void> {
    const { books } = this;
    for (const [n, { wallet, purse, jettons, record, item }] of people.entries()) {
      const due = purse + (books.balances.get(wallet) ?? 0n) - this.spent[n]!;
      expect(await jettons.getBalance(), wallet).toBe(due);
      expect(await record.getClaimed()).toBe(books.claimed(wallet));
      expect(books.credential(wallet, this.nowUs)).toEqual(await shownBy(item));
    }
    expect((await market.pool.getData()).balance).toBe(books.pool);
    const { paid, epoch, cap, root, pendingEpoch, pendingRoot } = await distributor.getData();
    expect(books.active).toMatchObject({ epoch, cap, root: hex32(root) });
    expect(paid).toBe(books.paid);
    expect([pendingEpoch, hex32(pendingRoot)]).toEqual(
      books.pending === undefined ? [0, hex32(0n)] : [books.pending.epoch, books.pending.root],
    );
  }
}

function isTaken(transactions: Parameters<typeof findTransaction>[0], to: Address): boolean {
  const { description } = findTransaction(transactions, { to, op: (op) => op !== undefined })!;
  const taken = description.type === "generic" && !description.aborted;
  happened[taken ? "taken" : "refused"] += 1;
  return taken;
}

/** The contract's answer in the words of the port. */
async function shownBy(item: SandboxContract<CredentialItem>) {
  const held = await item.getCredential();
  if (held === undefined || held.status === "absent") {
    return { type: "CredentialShown", state: "none", tier: 0, epoch: 0, untilUs: 0 };
  }
  const { tier, epoch, status, isLive, validUntil } = held;
  const state = status !== "held" ? "revoked" : isLive ? "valid" : "lapsed";
  return { type: "CredentialShown", state, tier, epoch, untilUs: validUntil * SECOND_US };
}

test("Simulated contracts: any history: balances and refusals are the contracts' own", async () => {
  const histories = fc.array(action, { minLength: 1, maxLength: 90, size: "max" });
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      await market.token.chain.loadFrom(start);
      const twin = new Twin();
      await twin.compare();
      for (const each of history) {
        await twin.act(each);
        await twin.compare();
      }
    }),
    { numRuns: HISTORIES },
  );
  expect(happened.taken).toBeGreaterThan(10);
  expect(happened.refused).toBeGreaterThan(10);
  expect(happened.paid).toBeGreaterThan(3);
  expect(happened.settled).toBeGreaterThan(2);
  expect(happened.revoked).toBeGreaterThan(0);
}, 600_000);
