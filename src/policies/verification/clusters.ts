/**
 * Which owners may be one person. A cluster serves one purpose: two of its members do not take part
 * in one quorum, one stripe or one aggregation bucket. It moves no credit, no reward and no
 * standing, so a wrong cluster costs an honest owner a little choice and nothing else.
 *
 * The answer depends on the set of evidence alone, not on its order, and evidence is reversible:
 * it ages out unless it is seen again, and an owner whose machines keep their speed while the rest
 * of its cluster is challenged in the same second is cleared of all but contention. So people
 * behind one carrier's address are told apart by what their machines can do.
 */
import type { Address } from "../../kernel/address.ts";
import { DAY } from "../../kernel/duration.ts";

export type Evidence =
  /** The /24 (or /48) that an edge saw, or a digest of reported hardware. */
  | {
      readonly kind: "network" | "fingerprint";
      readonly owner: Address;
      readonly mark: string;
      readonly atUs: number;
    }
  /** Who let it in. */
  | {
      readonly kind: "invite";
      readonly owner: Address;
      readonly inviter: Address;
      readonly atUs: number;
    }
  /** They come and go together ({@link isCoTimed}), or slow each other ({@link isContended}). */
  | {
      readonly kind: "timing" | "contention";
      readonly owners: readonly [Address, Address];
      readonly atUs: number;
    }
  /** Challenged together with its cluster it was as fast as alone. */
  | { readonly kind: "cleared"; readonly owner: Address; readonly atUs: number };

/** How long evidence counts after it was last seen. */
const LIFETIME_US: Readonly<Record<Evidence["kind"], number>> = {
  network: 7 * DAY,
  fingerprint: 30 * DAY,
  invite: 90 * DAY,
  timing: 7 * DAY,
  contention: 30 * DAY,
  cleared: 30 * DAY,
};

/** Inviters above an owner that count: its chain's top is at most so far away. */
const CHAIN_DEPTH = 2;

/** Sets of names that are merged (Galler and Fischer 1964); the least name stands for its set. */
class Sets {
  private readonly above = new Map<string, string>();

  top(of: string): string {
    let at = of;
    for (;;) {
      const next = this.above.get(at);
      if (next === undefined) return at;
      const after = this.above.get(next);
      if (after !== undefined) this.above.set(at, after);
      at = next;
    }
  }

  merge(a: string, b: string): void {
    const [one, other] = [this.top(a), this.top(b)];
    if (one === other) return;
    if (one < other) this.above.set(other, one);
    else this.above.set(one, other);
  }
}

/** A cluster's id is the least of its owners' names; who is in no evidence is its own cluster. */
export interface Clusters {
  readonly idOf: (owner: Address) => Address;
  /** True if the two may sit in one quorum. */
  readonly areApart: (a: Address, b: Address) => boolean;
}

/** Merges whoever fresh evidence puts together. */
export function clustersOf(evidence: ReadonlyArray<Evidence>, nowUs: number): Clusters {
  const fresh = evidence.filter(({ kind, atUs }) => nowUs - atUs < LIFETIME_US[kind]);
  const clearedUs = latestClearance(fresh);
  const isOpen = (owner: Address, atUs: number) => atUs > (clearedUs.get(owner) ?? -Infinity);
  const inviters = invitersIn(fresh);
  const sets = new Sets();
  // an owner's name has a slash after its kind, a mark two colons: they cannot be confused; "~"
  // is after all letters, so that an owner, not a mark, stands for the set
  const byMark = (owner: Address, mark: string) => sets.merge(owner, `~${mark}`);
  for (const found of fresh) {
    switch (found.kind) {
      case "network":
      case "fingerprint":
        if (isOpen(found.owner, found.atUs)) byMark(found.owner, `${found.kind}::${found.mark}`);
        break;
      case "invite":
        if (isOpen(found.owner, found.atUs)) sets.merge(found.owner, topOf(found.owner, inviters));
        break;
      case "timing": {
        const [a, b] = found.owners;
        if (isOpen(a, found.atUs) && isOpen(b, found.atUs)) sets.merge(a, b);
        break;
      }
      case "contention":
        sets.merge(...found.owners);
        break;
      case "cleared":
        break;
    }
  }
  const idOf = (owner: Address) => sets.top(owner) as Address;
  return { idOf, areApart: (a, b) => idOf(a) !== idOf(b) };
}

function latestClearance(evidence: ReadonlyArray<Evidence>): ReadonlyMap<Address, number> {
  const latest = new Map<Address, number>();
  for (const found of evidence) {
    if (found.kind !== "cleared") continue;
    latest.set(found.owner, Math.max(found.atUs, latest.get(found.owner) ?? found.atUs));
  }
  return latest;
}

/** Of several invitations the earliest counts, and of those the inviter with the least name. */
function invitersIn(evidence: ReadonlyArray<Evidence>): ReadonlyMap<Address, Address> {
  const first = new Map<Address, { readonly inviter: Address; readonly atUs: number }>();
  for (const found of evidence) {
    if (found.kind !== "invite") continue;
    const known = first.get(found.owner);
    const isEarlier =
      known === undefined ||
      found.atUs < known.atUs ||
      (found.atUs === known.atUs && found.inviter < known.inviter);
    if (isEarlier) first.set(found.owner, found);
  }
  return new Map([...first].map(([owner, { inviter }]) => [owner, inviter]));
}

/**
 * The mark of the chain's top. One mark an owner, so that a network that grew by invitations falls
 * into families and not into one cluster.
 */
function topOf(owner: Address, inviters: ReadonlyMap<Address, Address>): string {
  let top = owner;
  for (let depth = 0; depth < CHAIN_DEPTH; depth++) top = inviters.get(top) ?? top;
  return `~invite::${top}`;
}

/** The least r squared of presence that is no coincidence: .9 x .9, as hundredths. */
const CO_TIMED = 81;

/** True if the two series of presence (online or not, bin by bin) correlate above .9. */
export function isCoTimed(a: ReadonlyArray<boolean>, b: ReadonlyArray<boolean>): boolean {
  const bins = Math.min(a.length, b.length);
  let [inA, inB, inBoth] = [0, 0, 0];
  for (let n = 0; n < bins; n++) {
    if (a[n] === true) inA += 1;
    if (b[n] === true) inB += 1;
    if (a[n] === true && b[n] === true) inBoth += 1;
  }
  // Pearson's r of two 0/1 series is (n x11 - xa xb) / sqrt(xa (n - xa) xb (n - xb))
  const covariance = bins * inBoth - inA * inB;
  const variances = inA * (bins - inA) * (inB * (bins - inB));
  return covariance > 0 && covariance * covariance * 100 > CO_TIMED * variances && variances > 0;
}

/** Speeds of one owner's machines in MFLOP per second: challenged alone, and with its cluster. */
export interface Challenge {
  readonly aloneMflops: number;
  readonly togetherMflops: number;
}

/** True if both were slower together than .7 of alone: k names on one box slow each other by k. */
export function isContended(a: Challenge, b: Challenge): boolean {
  const isSlowed = ({ aloneMflops, togetherMflops }: Challenge) =>
    togetherMflops * 10 < aloneMflops * 7;
  return isSlowed(a) && isSlowed(b);
}
