/** Gathers the numbers of a run by watching it. */
import type { DemandAnswered } from "../../actors/contributor/messages.ts";
import type { AttemptStarted, PlaceTask } from "../../actors/edge/messages.ts";
import { priceOf } from "../../kernel/credit.ts";
import type { Envelope, Hosted } from "../core/hosted.ts";
import type { DemandObserver } from "../environment/requesters.ts";
import { LogHistogram } from "./log-histogram.ts";

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
  readonly refusals = new Map<string, number>();
  readonly asked: AskedByContributor = new Map();
  /** Order of the waits, for confidence intervals by batch means. */
  readonly onWait: Array<(waitUs: number) => void> = [];
  private readonly queuedUs = new Map<string, number>();
  private readonly now: () => number;
  /** How often each accepted task is paid. */
  private readonly executions: number;

  constructor(now: () => number, executions: number) {
    this.now = now;
    this.executions = executions;
  }

  demanded(contributor: Hosted, tasks: ReadonlyArray<number>, first: boolean): void {
    this.asks++;
    if (!first) return;
    this.demands++;
    let price = 0n;
    for (const mflop of tasks) price += priceOf(mflop) * BigInt(this.executions);
    this.asked.set(contributor, (this.asked.get(contributor) ?? 0n) + price);
  }

  answered(answer: DemandAnswered, sinceUs: number): void {
    if (answer.answer === "settled") {
      this.settled++;
      this.turnaround.add(this.now() - sinceUs);
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
        const { attempt, commons } = delivery.message as typeof PlaceTask.Type;
        if (!commons) this.queuedUs.set(attempt, this.now());
        return;
      }
      case "AttemptStarted": {
        const { attempt } = delivery.message as typeof AttemptStarted.Type;
        const sinceUs = this.queuedUs.get(attempt);
        if (sinceUs === undefined) return;
        this.queuedUs.delete(attempt);
        const waitUs = this.now() - sinceUs;
        this.wait.add(waitUs);
        for (const listener of this.onWait) listener(waitUs);
        return;
      }
      default:
    }
  }

  /** A job's deliveries. */
  attemptLost(attempt: string): void {
    this.attemptsLost++;
    this.queuedUs.delete(attempt);
  }
}
