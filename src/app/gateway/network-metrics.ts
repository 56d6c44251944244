/** What the shards of this process count, as Prometheus metrics. */
import type { ShardHost } from "../../live/host.ts";
import type { Network } from "../live/network.ts";
import { jobsView } from "../live/views/jobs.ts";
import { nodesView, stateOfNode } from "../live/views/nodes.ts";
import type { Metric } from "./network-handle.ts";

type Read = (host: ShardHost) => number;

const perShard: ReadonlyArray<readonly [string, Metric["kind"], string, Read]> = [
  [
    "pingo_deliveries_total",
    "counter",
    "Deliveries that were journalled and stepped.",
    (host) => host.counters.deliveries,
  ],
  [
    "pingo_duplicates_total",
    "counter",
    "Messages that came again and were dropped.",
    (host) => host.counters.duplicates,
  ],
  [
    "pingo_dead_letters_total",
    "counter",
    "Messages whose receiver is not there.",
    (host) => host.counters.deadLetters,
  ],
  [
    "pingo_refused_parcels_total",
    "counter",
    "Parcels that were no message of their receiver.",
    (host) => host.counters.refused,
  ],
  [
    "pingo_quarantined_total",
    "counter",
    "Actors that were set aside after a fault.",
    (host) => host.counters.quarantined,
  ],
  [
    "pingo_snapshots_total",
    "counter",
    "Snapshots that were kept.",
    (host) => host.counters.snapshots,
  ],
  ["pingo_appends_total", "counter", "Appends to the journal.", (host) => host.counters.appends],
  [
    "pingo_append_seconds_total",
    "counter",
    "Time that appends took together.",
    (host) => host.counters.appendMsSum / 1_000,
  ],
  ["pingo_unhandled_total", "counter", "Messages that the state did not expect.", unhandledOf],
  [
    "pingo_waiting_deliveries",
    "gauge",
    "Deliveries that wait in the shard.",
    (host) => host.queues.arrivals + host.queues.local,
  ],
  [
    "pingo_waiting_parcels",
    "gauge",
    "Messages that wait for the bus.",
    (host) => host.queues.outbox,
  ],
];

function unhandledOf({ counters }: ShardHost): number {
  return [...counters.unhandled.values()].reduce((sum, each) => sum + each, 0);
}

export function networkMetrics(network: Network): ReadonlyArray<Metric> {
  const hosts = [...network.hosts];
  return [
    ...perShard.map(([name, kind, help, read]) => ({
      name,
      help,
      kind,
      samples: hosts.map(([shard, host]) => ({ labels: { shard }, value: read(host) })),
    })),
    counted("pingo_jobs", "Jobs of people that the edges remember, by state.", jobStates(network)),
    counted("pingo_nodes", "Nodes that the edges know, by state.", nodeStates(network)),
  ];
}

function counted(name: string, help: string, states: ReadonlyArray<string>): Metric {
  const counts = new Map<string, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  const samples = [...counts].map(([state, value]) => ({ labels: { state }, value }));
  return { name, help, kind: "gauge", samples };
}

function jobStates(network: Network): ReadonlyArray<string> {
  return network
    .views(jobsView)
    .flatMap((view) => [...view.byAddress.values()])
    .filter(({ commons }) => !commons)
    .map(({ state }) => state);
}

function nodeStates(network: Network): ReadonlyArray<string> {
  return network
    .views(nodesView)
    .flatMap((view) => [...view.byAddress.values()])
    .map(stateOfNode);
}
