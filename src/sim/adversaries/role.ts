/** What a strategy knows of itself: who it is, what it has, and the blackboard of its group. */
import type { Address } from "../../kernel/address.ts";
import type { Limits } from "../../kernel/limits.ts";
import type { Member } from "./cast.ts";
import type { Blackboard, Stage } from "./stage.ts";

export interface Role {
  readonly stage: Stage;
  readonly board: Blackboard;
  readonly member: Member;
  /** The actor that is bent. */
  readonly self: Address;
  readonly contributor: Address;
  readonly limits: Limits;
  /** True speed of one slot, MFLOP per second; 0 for contributors. */
  readonly slotMflops: number;
}

/** Counts a deed. */
export function acted({ board }: Role): void {
  board.acted++;
}

/** What an honest machine would take for the computing, microseconds. */
export function honestUs({ slotMflops }: Role, mflop: number): number {
  return Math.ceil((mflop / Math.max(1, slotMflops)) * 1_000_000);
}
