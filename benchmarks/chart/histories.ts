/**
 * What actors really hear: the deliveries of a small network, actor by actor. States hold maps
 * that are fast for their newest version only, so a history is replayed from its first state.
 */
import { Schema } from "effect";
import type { AnyBehaviour } from "../../src/kernel/behaviour.ts";
import type { ChartState } from "../../src/kernel/chart.ts";
import type { Delivery } from "../../src/kernel/delivery.ts";
import type { Envelope } from "../../src/sim/core/hosted.ts";
import { Run } from "../../src/sim/run/run.ts";
import { Scenario } from "../../src/sim/scenario/schema.ts";

export interface History {
  /** A fresh copy of the state before the first delivery. */
  readonly begin: () => ChartState<unknown>;
  readonly deliveries: ReadonlyArray<Delivery>;
}

interface Recording {
  readonly behaviour: AnyBehaviour;
  readonly encoded: unknown;
  readonly deliveries: Delivery[];
}

/** Histories by kind of actor, `steps` deliveries of each kind where there are so many. */
export function recordHistories(steps: number): ReadonlyMap<string, ReadonlyArray<History>> {
  const scenario = Schema.decodeSync(Scenario)({
    name: "chart-step",
    until: "24h",
    nodes: 60,
    edges: 2,
    workload: { taskVcu: { mean: 0.05 } },
  });
  const run = new Run({ scenario, seed: 1, files: new Map() });
  const recordings = new Map<string, Map<string, Recording>>();
  const left = new Map<string, number>();
  run.parts.world.sim.onDelivery = (envelope) => {
    const { kind } = envelope.target.behaviour;
    const budget = left.get(kind) ?? steps;
    if (budget === 0) return;
    left.set(kind, budget - 1);
    noteIn(recordings, kind, envelope);
  };
  while (!run.advance(100_000));
  return new Map([...recordings].map(([kind, of]) => [kind, [...of.values()].map(historyOf)]));
}

function noteIn(
  recordings: Map<string, Map<string, Recording>>,
  kind: string,
  envelope: Envelope,
): void {
  const { target, type, id, atUs, entropy, from, message } = envelope;
  const ofKind = recordings.get(kind) ?? new Map<string, Recording>();
  recordings.set(kind, ofKind);
  let recording = ofKind.get(target.address);
  if (recording === undefined) {
    const encoded = Schema.encodeSync(target.behaviour.State)(target.state);
    recording = { behaviour: target.behaviour, encoded, deliveries: [] };
    ofKind.set(target.address, recording);
  }
  recording.deliveries.push({ type, id, atUs, entropy, from, message });
}

function historyOf({ behaviour, encoded, deliveries }: Recording): History {
  const decode = Schema.decodeUnknownSync(behaviour.State);
  return { begin: () => decode(encoded) as ChartState<unknown>, deliveries };
}
