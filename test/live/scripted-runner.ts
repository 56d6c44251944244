/** A runner that computes nothing: results follow from the content alone, after a given time. */
import type { Address } from "../../src/kernel/address.ts";
import type { PortCall } from "../../src/kernel/command.ts";
import { hashText } from "../../src/kernel/entropy.ts";
import type { Message } from "../../src/kernel/message.ts";
import type { RunnerOutcome, RunnerRequest } from "../../src/kernel/ports/model-runner.ts";
import type { LivePort } from "../../src/live/live-port.ts";

export type Duration = (mflop: number) => number;

interface Run {
  readonly timer: NodeJS.Timeout;
  readonly end: (outcome: RunnerOutcome["outcome"]) => void;
}

export function scriptedDigest(content: string): string {
  return hashText(content, 0x7f4a7c15).toString(16).padStart(8, "0");
}

export class ScriptedRunner implements LivePort {
  runs = 0;
  private readonly under = new Map<string, Run>();
  private readonly msOf: Duration;

  constructor(msOf: Duration) {
    this.msOf = msOf;
  }

  call(caller: Address, call: PortCall, tell: (outcome: Message) => void): void {
    const end = (outcome: RunnerOutcome["outcome"]) =>
      tell({ type: "PortOutcome", port: "runner", key: call.key, outcome } as RunnerOutcome);
    const request = call.request as RunnerRequest;
    const id = `${caller} ${request.type === "AbortRun" ? request.run : call.key}`;
    if (request.type === "AbortRun") {
      const run = this.under.get(id);
      this.under.delete(id);
      clearTimeout(run?.timer);
      run?.end({ ok: false, reason: "aborted", retryable: true });
      end({ ok: true, value: { digest: "", doneMflop: 0, payload: "", fetchUs: 0 } });
      return;
    }
    if (this.under.has(id)) return;
    const { content, mflop } = request;
    const done = () => {
      this.under.delete(id);
      this.runs++;
      const digest = scriptedDigest(content);
      end({ ok: true, value: { digest, doneMflop: mflop, payload: "", fetchUs: 0 } });
    };
    this.under.set(id, { timer: setTimeout(done, this.msOf(mflop)), end });
  }

  close(): Promise<void> {
    for (const { timer } of this.under.values()) clearTimeout(timer);
    this.under.clear();
    return Promise.resolve();
  }
}
