/**
 * lease-exclusive: no attempt is worked on by two machines, and when an edge gives a lease up as
 * expired no live node still works on it. within-slots: no machine runs more tasks than it has
 * slots for. no-free-service: nobody works for a job that holds no
 * escrow and never did, unless no credit is needed.
 */
import type { LeaseExpired } from "../../actors/edge/messages.ts";
import { type Address, address } from "../../kernel/address.ts";
import type { Step } from "../../kernel/behaviour.ts";
import type { RunModel } from "../../kernel/ports/model-runner.ts";
import type { Envelope, Hosted } from "../core/hosted.ts";
import type { RunObserver } from "../environment/model-runner.ts";
import type { Findings } from "./findings.ts";

export class Leases implements RunObserver {
  /** Who works on each attempt now. */
  private readonly workers = new Map<string, Hosted>();
  private readonly findings: Findings;
  private readonly jobWasFunded: (job: Address) => boolean;
  private readonly slotsOf: (node: Hosted) => number;

  constructor(
    findings: Findings,
    jobWasFunded: (job: Address) => boolean,
    slotsOf: (node: Hosted) => number,
  ) {
    this.findings = findings;
    this.jobWasFunded = jobWasFunded;
    this.slotsOf = slotsOf;
  }

  began(actor: Hosted, attempt: string, request: RunModel): void {
    const other = this.workers.get(attempt);
    if (other !== undefined && other !== actor) {
      this.findings.add(
        "lease-exclusive",
        "safety",
        `attempt ${attempt} is worked on by ${other.address} and by ${actor.address}`,
      );
    }
    this.workers.set(attempt, actor);
    const runs = actor.runs?.size ?? 0;
    if (runs > this.slotsOf(actor)) {
      const message = `${actor.address} runs ${runs} tasks on ${this.slotsOf(actor)} slots`;
      this.findings.add("within-slots", "safety", message);
    }
    const job = address("job", request.task.slice(0, request.task.lastIndexOf(".")));
    if (!this.jobWasFunded(job)) {
      this.findings.add(
        "no-free-service",
        "safety",
        `${actor.address} works on ${request.task} of a job that holds no escrow`,
      );
    }
  }

  ended(actor: Hosted, attempt: string): void {
    if (this.workers.get(attempt) === actor) this.workers.delete(attempt);
  }

  /** Watches an edge's steps. */
  stepped(delivery: Envelope, step: Step<unknown>): void {
    if (delivery.type !== "LeaseExpired") return;
    const { attempt } = delivery.message as typeof LeaseExpired.Type;
    const worker = this.workers.get(attempt);
    if (worker === undefined || worker.down !== 0) return;
    const expired = step.commands.some(
      ({ command, message }: { command: string; message?: { type: string; reason?: string } }) =>
        command === "Send" && message?.type === "AttemptLost" && message.reason === "expired",
    );
    if (!expired) return;
    this.findings.add(
      "lease-exclusive",
      "safety",
      `${delivery.target.address} gave ${attempt} up while ${worker.address} held its lease`,
    );
  }
}
