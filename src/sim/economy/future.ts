/**
 * One future: epoch by epoch people work, ask, trade, and the ledger's own rule issues. Amounts are
 * integer nano-PINGO; what people decide is drawn and may be a float, what they get may not.
 */
import { type Address, address } from "../../kernel/address.ts";
import { NANO_PER_VCU, nanoVcu } from "../../kernel/credit.ts";
import { DAY, HOUR } from "../../kernel/duration.ts";
import { Stream } from "../../kernel/entropy.ts";
import { type Did, NANO_PER_PINGO, type RewardsState } from "../../kernel/policies/rewards.ts";
import { emission } from "../../policies/rewards/emission.ts";
import { sumOf } from "../../policies/rewards/split.ts";
import { logNormal, normal } from "../numbers/distributions.ts";
import { exp, ln, sqrt } from "../numbers/portable.ts";
import { Books, classes, lockedIn, missingIn } from "./books.ts";
import type { Compute, EconomyScenario, Shock } from "./config.ts";
import { Market, microsOf } from "./market.ts";
import { brokenPromises, communityOf, washOf } from "./promises.ts";

const YEAR = 365 * DAY;
const WEEK = 7 * DAY;

/** One epoch as the report shows it, in whole PINGO; of the price its ratio to the rate. */
export interface Point extends Readonly<Record<string, number>> {
  readonly atUs: number;
}

interface Worker {
  readonly owner: Address;
  readonly group: Compute;
  vcuPerHour: number;
}

const whole = (nano: bigint) => Number(nano / NANO_PER_PINGO);
const nanoOf = (vcu: number) => BigInt(Math.floor(vcu * Number(NANO_PER_VCU)));
const partOf = (amount: bigint, share: number) =>
  (amount * BigInt(Math.floor(share * 1e6))) / 1_000_000n;

export class Future {
  readonly points: Array<Point> = [];
  /** Broken promises, the first of each epoch. */
  readonly broken: Array<{ readonly atUs: number; readonly message: string }> = [];
  readonly books = new Books();
  readonly market = new Market();
  state: RewardsState;
  private readonly draw: Stream;
  private readonly workers: ReadonlyArray<Worker>;
  private readonly edges: ReadonlyArray<Address>;
  private readonly users: ReadonlyArray<Address>;
  private readonly classOf = new Map<Address, string>();
  /** Verified work of each worker in its whole life. */
  readonly workedBy = new Map<Address, bigint>();
  private demand: number;
  private belief: number;
  private chest: bigint;
  private fund: bigint;
  private atUs = 0;
  /** Tokens of one VCU in the last epoch, whole PINGO. */
  private perVcu = 0;
  /** What this epoch brought into each purse, and was sold of it. */
  private fresh = new Map<string, bigint>();
  private sold = 0n;
  private paidOut = 0n;
  private readonly scenario: EconomyScenario;

  constructor(scenario: EconomyScenario, seed: number) {
    this.scenario = scenario;
    this.draw = new Stream(seed, "economy");
    this.state = emission.init(scenario.rewards, 0);
    this.workers = scenario.compute.flatMap((group) => this.groupOf(group));
    const named = (of: "edges" | "users") =>
      Array.from({ length: scenario[of].owners }, (_, n) => this.known(`${of}-${n}`, of));
    this.edges = named("edges");
    this.users = named("users");
    this.demand = scenario.demand.vcuPerHour;
    this.belief = this.postedUsd;
    this.chest = microsOf(scenario.speculators.usd);
    this.fund = microsOf(scenario.treasury.fundUsd);
  }

  /** Whole PINGO that there can ever be. */
  get supply(): number {
    return this.scenario.rewards.supplyPingo;
  }

  /** Dollars of a PINGO at the posted rate. */
  get postedUsd(): number {
    return this.scenario.demand.usdPerVcu / this.scenario.rewards.pingoPerVcu;
  }

  get price(): number {
    return this.market.isOpen ? this.market.usd : this.postedUsd;
  }

