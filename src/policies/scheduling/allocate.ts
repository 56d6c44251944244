/**
 * Linear-bounded normalised credit for one quantum (mechanisms A.2): who gets how much of a supply.
 * Three passes: a guaranteed part of what one brings now; then credit, richest in hours of own work
 * first; then, with what nobody else wants, a bounded debt. All rules are linear in a contributor's
 * numbers, so an identity that is split gets what the whole would get.
 *
 * The edge applies the same rule to single works as they come (credit.ts); this form serves whole
 * markets at once and is where the rule's properties are tested.
 */
import { hashText, mix32 } from "../../kernel/entropy.ts";
import { invariant } from "../../kernel/invariant.ts";
import type { CreditRules } from "./credit-rules.ts";
import { total, waterFill } from "./water-fill.ts";

/** Amounts are nano-VCU, rates nano-VCU an hour. */
export interface Standing {
  readonly id: string;
  /** What it wants in this quantum. */
  readonly demand: bigint;
  /** b: free credit; negative is debt. */
  readonly balance: bigint;
  /** w: verified work per hour online. */
  readonly rate: bigint;
  /** E: verified work in its whole life. */
  readonly earned: bigint;
  /** s: verified speed of its own machines that are online now. */
  readonly capacity: bigint;
}

export interface Quantum {
  readonly supply: bigint;
  readonly lengthUs: number;
  /** The tie hash is drawn by seed and number. */
  readonly seed: number;
  readonly number: number;
  readonly rules: CreditRules;
}

/** By contributor, in the order given: nano-VCU, whole numbers. */
export interface Allocation {
  readonly guarantee: Float64Array;
  readonly credit: Float64Array;
  readonly leftover: Float64Array;
  readonly scavenger: Float64Array;
  /** Supply that nobody may have: for commons work. */
  readonly idle: bigint;
}

const HOUR_US = 3_600_000_000;

/** What a quantum is worked out with; passes lower `balance`, `demand` and `supply`. */
interface Desk {
  readonly balance: Float64Array;
  readonly demand: Float64Array;
  readonly rate: Float64Array;
  readonly ties: Uint32Array;
  supply: number;
}

/** Sum of all passes and `idle` is the supply, exactly. O(n log n). */
export function allocate(standings: ReadonlyArray<Standing>, quantum: Quantum): Allocation {
  const { rules, lengthUs } = quantum;
  const desk = deskOf(standings, quantum);
  const { balance, rate } = desk;
  const hours = lengthUs / HOUR_US;
  const guarantee = pour(desk, (i) => {
    const own = Number(standings[i]?.capacity ?? 0n) * rules.alpha * hours;
    return Math.min(own, balance[i] as number);
  });
  const credit = pour(desk, (i) => {
    return Math.min(rules.burst * (rate[i] as number) * hours, balance[i] as number);
  });
  const leftover = pour(desk, (i) => balance[i] as number);
  const scavenger = pour(desk, (i) => {
    const most = (rate[i] as number) * rules.debtHours;
    const debt = Math.min(most, Number(standings[i]?.earned ?? 0n) * rules.debtShare);
    const room = (balance[i] as number) + Math.floor(debt);
    return Math.min(rules.sigma * (rate[i] as number) * hours, room);
  });
  return { guarantee, credit, leftover, scavenger, idle: BigInt(desk.supply) };
}

/** What a contributor got in all passes, nano-VCU. */
export function grantedTo(allocation: Allocation, place: number): bigint {
  const { guarantee, credit, leftover, scavenger } = allocation;
  const paid = (guarantee[place] ?? 0) + (credit[place] ?? 0) + (leftover[place] ?? 0);
  return BigInt(paid + (scavenger[place] ?? 0));
}

function deskOf(standings: ReadonlyArray<Standing>, { supply, seed, number }: Quantum): Desk {
  const size = standings.length;
  const desk: Desk = {
    balance: new Float64Array(size),
    demand: new Float64Array(size),
    rate: new Float64Array(size),
    ties: new Uint32Array(size),
    supply: exact(supply),
  };
  const salt = mix32((seed ^ Math.imul(number, 0x9e3779b9)) | 0);
  for (let i = 0; i < size; i++) {
    const { id, balance, demand, rate } = standings[i] as Standing;
    desk.balance[i] = exact(balance);
    desk.demand[i] = exact(demand);
    desk.rate[i] = exact(rate);
    desk.ties[i] = hashText(id, salt);
  }
  return desk;
}

function exact(amount: bigint): number {
  const number = Number(amount);
  invariant(Number.isSafeInteger(number), "a quantum counts below nine million VCU");
  return number;
}

/** One pass: water-fills up to `mostOf` and the demand, and books it. */
function pour(desk: Desk, mostOf: (place: number) => number): Float64Array {
  const { balance, demand, rate, ties } = desk;
  const limit = new Float64Array(rate.length);
  for (let i = 0; i < rate.length; i++) {
    // without verified work nothing, whatever else is claimed
    if (rate[i] === 0) continue;
    limit[i] = Math.max(0, Math.floor(Math.min(mostOf(i), demand[i] as number)));
  }
  const shares = waterFill({ balance, rate, limit, ties }, desk.supply);
  for (let i = 0; i < shares.length; i++) {
    const share = shares[i] as number;
    balance[i] = (balance[i] as number) - share;
    demand[i] = (demand[i] as number) - share;
  }
  desk.supply -= total(shares);
  return shares;
}
