/**
 * What the credit rule promises, by the numbers of mechanisms A.2 (I1 to I10), on single quanta and
 * on markets of many quanta in which balances follow from what was earned and given.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Stream } from "../../kernel/entropy.ts";
import { type Allocation, allocate, grantedTo, type Quantum, type Standing } from "./allocate.ts";
import { CreditRules } from "./credit-rules.ts";
import { decode, isPaid, Market, type Peer } from "./market.arbitrary.ts";

const rules: CreditRules = decode(CreditRules);
const MINUTE_US = 60_000_000;
const NANO = 1_000_000_000n;

const amount = (most: number) => fc.bigInt(0n, BigInt(most) * NANO);
const standing = fc.record({
  demand: fc.oneof(amount(3), fc.constant(0n), fc.constant(1_000n * NANO)),
  balance: fc.oneof(amount(40), fc.bigInt(-2n * NANO, 2n * NANO), fc.bigInt(0n, 9n)),
  rate: fc.oneof(amount(8), fc.constant(0n), fc.bigInt(1n, 9n)),
  earned: amount(80),
  capacity: fc.oneof(amount(8), fc.constant(0n)),
});
const standings = fc
  .array(standing, { minLength: 1, maxLength: 30 })
  .map((all): ReadonlyArray<Standing> => all.map((one, n) => ({ id: `c${n}`, ...one })));
const quantum = fc
  .record({ supply: amount(10), seed: fc.nat(), number: fc.nat({ max: 10_000 }) })
  .map((rest): Quantum => ({ ...rest, lengthUs: 5 * MINUTE_US, rules }));

const sharesOf = (all: ReadonlyArray<Standing>, allocation: Allocation) =>
  all.map((_, place) => grantedTo(allocation, place));
const sumOf = (amounts: ReadonlyArray<bigint>) => amounts.reduce((sum, each) => sum + each, 0n);
const least = (...amounts: ReadonlyArray<bigint>) => amounts.reduce((a, b) => (a < b ? a : b));

/** Whole weights as a Dirichlet draw has them: some parts are near nothing. */
function weightsOf(count: number, seed: number): ReadonlyArray<bigint> {
  const stream = new Stream(seed, "parts");
  return Array.from({ length: count }, () => 1n + BigInt(Math.floor(stream.unit() ** 4 * 9_999)));
}

/** An identity whose numbers can be cut in these parts without a remainder, and its parts. */
function splitOf(one: Standing, weights: ReadonlyArray<bigint>) {
  const all = sumOf(weights);
  const scaled = (id: string, weight: bigint): Standing => ({
    id,
    demand: (one.demand / all) * weight,
    balance: (one.balance / all) * weight,
    rate: (one.rate / all) * weight,
    earned: (one.earned / all) * weight,
    capacity: (one.capacity / all) * weight,
  });
  return {
    whole: scaled(one.id, all),
    pieces: weights.map((weight, n) => scaled(`${one.id}.${n}`, weight)),
  };
}

