/**
 * One contributor's account kept a second time, in the plainest way: rewards that wait in a list,
 * rates in floats from portable functions. Nothing here is shared with the ledger but the limits.
 */
import { DAY, HOUR } from "../../kernel/duration.ts";
import type { Limits } from "../../kernel/limits.ts";
import { exp } from "../numbers/portable.ts";

const LN2 = Math.LN2;
/** How far a rate in floats may lie from the ledger's integers, relatively. */
const SLACK = 1e-5;

/** A mean that forgets half in `halfLifeUs` of time that counts as online. */
class FloatRate {
  private sum = 0;
  private weightUs = 0;
  private readonly halfLifeUs: number;

  constructor(halfLifeUs: number) {
    this.halfLifeUs = halfLifeUs;
  }

  add(amount: number, elapsedUs: number): void {
    if (elapsedUs === 0) {
      this.sum += amount;
      return;
    }
    const left = exp((-LN2 * elapsedUs) / this.halfLifeUs);
    const seenUs = (this.halfLifeUs / LN2) * (1 - left);
    this.sum = this.sum * left + (amount * seenUs) / elapsedUs;
    this.weightUs = this.weightUs * left + seenUs;
  }

  get perHour(): number {
    return this.weightUs === 0 ? 0 : (this.sum / this.weightUs) * HOUR;
  }
}

interface Proof {
  readonly task: string;
  proven: boolean;
  burned: bigint;
}

export class ShadowAccount {
  /** Cleared and free; below zero on debt. */
  balance = 0n;
  /** All rewards that were cleared. */
  earned = 0n;
  /** All rewards, cleared or not, burned or not. */
  verified = 0n;
  spent = 0n;
  /** Rewards that are not cleared, oldest first. */
  waiting: bigint[] = [];
  wrong: Proof[] = [];
  private readonly rate = new FloatRate(6 * HOUR);
  private readonly longRate = new FloatRate(7 * DAY);
  private rewardedUs: number;
  private readonly limits: Limits;

  constructor(openedUs: number, limits: Limits) {
    this.rewardedUs = openedUs;
    this.limits = limits;
  }

  get uncleared(): bigint {
    return this.waiting.reduce((sum, one) => sum + one, 0n);
  }

  reward(amount: bigint, atUs: number): void {
    if (amount === 0n) return;
    const elapsedUs = Math.min(HOUR, Math.max(0, atUs - this.rewardedUs));
    this.rewardedUs = Math.max(atUs, this.rewardedUs);
    this.rate.add(Number(amount), elapsedUs);
    this.longRate.add(Number(amount), elapsedUs);
    this.verified += amount;
    this.waiting.push(amount);
    this.clear();
  }

  private clear(): void {
    while (this.waiting.length > this.limits.escrowTasks) {
      const oldest = this.waiting.shift() ?? 0n;
      this.balance += oldest;
      this.earned += oldest;
    }
  }

  /** Notes a wrong result; answers what a proof of it burns. */
  accuse(task: string, proven: boolean): bigint {
    let found = this.wrong.find((one) => one.task === task);
    if (found !== undefined && (!proven || found.proven)) return 0n;
    this.wrong = this.wrong.filter((one) => one !== found);
    found = { task, proven, burned: proven ? this.uncleared : 0n };
    this.wrong.push(found);
    if (this.wrong.length > 16) this.wrong.shift();
    if (proven) this.waiting = [];
    return found.burned;
  }

  /** The accusation did not hold; answers what comes back. */
  clearOf(task: string): bigint {
    const found = this.wrong.find((one) => one.task === task);
    if (found === undefined) return 0n;
    this.wrong = this.wrong.filter((one) => one !== found);
    if (found.burned > 0n) this.waiting.unshift(found.burned);
    this.clear();
    return found.burned;
  }

  /** Most that may be owed after a reservation: min(D w, delta E). */
  get debtLimit(): number {
    const { debtHours, debtPercent } = this.limits;
    const byHours = this.rate.perHour * debtHours;
    return (
      Math.min(byHours * (1 + SLACK), (Number(this.earned + this.uncleared) * debtPercent) / 100) +
      1_000
    );
  }

  /** True if a balance that was cut down to `kept` was cut down to the bank's cap. */
  isCapped(kept: bigint): boolean {
    const cap = Math.max(this.rate.perHour, this.longRate.perHour) * this.limits.bankHours;
    return Math.abs(Number(kept) - cap) <= cap * SLACK + 1_000;
  }

  /** True if the bank's cap leaves all of the balance alone. */
  get isWithinCap(): boolean {
    const cap = Math.max(this.rate.perHour, this.longRate.perHour) * this.limits.bankHours;
    return Number(this.balance) <= cap * (1 + SLACK) + 1_000;
  }
}
