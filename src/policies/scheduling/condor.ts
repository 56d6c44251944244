/**
 * HTCondor's fair share (admin manual, "User Priorities and Negotiation"): usage alone counts, and
 * is forgotten by halves. The real priority of a user that holds rho cores follows
 *
 *   pi(t) = beta pi(t - dt) + (1 - beta) rho,   beta = 2^(-dt / halfLife),   pi >= 0.5
 *
 * and the pool is shared in inverse proportion to pi times a factor. What anybody contributes plays
 * no part, so many identities share as many users would.
 */
import { Schema } from "effect";
import { halved } from "../../kernel/decay.ts";
import { DAY, Duration, SECOND } from "../../kernel/duration.ts";
import { lanePolicy } from "./lane-rule.ts";

/** One core, as real priorities count it. */
export const CORE = 1_000_000_000n;
const FLOOR = CORE / 2n;
/** Speed of the core by which usage is counted, MFLOP per second. */
const CORE_MFLOPS = 10_000n;
/** ln 2 in billionths. */
const LN_2 = 693_147_181n;

const Params = Schema.Struct({
  halfLifeUs: Schema.optionalWith(
    Duration.annotations({ description: "After this time usage counts half." }),
    { default: () => DAY, exact: true },
  ),
});

/** Real priority of a user that held `cores` (in units of CORE) for a time. */
export function priorityAfter(
  priority: bigint,
  cores: bigint,
  time: { readonly elapsedUs: number; readonly halfLifeUs: number },
): bigint {
  const after = cores + halved(priority - cores, time.elapsedUs, time.halfLifeUs);
  return after > FLOOR ? after : FLOOR;
}

/** Parts of a pool by real priorities: inverse to them. */
export function sharesOf(priorities: ReadonlyArray<bigint>): ReadonlyArray<number> {
  const inverse = priorities.map((priority) => Number(CORE) / Number(priority));
  const all = inverse.reduce((sum, each) => sum + each, 0);
  return inverse.map((each) => each / all);
}

const User = Schema.Struct({
  priority: Schema.BigInt,
  atUs: Schema.Int,
  /** Virtual time: advances by work times priority, so that shares are inverse to it. */
  pass: Schema.BigInt,
});

/**
 * Usage is booked when work is placed: so much work at once raises the priority by what holding a
 * core for that long would have, as far as it is small beside the half-life.
 */
export const condor = lanePolicy<typeof Params.Type, typeof User.Type>({
  name: "condor",
  summary: "Inverse to recent usage, whatever was contributed, as HTCondor's fair share has it.",
  admission: "open",
  Params,
  Account: User,
  fresh: ({ clock, atUs }) => ({ priority: FLOOR, atUs, pass: clock }),
  arrive: ({ priority, atUs, pass }, _, { clock, idle }) => ({
    priority,
    atUs,
    pass: idle && pass < clock ? clock : pass,
  }),
  charge: (user, { mflop }, { params: { halfLifeUs }, atUs }) => {
    const elapsedUs = Math.max(0, atUs - user.atUs);
    const priority = priorityAfter(user.priority, 0n, { elapsedUs, halfLifeUs });
    const usedUs = (BigInt(mflop) * BigInt(SECOND)) / CORE_MFLOPS;
    const raised = (CORE * usedUs * LN_2) / (BigInt(halfLifeUs) * 1_000_000_000n);
    return { priority: priority + raised, atUs, pass: user.pass + BigInt(mflop) * priority };
  },
  turn: ({ pass }, { clock }) => (pass > clock ? pass : clock),
  rank: ({ pass }) => pass,
  words: ({ priority }) => `has used ${Number(priority) / Number(CORE)} cores lately`,
});