describe("Allocation of one quantum", () => {
  test("I1: shares and what is idle are the supply, to the nano", () => {
    const property = fc.property(standings, quantum, (all, given) => {
      const allocation = allocate(all, given);
      expect(sumOf(sharesOf(all, allocation)) + allocation.idle).toBe(given.supply);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("I3: an identity split in any parts gets what it gets whole", () => {
    const split = fc.record({ count: fc.integer({ min: 2, max: 40 }), seed: fc.nat() });
    const property = fc.property(standings, quantum, split, (all, given, { count, seed }) => {
      const [first, ...others] = all as [Standing, ...Array<Standing>];
      const { whole, pieces } = splitOf(first, weightsOf(count, seed));
      const before = Number(grantedTo(allocate([whole, ...others], given), 0));
      const after = allocate([...others, ...pieces], given);
      const got = Number(sumOf(pieces.map((_, n) => grantedTo(after, others.length + n))));
      // whole nanos of the parts and of those they compete with, in each of four passes
      const slack = 4 * (count + all.length) + Math.max(before, got) * 1e-9;
      expect(Math.abs(got - before)).toBeLessThanOrEqual(slack);
    });
    fc.assert(property, { numRuns: 400 });
  });

  test("I4: everybody has the guaranteed part of what it brings now", () => {
    const property = fc.property(standings, quantum, (all, given) => {
      const hours = given.lengthUs / 3_600_000_000;
      const guaranteed = all.map(({ demand, balance, rate, capacity }) => {
        const own = BigInt(Math.floor(Number(capacity) * rules.alpha * hours));
        return rate === 0n || balance <= 0n ? 0n : least(demand, own, balance);
      });
      // the supply is what all machines bring, so it covers half of each
      const supply = given.supply + sumOf(guaranteed);
      const shares = sharesOf(all, allocate(all, { ...given, supply }));
      for (const [n, share] of shares.entries()) {
        expect(share).toBeGreaterThanOrEqual(guaranteed[n] as bigint);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("I5: nobody with credit goes short while anything is idle", () => {
    const property = fc.property(standings, quantum, (all, given) => {
      const allocation = allocate(all, given);
      if (allocation.idle === 0n) return;
      for (const [n, { demand, balance, rate }] of all.entries()) {
        if (rate > 0n && balance > 0n) {
          expect(grantedTo(allocation, n)).toBeGreaterThanOrEqual(least(demand, balance));
        }
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("I6: without verified work nothing", () => {
    const property = fc.property(standings, quantum, (all, given) => {
      const allocation = allocate(all, given);
      for (const [n, { rate }] of all.entries()) {
        if (rate === 0n) expect(grantedTo(allocation, n)).toBe(0n);
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("I7: who claims more demand than it has gets no more of what it has use for", () => {
    const property = fc.property(standings, quantum, amount(50), (all, given, more) => {
      const [honest, ...others] = all as [Standing, ...Array<Standing>];
      const { demand } = honest;
      const truth = grantedTo(allocate(all, given), 0);
      const liar = { ...honest, demand: demand + more };
      const useful = least(grantedTo(allocate([liar, ...others], given), 0), demand);
      // the level is settled nano by nano in each of three passes
      expect(useful - truth).toBeLessThanOrEqual(BigInt(4 * all.length));
    });
    fc.assert(property, { numRuns: 400 });
  });

  test("I8: the order in which contributors are named decides nothing", () => {
    const property = fc.property(standings, quantum, fc.nat(), (all, given, seed) => {
      const stream = new Stream(seed, "order");
      const places = all.map((_, n) => [stream.unit(), n] as const).sort(([a], [b]) => a - b);
      const shuffled = places.map(([, n]) => all[n] as Standing);
      const shares = sharesOf(all, allocate(all, given));
      const again = sharesOf(shuffled, allocate(shuffled, given));
      expect(again).toEqual(places.map(([, n]) => shares[n]));
    });
    fc.assert(property, { numRuns: 300 });
  });
});

const peer: fc.Arbitrary<Peer> = fc.record({
  speed: fc.oneof({ weight: 4, arbitrary: amount(8) }, fc.constant(0n)),
  /** Parts of a thousand quanta in which it is online, and in which it asks. */
  online: fc.integer({ min: 0, max: 1_000 }),
  asks: fc.integer({ min: 0, max: 1_000 }),
  demand: fc.oneof(amount(1), fc.constant(1_000n * NANO)),
});
const market = fc.record({
  peers: fc.array(peer, { minLength: 2, maxLength: 10 }),
  seed: fc.nat(),
  quanta: fc.integer({ min: 5, max: 60 }),
});

describe("Allocation over many quanta", () => {
  test("I1: balances are what was minted less what was burned and spent", () => {
    const property = fc.property(market, ({ peers, seed, quanta }) => {
      const run = new Market(peers, { seed, rules }).run(quanta);
      const balances = sumOf(run.books.map(({ balance }) => balance));
      expect(balances).toBe(run.minted - run.burned - run.spent);
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("I2: no coalition is ever served more than 1.25 of what it has worked", () => {
    const property = fc.property(market, fc.nat(), ({ peers, seed, quanta }, coalition) => {
      new Market(peers, { seed, rules }).run(quanta, ({ books }) => {
        const members = books.filter((_, n) => ((coalition >> n) & 1) === 1);
        const served = sumOf(members.map((book) => book.served));
        const earned = sumOf(members.map((book) => book.earned));
        expect(4n * served).toBeLessThanOrEqual(5n * earned);
      });
    });
    fc.assert(property, { numRuns: 150 });
  });

  test("I9: who contributes more is served no less in the end", () => {
    const raise = fc.integer({ min: 101, max: 300 });
    const property = fc.property(market, raise, ({ peers, seed, quanta }, percent) => {
      const [first, ...others] = peers as [Peer, ...Array<Peer>];
      const more = { ...first, speed: (first.speed * BigInt(percent)) / 100n };
      const before = new Market([first, ...others], { seed, rules }).run(quanta).books[0];
      const after = new Market([more, ...others], { seed, rules }).run(quanta).books[0];
      const lost = Number(before?.served) - Number(after?.served);
      // what one more nano of level costs in each quantum
      expect(lost).toBeLessThanOrEqual(4 * peers.length * quanta);
    });
    fc.assert(property, { numRuns: 150 });
  });

  test("I10: the same history gives the same allocation, nano by nano", () => {
    const property = fc.property(market, ({ peers, seed, quanta }) => {
      const once = new Market(peers, { seed, rules }).run(quanta);
      const again = new Market(peers, { seed, rules }).run(quanta);
      expect(again.books).toEqual(once.books);
      expect(again.digest).toBe(once.digest);
    });
    fc.assert(property, { numRuns: 30 });
  });

  test("a saturated market serves each what it works, whatever it is", () => {
    const speeds = [1n, 2n, 4n, 8n, 3n];
    const peers = speeds.map((speed) => ({
      speed: speed * NANO,
      online: 1_000,
      asks: 1_000,
      demand: 1_000n * NANO,
    }));
    const { books } = new Market(peers, { seed: 1, rules }).run(600);
    for (const { served, earned } of books) {
      expect(Number(served) / Number(earned)).toBeCloseTo(isPaid, 1);
    }
  });
});
