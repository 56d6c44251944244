/**
 * Sends spans on as OTLP/HTTP JSON, to a collector or line by line into a file. Tracing must never
 * hold work up: the queue is bounded, and what does not fit is counted and dropped.
 */
import { appendFile } from "node:fs/promises";
import type { Span } from "./spans.ts";

const BATCH = 512;
const QUEUE_MAX = 16_384;
const EVERY_MS = 1_000;
const SEND_MS = 5_000;

export interface SpanSink {
  readonly send: (spans: ReadonlyArray<Span>) => Promise<void>;
}

export class SpanExporter {
  dropped = 0;
  sent = 0;
  private readonly sink: SpanSink;
  private queue: Array<Span> = [];
  private sending: Promise<void> | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(sink: SpanSink, everyMs = EVERY_MS) {
    this.sink = sink;
    this.timer = setInterval(() => void this.flush(), everyMs);
    this.timer.unref();
  }

  add(spans: ReadonlyArray<Span>): void {
    for (const span of spans) {
      if (this.queue.length >= QUEUE_MAX) this.dropped += 1;
      else this.queue.push(span);
    }
    if (this.queue.length >= BATCH) void this.flush();
  }

  /** Sends what is queued; a batch that the sink refuses is counted as dropped. */
  flush(): Promise<void> {
    this.sending ??= this.drain().finally(() => {
      this.sending = undefined;
    });
    return this.sending;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  private async drain(): Promise<void> {
    while (this.queue.length > 0) {
      const batch = this.queue.splice(0, BATCH);
      try {
        await this.sink.send(batch);
        this.sent += batch.length;
      } catch {
        this.dropped += batch.length;
      }
    }
  }
}

/** `endpoint` as of OTEL_EXPORTER_OTLP_ENDPOINT, such as http://127.0.0.1:4318. */
export function httpSink(endpoint: string, service: string): SpanSink {
  const url = new URL("v1/traces", endpoint.endsWith("/") ? endpoint : `${endpoint}/`);
  return {
    send: async (spans) => {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(otlpOf(spans, service)),
        signal: AbortSignal.timeout(SEND_MS),
      });
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`${url.href} answered ${answer.status}`);
    },
  };
}

/** One request a line, as collectors' file receivers read it. */
export function fileSink(path: string, service: string): SpanSink {
  return {
    send: (spans) =>
      appendFile(path, `${JSON.stringify(otlpOf(spans, service))}\n`, { mode: 0o600 }),
  };
}

const INTERNAL = 1;

function otlpOf(spans: ReadonlyArray<Span>, service: string) {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ "service.name": service }) },
        scopeSpans: [{ scope: { name: "pingo" }, spans: spans.map(spanOf) }],
      },
    ],
  };
}

function spanOf({ traceId, spanId, parentSpanId, name, startUs, endUs, attributes }: Span) {
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    kind: INTERNAL,
    // nanoseconds do not fit a JSON number
    startTimeUnixNano: `${startUs}000`,
    endTimeUnixNano: `${endUs}000`,
    attributes: attributesOf(attributes),
  };
}

function attributesOf(attributes: Readonly<Record<string, string>>) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } }));
}
