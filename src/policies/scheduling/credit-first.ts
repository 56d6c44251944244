/**
 * Credit first: whoever has the most unspent credit for what it has earned goes next. The ratio
 * rho = balance / earned does not change when an account is split in two, so many identities gain
 * nothing over one. It is compared in fixed point: credit never becomes a float.
 */
import { Schema } from "effect";
import { NanoVcu, nanoVcu, priceOf } from "../../kernel/credit.ts";
import type { SchedulingPolicy, Work } from "../../kernel/policies/scheduling.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import {
  attemptsOf,
  Backlog,
  COMMONS,
  dequeue,
  emptyBacklog,
  enqueue,
  frontOf,
  laneSize,
} from "./backlog.ts";
import { bestOf, emptyRanking, Ranking, rank, unrank } from "./ranking.ts";

const Params = Schema.Struct({});

/** One unit of rho: 2^-32. */
const ONE = 1n << 32n;

const Account = Schema.Struct({
  balance: NanoVcu,
  earned: NanoVcu,
  /** Price of what was placed since that standing. */
  placed: NanoVcu,
});
type Account = typeof Account.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
function withAccount(old: Account, change: Partial<Account>): Account {
  return {
    balance: change.balance ?? old.balance,
    earned: change.earned ?? old.earned,
    placed: change.placed ?? old.placed,
  };
}

const CreditFirst = Schema.Struct({
  backlog: Backlog,
  ranking: Ranking,
  /** Requesters with waiting work only. */
  accounts: versionedMap(Schema.String, Account),
});
type CreditFirst = typeof CreditFirst.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
function withState(old: CreditFirst, change: Partial<CreditFirst>): CreditFirst {
  return {
    backlog: change.backlog ?? old.backlog,
    ranking: change.ranking ?? old.ranking,
    accounts: change.accounts ?? old.accounts,
  };
}

/** A requester that never earned ranks by what it took: its least unit of work counts as one. */
function rhoOf({ balance, earned, placed }: Account): bigint {
  return ((balance - placed) * ONE) / (earned > 0n ? earned : 1n);
}

function inWords(rho: bigint): string {
  const sign = rho < 0n ? "-" : "";
  const thousandths = ((rho < 0n ? -rho : rho) * 1000n) / ONE;
  return `${sign}${thousandths / 1000n}.${String(thousandths % 1000n).padStart(3, "0")}`;
}

/** What was earned only grows, so it tells the newer of two standings; older ones are ignored. */
function learnStanding(state: CreditFirst, work: Work): CreditFirst {
  const known = state.accounts.get(work.requester);
  const { balance, earned } = work.standing;
  if (known !== undefined && earned <= known.earned) return state;
  const account = { balance, earned, placed: nanoVcu(0n) };
  return withState(state, { accounts: state.accounts.set(work.requester, account) });
}

function charge(state: CreditFirst, work: Work): CreditFirst {
  const known = state.accounts.get(work.requester);
  if (work.commons || known === undefined) return state;
  const account = withAccount(known, { placed: nanoVcu(known.placed + priceOf(work.mflop)) });
  return withState(state, { accounts: state.accounts.set(work.requester, account) });
}

/** Puts a requester where its credit and its oldest waiting work say; forgets it without work. */
function rerank(state: CreditFirst, requester: string): CreditFirst {
  if (requester === COMMONS) return state;
  const front = frontOf(state.backlog, requester);
  const account = state.accounts.get(requester);
  if (front === undefined || account === undefined) {
    const ranking = unrank(state.ranking, requester);
    return withState(state, { ranking, accounts: state.accounts.delete(requester) });
  }
  const entry = { key: requester, rank: -rhoOf(account), since: front.arrival };
  return withState(state, { ranking: rank(state.ranking, entry) });
}

function remove(state: CreditFirst, attempt: string): CreditFirst {
  const entry = state.backlog.waiting.get(attempt);
  if (entry === undefined) return state;
  return rerank(withState(state, { backlog: dequeue(state.backlog, attempt) }), entry.lane);
}

function add(state: CreditFirst, work: Work): CreditFirst {
  const lane = work.commons ? COMMONS : work.requester;
  const backlog = enqueue(state.backlog, lane, work);
  if (work.commons) return withState(state, { backlog });
  return rerank(learnStanding(withState(state, { backlog }), work), lane);
}

export const creditFirst: SchedulingPolicy<typeof Params.Type, CreditFirst> = {
  name: "credit",
  summary: "The requester with the most unspent credit per earned credit; commons work last.",
  admission: "credit",
  Params,
  State: CreditFirst,
  init: () => ({
    backlog: emptyBacklog(),
    ranking: emptyRanking(),
    accounts: VersionedMap.empty(),
  }),
  add,
  next: (state) => {
    const work = frontOf(state.backlog, bestOf(state.ranking)?.key ?? COMMONS)?.work;
    return { state, work, pass: work?.commons === true ? "commons" : "any", againUs: undefined };
  },
  take: (state, work, { placed }) => {
    if (!state.backlog.waiting.has(work.attempt)) return state;
    return remove(placed ? charge(state, work) : state, work.attempt);
  },
  cancel: (state, task) => attemptsOf(state.backlog, task).reduce(remove, state),
  size: (state) => state.backlog.waiting.size,
  explain: (state, attempt) => {
    const entry = state.backlog.waiting.get(attempt);
    if (entry === undefined) return `${attempt} does not wait here`;
    const account = state.accounts.get(entry.lane);
    const best = bestOf(state.ranking);
    if (account === undefined || best === undefined) {
      const others = state.ranking.heap.size;
      return `${attempt} is commons work: the work of ${others} requesters goes first`;
    }
    return (
      `${attempt} is one of ${laneSize(state.backlog, entry.lane)} that wait for ${entry.lane}, ` +
      `whose credit is ${inWords(rhoOf(account))} of what it earned; ` +
      `next is ${best.key} with ${inWords(-best.rank)}`
    );
  },
};
