/**
 * BOINC's linear-bounded priority (`tools/backend_lib.cpp`, `sched/adjust_user_priority.cpp`): a
 * requester's virtual finish time. Work of f operations moves it to
 *
 *   max(now, start) + (f / F) / (q / Q)
 *
 * with F the speed of the whole project and q / Q the requester's part of all quotas. The earliest
 * goes first. The maximum is the bound: time without work banks no priority.
 */
import { Schema } from "effect";
import { lanePolicy } from "./lane-rule.ts";

const Params = Schema.Struct({
  projectMflops: Schema.optionalWith(
    Schema.Int.pipe(Schema.positive()).annotations({
      description: "Speed of the whole project, MFLOP per second.",
    }),
    { default: () => 10_000_000, exact: true },
  ),
  users: Schema.optionalWith(
    Schema.Int.pipe(Schema.positive()).annotations({
      description: "Requesters that share it: each has this part of all quotas.",
    }),
    { default: () => 100, exact: true },
  ),
});

/** Microseconds that work adds to a requester's virtual time. */
export function virtualUs(
  mflop: number,
  { projectMflops, users }: { readonly projectMflops: number; readonly users: number },
): bigint {
  return (BigInt(mflop) * 1_000_000n * BigInt(users)) / BigInt(projectMflops);
}

/** Virtual finish time after one more work, microseconds. */
export function finishOf(startUs: bigint, nowUs: number, addedUs: bigint): bigint {
  const now = BigInt(nowUs);
  return (startUs > now ? startUs : now) + addedUs;
}

export const boinc = lanePolicy<typeof Params.Type, bigint>({
  name: "boinc",
  summary: "The requester with the earliest virtual finish time of equal quotas, as BOINC has it.",
  admission: "open",
  Params,
  Account: Schema.BigInt,
  fresh: () => 0n,
  arrive: (startUs, _, { atUs, idle }) => (idle ? finishOf(startUs, atUs, 0n) : startUs),
  charge: (startUs, { mflop }, { params, atUs }) =>
    finishOf(startUs, atUs, virtualUs(mflop, params)),
  rank: (startUs) => startUs,
  words: (startUs) => `has its share until ${startUs} us`,
});
