/** The numbers of the credit rule (mechanisms A.2), as scenarios may set them. */
import { Schema } from "effect";
import { Duration, HOUR, MINUTE } from "../../kernel/duration.ts";

const number = (description: string, fallback: number, most: number) =>
  Schema.optionalWith(Schema.Number.pipe(Schema.between(0, most)).annotations({ description }), {
    default: () => fallback,
    exact: true,
  });
const duration = (description: string, fallback: number) =>
  Schema.optionalWith(Duration.annotations({ description }), {
    default: () => fallback,
    exact: true,
  });

export const CreditRules = Schema.Struct({
  alpha: number("Part of its own present capacity that a contributor is guaranteed.", 0.5, 1),
  burst: number("Most credit spent in a quantum, in times of the own rate of work.", 2, 1_000),
  sigma: number("Most work on debt in a quantum, in times of the own rate of work.", 4, 1_000),
  debtHours: number("Largest debt, in hours of own work; the ledger grants it.", 24, 10_000),
  debtShare: number("Largest debt, as a part of all verified work.", 0.25, 1),
  quantumUs: duration("What the rates above are counted by: 60s in live use.", 5 * MINUTE),
  ageUs: duration("Work that waits longer goes before all other of its part.", 12 * HOUR),
});
export type CreditRules = typeof CreditRules.Type;
