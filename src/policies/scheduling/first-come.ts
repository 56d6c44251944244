/** First come, first served: what a plain queue does, without memory of who was served. */
import { Schema } from "effect";
import type { SchedulingPolicy } from "../../kernel/policies/scheduling.ts";
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

const PAID = "paid";
const Params = Schema.Struct({});

export const firstCome: SchedulingPolicy<typeof Params.Type, Backlog> = {
  name: "fcfs",
  summary: "Order of arrival; commons work after all paid work.",
  admission: "open",
  Params,
  State: Backlog,
  init: emptyBacklog,
  add: (state, work) => enqueue(state, work.commons ? COMMONS : PAID, work),
  next: (state) => {
    const work = (frontOf(state, PAID) ?? frontOf(state, COMMONS))?.work;
    return { state, work, pass: work?.commons === true ? "commons" : "any", againUs: undefined };
  },
  take: (state, work) => dequeue(state, work.attempt),
  cancel: (state, task) => attemptsOf(state, task).reduce(dequeue, state),
  size: (state) => state.waiting.size,
  explain: (state, attempt) => {
    const entry = state.waiting.get(attempt);
    if (entry === undefined) return `${attempt} does not wait here`;
    // arrivals are counted together and some have left, hence "at most"
    const ahead = entry.arrival - (frontOf(state, entry.lane)?.arrival ?? entry.arrival);
    const paid = laneSize(state, PAID);
    return entry.lane === COMMONS
      ? `${attempt} is commons work: ${paid} paid attempts and at most ${ahead} others go first`
      : `${attempt} waits in order of arrival: at most ${ahead} attempts go first`;
  },
};
