/** A chain that the port speaks to, with people on it, as the conformance suite sees it. */
import type { ChainOutcome, ChainRequest, Voucher, Wallet } from "../../src/kernel/ports/chain.ts";

interface Arm {
  /** Nothing has happened yet; the first epoch of rewards begins now, and a day. */
  readonly fresh: () => Promise<void>;
  /** Under a key that was never used before. */
  readonly ask: (request: ChainRequest, key: string) => Promise<ChainOutcome["outcome"]>;
  /** The port's process ends, and another goes on. */
  readonly restart: () => Promise<void>;
}

/** A chain with escrows that name our verifiers. */
export interface EscrowArm extends Arm {
  /** One whose worker has submitted a result, by the result's hash. */
  readonly submitted: (result: string) => Promise<Wallet>;
}

export interface ChainArm extends Arm {
  readonly wallet: (n: number) => Wallet;
  /** The owner's wallet sends what the voucher says. */
  readonly present: (n: number, voucher: Voucher) => Promise<void>;
  readonly nowSeconds: () => number;
  readonly pass: (seconds: number) => void;
  readonly epochSeconds: number;
  /** How long a root waits. */
  readonly delaySeconds: number;
  /** The most that the first epoch may pay, nano-PINGO. */
  readonly emission: bigint;
}
