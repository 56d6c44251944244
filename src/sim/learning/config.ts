/** The key `training` of a scenario: a run of rounds, and who attacks it. */
import { Schema } from "effect";
import { Duration, MINUTE } from "../../kernel/duration.ts";
import { attacks } from "./attacks.ts";

const optional = <A, I>(schema: Schema.Schema<A, I>, description: string, fallback: () => A) =>
  Schema.optionalWith(schema.annotations({ description }), { default: fallback });
const Count = Schema.Int.pipe(Schema.positive());

export const TrainingConfig = Schema.Struct({
  rounds: optional(Count, "Rounds of local steps and one outer step.", () => 25),
  workers: optional(
    Count.pipe(Schema.lessThanOrEqualTo(256)),
    "Workers of a round, each of another owner.",
    () => 16,
  ),
  steps: optional(Count, "Local steps that a worker is asked for.", () => 30),
  stepVcu: optional(
    Schema.Number.pipe(Schema.positive()),
    "Metered size of one local step in VCU.",
    () => 0.001,
  ),
  box: optional(
    Duration,
    "Time that a worker has for its steps: it does as many as fit.",
    () => 10 * MINUTE,
  ),
  aggregation: optional(
    Schema.Struct(
      { rule: Schema.String },
      { key: Schema.String, value: Schema.Union(Schema.Number, Schema.String, Schema.Boolean) },
    ),
    "How updates become one: mean, median, trimmed-mean, krum, multi-krum, centered-clipping.",
    () => ({ rule: "centered-clipping" }),
  ),
  canary: optional(
    Schema.Boolean,
    "Updates that raise the held-out loss far above their peers' are left out.",
    () => true,
  ),
  badShare: optional(
    Schema.Number.pipe(Schema.between(0, 1)),
    "Share of the machines that attack the run.",
    () => 0,
  ),
  attack: optional(
    Schema.Literal(...attacks),
    "What they send instead of what they computed; stragglers send it late.",
    () => "none" as const,
  ),
});
export type TrainingConfig = typeof TrainingConfig.Type;
