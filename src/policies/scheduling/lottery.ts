/**
 * Lottery scheduling (Waldspurger and Weihl, 1994): each turn is drawn among those who wait, in
 * proportion to their tickets. After n turns a client with the share p has n p of them with a
 * standard deviation of sqrt(n p (1 - p)). Here as an exponential race: everybody who waits draws
 * a time from its own stream, the earliest runs. Seeded, so a run can be repeated.
 */
import { Schema } from "effect";
import { hashText, mix32 } from "../../kernel/entropy.ts";
import { LN_2, log2, POWER_BITS } from "../../kernel/powers.ts";
import { lanePolicy } from "./lane-rule.ts";
import { Tickets, ticketsOf } from "./stride.ts";

/** Bits behind the point of a drawn time. */
const BITS = 48n;

const Params = Schema.Struct({
  ...Tickets.fields,
  seed: Schema.optionalWith(Schema.Int.annotations({ description: "Of the draws." }), {
    default: () => 0,
    exact: true,
  }),
});

const Client = Schema.Struct({
  tickets: Schema.BigInt,
  /** Draws made: the number of the next one in its stream. */
  draws: Schema.Int,
  /** When it runs, in the race's own time. */
  due: Schema.BigInt,
});

/** -ln(u) of a uniform 32-bit word, with 48 bits behind the point. */
export function exponential(word: number): bigint {
  const { over, under } = log2({ over: 1n << 33n, under: 2n * BigInt(word) + 1n });
  return (over * (LN_2 >> (POWER_BITS - BITS))) / under;
}

type Client = typeof Client.Type;

/** The next time of the client's own stream of draws, after `from`. */
function raced(client: Client, from: bigint, requester: string, seed: number): Client {
  const { tickets, draws } = client;
  const word = mix32(hashText(requester, mix32(seed ^ Math.imul(draws, 0x9e3779b9))));
  return { tickets, draws: draws + 1, due: from + (exponential(word) << 20n) / tickets };
}

export const lottery = lanePolicy<typeof Params.Type, Client>({
  name: "lottery",
  summary: "A draw among those who wait, in proportion to what each contributes.",
  admission: "open",
  Params,
  Account: Client,
  fresh: () => ({ tickets: 1n, draws: 0, due: 0n }),
  arrive: ({ draws, due }, work, { params, clock, idle }) => {
    const client = { tickets: ticketsOf(work, params), draws, due };
    return idle ? raced(client, clock, work.requester, params.seed) : client;
  },
  // the race has no memory: only who ran draws again
  turn: ({ due }, { clock }) => (due > clock ? due : clock),
  charge: (client, work, { params, clock }) => raced(client, clock, work.requester, params.seed),
  rank: ({ due }) => due,
  words: ({ tickets, draws }) => `has ${tickets} tickets in draw ${draws}`,
});

/** The reference: turns that each of `tickets` got in `turns` draws. */
export function lotteryTurns(
  tickets: ReadonlyArray<number>,
  turns: number,
  seed: number,
): ReadonlyArray<number> {
  const clients = tickets.map((each, n) =>
    raced({ tickets: BigInt(each), draws: 0, due: 0n }, 0n, `client ${n}`, seed),
  );
  const counts = tickets.map(() => 0);
  for (let turn = 0; turn < turns; turn++) {
    const first = clients.reduce(
      (best, { due }, n) => (due < (clients[best]?.due ?? 0n) ? n : best),
      0,
    );
    const winner = clients[first] as Client;
    clients[first] = raced(winner, winner.due, `client ${first}`, seed);
    counts[first] = (counts[first] ?? 0) + 1;
  }
  return counts;
}
