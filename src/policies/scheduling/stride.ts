/**
 * Stride scheduling (Waldspurger and Weihl, 1995) in the time of the client that is behind most:
 * every client has tickets, each unit of work advances its pass by 1 / tickets, the lowest pass
 * runs next. Deterministic proportional share: over any time two clients differ from their tickets'
 * ratio by at most one quantum each.
 */
import { Schema } from "effect";
import type { Work } from "../../kernel/policies/scheduling.ts";
import { lanePolicy } from "./lane-rule.ts";

/** A pass after one MFLOP with one ticket. */
const STRIDE = 1n << 40n;

export const Tickets = Schema.Struct({
  tickets: Schema.optionalWith(
    Schema.Literal("equal", "contributed").annotations({
      description: "Whether all requesters weigh the same or by their verified work an hour.",
    }),
    { default: () => "contributed" as const, exact: true },
  ),
});
export type Tickets = typeof Tickets.Type;

/** Who contributes nothing has the least ticket: it is behind everybody, not shut out. */
export function ticketsOf({ standing }: Work, { tickets }: Tickets): bigint {
  if (tickets === "equal") return 1n;
  // thousandths of a VCU an hour
  const thousandths = standing.rate / 1_000_000n;
  return thousandths > 0n ? thousandths : 1n;
}

const Client = Schema.Struct({ pass: Schema.BigInt, tickets: Schema.BigInt });

export const stride = lanePolicy({
  name: "stride",
  summary: "In proportion to what each contributes, without memory of who waited.",
  admission: "open",
  Params: Tickets,
  Account: Client,
  fresh: ({ clock }) => ({ pass: clock, tickets: 1n }),
  // who comes back starts where the others are: time without work is no claim
  arrive: ({ pass }, work, { params, clock, idle }) => ({
    pass: idle && pass < clock ? clock : pass,
    tickets: ticketsOf(work, params),
  }),
  charge: ({ pass, tickets }, { mflop }) => ({
    pass: pass + (BigInt(mflop) * STRIDE) / tickets,
    tickets,
  }),
  turn: ({ pass }, { clock }) => (pass > clock ? pass : clock),
  rank: ({ pass }) => pass,
  words: ({ pass, tickets }) => `is at pass ${pass / STRIDE} with ${tickets} tickets`,
});

/** The reference: who runs in each of `quanta` turns when all always want to; ties by place. */
export function strideTurns(tickets: ReadonlyArray<number>, quanta: number): ReadonlyArray<number> {
  const passes = tickets.map((each) => STRIDE / BigInt(each));
  return Array.from({ length: quanta }, () => {
    const first = passes.reduce((best, pass, n) => (pass < (passes[best] as bigint) ? n : best), 0);
    passes[first] = (passes[first] as bigint) + STRIDE / BigInt(tickets[first] as number);
    return first;
  });
}
