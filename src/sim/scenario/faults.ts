/** Faults as data: what goes wrong, where, when, for how long. fast-check shrinks lists of them. */
import { Schema } from "effect";
import { Duration, MINUTE } from "../../kernel/duration.ts";

const Target = Schema.String.pipe(
  Schema.pattern(
    /^(node|edge|contributor|ledger|verifier|auditor|treasurer|job)\/(\*|[a-z0-9.-]+)$/,
    {
      message: () => "expected an actor such as node/n7, or node/* for any of a kind",
    },
  ),
).annotations({ description: "The actor it hits: one address, or kind/* for a drawn one." });

/** Continents of IANA time zones: what a place is called that has no better name. */
export const Region = Schema.Literal(
  "Africa",
  "America",
  "Asia",
  "Atlantic",
  "Australia",
  "Europe",
  "Indian",
  "Pacific",
);
export type Region = typeof Region.Type;

/** When: once, or at random times of a mean rate within a window. */
const when = {
  at: Schema.optional(Duration.annotations({ description: "Once, at this time." })),
  perHour: Schema.optional(
    Schema.Number.pipe(Schema.positive()).annotations({
      description: "At random times, so many an hour on average over the whole network.",
    }),
  ),
  from: Schema.optional(Duration.annotations({ description: "Random times begin here." })),
  to: Schema.optional(Duration.annotations({ description: "Random times end here." })),
};

const lasting = (us: number, description: string) => ({
  for: Schema.optionalWith(Duration.annotations({ description }), { default: () => us }),
});

const place = {
  region: Schema.optional(Region.annotations({ description: "Hosts of this part of the world." })),
  share: Schema.optional(
    Schema.Number.pipe(Schema.greaterThan(0), Schema.lessThanOrEqualTo(1)).annotations({
      description: "Instead of a region: a drawn share of the cities.",
    }),
  ),
};

const fault = <const Kind extends string, Fields extends Schema.Struct.Fields>(
  kind: Kind,
  description: string,
  fields: Fields,
) =>
  Schema.Struct({ kind: Schema.Literal(kind), ...fields }).annotations({
    description,
    title: kind,
  });

const Moment = Schema.optionalWith(
  Schema.Literal("before", "after-append").annotations({
    description:
      "before: the process dies between two steps. after-append: it dies after its next step was " +
      "journalled and before the commands of that step were performed.",
  }),
  { default: () => "before" as const },
);

const Crash = fault("crash", "A process dies and comes back from its persisted form.", {
  ...when,
  ...lasting(MINUTE, "How long it stays down."),
  target: Target,
  moment: Moment,
});
const Restart = fault("restart", "A process dies and comes back at once.", {
  ...when,
  target: Target,
  moment: Moment,
});
const Pause = fault("pause", "A process stands still and goes on with what it had.", {
  ...when,
  ...lasting(MINUTE, "How long it stands still."),
  target: Target,
});
const SlowNode = fault("slow-node", "A machine works slower than it says.", {
  ...when,
  ...lasting(60 * MINUTE, "How long it is slow."),
  target: Target,
  factor: Schema.optionalWith(
    Schema.Number.pipe(Schema.greaterThan(1)).annotations({
      description: "How many times slower.",
    }),
    { default: () => 4 },
  ),
});
const Partition = fault("partition", "Part of the network cannot reach the rest.", {
  ...when,
  ...lasting(30 * MINUTE, "How long it lasts: its least stable time."),
  ...place,
  oneWay: Schema.optionalWith(
    Schema.Literal("none", "out", "in").annotations({
      description: "none: both ways are cut; out: what the part sends is; in: what it receives is.",
    }),
    { default: () => "none" as const },
  ),
});
const ClogFault = fault("clog", "Part of the network becomes slow.", {
  ...when,
  ...lasting(10 * MINUTE, "How long it lasts."),
  ...place,
  extra: Schema.optionalWith(Duration.annotations({ description: "Added to each delay." }), {
    default: () => 2_000_000,
  }),
});
const LossBurstFault = fault("loss-burst", "Part of the network loses messages.", {
  ...when,
  ...lasting(10 * MINUTE, "How long it lasts."),
  ...place,
  loss: Schema.optionalWith(
    Schema.Number.pipe(Schema.greaterThan(0), Schema.lessThan(1)).annotations({
      description: "Share of messages lost.",
    }),
    { default: () => 0.3 },
  ),
});
const ClockSkew = fault("clock-skew", "A machine's clock jumps.", {
  ...when,
  ...lasting(60 * MINUTE, "How long it is wrong."),
  target: Target,
  by: Schema.optionalWith(Duration.annotations({ description: "How far." }), {
    default: () => 5_000_000,
  }),
  back: Schema.optionalWith(Schema.Boolean.annotations({ description: "Into the past." }), {
    default: () => false,
  }),
});
const WrongResult = fault("wrong-result", "Some machines compute wrong results.", {
  share: Schema.Number.pipe(Schema.greaterThan(0), Schema.lessThanOrEqualTo(1)).annotations({
    description: "Share of the nodes, drawn at the start.",
  }),
  chance: Schema.optionalWith(
    Schema.Number.pipe(Schema.greaterThan(0), Schema.lessThanOrEqualTo(1)).annotations({
      description: "Share of such a node's results that are wrong.",
    }),
    { default: () => 1 },
  ),
  from: Schema.optional(Duration.annotations({ description: "Right until then." })),
});

export const Fault = Schema.Union(
  Crash,
  Restart,
  Pause,
  SlowNode,
  Partition,
  ClogFault,
  LossBurstFault,
  ClockSkew,
  WrongResult,
);
export type Fault = typeof Fault.Type;
