/** Shows each step of a run to the checkers and meters that care about its actor and message. */
import type { JobMessage } from "../../actors/job/messages.ts";
import type { JobContext } from "../../actors/job/state.ts";
import type { Address } from "../../kernel/address.ts";
import type { Step } from "../../kernel/behaviour.ts";
import type { ChartState } from "../../kernel/chart.ts";
import type { Envelope, Hosted } from "../core/hosted.ts";
import type { Observer } from "../core/simulator.ts";
import type { RunParts } from "./parts.ts";
import { isCommons } from "./recoverable.ts";

export class Observation implements Observer {
  private readonly parts: RunParts;
  private readonly awaited: Set<Address>;
  private readonly isChaos: () => boolean;

  /** `awaited` gets the jobs that must end: all of the chaos, and later those of requesters. */
  constructor(parts: RunParts, awaited: Set<Address>, isChaos: () => boolean) {
    this.parts = parts;
    this.awaited = awaited;
    this.isChaos = isChaos;
  }

  stepped(actor: Hosted, delivery: Envelope, step: Step<unknown>): void {
    this.parts.copies?.stepped(actor, delivery);
    const { shadow, settlement, collector, leases } = this.parts;
    switch (actor.behaviour.kind) {
      case "edge":
        collector.atEdge(delivery);
        leases.stepped(delivery, step);
        return;
      case "job":
        this.jobStepped(actor, delivery, step);
        return;
      case "ledger":
        shadow.stepped(actor, delivery, step);
        if (delivery.type === "Settle") settlement.settled(delivery);
        return;
      case "verifier":
        settlement.looked(step);
        return;
      default:
    }
  }

  private jobStepped(actor: Hosted, delivery: Envelope, step: Step<unknown>): void {
    const message = delivery.message as JobMessage;
    const { world, settlement } = this.parts;
    const { context } = actor.state as ChartState<JobContext>;
    if (message.type === "ResultReported" && !world.guarded) {
      settlement.believed(context, message, step, world.scenario.access === "open");
      return;
    }
    if (message.type === "AttemptLost") this.parts.collector.attemptLost(message.attempt);
    else if (message.type === "Verdict") settlement.judged(context, message);
  }

  spawned(actor: Hosted): void {
    if (actor.behaviour.kind !== "job") return;
    if (this.isChaos() || !isCommons(actor)) this.awaited.add(actor.address);
  }

  stopped(actor: Hosted): void {
    this.awaited.delete(actor.address);
  }
}
