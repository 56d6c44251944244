/**
 * A constant-product market of PINGO against dollars, in nano-PINGO and micro-dollars. Every
 * rounding favours the market, so trading to and fro never makes anything.
 */
const MICROS_PER_USD = 1_000_000;
const NANO = 1e9;

export class Market {
  pingo = 0n;
  micros = 0n;

  get isOpen(): boolean {
    return this.pingo > 0n && this.micros > 0n;
  }

  /** Dollars for one PINGO; 0 before there is a market. */
  get usd(): number {
    if (!this.isOpen) return 0;
    return ((Number(this.micros) / Number(this.pingo)) * NANO) / MICROS_PER_USD;
  }

  /** What the market gives for so much PINGO. */
  sell(pingo: bigint): bigint {
    if (!this.isOpen || pingo <= 0n) return 0n;
    const product = this.pingo * this.micros;
    this.pingo += pingo;
    const after = (product + this.pingo - 1n) / this.pingo;
    const paid = this.micros - after;
    this.micros = after;
    return paid;
  }

  /** The PINGO that so many micro-dollars buy. */
  buy(micros: bigint): bigint {
    if (!this.isOpen || micros <= 0n) return 0n;
    const product = this.pingo * this.micros;
    this.micros += micros;
    const after = (product + this.micros - 1n) / this.micros;
    const bought = this.pingo - after;
    this.pingo = after;
    return bought;
  }

  /** Puts in both sides; the price stays where there is one already. */
  add(pingo: bigint, micros: bigint): void {
    this.pingo += pingo;
    this.micros += micros;
  }
}

export function microsOf(usd: number): bigint {
  return BigInt(Math.floor(usd * MICROS_PER_USD));
}