  /** One epoch. Answers false when the time is over. */
  advance(): boolean {
    const { rewards, until } = this.scenario;
    if (this.atUs + rewards.epochUs > until) return false;
    const fromUs = this.atUs;
    this.atUs += rewards.epochUs;
    this.fresh = new Map();
    this.sold = 0n;
    this.paidOut = 0n;
    for (const shock of this.scenario.shocks) {
      if (shock.at >= fromUs && shock.at < this.atUs) this.strike(shock);
    }
    this.change();
    const used = this.work();
    this.claimAll();
    this.pay(used);
    this.trade();
    this.judge(used);
    return true;
  }

  private groupOf(group: Compute): ReadonlyArray<Worker> {
    const sizes = Array.from({ length: group.owners }, () => logNormal(this.draw, 0, group.sigma));
    const sum = sizes.reduce((total, size) => total + size, 0);
    return sizes.map((size, n) => ({
      owner: this.known(`${group.kind}-${n}`, `compute:${group.kind}`),
      group,
      vcuPerHour: (group.vcuPerHour * size) / sum,
    }));
  }

  private known(name: string, purse: string): Address {
    const owner = address("contributor", name);
    this.classOf.set(owner, purse);
    return owner;
  }

  /** What everybody expects changes by chance, and capacity follows profit. */
  private change(): void {
    const { demand, speculators, rewards } = this.scenario;
    const years = rewards.epochUs / YEAR;
    const walk = (volatility: number, growth: number) => {
      const drift = ln(growth) - (volatility * volatility) / 2;
      return exp(normal(this.draw, drift * years, volatility * sqrt(years)));
    };
    this.demand *= walk(demand.volatility, demand.growth);
    this.belief *= walk(speculators.volatility, 1);
    for (const worker of this.workers) {
      const { creditUsd, usdPerVcu, follows } = worker.group;
      const margin = (creditUsd + this.perVcu * this.price) / usdPerVcu - 1;
      const growth = follows * Math.max(-1, Math.min(1, margin));
      worker.vcuPerHour *= exp((growth * rewards.epochUs) / WEEK);
    }
  }

  /** The epoch's verified work, noted and rewarded by the ledger's rule. Answers what was used. */
  private work(): bigint {
    const { rewards, edges } = this.scenario;
    const hours = rewards.epochUs / HOUR;
    const capacity = this.workers.reduce((sum, { vcuPerHour }) => sum + vcuPerHour, 0);
    const busy = capacity === 0 ? 0 : Math.min(1, this.demand / capacity);
    const none = nanoVcu(0n);
    const idle = { worked: none, carried: none, used: none };
    let used = 0n;
    const dids = this.workers.map(({ owner, vcuPerHour }): Did => {
      const worked = nanoOf(vcuPerHour * busy * hours);
      used += worked;
      this.workedBy.set(owner, (this.workedBy.get(owner) ?? 0n) + worked);
      return [owner, { ...idle, worked: nanoVcu(worked) }];
    });
    const carried = partOf(used, edges.carried) / BigInt(this.edges.length);
    for (const owner of this.edges) dids.push([owner, { ...idle, carried: nanoVcu(carried) }]);
    const each = used / BigInt(this.users.length);
    for (const owner of this.users) dids.push([owner, { ...idle, used: nanoVcu(each) }]);
    this.state = emission.close(rewards, emission.note(this.state, dids), this.atUs);
    const { posted } = this.state;
    const worked = posted?.worked ?? 0n;
    const reward = Number(posted?.perClass.compute ?? 0n) / Number(NANO_PER_PINGO);
    this.perVcu = worked === 0n ? 0 : (reward * Number(NANO_PER_VCU)) / Number(worked);
    return used;
  }

  private receive(purse: string, amount: bigint): void {
    this.books.put(purse, amount);
    this.fresh.set(purse, (this.fresh.get(purse) ?? 0n) + amount);
  }

