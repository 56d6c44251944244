/** A runner whose runs take what a script says, on a time that is moved by hand. */
import type { Address } from "../../src/kernel/address.ts";
import type { PortCall } from "../../src/kernel/command.ts";
import type { Message } from "../../src/kernel/message.ts";
import {
  RUNNER,
  type RunnerOutcome,
  type RunnerRequest,
} from "../../src/kernel/ports/model-runner.ts";
import type { LivePort } from "../../src/live/live-port.ts";
import { rightDigest } from "../../src/sim/environment/model-runner.ts";
import type { Lengths } from "./sim-arm.ts";
import type { SteppedTime } from "./stepped-time.ts";

export class ScriptedDurations implements LivePort {
  private readonly time: SteppedTime;
  private readonly lengths: Lengths;
  private readonly runs = new Map<string, () => void>();

  constructor(time: SteppedTime, lengths: Lengths) {
    this.time = time;
    this.lengths = lengths;
  }

  call(caller: Address, call: PortCall, tell: (outcome: Message) => void): void {
    const request = call.request as RunnerRequest;
    if (request.type === "AbortRun") {
      throw new Error(`nothing is aborted in this scenario, and ${caller} aborts ${request.run}`);
    }
    if (this.runs.has(call.key)) return;
    const { content, mflop, doneMflop } = request;
    const { wholeUs, fetchUs } = this.lengths.runOf(caller, mflop - doneMflop);
    const inTime = wholeUs <= call.deadlineUs;
    const outcome: RunnerOutcome["outcome"] = inTime
      ? {
          ok: true,
          value: { digest: rightDigest(content), doneMflop: mflop, payload: "", fetchUs },
        }
      : { ok: false, reason: "deadline", retryable: true };
    const end = () => {
      this.runs.delete(call.key);
      const told: RunnerOutcome = { type: "PortOutcome", port: RUNNER, key: call.key, outcome };
      tell(told);
    };
    const atUs = this.time.nowUs + Math.min(wholeUs, call.deadlineUs);
    this.runs.set(call.key, this.time.ringAt(atUs, end));
  }

  /** The machine's process is gone, and with it what ran there. */
  close(): Promise<void> {
    for (const takeBack of this.runs.values()) takeBack();
    this.runs.clear();
    return Promise.resolve();
  }
}
