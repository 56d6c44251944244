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

/** Memory that belongs to one slot, MiB. */
export const SLOT_MIB = 2_048;

/**
 * Price of `mflop` metered operations by the dominant resource (Ghodsi et al., NSDI 2011): a run
 * that takes the memory of two slots keeps two slots busy and costs as much. Exact to the nano,
 * rounded down: mflop / 36e6 VCU, times memoryMib / 2048 where that is above 1.
 */
export function priceOf(mflop: number, memoryMib = 0): NanoVcu {
  const work = BigInt(mflop) * NANO_PER_VCU;
  return memoryMib <= SLOT_MIB
    ? nanoVcu(work / BigInt(MFLOP_PER_VCU))
    : nanoVcu((work * BigInt(memoryMib)) / BigInt(MFLOP_PER_VCU * SLOT_MIB));
}

/** Credit in words, exact to the nano: "0.25 VCU". */
export function inVcu(amount: bigint): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(10, "0");
  const fraction = digits.slice(-9).replace(/0+$/, "");
  const text = fraction === "" ? digits.slice(0, -9) : `${digits.slice(0, -9)}.${fraction}`;
  return `${amount < 0n ? "-" : ""}${text} VCU`;
}

/** For reports only: VCU as a float. Never for accounting. */
export function toVcu(amount: bigint): number {
  return Number(amount) / 1e9;
}
