/**
 * Linear-bounded normalised credit, work by work (mechanisms A.2): first what each contributor is
 * guaranteed of what it brings itself, then credit within a burst, then credit beyond it, then work
 * on debt, then commons work; within each the richest in hours of own work. docs/decisions/0012
 * says why this is the rule in quanta of allocate.ts.
 */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import { priceOf } from "../../kernel/credit.ts";
import { hashText } from "../../kernel/entropy.ts";
import type {
  Moment,
  Next,
  Pass,
  SchedulingPolicy,
  Taking,
  Work,
} from "../../kernel/policies/scheduling.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import { COMMONS, frontOf, type Waiting } from "./backlog.ts";
import {
  addWaiting,
  CreditAccount,
  guaranteeOf,
  hoursInWords,
  isRested,
  learn,
  newAccount,
  passOf,
  quantaHeld,
  refresh,
  rhoOf,
  use,
} from "./credit-account.ts";
import { CreditRules } from "./credit-rules.ts";
import {
  attemptsOfTask,
  dropWork,
  emptyLanes,
  explainCommons,
  explainLane,
  firstOf,
  holdLane,
  Lanes,
  putWork,
  rankFront,
  waitingFor,
} from "./lanes.ts";
import { bestOf, emptyRanking, Ranking, rank, unrank } from "./ranking.ts";

const Credit = Schema.Struct({
  rules: Schema.typeSchema(CreditRules),
  lanes: Lanes,
  /** Lanes of work on debt that wait, by the quantum in which they go on. */
  held: Ranking,
  /** Requesters with waiting work, or whose limits time has yet to give back. */
  accounts: versionedMap(Address, CreditAccount),
  quantum: Schema.Int,
});
type Credit = typeof Credit.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
function withState(old: Credit, change: Partial<Credit>): Credit {
  return {
    rules: old.rules,
    lanes: change.lanes ?? old.lanes,
    held: change.held ?? old.held,
    accounts: change.accounts ?? old.accounts,
    quantum: change.quantum ?? old.quantum,
  };
}

const DEBT = "debt/";
const order: ReadonlyArray<Pass> = ["guarantee", "credit", "leftover", "scavenger"];
/** Bits of a rank below the part: a place within the part, then a tie hash. */
const PLACE_BITS = 96n;
const TIE_BITS = 32n;
const partOfRank = order.map((_, index) => BigInt(index) << PLACE_BITS);
/** The poorest place; ranks of richer ones, and of aged work, lie below. */
const MIDDLE = 1n << (PLACE_BITS - 1n);

function laneOf(work: Work): string {
  if (work.commons) return COMMONS;
  return work.onDebt ? DEBT + work.requester : work.requester;
}

function clamp(rho: bigint): bigint {
  const most = MIDDLE >> 1n;
  return rho > most ? most : rho < -most ? -most : rho;
}

/** One number for part, age, hours in the bank and ties, of the lane that `front` goes first of. */
function rankOf(state: Credit, front: Waiting, pass: Pass, account: CreditAccount): bigint {
  const nowUs = state.quantum * state.rules.quantumUs;
  const isAged = nowUs - front.work.queuedUs > state.rules.ageUs;
  const place = isAged ? BigInt(front.arrival) : MIDDLE - clamp(rhoOf(account));
  const part = partOfRank[order.indexOf(pass)] as bigint;
  return ((part + place) << TIE_BITS) + BigInt(hashText(front.lane, state.quantum));
}

/** Puts both lanes of a requester where its account says; forgets it when it needs nothing more. */
function rerank(state: Credit, requester: Address, moment: Moment): Credit {
  const account = state.accounts.get(requester);
  const { rules, lanes, held, quantum } = state;
  if (account === undefined) return state;
  const debt = DEBT + requester;
  const paidFront = frontOf(lanes.backlog, requester);
  const debtFront = frontOf(lanes.backlog, debt);
  const guarantee = guaranteeOf(account.rate, moment.capacityOf(requester), rules);
  const pass = passOf(account, guarantee, rules);
  const paid =
    paidFront === undefined
      ? holdLane(lanes, requester)
      : rankFront(lanes, paidFront, rankOf(state, paidFront, pass, account));
  const wait = debtFront === undefined ? undefined : quantaHeld(account, rules);
  const isHeld = wait !== undefined && wait > 0n;
  const entry = { key: debt, rank: BigInt(quantum) + (wait ?? 0n), since: 0 };
  const isForgotten = paidFront === undefined && debtFront === undefined && isRested(account);
  return withState(state, {
    lanes:
      debtFront !== undefined && wait === 0n
        ? rankFront(paid, debtFront, rankOf(state, debtFront, "scavenger", account))
        : holdLane(paid, debt),
    held: isHeld ? rank(held, entry) : unrank(held, debt),
    accounts: isForgotten ? state.accounts.delete(requester) : state.accounts,
  });
}

