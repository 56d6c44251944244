/**
 * settles-or-fails: after the network healed every admitted job ends and every demand is answered,
 * within the bound. no-wrong-pay: where the quorum is honest no wrong result is believed.
 */

import type { ResultReported, Verdict } from "../../actors/job/messages.ts";
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
  private readonly wrongTasks = new Set<string>();
  private readonly findings: Findings;
  private readonly guarded: boolean;

  /** `guarded`: results are verified by a quorum that no scenario's liars can win. */
  constructor(findings: Findings, guarded: boolean) {
    this.findings = findings;
    this.guarded = guarded;
  }

  /** A job's deliveries. */
  judged(delivery: Envelope): void {
    const verdict = delivery.message as typeof Verdict.Type;
    if (verdict.verdict !== "accepted") return;
    this.accepted++;
    if (verdict.digest === rightDigest(verdict.task)) return;
    this.wrongAccepted++;
    this.wrongTasks.add(verdict.task);
    if (this.guarded) {
      this.findings.add("no-wrong-pay", "safety", `a wrong result of ${verdict.task} was accepted`);
    }
  }

  /** Without a verifier: a result that a job believes at once, and pays if it pays at all. */
  believed(
    { task, digest }: typeof ResultReported.Type,
    step: Step<unknown>,
    isFree: boolean,
  ): void {
    const pays = step.commands.some(
      (command) => command.command === "Send" && command.message.type === "Settle",
    );
    if (!pays && !isFree) return;
    this.accepted++;
    if (digest === rightDigest(task)) return;
    this.wrongAccepted++;
    if (pays) this.wrongTasks.add(task);
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
