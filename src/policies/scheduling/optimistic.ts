/**
 * Tit for tat with optimism, as BitTorrent unchokes peers: four turns of five in proportion to what
 * each contributes, the fifth to whoever had least of these, contributor or not. A free rider lives
 * on the fifth, and with endless demand lives well.
 */
import { Schema } from "effect";
import type { Next, SchedulingPolicy } from "../../kernel/policies/scheduling.ts";
import { equalShare } from "./equal-share.ts";
import { stride, Tickets } from "./stride.ts";

const Params = Schema.Struct({
  every: Schema.optionalWith(
    Schema.Int.pipe(Schema.greaterThan(1)).annotations({
      description: "One turn of so many is optimistic.",
    }),
    { default: () => 5, exact: true },
  ),
});

/** Both rules know all that waits; each charges only the turns that it gave. */
const Optimistic = Schema.Struct({
  merit: stride.State,
  equal: equalShare.State,
  every: Schema.Int,
  turns: Schema.Int,
});
type Optimistic = typeof Optimistic.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
function withState(old: Optimistic, change: Partial<Optimistic>): Optimistic {
  return {
    merit: change.merit ?? old.merit,
    equal: change.equal ?? old.equal,
    every: old.every,
    turns: change.turns ?? old.turns,
  };
}

function isOptimistic({ turns, every }: Optimistic): boolean {
  return turns % every === every - 1;
}

export const optimistic: SchedulingPolicy<typeof Params.Type, Optimistic> = {
  name: "optimistic",
  summary: "Four turns of five by contribution, the fifth to whoever had least: tit for tat.",
  admission: "open",
  Params,
  State: Optimistic,
  init: ({ every }) => ({
    merit: stride.init(Schema.decodeSync(Tickets)({})),
    equal: equalShare.init({}),
    every,
    turns: 0,
  }),
  add: (state, work, moment) =>
    withState(state, {
      merit: stride.add(state.merit, work, moment),
      equal: equalShare.add(state.equal, work, moment),
    }),
  next: (state, moment): Next<Optimistic> => {
    const { work, pass } = isOptimistic(state)
      ? equalShare.next(state.equal, moment)
      : stride.next(state.merit, moment);
    return { state, work, pass, againUs: undefined };
  },
  take: (state, work, taking) => {
    const luck = isOptimistic(state);
    const counts = taking.placed && !work.commons;
    return withState(state, {
      merit: stride.take(state.merit, work, { ...taking, placed: counts && !luck }),
      equal: equalShare.take(state.equal, work, { ...taking, placed: counts && luck }),
      turns: state.turns + (counts ? 1 : 0),
    });
  },
  cancel: (state, task, moment) =>
    withState(state, {
      merit: stride.cancel(state.merit, task, moment),
      equal: equalShare.cancel(state.equal, task, moment),
    }),
  size: ({ merit }) => stride.size(merit),
  explain: (state, attempt) =>
    isOptimistic(state)
      ? equalShare.explain(state.equal, attempt)
      : stride.explain(state.merit, attempt),
};
