/** Counters of the gateway itself, and Prometheus' text form for them and the network's. */
import type { Metric } from "./network-handle.ts";

/** Upper ends of the classes of request times, seconds. */
const classes = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

export class RequestCounters {
  private readonly byStatus = new Map<string, number>();
  private readonly byProblem = new Map<string, number>();
  private readonly times = Array.from({ length: classes.length + 1 }, () => 0);
  private sumS = 0;
  private count = 0;

  add(status: number, problem: string | undefined, ms: number): void {
    bump(this.byStatus, String(status));
    if (problem !== undefined) bump(this.byProblem, problem);
    const seconds = ms / 1_000;
    const at = classes.findIndex((most) => seconds <= most);
    const slot = at < 0 ? classes.length : at;
    this.times[slot] = (this.times[slot] ?? 0) + 1;
    this.sumS += seconds;
    this.count += 1;
  }

  text(): string {
    let below = 0;
    const buckets = classes.map((most, i) => {
      below += this.times[i] ?? 0;
      return `pingo_gateway_request_seconds_bucket{le="${most}"} ${below}`;
    });
    return [
      "# HELP pingo_gateway_request_seconds How long requests took.",
      "# TYPE pingo_gateway_request_seconds histogram",
      ...buckets,
      `pingo_gateway_request_seconds_bucket{le="+Inf"} ${this.count}`,
      `pingo_gateway_request_seconds_sum ${this.sumS}`,
      `pingo_gateway_request_seconds_count ${this.count}`,
      "",
    ].join("\n");
  }

  metrics(): ReadonlyArray<Metric> {
    return [
      {
        name: "pingo_gateway_requests_total",
        help: "Requests by the status of their answer.",
        kind: "counter",
        samples: samplesOf("status", this.byStatus),
      },
      {
        name: "pingo_gateway_refusals_total",
        help: "Requests that were refused, by the code of the problem.",
        kind: "counter",
        samples: samplesOf("code", this.byProblem),
      },
    ];
  }
}

function bump(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function samplesOf(label: string, counts: ReadonlyMap<string, number>): Metric["samples"] {
  return [...counts].map(([key, value]) => ({ labels: { [label]: key }, value }));
}

export function prometheusText(metrics: ReadonlyArray<Metric>): string {
  return metrics
    .map(({ name, help, kind, samples }) =>
      [
        `# HELP ${name} ${help.replaceAll("\n", " ")}`,
        `# TYPE ${name} ${kind}`,
        ...samples.map(({ labels, value }) => `${name}${labelsText(labels)} ${value}`),
        "",
      ].join("\n"),
    )
    .join("");
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
