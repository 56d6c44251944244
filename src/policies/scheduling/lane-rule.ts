/**
 * Rules that order requesters by one number each: what they were given so far, weighed in the
 * rule's own way. Such a rule is four short functions; queueing, persistence and commons work are
 * the same for all.
 */
import { Schema } from "effect";
import type { Address } from "../../kernel/address.ts";
import type { Ended, SchedulingPolicy, Work } from "../../kernel/policies/scheduling.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import { COMMONS, frontOf } from "./backlog.ts";
import {
  attemptsOfTask,
  dropWork,
  emptyLanes,
  explainCommons,
  explainLane,
  firstOf,
  Lanes,
  putWork,
  rankLane,
  waitingFor,
} from "./lanes.ts";
import { bestOf, emptyRanking } from "./ranking.ts";

/** What a rule may look at. */
export interface Scene<P> {
  readonly params: P;
  readonly atUs: number;
  /** The rule's own count of what was served: virtual time, turns, whatever it needs. */
  readonly clock: bigint;
  /** Requesters that the rule has an account for. */
  readonly known: number;
  /** Work placed in the last quantum, MFLOP; 0 where the rule has no quanta. */
  readonly served: number;
}

export interface LaneRule<P, A> {
  readonly name: string;
  readonly summary: string;
  readonly admission: "credit" | "open";
  // biome-ignore lint/suspicious/noExplicitAny: the encoded side differs per rule
  readonly Params: Schema.Schema<P, any>;
  // biome-ignore lint/suspicious/noExplicitAny: the encoded side differs per rule
  readonly Account: Schema.Schema<A, any>;
  /** Length of the rule's quanta, where it has any: at the end of each all accounts are settled. */
  readonly quantumUs?: (params: P) => number;
  readonly settle?: (account: A, scene: Scene<P>) => A;
  /** The account of a requester that was never seen. */
  readonly fresh: (scene: Scene<P>, requester: Address) => A;
  /** Work arrives; `idle` when none of the requester's waited. */
  readonly arrive?: (account: A, work: Work, scene: Scene<P> & { readonly idle: boolean }) => A;
  /** Work was placed. */
  readonly charge: (account: A, work: Work, scene: Scene<P>) => A;
  /** Placed work left its node. */
  readonly release?: (account: A, ended: Ended) => A;
  /** The clock after a placement of somebody whose account was this before it. */
  readonly turn?: (served: A, scene: Scene<P>) => bigint;
  /** Lower goes first; asked again whenever the account or its waiting work changes. */
  readonly rank: (account: A, scene: Scene<P> & { readonly requester: string }) => bigint;
  /** The account for people: "had 3 MFLOP placed". */
  readonly words: (account: A) => string;
}

export interface LaneState<P, A> {
  readonly params: P;
  readonly lanes: Lanes;
  readonly accounts: VersionedMap<string, A>;
  readonly clock: bigint;
  /** When the edge last said the time. */
  readonly atUs: number;
  readonly quantum: number;
  /** Work placed in this quantum and in the one before, MFLOP. */
  readonly serving: number;
  readonly served: number;
}

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
function withState<P, A>(old: LaneState<P, A>, change: Partial<LaneState<P, A>>): LaneState<P, A> {
  return {
    params: old.params,
    lanes: change.lanes ?? old.lanes,
    accounts: change.accounts ?? old.accounts,
    clock: change.clock ?? old.clock,
    atUs: change.atUs ?? old.atUs,
    quantum: change.quantum ?? old.quantum,
    serving: change.serving ?? old.serving,
    served: change.served ?? old.served,
  };
}

class LaneSteps<P, A> {
  private readonly rule: LaneRule<P, A>;

  constructor(rule: LaneRule<P, A>) {
    this.rule = rule;
  }

  add(state: LaneState<P, A>, work: Work): LaneState<P, A> {
    const lane = work.commons ? COMMONS : work.requester;
    const idle = frontOf(state.lanes.backlog, lane) === undefined;
    const added = withState(state, { lanes: putWork(state.lanes, lane, work) });
    if (work.commons) return added;
    const known = state.accounts.get(lane) ?? this.rule.fresh(sceneOf(state), work.requester);
    const account = this.rule.arrive?.(known, work, { ...sceneOf(state), idle }) ?? known;
    return this.book(added, lane, account);
  }

  take(state: LaneState<P, A>, work: Work): LaneState<P, A> {
    const account = state.accounts.get(work.requester);
    if (work.commons || account === undefined) return this.drop(state, work.attempt);
    const clock = this.rule.turn?.(account, sceneOf(state)) ?? state.clock;
    const served = withState(state, { clock, serving: state.serving + work.mflop });
    const charged = this.rule.charge(account, work, sceneOf(served));
    const accounts = state.accounts.set(work.requester, charged);
    return this.drop(withState(served, { accounts }), work.attempt);
  }

