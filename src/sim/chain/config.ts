/** The key `chain` of a scenario: how its chain answers, and what people do on it. */
import { Schema } from "effect";
import { DAY, Duration, HOUR, MINUTE, SECOND } from "../../kernel/duration.ts";

const optional = <A, I>(schema: Schema.Schema<A, I>, description: string, fallback: () => A) =>
  Schema.optionalWith(schema.annotations({ description }), { default: fallback });
const Share = Schema.Number.pipe(Schema.between(0, 1));

const Outage = Schema.Struct({
  at: Duration.annotations({ description: "When it begins, after the run's beginning." }),
  for: Duration.annotations({ description: "How long nothing of the chain is reached." }),
});

export const ChainConfig = Schema.Struct({
  credential: optional(
    Schema.Literal("required", "shown"),
    "required: who has no valid credential on chain gets no service.",
    () => "shown" as const,
  ),
  answer: optional(Duration, "Mean time of an answer.", () => SECOND / 2),
  block: optional(Duration, "Mean time until a transaction is seen.", () => 2 * SECOND),
  final: optional(Duration, "From then on until it is final.", () => 5 * SECOND),
  fails: optional(Share, "Share of the requests that do not reach it.", () => 0),
  lost: optional(Share, "Share of the answers that get lost.", () => 0),
  reorganised: optional(
    Share,
    "Share of the transactions that vanish before they are final; half of them come again.",
    () => 0,
  ),
  outages: optional(Schema.Array(Outage), "Times without a chain.", () => []),
  linkWithin: optional(
    Duration,
    "Contributors link a wallet within this time of the beginning.",
    () => HOUR,
  ),
  claimWithin: optional(Duration, "They claim a voucher within this time.", () => 10 * MINUTE),
  rewardsEvery: optional(Duration, "They claim their rewards so often.", () => DAY / 2),
  moves: optional(Share, "Share of them who take another wallet halfway.", () => 0),
  delay: optional(Duration, "From a root's publication until it can be claimed.", () => HOUR),
});
export type ChainConfig = typeof ChainConfig.Type;
