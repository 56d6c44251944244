/**
 * Near placement: the best of two drawn among the sixteen nearest idle nodes, of three when most
 * slots are at work. Two choices get most of what a look at all nodes would get (M. Mitzenmacher,
 * "The power of two choices in randomized load balancing", 2001). What is compared is the time that
 * a node costs beyond the run itself: the way, the input, and a run lost with the machine.
 */
import { Schema } from "effect";
import { Duration, MINUTE } from "../../kernel/duration.ts";
import type { Candidate, PlacementPolicy } from "../../kernel/policies/placement.ts";
import type { Work } from "../../kernel/policies/scheduling.ts";
import { failureWithin } from "./survival.ts";

const Count = Schema.Int.pipe(Schema.positive());
const optional = <A, I>(schema: Schema.Schema<A, I>, description: string, fallback: A) =>
  Schema.optionalWith(schema.annotations({ description }), {
    default: () => fallback,
    exact: true,
  });

const Params = Schema.Struct({
  sample: optional(Count, "How many idle nodes to compare for one task.", 2),
  busySample: optional(Count, "The same while more than nine in ten slots are at work.", 3),
  nearest: optional(Count, "They are drawn among so many nearest idle nodes.", 16),
  localBytes: optional(
    Schema.Int.pipe(Schema.nonNegative()),
    "A task with a smaller input goes anywhere.",
    65_536,
  ),
  longRun: optional(
    Duration,
    "A task of about this length looks at `nearest` nodes anywhere: that its machine stays " +
      "counts for more than the way.",
    30 * MINUTE,
  ),
  heavyBytes: optional(
    Count,
    "A task with a larger input compares all of its nearest nodes: lines differ tenfold.",
    4_000_000,
  ),
  risk: optional(
    Schema.Boolean,
    "Whether it counts that a machine may go, or that its leases come to nothing.",
    true,
  ),
});
type Params = typeof Params.Type;

/** Load above which a third look pays. */
const BUSY = 0.9;
/** Offer, start and result each cross the way once. */
const CROSSINGS = 3;
/** Half of the volunteers' lines receive more, kbit/s; taken until something was measured. */
const TYPICAL_KBPS = 40_000;
/** A core of the mean volunteer, MFLOP per second (docs/host-model.md). */
const TYPICAL_MFLOPS = 4_210;
/**
 * Two failures among the last twenty leases, per mille: what a moving share shows of a good machine
 * by chance. To steer by that would be to steer by noise.
 */
const CHANCE = 100;
/** Bits per byte times microseconds per second over bits per kbit. */
const BYTES_TO_KBIT_US = 8_000;

/** Microseconds until an input is there. */
export function transferUs(candidate: Candidate, bytes: number): number {
  const kbps = candidate.kbps === 0 ? TYPICAL_KBPS : candidate.kbps;
  return candidate.rttUs + (bytes * BYTES_TO_KBIT_US) / kbps;
}

/** Microseconds that a task costs on this node beyond its run; a free slot has no queue. */
export function costUs(params: Params, candidate: Candidate, work: Work): number {
  const waysUs = (candidate.rttUs * CROSSINGS) / 2;
  const bringUs = transferUs(candidate, work.inputBytes);
  return bringUs + waysUs + (params.risk ? lossUs(candidate, work, bringUs) : 0);
}

/** Microseconds of the run that are lost on average. */
function lossUs(candidate: Candidate, work: Work, bringUs: number): number {
  const runUs = (work.mflop * 1_000_000) / Math.max(1, candidate.slotMflops);
  const stays = 1 - failureWithin(candidate.upUs, runUs + bringUs);
  const brings = Math.min(1_000, candidate.reliability + CHANCE) / 1_000;
  return (1 - stays * brings) * runUs;
}

function isLong(params: Params, work: Work): boolean {
  return (work.mflop * 1_000_000) / TYPICAL_MFLOPS >= params.longRun;
}

export const near: PlacementPolicy<Params> = {
  name: "near",
  summary: "The best of two among the nearest idle nodes: way, input, and the risk of a lost run.",
  Params,
  sample: (params, work, load) => {
    if (isLong(params, work) || work.inputBytes > params.heavyBytes) return params.nearest;
    return load > BUSY ? params.busySample : params.sample;
  },
  nearest: (params, work) =>
    work.inputBytes < params.localBytes || isLong(params, work) ? 0 : params.nearest,
  choose: (params, candidates, work) => {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < candidates.length; i++) {
      const cost = costUs(params, candidates[i] as Candidate, work);
      if (cost < least) {
        best = i;
        least = cost;
      }
    }
    return best;
  },
};