  /** Owners claim what is free; vesting contracts release no more than was issued. */
  private claimAll(): void {
    const { books, state } = this;
    for (const { owner, cumulative } of state.posted?.claims ?? []) {
      this.receive(
        this.classOf.get(owner) ?? "nobody",
        cumulative - (books.claimed.get(owner) ?? 0n),
      );
      books.claimed.set(owner, cumulative);
    }
    for (const side of ["team", "investors"] as const) {
      const { cliffUs, lastsUs } = this.scenario[side];
      const issued: bigint = state.issued[side];
      const supply = BigInt(this.scenario.rewards.supplyPingo) * NANO_PER_PINGO;
      const total = (supply * (side === "team" ? 9n : 6n)) / 100n;
      const aged = (total * BigInt(Math.min(this.atUs, lastsUs))) / BigInt(lastsUs);
      const free = this.atUs < cliffUs ? 0n : aged < issued ? aged : issued;
      this.receive(side, free - books.released[side]);
      books.released[side] = free;
    }
    this.receive("treasury", state.posted?.perClass.treasury ?? 0n);
  }

  /** Paid work: PINGO is bought, four fifths are the workers', of the fifth a part is burned. */
  private pay(used: bigint): void {
    const { demand, burned } = this.scenario;
    const vcu = Number(used) / Number(NANO_PER_VCU);
    const bought = this.market.buy(microsOf(vcu * demand.paid * demand.usdPerVcu));
    this.books.put("market", -bought);
    const part = bought / 5n;
    const burnt = partOf(part, burned);
    const forTreasury = (part - burnt) / 4n;
    const forEdges = part - burnt - forTreasury;
    this.books.put("edges", burnt);
    this.books.burn("edges", burnt);
    this.receive("treasury", forTreasury);
    this.receive("edges", forEdges);
    this.paidOut = bought;
    this.shareOut(bought - part);
  }

  /** To the groups by what each did; rounding to the first. */
  private shareOut(amount: bigint): void {
    const capacity = this.workers.map(({ vcuPerHour }) => nanoOf(vcuPerHour));
    const total = capacity.reduce((sum, each) => sum + each, 0n);
    let left = amount;
    for (const [n, { group }] of this.workers.entries()) {
      const share = total === 0n ? 0n : (amount * (capacity[n] ?? 0n)) / total;
      this.receive(`compute:${group.kind}`, share);
      left -= share;
    }
    this.receive(`compute:${this.scenario.compute[0].kind}`, left);
  }

  private trade(): void {
    this.makeMarket();
    for (const [purse, amount] of this.fresh)
      this.sell(purse, partOf(amount, this.sellingPart(purse)));
    const { pull } = this.scenario.speculators;
    const gap = ln(this.belief / this.price);
    const move = (pull * Math.min(1, Math.abs(gap)) * this.scenario.rewards.epochUs) / WEEK;
    if (gap < 0) this.sell("speculators", partOf(this.books.of("speculators"), Math.min(1, move)));
    else this.speculate(partOf(this.chest, Math.min(1, move)));
  }

  private sellingPart(purse: string): number {
    const { scenario } = this;
    const group = scenario.compute.find(({ kind }) => purse === `compute:${kind}`);
    if (group !== undefined) return group.sells;
    if (purse === "edges" || purse === "users") return scenario[purse].sells;
    if (purse === "team" || purse === "investors") return scenario[purse].sells;
    return 0;
  }

  /** The treasury puts tokens and dollars into the market, as long as it has both. */
  private makeMarket(): void {
    const { pairs, opensPingo } = this.scenario.treasury;
    const held = this.books.of("treasury");
    if (!this.market.isOpen && held < BigInt(opensPingo) * NANO_PER_PINGO) return;
    const given = this.market.isOpen ? (this.fresh.get("treasury") ?? 0n) : held;
    const pingo = partOf(given, pairs);
    const micros = microsOf((Number(pingo) / Number(NANO_PER_PINGO)) * this.price);
    if (pingo <= 0n || micros <= 0n || micros > this.fund) return;
    this.fund -= micros;
    this.books.put("treasury", -pingo);
    this.books.put("market", pingo);
    this.market.add(pingo, micros);
  }

