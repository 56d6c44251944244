/**
 * taken-once: no actor takes a message of another twice, whatever the network and restarts do.
 * Kept apart from the mailbox's own marks, which it checks.
 */
import type { Envelope, Hosted } from "../core/hosted.ts";
import type { Findings } from "./findings.ts";

/** Pairs of actors remembered; the oldest half is forgotten beyond. */
const PAIRS_MAX = 500_000;

export class Copies {
  /** Highest number taken, by receiver's index times 2^26 plus sender's index. */
  private young = new Map<number, number>();
  private old = new Map<number, number>();
  private readonly findings: Findings;

  constructor(findings: Findings) {
    this.findings = findings;
  }

  stepped(actor: Hosted, delivery: Envelope): void {
    const { sender, n } = delivery;
    if (sender === null) return;
    const pair = actor.index * 67_108_864 + sender.index;
    const taken = this.young.get(pair) ?? this.old.get(pair) ?? 0;
    if (n <= taken) {
      this.findings.add(
        "taken-once",
        "safety",
        `${actor.address} took ${delivery.type} ${delivery.id} a second time`,
      );
    }
    if (this.young.size >= PAIRS_MAX) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(pair, Math.max(n, taken));
  }
}
