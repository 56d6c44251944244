/** What the checkers found: the first of each kind in full, the others counted. */
import type { Simulator } from "../core/simulator.ts";
import type { Violation } from "../run/result.ts";

const KEPT = 10;

export class Findings {
  readonly violations: Violation[] = [];
  private readonly counts = new Map<string, number>();
  private readonly sim: Simulator;
  private readonly startUs: number;

  constructor(sim: Simulator, startUs: number) {
    this.sim = sim;
    this.startUs = startUs;
  }

  add(checker: string, kind: Violation["kind"], message: string): void {
    const count = (this.counts.get(checker) ?? 0) + 1;
    this.counts.set(checker, count);
    if (count > KEPT) return;
    const { nowUs, deliveries } = this.sim;
    this.violations.push({
      checker,
      kind,
      message,
      atUs: nowUs - this.startUs,
      event: deliveries,
    });
  }

  count(checker: string): number {
    return this.counts.get(checker) ?? 0;
  }
}
