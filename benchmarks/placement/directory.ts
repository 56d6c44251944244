/** An edge's directory of many nodes, as one step of the edge sees it. */

import { choose } from "../../src/actors/edge/choose.ts";
import {
  type EdgeInput,
  type EdgeRules,
  type NodeEntry,
  newEdge,
  noAttempts,
  noHistory,
  withEntry,
} from "../../src/actors/edge/state.ts";
import { beginTurn, putNode, type Turn } from "../../src/actors/edge/turn.ts";
import { type Address, address } from "../../src/kernel/address.ts";
import { micros } from "../../src/kernel/duration.ts";
import { mix32, type Seed, Stream } from "../../src/kernel/entropy.ts";
import { invariant } from "../../src/kernel/invariant.ts";
import { production } from "../../src/kernel/limits.ts";
import type { AnyPlacementPolicy } from "../../src/kernel/policies/placement.ts";
import type { Work } from "../../src/kernel/policies/scheduling.ts";
import { VersionedMap } from "../../src/kernel/versioned-map.ts";
import { firstCome } from "../../src/policies/scheduling/first-come.ts";
import { logNormal } from "../../src/sim/numbers/distributions.ts";
import { ln } from "../../src/sim/numbers/portable.ts";

const NOW_US = 1_000_000_000_000;
const BYTES = 1_000_000;
const BYTES_TO_KBIT_US = 8_000;
const job = address("job", "j");
const requester = address("contributor", "nobody");
const busy: ReadonlyArray<string> = ["a"];

export function edgeRules(placement: AnyPlacementPolicy, placementParams: unknown): EdgeRules {
  return { scheduling: firstCome, schedulingParams: {}, placement, placementParams };
}

export interface Directory {
  /** Makes so many decisions; mean milliseconds until the input would be there. */
  readonly decide: (decisions: number) => number;
  readonly hash: number;
}

function entryOf(stream: Stream, n: number): NodeEntry {
  const [x, y] = [stream.int(200_000) - 100_000, stream.int(200_000) - 100_000];
  const height = 1_000 + stream.int(20_000);
  const kbps = Math.max(100, Math.round(1_000 * logNormal(stream, ln(40), 0.9)));
  return {
    ...noHistory,
    owner: address("contributor", `c${n}`),
    slots: 1,
    slotMflops: 4_000,
    rttUs: Math.round(Math.sqrt(x * x + y * y) + height),
    probation: false,
    presence: "here",
    silent: false,
    cluster: `c${n}`,
    upSinceS: stream.int(900_000),
    x,
    y,
    height,
    errorPpm: 200_000,
    track: { reliability: 950, mflops: 4_000, kbps, rests: 0 },
  };
}

const work: Work = {
  attempt: "j.0.0",
  task: "j.0",
  job,
  requester,
  standing: { balance: 0n, earned: 0n, spent: 0n, rate: 0n } as unknown as Work["standing"],
  commons: false,
  onDebt: false,
  content: "c",
  mflop: 240_000,
  memoryMib: 1,
  inputBytes: BYTES,
  outputBytes: 1,
  token: 0,
  exclude: [],
  queuedUs: 0,
};

/** Half of the nodes are at work, and stay so: one gets free for each that is chosen. */
export function directoryOf(nodes: number, rules: EdgeRules): Directory {
  const stream = new Stream(7, "benchmark/placement");
  const input = { limits: production, commons: { mode: "off" } } as unknown as EdgeInput;
  let context = newEdge(rules, input);
  const tasks = VersionedMap.empty<string, never>().set("j.0", {
    owners: [],
    clusters: [],
    open: [],
    waiting: 1,
  } as never);
  context = { ...context, jobs: context.jobs.set(job, { commons: false, announced: 0, tasks }) };
  const turnAt = (n: number): Turn =>
    beginTurn(rules, context, { entropy: mix32(n) as Seed, atUs: micros(NOW_US) });
  const turn = turnAt(0);
  const waiting: Array<Address> = [];
  for (let n = 0; n < nodes; n++) {
    const node = address("node", `n${n}`);
    const entry = entryOf(stream, n);
    if (n % 2 === 0) waiting.push(node);
    putNode(turn, node, n % 2 === 0 ? withEntry(entry, { attempts: busy }) : entry);
  }
  context = turn.next;
  let oldest = 0;
  let count = 0;
  let hash = 0;
  return {
    decide: (decisions) => {
      let sumUs = 0;
      for (let n = 0; n < decisions; n++) {
        const now = turnAt(++count);
        const node = choose(now, now.next.ready, work);
        invariant(node !== undefined, "half of the nodes are ready");
        const entry = now.next.nodes.get(node) as NodeEntry;
        sumUs += entry.rttUs / 2 + (BYTES * BYTES_TO_KBIT_US) / entry.track.kbps;
        hash = mix32(hash ^ entry.x);
        putNode(now, node, withEntry(entry, { attempts: busy }));
        const freed = waiting[oldest++ % waiting.length] as Address;
        waiting[(oldest - 1) % waiting.length] = node;
        const old = now.next.nodes.get(freed) as NodeEntry;
        putNode(now, freed, withEntry(old, { attempts: noAttempts }));
        context = now.next;
      }
      return sumUs / decisions / 1_000;
    },
    get hash() {
      return hash;
    },
  };
}
