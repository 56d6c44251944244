import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Seen } from "../../live/view.ts";
import { fileSink, httpSink, SpanExporter } from "./otlp.ts";
import { SpanMaker, traceIdOf } from "./spans.ts";

function seen(actor: string, from: string, message: object, commands: object[] = []): Seen {
  const delivery = {
    type: (message as { type: string }).type,
    id: `${from}#1`,
    atUs: 1_000_000,
    entropy: 0,
    from,
    message,
  };
  return { actor, delivery, step: { state: {}, commands, handled: true } } as unknown as Seen;
}

const deliveries = [
  seen("edge/e0", "contributor/you", { type: "SubmitJob" }, [
    { command: "Spawn", address: "job/e0.4", input: {} },
  ]),
  seen("ledger/l0", "job/e0.4", { type: "Reserve" }),
  seen("node/n1", "edge/e0", { type: "Assign", attempt: "e0.4.0.ab12cd34", job: "job/e0.4" }),
  seen("edge/e0", "node/n1", { type: "AttemptStarted", attempt: "e0.4.0.ab12cd34" }),
  seen("verifier/v0", "job/e0.4", { type: "Judge", task: "e0.4.0" }),
  seen("job/e0.4", "ledger/l0", { type: "JobClosed" }, [{ command: "Stop" }]),
];

describe("Spans", () => {
  test("one trace follows a job through every actor, in any process", () => {
    const here = new SpanMaker("net");
    const there = new SpanMaker("net");
    const spans = deliveries.flatMap((each, i) => (i % 2 === 0 ? here : there).spansOf(each));
    const trace = traceIdOf("net", "e0.4");
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([trace]));
    expect(trace).toMatch(/^[0-9a-f]{32}$/);
    const names = spans.map(({ name }) => name);
    expect(names).toEqual([
      "edge SubmitJob",
      "ledger Reserve",
      "node Assign",
      "edge AttemptStarted",
      "verifier Judge",
      "job JobClosed",
      "job e0.4",
    ]);
    const root = spans.at(-1)!;
    expect(root.parentSpanId).toBe("");
    for (const span of spans.slice(0, -1)) expect(span.parentSpanId).toBe(root.spanId);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    expect(traceIdOf("other", "e0.4")).not.toBe(trace);
  });

  test("what concerns no job has no span", () => {
    const maker = new SpanMaker("net");
    expect(maker.spansOf(seen("edge/e0", "node/n1", { type: "Join" }))).toEqual([]);
    expect(maker.spansOf(seen("ledger/l0", "contributor/you", { type: "OpenAccount" }))).toEqual(
      [],
    );
  });
});

describe("SpanExporter", () => {
  const spans = new SpanMaker("net").spansOf(deliveries[1]!);

  test("sends OTLP/HTTP JSON to a collector", async () => {
    const bodies: string[] = [];
    const collector = createServer((request, response) => {
      let body = "";
      request.on("data", (bytes) => {
        body += bytes;
      });
      request.on("end", () => {
        bodies.push(`${request.method} ${request.url} ${body}`);
        response.end("{}");
      });
    }).listen(0);
    const { port } = collector.address() as AddressInfo;
    const exporter = new SpanExporter(httpSink(`http://127.0.0.1:${port}`, "pingo"));
    exporter.add(spans);
    await exporter.close();
    collector.close();
    expect([exporter.sent, exporter.dropped]).toEqual([1, 0]);
    const [head, json] = bodies[0]!.split(/ (?=\{)/, 2) as [string, string];
    expect(head).toBe("POST /v1/traces");
    const [{ scopeSpans, resource }] = JSON.parse(json).resourceSpans;
    expect(resource.attributes[0]).toEqual({
      key: "service.name",
      value: { stringValue: "pingo" },
    });
    expect(scopeSpans[0].spans[0]).toMatchObject({
      name: "ledger Reserve",
      startTimeUnixNano: "1000000000",
      endTimeUnixNano: "1000001000",
    });
  });

  test("writes lines into a file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pingo-spans-"));
    const file = join(folder, "spans.jsonl");
    const exporter = new SpanExporter(fileSink(file, "pingo"));
    exporter.add(spans);
    await exporter.flush();
    exporter.add(spans);
    await exporter.close();
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).resourceSpans.length)).toEqual([1, 1]);
    rmSync(folder, { recursive: true, force: true });
  });

  test("a collector that is away costs spans, never work", async () => {
    const exporter = new SpanExporter({ send: () => Promise.reject(new Error("away")) });
    for (let i = 0; i < 20_000; i++) exporter.add(spans);
    await exporter.close();
    expect([exporter.sent, exporter.dropped]).toEqual([0, 20_000]);
  });
});
