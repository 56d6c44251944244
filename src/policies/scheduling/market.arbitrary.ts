/** A market of many quanta: who is online works and earns, who asks is served and pays. */
import { Schema } from "effect";
import { hashText, mix32, Stream } from "../../kernel/entropy.ts";
import { allocate, grantedTo, type Standing } from "./allocate.ts";
import type { CreditRules } from "./credit-rules.ts";

/** Part of what a machine does that requesters may have: the rest checks results. */
export const isPaid = 0.9;

const LENGTH_US = 300_000_000;
/** Twelve quanta an hour. */
const QUANTA_AN_HOUR = 12n;
/** Weight of a quantum in the rate's average, of a thousand: half-life about six hours. */
const WEIGHT = 10n;
const BANK_HOURS = 168n;

export const decode = <A, I>(schema: Schema.Schema<A, I>): A =>
  Schema.decodeUnknownSync(schema)({});

export interface Peer {
  /** Nano-VCU an hour of its machines. */
  readonly speed: bigint;
  /** Of a thousand quanta: in how many it is online, in how many it asks for work. */
  readonly online: number;
  readonly asks: number;
  readonly demand: bigint;
}

export interface Book {
  balance: bigint;
  earned: bigint;
  rate: bigint;
  served: bigint;
}

export class Market {
  readonly books: ReadonlyArray<Book>;
  minted = 0n;
  burned = 0n;
  spent = 0n;
  digest = 0;
  private readonly peers: ReadonlyArray<Peer>;
  private readonly rules: CreditRules;
  private readonly seed: number;

  constructor(peers: ReadonlyArray<Peer>, given: { seed: number; rules: CreditRules }) {
    this.peers = peers;
    this.rules = given.rules;
    this.seed = given.seed;
    this.books = peers.map(() => ({ balance: 0n, earned: 0n, rate: 0n, served: 0n }));
  }

  run(quanta: number, after: (market: Market) => void = () => undefined): this {
    for (let number = 0; number < quanta; number++) {
      this.quantum(number);
      after(this);
    }
    return this;
  }

  private quantum(number: number): void {
    const { peers, books, rules, seed } = this;
    // each peer draws from its own stream, so that one peer's numbers move no other's
    const draws = peers.map((_, n) => new Stream(seed, `peer ${n} at ${number}`));
    const online = peers.map(({ online: part }, n) => (draws[n]?.unit() ?? 1) * 1_000 < part);
    const asking = peers.map(({ asks: part }, n) => (draws[n]?.unit() ?? 1) * 1_000 < part);
    const work = peers.map(({ speed }, n) => (online[n] === true ? speed / QUANTA_AN_HOUR : 0n));
    const supply = (work.reduce((sum, each) => sum + each, 0n) * 9n) / 10n;
    const standings = peers.map(
      ({ speed, demand }, n): Standing => ({
        id: `c${n}`,
        demand: asking[n] === true ? demand : 0n,
        balance: books[n]?.balance ?? 0n,
        rate: books[n]?.rate ?? 0n,
        earned: books[n]?.earned ?? 0n,
        capacity: online[n] === true ? speed : 0n,
      }),
    );
    const allocation = allocate(standings, { supply, lengthUs: LENGTH_US, seed, number, rules });
    for (const [n, book] of books.entries()) {
      const share = grantedTo(allocation, n);
      this.digest = mix32(this.digest ^ hashText(String(share)));
      this.serve(book, share);
      if (online[n] === true) this.earn(book, work[n] ?? 0n);
    }
  }

  private serve(book: Book, share: bigint): void {
    book.balance -= share;
    book.served += share;
    this.spent += share;
  }

  /** All work is paid, by requesters or from the mint for commons work and checks. */
  private earn(book: Book, work: bigint): void {
    book.balance += work;
    book.earned += work;
    this.minted += work;
    const hourly = work * QUANTA_AN_HOUR;
    // the first quantum tells the rate at once, as a bias-corrected average does
    book.rate = book.rate === 0n ? hourly : book.rate + ((hourly - book.rate) * WEIGHT) / 1_000n;
    const most = BANK_HOURS * book.rate;
    if (book.balance <= most) return;
    this.burned += book.balance - most;
    book.balance = most;
  }
}