/** A new quantum: limits are given back, waiting work has aged. */
function turnPage(state: Credit, moment: Moment): Credit {
  const { rules } = state;
  const quantum = Math.floor(moment.atUs / rules.quantumUs);
  if (quantum <= state.quantum) return state;
  const quanta = BigInt(quantum - state.quantum);
  const known = state.accounts.entries();
  const accounts = known.map(([requester, account]) => {
    const capacity = moment.capacityOf(requester);
    const guarantee = guaranteeOf(account.rate, capacity, rules);
    return [requester, refresh(account, { quanta, guarantee, rules })] as const;
  });
  const { backlog } = state.lanes;
  const fresh = withState(state, {
    quantum,
    accounts: VersionedMap.of(accounts),
    lanes: { backlog, ranking: emptyRanking() },
    held: emptyRanking(),
  });
  return known.reduce((ranked, [requester]) => rerank(ranked, requester, moment), fresh);
}

function chargeOf(work: Work): bigint {
  return priceOf(work.mflop, work.memoryMib);
}

function add(before: Credit, work: Work, moment: Moment): Credit {
  const state = turnPage(before, moment);
  if (waitingFor(state.lanes, work.attempt) !== undefined) return state;
  const isFirst = attemptsOfTask(state.lanes, work.task).length === 0;
  const lanes = putWork(state.lanes, laneOf(work), work);
  if (work.commons) return withState(state, { lanes });
  const known = state.accounts.get(work.requester) ?? newAccount(work.standing);
  // the price of a task was reserved once, however many of its copies wait
  const account = addWaiting(learn(known, work.standing), isFirst ? chargeOf(work) : 0n);
  const accounts = state.accounts.set(work.requester, account);
  return rerank(withState(state, { lanes, accounts }), work.requester, moment);
}

function next(before: Credit, moment: Moment): Next<Credit> {
  const state = turnPage(before, moment);
  const work = firstOf(state.lanes)?.work;
  const soonest = bestOf(state.held)?.rank;
  return {
    state,
    work,
    pass: work?.commons === false ? passOfRank(bestOf(state.lanes.ranking)?.rank) : "commons",
    againUs: soonest === undefined ? undefined : Number(soonest) * state.rules.quantumUs,
  };
}

function passOfRank(value: bigint | undefined): Pass {
  return order[Number((value ?? 0n) >> (PLACE_BITS + TIE_BITS))] ?? "any";
}

function take(before: Credit, work: Work, { placed, pass, moment }: Taking): Credit {
  const state = turnPage(before, moment);
  if (waitingFor(state.lanes, work.attempt) === undefined) return state;
  const account = state.accounts.get(work.requester);
  if (!placed || work.commons || account === undefined) return drop(state, work.attempt, moment);
  const accounts = state.accounts.set(work.requester, use(account, pass, chargeOf(work)));
  return drop(withState(state, { accounts }), work.attempt, moment);
}

function drop(state: Credit, attempt: string, moment: Moment): Credit {
  const waiting = waitingFor(state.lanes, attempt);
  if (waiting === undefined) return state;
  const { work } = waiting;
  const left = withState(state, { lanes: dropWork(state.lanes, attempt) });
  const account = left.accounts.get(work.requester);
  if (work.commons || account === undefined) return left;
  const isLast = attemptsOfTask(left.lanes, work.task).length === 0;
  const paid = isLast ? addWaiting(account, -chargeOf(work)) : account;
  const accounts = left.accounts.set(work.requester, paid);
  return rerank(withState(left, { accounts }), work.requester, moment);
}

function explain({ lanes, accounts, held, rules, quantum }: Credit, attempt: string): string {
  const waiting = waitingFor(lanes, attempt);
  if (waiting === undefined) return `${attempt} does not wait here`;
  if (waiting.lane === COMMONS) return explainCommons(lanes, attempt);
  const { requester } = waiting.work;
  const account = accounts.get(requester);
  const own = account === undefined ? "no credit" : hoursInWords(rhoOf(account));
  const best = bestOf(lanes.ranking);
  const first = best === undefined ? undefined : frontOf(lanes.backlog, best.key)?.work.requester;
  const bank = first === undefined ? undefined : accounts.get(first);
  const place = lanes.ranking.places.get(waiting.lane);
  const pass = place === undefined ? "debt" : passOfRank(lanes.ranking.heap.get(place)?.rank);
  const until = held.places.get(waiting.lane);
  const quanta = until === undefined ? 0 : Number(held.heap.get(until)?.rank ?? 0n) - quantum;
  return (
    `${explainLane(lanes, waiting)}, which has ${own} of own work in the bank and goes by ` +
    `${pass}${quanta > 0 ? `, not before ${quanta} quanta of ${rules.quantumUs / 1e6} s` : ""}; ` +
    (best === undefined || bank === undefined
      ? "nobody is next"
      : `next is ${first} by ${passOfRank(best.rank)} with ${hoursInWords(rhoOf(bank))}`)
  );
}

export const credit: SchedulingPolicy<CreditRules, Credit> = {
  name: "credit",
  summary:
    "What one brings is guaranteed in part, then the richest in hours of own work, then bounded " +
    "debt; commons work last.",
  admission: "credit",
  Params: CreditRules,
  State: Credit,
  init: (rules) => ({
    rules,
    lanes: emptyLanes(),
    held: emptyRanking(),
    accounts: VersionedMap.empty(),
    quantum: 0,
  }),
  add,
  next,
  take,
  cancel: (state, task, moment) =>
    attemptsOfTask(state.lanes, task).reduce((left, id) => drop(left, id, moment), state),
  size: (state) => state.lanes.backlog.waiting.size,
  explain,
};
