/**
 * What the credit rule knows of a requester between two words of the ledger, and what follows from
 * it: which part of the rule its work goes by, and where in that part.
 *
 * The rule in quanta (allocate.ts) limits what one may get of a part in a quantum. Works are larger
 * than such limits, so a part is open while less than its limit was used, and what a work uses
 * beyond is carried to later quanta. Over time that is the same rate.
 */
import { Schema } from "effect";
import { NanoVcu, nanoVcu } from "../../kernel/credit.ts";
import type { Pass, Standing } from "../../kernel/policies/scheduling.ts";
import type { CreditRules } from "./credit-rules.ts";

const HOUR_US = 3_600_000_000n;
/** Nano-VCU an hour of one MFLOP per second: 3,600 s of it, at 36e6 MFLOP a VCU. */
const NANO_PER_MFLOPS = 100_000n;
/** Parameters are taken to this part. */
const PART = 1_000_000;
/** One hour in the bank, as ranks count it: 2^-32. */
const ONE = 1n << 32n;

export const CreditAccount = Schema.Struct({
  balance: NanoVcu,
  earned: NanoVcu,
  spent: NanoVcu,
  rate: NanoVcu,
  /** Price of its tasks that wait: it left the balance, but nothing was had for it yet. */
  waiting: NanoVcu,
  /** Used of each part's limits and not yet given back by time. */
  guaranteed: NanoVcu,
  credited: NanoVcu,
  indebted: NanoVcu,
});
export type CreditAccount = typeof CreditAccount.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
function withAccount(old: CreditAccount, change: Partial<CreditAccount>): CreditAccount {
  return {
    balance: change.balance ?? old.balance,
    earned: change.earned ?? old.earned,
    spent: change.spent ?? old.spent,
    rate: change.rate ?? old.rate,
    waiting: change.waiting ?? old.waiting,
    guaranteed: change.guaranteed ?? old.guaranteed,
    credited: change.credited ?? old.credited,
    indebted: change.indebted ?? old.indebted,
  };
}

const nothing = nanoVcu(0n);

export function newAccount({ balance, earned, spent, rate }: Standing): CreditAccount {
  return {
    balance,
    earned,
    spent,
    rate,
    waiting: nothing,
    guaranteed: nothing,
    credited: nothing,
    indebted: nothing,
  };
}

/** Life sums only grow, so they tell the newer of two standings; of equal ones the poorer. */
export function learn(account: CreditAccount, standing: Standing): CreditAccount {
  const known = account.earned + account.spent;
  const told = standing.earned + standing.spent;
  if (told < known || (told === known && standing.balance >= account.balance)) return account;
  const { balance, earned, spent, rate } = standing;
  return withAccount(account, { balance, earned, spent, rate });
}

export function addWaiting(account: CreditAccount, price: bigint): CreditAccount {
  return withAccount(account, { waiting: nanoVcu(account.waiting + price) });
}

/** Books a placement to the part that it went by; what went beyond all limits is not counted. */
export function use(account: CreditAccount, pass: Pass, price: bigint): CreditAccount {
  switch (pass) {
    case "guarantee":
      return withAccount(account, { guaranteed: nanoVcu(account.guaranteed + price) });
    case "credit":
      return withAccount(account, { credited: nanoVcu(account.credited + price) });
    case "scavenger":
      return withAccount(account, { indebted: nanoVcu(account.indebted + price) });
    default:
      return account;
  }
}

/** One nano-VCU an hour, in the units of {@link partOf}. */
const HOUR_PARTS = HOUR_US * BigInt(PART);

/** A part of a quantum: what nano-VCU an hour are multiplied by. Each rule has three of them. */
interface Parts {
  readonly alpha: bigint;
  readonly burst: bigint;
  readonly sigma: bigint;
}

const partsOf = new WeakMap<CreditRules, Parts>();

/** Made once for the rules of an edge: it asks several times for each work. */
function partOf(rules: CreditRules, name: keyof Parts): bigint {
  let parts = partsOf.get(rules);
  if (parts === undefined) {
    const part = (of: number) => BigInt(Math.round(of * PART)) * BigInt(rules.quantumUs);
    parts = { alpha: part(rules.alpha), burst: part(rules.burst), sigma: part(rules.sigma) };
    partsOf.set(rules, parts);
  }
  return parts[name];
}

/** Nano-VCU that a rate makes of a part in a quantum. */
function perQuantum(rate: bigint, name: keyof Parts, rules: CreditRules): bigint {
  return (rate * partOf(rules, name)) / HOUR_PARTS;
}

/** A part of what its machines that are here bring, but of no more than it is known to bring. */
export function guaranteeOf(rate: bigint, capacityMflops: number, rules: CreditRules): bigint {
  const here = BigInt(capacityMflops) * NANO_PER_MFLOPS;
  return perQuantum(here < rate ? here : rate, "alpha", rules);
}

/** Some quanta have passed: limits are free again. */
export function refresh(
  account: CreditAccount,
  { quanta, guarantee, rules }: { quanta: bigint; guarantee: bigint; rules: CreditRules },
): CreditAccount {
  const left = (used: bigint, limit: bigint) => {
    const rest = used - limit * quanta;
    return nanoVcu(rest > 0n ? rest : 0n);
  };
  return withAccount(account, {
    guaranteed: left(account.guaranteed, guarantee),
    credited: left(account.credited, perQuantum(account.rate, "burst", rules)),
    indebted: left(account.indebted, perQuantum(account.rate, "sigma", rules)),
  });
}

/** True when it has used nothing that time has to give back. */
export function isRested({ guaranteed, credited, indebted }: CreditAccount): boolean {
  return guaranteed === 0n && credited === 0n && indebted === 0n;
}

/** Free credit and what waits to be had for the rest: b of the rule. */
function bankOf({ balance, waiting }: CreditAccount): bigint {
  return balance + waiting;
}

/** By which part its paid work goes now. */
export function passOf(account: CreditAccount, guarantee: bigint, rules: CreditRules): Pass {
  if (bankOf(account) <= 0n || account.rate === 0n) return "leftover";
  if (account.guaranteed < guarantee) return "guarantee";
  return account.credited < perQuantum(account.rate, "burst", rules) ? "credit" : "leftover";
}

/** Quanta until it may have work on debt again: 0 is now; undefined is never, at no rate. */
export function quantaHeld(account: CreditAccount, rules: CreditRules): bigint | undefined {
  const limit = perQuantum(account.rate, "sigma", rules);
  if (limit === 0n) return undefined;
  return account.indebted < limit ? 0n : account.indebted / limit;
}

/** Hours of own work in the bank, in units of 2^-32; at no rate each nano counts as an hour. */
export function rhoOf(account: CreditAccount): bigint {
  return (bankOf(account) * ONE) / (account.rate > 0n ? account.rate : 1n);
}

/** "3.250 h". */
export function hoursInWords(rho: bigint): string {
  const thousandths = ((rho < 0n ? -rho : rho) * 1000n) / ONE;
  const whole = `${thousandths / 1000n}.${String(thousandths % 1000n).padStart(3, "0")} h`;
  return rho < 0n ? `-${whole}` : whole;
}
