/** Gathers the numbers of a run by watching it. What began before `measureFromUs` is left out. */
import type { DemandAnswered } from "../../actors/contributor/messages.ts";
import type { AttemptStarted, PlaceTask } from "../../actors/edge/messages.ts";
import type { Address } from "../../kernel/address.ts";
import { priceOf } from "../../kernel/credit.ts";
import type { Envelope, Hosted } from "../core/hosted.ts";
import type { DemandObserver } from "../environment/requesters.ts";
import { LogHistogram } from "./log-histogram.ts";
import type { People } from "./people.ts";

/** Waits of one kind of work or of accounts. */
export const waitClasses = ["mature", "newcomer", "debt", "commons"] as const;
export type WaitClass = (typeof waitClasses)[number];

interface Queued {
  readonly sinceUs: number;
  readonly requester: Address;
  readonly task: string;
  readonly commons: boolean;
  readonly onDebt: boolean;
}

export interface CollectorParts {
  readonly now: () => number;
  /** Microseconds. */
  readonly measureFromUs: number;
  readonly people: People;
}

/** What one contributor asked for, nano-VCU, each demand counted once. */
export type AskedByContributor = Map<Hosted, bigint>;

export class Collector implements DemandObserver {
  demands = 0;
  asks = 0;
  settled = 0;
  failed = 0;
  refused = 0;
  attemptsLost = 0;
  /** Microseconds. */
  readonly wait = new LogHistogram();
  readonly turnaround = new LogHistogram();
  readonly waitOf: Readonly<Record<WaitClass, LogHistogram>> = {
    mature: new LogHistogram(),
    newcomer: new LogHistogram(),
    debt: new LogHistogram(),
    commons: new LogHistogram(),
  };
  readonly refusals = new Map<string, number>();
  readonly asked: AskedByContributor = new Map();
  /** Order of the waits, for confidence intervals by batch means. */
  readonly onWait: Array<(waitUs: number) => void> = [];
  /** When the first demand was made and the last was settled; undefined before. */
  private firstUs: number | undefined;
  private lastUs: number | undefined;
  private readonly queued = new Map<string, Queued>();
  private readonly parts: CollectorParts;

  constructor(parts: CollectorParts) {
    this.parts = parts;
  }

  /** Microseconds of the longest wait, whether it has ended or not; commons left out. */
  starvationUs(): number {
    const nowUs = this.parts.now();
    let longest = this.wait.greatest();
    for (const { sinceUs, commons } of this.queued.values()) {
      if (!commons && this.counts(sinceUs)) longest = Math.max(longest, nowUs - sinceUs);
    }
    return longest;
  }

  /** Microseconds from the first demand until the last that was settled; 0 before that. */
  makespanUs(): number {
    return Math.max(0, (this.lastUs ?? 0) - (this.firstUs ?? 0));
  }

  private counts(sinceUs: number): boolean {
    return sinceUs >= this.parts.measureFromUs;
  }

  demanded(
    contributor: Hosted,
    wanted: { readonly tasks: ReadonlyArray<number>; readonly memoryMib: number },
    first: boolean,
  ): void {
    this.asks++;
    if (!first) return;
    this.demands++;
    this.firstUs ??= this.parts.now();
    if (!this.counts(this.parts.now())) return;
    let price = 0n;
    for (const mflop of wanted.tasks) price += priceOf(mflop, wanted.memoryMib);
    this.asked.set(contributor, (this.asked.get(contributor) ?? 0n) + price);
  }

  answered(answer: DemandAnswered, sinceUs: number): void {
    if (answer.answer === "settled") {
      this.settled++;
      this.lastUs = this.parts.now();
      if (this.counts(sinceUs)) this.turnaround.add(this.parts.now() - sinceUs);
    } else if (answer.answer === "failed") {
      this.failed++;
    }
  }

  refusal(answer: DemandAnswered, final: boolean): void {
    const colon = answer.reason.indexOf(":");
    const reason = colon < 0 ? answer.reason : answer.reason.slice(0, colon);
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
    if (final) this.refused++;
  }

  gaveUp(count: number): void {
    this.refused += count;
  }

  /** An edge's deliveries. */
  atEdge(delivery: Envelope): void {
    switch (delivery.type) {
      case "PlaceTask": {
        const { attempt, task, requester, commons, onDebt } =
          delivery.message as typeof PlaceTask.Type;
        const sinceUs = this.parts.now();
        this.queued.set(attempt, { sinceUs, requester, task, commons, onDebt });
        return;
      }
      case "AttemptStarted": {
        const { attempt } = delivery.message as typeof AttemptStarted.Type;
        const queued = this.queued.get(attempt);
        if (queued === undefined) return;
        this.queued.delete(attempt);
        if (this.counts(queued.sinceUs)) this.started(queued);
        return;
      }
      default:
    }
  }

  private started({ sinceUs, requester, task, commons, onDebt }: Queued): void {
    const { people, now } = this.parts;
    const waitUs = now() - sinceUs;
    if (commons) {
      this.waitOf.commons.add(waitUs);
      return;
    }
    this.wait.add(waitUs);
    this.waitOf[people.isMature(requester) ? "mature" : "newcomer"].add(waitUs);
    if (onDebt) this.waitOf.debt.add(waitUs);
    people.waited(requester, task, waitUs);
    for (const listener of this.onWait) listener(waitUs);
  }

  /** A job's deliveries. */
  attemptLost(attempt: string): void {
    this.attemptsLost++;
    this.queued.delete(attempt);
  }
}
