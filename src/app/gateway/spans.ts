/**
 * Traces that follow one job through every actor. Trace and span ids are hashes of names that all
 * processes know, so spans of one job find each other without anything being sent along: the trace
 * is named by the network and the job, a span by its actor and the message that it handled.
 */
import { createHash } from "node:crypto";
import { kindOf } from "../../kernel/address.ts";
import type { Seen } from "../../live/view.ts";
import { jobOf } from "./job-of.ts";

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly attributes: Readonly<Record<string, string>>;
}

export function traceIdOf(network: string, job: string): string {
  return hex(`${network} ${job}`, 32);
}

function rootIdOf(traceId: string): string {
  return hex(`${traceId} job`, 16);
}

function hex(text: string, digits: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, digits);
}

/** Jobs whose first delivery is remembered for their own span. */
const OPEN_MAX = 100_000;

/** Makes spans of deliveries; those that concern no job have none. */
export class SpanMaker {
  private readonly network: string;
  /** When each open job was first seen here. */
  private readonly begun = new Map<string, number>();

  constructor(network: string) {
    this.network = network;
  }

  /** A step takes no time: what counts in a trace is the time between them. */
  spansOf(seen: Seen): ReadonlyArray<Span> {
    const job = jobOf(seen);
    if (job === undefined) return [];
    const { actor, delivery } = seen;
    const { atUs, from, id, message } = delivery;
    const traceId = traceIdOf(this.network, job);
    const begunUs = this.begun.get(job);
    if (begunUs === undefined) this.begin(job, atUs);
    const span: Span = {
      traceId,
      spanId: hex(`${actor} ${id}`, 16),
      parentSpanId: rootIdOf(traceId),
      name: `${kindOf(actor)} ${message.type}`,
      startUs: atUs,
      endUs: atUs + 1,
      attributes: { "pingo.actor": actor, "pingo.from": from, "pingo.message": id },
    };
    if (actor !== `job/${job}` || !seen.step.commands.some(({ command }) => command === "Stop")) {
      return [span];
    }
    this.begun.delete(job);
    const whole: Span = {
      traceId,
      spanId: rootIdOf(traceId),
      parentSpanId: "",
      name: `job ${job}`,
      startUs: begunUs ?? atUs,
      endUs: span.endUs,
      attributes: { "pingo.job": job },
    };
    return [span, whole];
  }

  private begin(job: string, atUs: number): void {
    this.begun.set(job, atUs);
    const [oldest] = this.begun.keys();
    if (this.begun.size > OPEN_MAX && oldest !== undefined) this.begun.delete(oldest);
  }
}