  private sell(purse: string, amount: bigint): void {
    if (!this.market.isOpen || amount <= 0n) return;
    this.books.put(purse, -amount);
    this.books.put("market", amount);
    const micros = this.market.sell(amount);
    if (purse === "speculators") this.chest += micros;
    this.sold += amount;
  }

  private speculate(micros: bigint): void {
    if (!this.market.isOpen) return;
    this.chest -= micros;
    this.take(micros);
  }

  private take(micros: bigint): void {
    const bought = this.market.buy(micros);
    this.books.put("market", -bought);
    this.books.put("speculators", bought);
  }

  private strike({ what, factor, group }: Shock): void {
    if (what === "demand") this.demand *= factor;
    if (what === "capacity") {
      const hit = this.workers.filter((each) => group === undefined || each.group.kind === group);
      for (const worker of hit) worker.vcuPerHour *= factor;
    }
    if (what === "price") this.strikePrice(factor);
  }

  /** Free tokens are sold, by each pro rata, until the price is there or none is left. */
  private strikePrice(factor: number): void {
    this.belief *= factor;
    if (!this.market.isOpen) return;
    if (factor > 1) {
      this.take(microsOf((Number(this.market.micros) / 1e6) * (sqrt(factor) - 1)));
      return;
    }
    const wanted = partOf(this.market.pingo, 1 / sqrt(factor) - 1);
    const sellers = [...this.books.purses].filter(
      ([purse, amount]) => purse !== "market" && purse !== "treasury" && amount > 0n,
    );
    const free = sellers.reduce((sum, [, amount]) => sum + amount, 0n);
    const sold = wanted < free ? wanted : free;
    for (const [purse, amount] of sellers) this.sell(purse, (amount * sold) / free);
  }

  private judge(used: bigint): void {
    const { state, books, scenario } = this;
    const { posted } = state;
    const locked = lockedIn(books, state, this.classOf);
    const { usdPerVcu } = scenario.demand;
    const market = { usd: this.price, usdPerVcu, pingoPerVcu: scenario.rewards.pingoPerVcu };
    const wash = posted === null ? { profit: 0, ratio: 0 } : washOf(posted, used, market);
    const messages = [
      ...missingIn(books, state, locked),
      ...(books.of("market") === this.market.pingo ? [] : ["the market's purse is not its pool"]),
      ...brokenPromises(scenario.rewards, state, wash),
    ];
    this.broken.push(...messages.map((message) => ({ atUs: this.atUs, message })));
    const held = (of: string) => {
      let sum = 0n;
      for (const [whose, amount] of locked) if (whose.split(":")[0] === of) sum += amount;
      return sum;
    };
    const holdings = classes.map((of) => [`held.${of}`, whole(books.free(of) + held(of))] as const);
    const free = classes.reduce((sum, of) => sum + books.free(of), 0n);
    const hours = scenario.rewards.epochUs / HOUR;
    const perClass = Object.entries(state.issued).map(
      ([of, amount]) => [`issued.${of}`, whole(amount)] as const,
    );
    this.points.push({
      atUs: this.atUs,
      emitted: whole(posted?.emitted ?? 0n),
      community: posted === null ? 0 : whole(communityOf(posted.perClass)),
      scheduled: whole(posted?.scheduled ?? 0n),
      issued: whole(sumOf(state.issued)),
      workPerHour: Number(used) / Number(NANO_PER_VCU) / hours,
      float: whole(free),
      burned: whole(books.burned),
      paid: whole(this.paidOut),
      soldOfMarket: this.market.isOpen ? Number(this.sold) / Number(this.market.pingo) : 0,
      marketRatio: this.price / this.postedUsd,
      washProfit: wash.profit,
      ...Object.fromEntries([...holdings, ...perClass]),
    });
  }
}