  drop(state: LaneState<P, A>, attempt: string): LaneState<P, A> {
    const waiting = waitingFor(state.lanes, attempt);
    if (waiting === undefined) return state;
    const left = withState(state, { lanes: dropWork(state.lanes, attempt) });
    const account = state.accounts.get(waiting.lane);
    return account === undefined ? left : this.rerank(left, waiting.lane, account);
  }

  ended(state: LaneState<P, A>, ended: Ended): LaneState<P, A> {
    const account = state.accounts.get(ended.requester);
    if (ended.commons || account === undefined || this.rule.release === undefined) return state;
    return this.book(state, ended.requester, this.rule.release(account, ended));
  }

  /** The time is told; at the end of a quantum all accounts are settled and ranked anew. */
  at(before: LaneState<P, A>, atUs: number): LaneState<P, A> {
    const { rule } = this;
    const quantumUs = rule.quantumUs?.(before.params);
    const quantum = quantumUs === undefined ? 0 : Math.floor(atUs / quantumUs);
    if (quantum <= before.quantum) {
      return atUs === before.atUs ? before : withState(before, { atUs });
    }
    const state = withState(before, { atUs, quantum, served: before.serving, serving: 0 });
    const settled = state.accounts.entries().map(([requester, account]) => {
      return [requester, rule.settle?.(account, sceneOf(state)) ?? account] as const;
    });
    const accounts = VersionedMap.of(settled);
    const lanes = { backlog: state.lanes.backlog, ranking: emptyRanking() };
    return settled.reduce(
      (next, [requester, account]) => this.rerank(next, requester, account),
      withState(state, { accounts, lanes }),
    );
  }

  private book(state: LaneState<P, A>, lane: string, account: A): LaneState<P, A> {
    const accounts = state.accounts.set(lane, account);
    return this.rerank(withState(state, { accounts }), lane, account);
  }

  private rerank(state: LaneState<P, A>, lane: string, account: A): LaneState<P, A> {
    const rank = this.rule.rank(account, { ...sceneOf(state), requester: lane });
    return withState(state, { lanes: rankLane(state.lanes, lane, rank) });
  }
}

function sceneOf<P, A>(state: LaneState<P, A>): Scene<P> {
  const { params, clock, atUs, accounts, served } = state;
  return { params, clock, atUs, known: accounts.size, served };
}

/** The policy of a rule. */
export function lanePolicy<P, A>(rule: LaneRule<P, A>): SchedulingPolicy<P, LaneState<P, A>> {
  const steps = new LaneSteps(rule);
  const { name, summary, admission, Params, Account } = rule;
  const State = Schema.Struct({
    params: Schema.typeSchema(Params),
    lanes: Lanes,
    accounts: versionedMap(Schema.String, Account),
    clock: Schema.BigInt,
    atUs: Schema.Int,
    quantum: Schema.Int,
    serving: Schema.Int,
    served: Schema.Int,
  });
  return {
    name,
    summary,
    admission,
    Params,
    State,
    init: (params) => ({
      params,
      lanes: emptyLanes(),
      accounts: VersionedMap.empty(),
      clock: 0n,
      atUs: 0,
      quantum: 0,
      serving: 0,
      served: 0,
    }),
    add: (state, work, { atUs }) => steps.add(steps.at(state, atUs), work),
    next: (before, { atUs }) => {
      const state = steps.at(before, atUs);
      const work = firstOf(state.lanes)?.work;
      return { state, work, pass: work?.commons === true ? "commons" : "any", againUs: undefined };
    },
    take: (state, work, { placed, moment: { atUs } }) => {
      if (waitingFor(state.lanes, work.attempt) === undefined) return state;
      const now = steps.at(state, atUs);
      return placed ? steps.take(now, work) : steps.drop(now, work.attempt);
    },
    ...(rule.release === undefined ? {} : { ended: (state, ended) => steps.ended(state, ended) }),
    cancel: (state, task) =>
      attemptsOfTask(state.lanes, task).reduce((left, id) => steps.drop(left, id), state),
    size: (state) => state.lanes.backlog.waiting.size,
    explain: ({ lanes, accounts }, attempt) => {
      const waiting = waitingFor(lanes, attempt);
      if (waiting === undefined) return `${attempt} does not wait here`;
      if (waiting.lane === COMMONS) return explainCommons(lanes, attempt);
      const wordsOf = (key: string) => {
        const account = accounts.get(key);
        return account === undefined ? "is new" : rule.words(account);
      };
      const best = bestOf(lanes.ranking)?.key ?? waiting.lane;
      return (
        `${explainLane(lanes, waiting)}, which ${wordsOf(waiting.lane)}; ` +
        `next is ${best}, which ${wordsOf(best)}`
      );
    },
  };
}
