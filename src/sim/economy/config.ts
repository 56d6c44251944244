/**
 * What a token's economy is simulated with: who is there, what they do with their tokens, what goes
 * wrong. It is a scenario of another kind than those of networks: no message travels, a step is a
 * rewards epoch. Nothing in it is a forecast; whoever believes other numbers writes them.
 */
import { Schema } from "effect";
import { Duration } from "../../kernel/duration.ts";
import { EmissionParams } from "../../policies/rewards/emission.ts";

const Share = Schema.Number.pipe(Schema.between(0, 1));
const Amount = Schema.Number.pipe(Schema.nonNegative());
const Positive = Schema.Number.pipe(Schema.positive());
const Count = Schema.Int.pipe(Schema.between(1, 1_000));
const Count0 = Schema.Int.pipe(Schema.nonNegative());
const Name = Schema.String.pipe(Schema.pattern(/^[a-z0-9-]+$/));

const optional = <A, I>(schema: Schema.Schema<A, I>, description: string, fallback: () => A) =>
  Schema.optionalWith(schema.annotations({ description }), { default: fallback });

const Compute = Schema.Struct({
  kind: Name.annotations({ description: "Name of the group, such as hobbyist or farmer." }),
  owners: optional(Count, "How many owners.", () => 6),
  vcuPerHour: Positive.annotations({ description: "What they all can do at the beginning." }),
  sigma: optional(Amount, "How unequal they are: deviation of the size's logarithm.", () => 0.8),
  sells: Share.annotations({ description: "Part of new tokens that is sold at once." }),
  usdPerVcu: Positive.annotations({ description: "What an hour of work costs its owner." }),
  creditUsd: optional(Amount, "What the credit for it is worth to the owner.", () => 0),
  follows: optional(
    Share,
    "How fast capacity follows profit: growth in a week at twice the cost.",
    () => 0,
  ),
});
export type Compute = typeof Compute.Type;

const Demand = Schema.Struct({
  vcuPerHour: optional(Positive, "What is asked for at the beginning.", () => 1_000),
  growth: optional(Positive, "Factor in a year, on average.", () => 2),
  volatility: optional(Amount, "Deviation of its logarithm in a year.", () => 0.5),
  paid: optional(Share, "Part that is paid in PINGO, bought in the market.", () => 0.2),
  usdPerVcu: optional(Positive, "Posted price of an hour of work.", () => 0.01),
});

const Carriers = Schema.Struct({
  owners: optional(Count, "How many owners.", () => 3),
  carried: optional(Share, "Bytes at posted rates, as a part of the work.", () => 0.1),
  sells: optional(Share, "Part of new tokens that is sold at once.", () => 0.5),
});
const Users = Schema.Struct({
  owners: optional(Count, "How many owners.", () => 6),
  sells: optional(Share, "Part of new tokens that is sold at once.", () => 0.3),
});
const Locked = Schema.Struct({
  cliffUs: optional(Duration, "Nothing before.", () => 365 * 86_400_000_000),
  lastsUs: optional(Duration, "All of it after so long.", () => 4 * 365 * 86_400_000_000),
  sells: optional(Share, "Part of what is released that is sold at once.", () => 0.3),
});
const Treasury = Schema.Struct({
  pairs: optional(Share, "Part of its new tokens that goes into the market.", () => 0.5),
  opensPingo: optional(
    Count0,
    "The market opens when the treasury holds so many whole PINGO: a thin one would be anybody's.",
    () => 2_000_000,
  ),
  fundUsd: optional(Amount, "Dollars it has for the market's other side.", () => 50_000),
});
const Speculators = Schema.Struct({
  usd: optional(Amount, "Dollars they have at the beginning.", () => 20_000),
  volatility: optional(Amount, "Deviation in a year of what they believe.", () => 1),
  pull: optional(Share, "Part of their purse that they move in a week at most.", () => 0.1),
});

const Shock = Schema.Struct({
  at: Duration.annotations({ description: "When, from the beginning." }),
  what: Schema.Literal("price", "demand", "capacity").annotations({
    description: "price: free tokens are sold until it has fallen so far, or bought.",
  }),
  factor: Positive.annotations({ description: "What it is multiplied by." }),
  group: Schema.optionalWith(Name.annotations({ description: "The only group of compute hit." }), {
    exact: true,
  }),
});
export type Shock = typeof Shock.Type;

const empty = <A, I>(schema: Schema.Schema<A, I>) => Schema.decodeUnknownSync(schema)({});

export const EconomyScenario = Schema.Struct({
  kind: Schema.Literal("economy").annotations({ description: "Tells it from networks." }),
  name: Name.annotations({ description: "Short name: lower case, digits, dashes." }),
  description: optional(Schema.String, "What it shows, in a sentence or two.", () => ""),
  seed: optional(Schema.Int.pipe(Schema.nonNegative()), "Seed of the first future.", () => 1),
  until: Duration.annotations({ description: "How long, such as 1825d." }),
  futures: optional(Count, "How many are drawn, each with the next seed.", () => 40),
  rewards: optional(EmissionParams, "The rule that the ledger has, too.", () =>
    empty(EmissionParams),
  ),
  compute: Schema.NonEmptyArray(Compute).annotations({ description: "Groups that work." }),
  edges: optional(Carriers, "Who carries bytes.", () => empty(Carriers)),
  users: optional(Users, "Who asks for work.", () => empty(Users)),
  team: optional(Locked, "The team's vesting.", () => empty(Locked)),
  investors: optional(Locked, "The investors' vesting.", () => empty(Locked)),
  treasury: optional(Treasury, "Makes the market.", () => empty(Treasury)),
  speculators: optional(Speculators, "Believe in a price.", () => empty(Speculators)),
  demand: optional(Demand, "What is asked for.", () => empty(Demand)),
  burned: optional(Share, "Part of the pool's fifth of a payment that is burned.", () => 0.2),
  shocks: optional(Schema.Array(Shock), "What happens to all futures.", () => []),
}).annotations({ identifier: "EconomyScenario", title: "PinGo economy" });
export type EconomyScenario = typeof EconomyScenario.Type;
