/**
 * What runs cost beside the work that counts, by size of the task: copies for verification, work
 * lost with its machine, time in transfer. Amounts are metered MFLOP.
 */
import { MFLOP_PER_VCU } from "../../kernel/credit.ts";
import type { RunModel } from "../../kernel/ports/model-runner.ts";
import type { SizeCost } from "../run/result.ts";

/** Upper ends of the size classes, VCU; the last is open. */
const SIZES: ReadonlyArray<number> = [0.01, 0.1, 1, Number.POSITIVE_INFINITY];

class Sums {
  /** Work of runs that gave a result, and of those that ended without one. */
  done = 0;
  lost = 0;
  /** Work of tasks that were paid: what all of it was for. */
  useful = 0;
  transferUs = 0;
  computeUs = 0;
}

export class RunCosts {
  inputBytes = 0;
  outputBytes = 0;
  /** Inputs that were brought, empty ones left out, and how long they took in all. */
  fetches = 0;
  fetchUs = 0;
  private readonly sums: ReadonlyArray<Sums> = SIZES.map(() => new Sums());

  private at(mflop: number): Sums {
    const vcu = mflop / MFLOP_PER_VCU;
    return this.sums[SIZES.findIndex((top) => vcu < top)] as Sums;
  }

  /** A run that goes on where an earlier one stopped makes that one's work good again. */
  began({ mflop, doneMflop, inputBytes }: RunModel, fetchUs: number): void {
    const sums = this.at(mflop);
    sums.lost -= doneMflop;
    sums.transferUs += fetchUs;
    if (fetchUs === 0 || inputBytes === 0) return;
    this.inputBytes += inputBytes;
    this.fetches++;
    this.fetchUs += fetchUs;
  }

  finished({ mflop, outputBytes }: RunModel, us: { compute: number; send: number }): void {
    const sums = this.at(mflop);
    sums.done += mflop;
    sums.computeUs += us.compute;
    sums.transferUs += us.send;
    this.outputBytes += outputBytes;
  }

  /** It ended without a result and had come to `computed` MFLOP, earlier parts included. */
  broke({ mflop }: RunModel, computed: number): void {
    this.at(mflop).lost += computed;
  }

  /** A task of this size was paid for. */
  used(mflop: number): void {
    this.at(mflop).useful += mflop;
  }

  /** By size, sizes without any work left out. */
  bySize(): ReadonlyArray<SizeCost> {
    return this.sums.flatMap((sums, i) => {
      if (sums.done + sums.lost <= 0) return [];
      const top = SIZES[i] as number;
      return [{ belowVcu: top === Number.POSITIVE_INFINITY ? null : top, ...factorsOf(sums) }];
    });
  }

  total(): Omit<SizeCost, "belowVcu"> {
    const all = new Sums();
    for (const sums of this.sums) {
      all.done += sums.done;
      all.lost += sums.lost;
      all.useful += sums.useful;
      all.transferUs += sums.transferUs;
      all.computeUs += sums.computeUs;
    }
    return factorsOf(all);
  }
}

/**
 * Verification: work with a result over paid work. Churn: lost work over work with a result.
 * Transfer: time in transfer over time of computing, for a slot waits while its run fetches.
 */
function factorsOf({ done, lost, useful, transferUs, computeUs }: Sums) {
  const ratio = (a: number, b: number) => (b > 0 ? Math.max(0, a) / b : 0);
  const verification = Math.max(0, ratio(done, useful) - 1);
  const churn = ratio(lost, done);
  const transfer = ratio(transferUs, computeUs);
  const factor = (1 + verification) * (1 + churn) * (1 + transfer);
  return { usefulVcu: useful / MFLOP_PER_VCU, verification, churn, transfer, factor };
}
