/**
 * Tracing of the actors of this process, off unless the environment names a place: a collector by
 * OTEL_EXPORTER_OTLP_ENDPOINT, as every OpenTelemetry program takes it, or a file by
 * PINGO_TRACES_TO.
 */
import type { Seen } from "../../live/view.ts";
import { CommandError } from "../outcome.ts";
import type { Metric } from "./network-handle.ts";
import { fileSink, httpSink, SpanExporter, type SpanSink } from "./otlp.ts";
import { SpanMaker } from "./spans.ts";

export interface Tracing {
  readonly seen: (seen: Seen) => void;
  readonly metrics: () => ReadonlyArray<Metric>;
  readonly close: () => Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined when nobody wants traces. */
export function tracingOf(network: string, env: Environment = process.env): Tracing | undefined {
  const sink = sinkOf(env);
  if (sink === undefined) return undefined;
  const maker = new SpanMaker(network);
  const exporter = new SpanExporter(sink);
  return {
    seen: (seen) => exporter.add(maker.spansOf(seen)),
    metrics: () => [
      counter("pingo_spans_sent_total", "Spans that were sent on.", exporter.sent),
      counter("pingo_spans_dropped_total", "Spans that nobody took.", exporter.dropped),
    ],
    close: () => exporter.close(),
  };
}

function sinkOf(env: Environment): SpanSink | undefined {
  const service = env.OTEL_SERVICE_NAME ?? "pingo";
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint = "", PINGO_TRACES_TO: path = "" } = env;
  if (path !== "") return fileSink(path, service);
  if (endpoint === "") return undefined;
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint)) {
    throw new CommandError(
      `OTEL_EXPORTER_OTLP_ENDPOINT is ${endpoint}; give an address such as http://127.0.0.1:4318`,
      { code: "tracing", field: "OTEL_EXPORTER_OTLP_ENDPOINT" },
    );
  }
  return httpSink(endpoint, service);
}

function counter(name: string, help: string, value: number): Metric {
  return { name, help, kind: "counter", samples: [{ labels: {}, value }] };
}
