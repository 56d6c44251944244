/**
 * Credit: `bigint` nano-VCU. One VCU (verified compute unit) is one hour of a 10 GFLOPS reference
 * core, so 1 VCU = 36,000 GFLOP. Work is metered in integer MFLOP (an operation count), never in
 * seconds that a host claims.
 */
import { Schema } from "effect";

/** Integer 1e-9 VCU. JSON carries it as decimal text. */
export const NanoVcu = Schema.BigInt.pipe(Schema.brand("NanoVcu"));
export type NanoVcu = typeof NanoVcu.Type;

export const NANO_PER_VCU = 1_000_000_000n;
/** 10 GFLOPS for 3,600 s, in MFLOP. */
export const MFLOP_PER_VCU = 36_000_000;

/** Casts a bigint amount; the caller owns the proof of its unit. */
export function nanoVcu(amount: bigint): NanoVcu {
  return amount as NanoVcu;
}

/** Price of `mflop` metered operations, exact to the nano: 1 VCU = 36e6 MFLOP, rounded down. */
export function priceOf(mflop: number): NanoVcu {
  return nanoVcu((BigInt(mflop) * NANO_PER_VCU) / BigInt(MFLOP_PER_VCU));
}

/** For reports only: VCU as a float. Never for accounting. */
export function toVcu(amount: bigint): number {
  return Number(amount) / 1e9;
}
