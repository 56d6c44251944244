/**
 * settles-or-fails: after the network healed every admitted job ends and every demand is answered,
 * within the bound. no-wrong-pay: where the rule promises it, no wrong result is believed. Where
 * it only bounds errors, they are counted: as delivered, and after the verifier's corrections.
 */

import type { ResultCorrected } from "../../actors/contributor/messages.ts";
import type { ResultReported, Verdict } from "../../actors/job/messages.ts";
import { contentOf, type JobContext, taskIndex } from "../../actors/job/state.ts";
import type { Settle } from "../../actors/ledger/messages.ts";
import type { Address } from "../../kernel/address.ts";
import type { Step } from "../../kernel/behaviour.ts";
import type { Envelope } from "../core/hosted.ts";
import { rightDigest } from "../environment/model-runner.ts";
import type { Findings } from "./findings.ts";

const LISTED = 5;

export class Settlement {
  /** Verdicts that accepted a wrong digest, and settlements that paid for one. */
  wrongAccepted = 0;
  wrongPaid = 0;
  accepted = 0;
  /** Results that the verifier took back, rightly or not. */
  corrections = 0;
  /** Tasks whose requester believes something wrong as of now. */
  private readonly misled = new Set<string>();
  private readonly wrongTasks = new Set<string>();
  private readonly findings: Findings;
  private readonly guaranteed: boolean;

  /** `guaranteed`: results are verified by a rule that no scenario's liars can win against. */
  constructor(findings: Findings, guaranteed: boolean) {
    this.findings = findings;
    this.guaranteed = guaranteed;
  }

  /** Tasks whose accepted result is wrong after all corrections. */
  get wrongFinal(): number {
    return this.misled.size;
  }

  /** A verdict that reached its job. */
  judged(job: JobContext, { task, verdict, digest }: Verdict): void {
    if (verdict !== "accepted") return;
    this.accepted++;
    if (isRight(job, task, digest)) return;
    this.wrongAccepted++;
    this.misled.add(task);
    this.wrongTasks.add(task);
    if (this.guaranteed) {
      this.findings.add("no-wrong-pay", "safety", `a wrong result of ${task} was accepted`);
    }
  }

  /** Without a verifier: a result that a job believes at once, and pays if it pays at all. */
  believed(
    job: JobContext,
    { task, digest }: ResultReported,
    step: Step<unknown>,
    isFree: boolean,
  ): void {
    const pays = step.commands.some(
      (command) => command.command === "Send" && command.message.type === "Settle",
    );
    if (!pays && !isFree) return;
    this.accepted++;
    if (isRight(job, task, digest)) return;
    this.wrongAccepted++;
    this.misled.add(task);
    if (pays) this.wrongTasks.add(task);
  }

  /** A verifier's step: it may take results back. */
  looked(step: Step<unknown>): void {
    for (const command of step.commands) {
      if (command.command !== "Publish" || command.message.type !== "ResultCorrected") continue;
      const { task, content, digest } = command.message as ResultCorrected;
      this.corrections++;
      if (digest === rightDigest(content)) this.misled.delete(task);
      else this.misled.add(task);
    }
  }

  /** A ledger's deliveries. */
  settled(delivery: Envelope): void {
    const { task } = delivery.message as typeof Settle.Type;
    if (this.wrongTasks.delete(task)) this.wrongPaid++;
  }

  /** At the end of the liveness phase: jobs that never ended, demands that nobody answered. */
  ended(jobs: ReadonlyArray<Address>, unanswered: number): void {
    if (jobs.length > 0) {
      const names = jobs.slice(0, LISTED).join(", ");
      const more = jobs.length > LISTED ? ` and ${jobs.length - LISTED} more` : "";
      this.findings.add(
        "settles-or-fails",
        "liveness",
        `${jobs.length} jobs neither settled nor failed: ${names}${more}`,
      );
    }
    if (unanswered > 0) {
      this.findings.add("settles-or-fails", "liveness", `${unanswered} demands were not answered`);
    }
  }
}

function isRight(job: JobContext, task: string, digest: string): boolean {
  return digest === rightDigest(contentOf(job, taskIndex(job.input, task)));
}
