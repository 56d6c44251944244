/**
 * taken-once: no actor takes a message of another twice, whatever the network and restarts do.
 * Kept apart from the mailbox's own marks, which it checks.
 */
import type { Envelope, Hosted } from "../core/hosted.ts";
import type { Findings } from "./findings.ts";
import { PairNumbers } from "./pair-numbers.ts";

/** Pairs of actors remembered; the oldest half is forgotten beyond. */
const PAIRS_MAX = 500_000;

export class Copies {
  /** Highest number taken, by the indices of receiver and sender. */
  private young = new PairNumbers();
  private old = new PairNumbers();
  private readonly findings: Findings;

  constructor(findings: Findings) {
    this.findings = findings;
  }

  stepped(actor: Hosted, delivery: Envelope): void {
    const { sender, n } = delivery;
    if (sender === null) return;
    const { senderIndex } = delivery;
    const taken =
      this.young.get(actor.index, senderIndex) || this.old.get(actor.index, senderIndex);
    if (n <= taken) {
      this.findings.add(
        "taken-once",
        "safety",
        `${actor.address} took ${delivery.type} ${delivery.id} a second time`,
      );
    }
    if (this.young.size >= PAIRS_MAX) {
      this.old = this.young;
      this.young = new PairNumbers();
    }
    if (n > taken) this.young.set(actor.index, senderIndex, n);
  }
}
