/** What a scenario says about its hosts. Every key has a default; a JSON Schema is made of it. */
import { Schema } from "effect";
import { DAY, Duration, HOUR, MINUTE } from "../../kernel/duration.ts";

const Share = Schema.Number.pipe(Schema.between(0, 1));
const Weight = Schema.Number.pipe(Schema.nonNegative());
const Positive = Schema.Number.pipe(Schema.positive());
/** Beta parameters are whole: the draw is an order statistic. */
const Order = Schema.Int.pipe(Schema.between(1, 64));

/** An optional number key with a default and a sentence for the editor. */
function numberKey(of: Schema.Schema<number>, value: number, description: string) {
  return Schema.optionalWith(of.annotations({ description, default: value }), {
    default: () => value,
  });
}

/** An optional duration above zero. */
function lengthKey(us: number, description: string) {
  const Length = Duration.pipe(
    Schema.filter((length) => length > 0, {
      message: () => "the duration must be above zero",
      jsonSchema: {},
    }),
  );
  return Schema.optionalWith(Length.annotations({ description }), { default: () => us });
}

function switchKey(value: boolean, description: string) {
  return Schema.optionalWith(Schema.Boolean.annotations({ description, default: value }), {
    default: () => value,
  });
}

/** A missing weight is zero, so that `{ always: 1 }` means what it says. */
const Mixture = Schema.Struct({
  diurnal: numberKey(Weight, 0, "Weight of machines that are on in the evening, local time"),
  random: numberKey(Weight, 0, "Weight of machines that come and go at random (SETI@home fit)"),
  office: numberKey(Weight, 0, "Weight of machines that are on in office hours, local time"),
  always: numberKey(Weight, 0, "Weight of machines that are nearly always on"),
}).pipe(
  Schema.filter((w) => w.diurnal + w.random + w.office + w.always > 0, {
    message: () => "at least one weight of the mixture must be above zero",
    jsonSchema: {},
  }),
);

function windowOf(from: number, to: number, jitter: number, probability: number) {
  return Schema.Struct({
    fromHour: numberKey(Schema.Number, from, "Mean local hour of switching on"),
    toHour: numberKey(Schema.Number, to, "Mean local hour of switching off, up to 24 + fromHour"),
    jitterHours: numberKey(Weight, jitter, "Each end moves uniformly by up to this many hours"),
    probability: numberKey(Share, probability, "Chance that the machine is used on a given day"),
  }).pipe(
    Schema.filter(
      ({ fromHour, toHour, jitterHours }) => {
        const length = toHour - fromHour;
        return length > 2 * jitterHours && 24 - length > 2 * jitterHours;
      },
      {
        message: () =>
          "toHour - fromHour must stay above 2 jitterHours and below 24 - 2 jitterHours",
        jsonSchema: {},
      },
    ),
  );
}

const Random = Schema.Struct({
  upShape: numberKey(Positive, 0.393, "Weibull shape of the time up"),
  upScaleHours: numberKey(Positive, 2.964, "Weibull scale of the time up, hours"),
  downMu: numberKey(Schema.Number, -0.586, "Mean of ln(time down in hours)"),
  downSigma: numberKey(Positive, 2.844, "Standard deviation of ln(time down in hours)"),
});

const Always = Schema.Struct({
  upMean: lengthKey(20 * DAY, "Mean time up (exponential)"),
  downMedian: lengthKey(HOUR / 2, "Median time down (log-normal)"),
  downSigma: numberKey(Positive, 1, "Standard deviation of ln(time down)"),
});

const Classes = Schema.Struct({
  diurnal: Schema.optionalWith(windowOf(18, 24, 1.5, 0.8), {
    default: () => ({ fromHour: 18, toHour: 24, jitterHours: 1.5, probability: 0.8 }),
  }),
  random: Schema.optionalWith(Random, { default: () => Schema.decodeSync(Random)({}) }),
  office: Schema.optionalWith(windowOf(9, 17, 1, 1), {
    default: () => ({ fromHour: 9, toHour: 17, jitterHours: 1, probability: 1 }),
  }),
  always: Schema.optionalWith(Always, { default: () => Schema.decodeSync(Always)({}) }),
});

const Uniform = Schema.Struct({
  gflopsPerCore: numberKey(Positive, 10, "GFLOPS of each core; 10 is the reference core"),
  cores: numberKey(Schema.Int.pipe(Schema.between(1, 4096)), 1, "Cores of each host"),
  slots: Schema.optional(
    Schema.Int.pipe(Schema.between(1, 4096)).annotations({
      description: "Slots of each host; by default one for each core",
    }),
  ),
  alwaysOn: switchKey(true, "true: never down. false: availability follows the mixture"),
});

const Donated = Schema.Struct({
  fraction: Schema.optional(
    Share.annotations({ description: "Fixed share of the cores; leave out to draw it" }),
  ),
  alpha: numberKey(Order, 2, "First parameter of the Beta law of the donated share"),
  beta: numberKey(Order, 4, "Second parameter of the Beta law of the donated share"),
  redraw: lengthKey(7 * DAY, "How often owners change their mind"),
});

const OwnerUse = Schema.Struct({
  enabled: switchKey(true, "Whether owners use their machines while these are up"),
  busyMean: lengthKey(10 * MINUTE, "Mean length of the owner's use (exponential)"),
  idleMean: lengthKey(50 * MINUTE, "Mean length between uses (exponential)"),
  throttleMin: numberKey(Share, 0.3, "Least share of speed left while the owner is busy"),
  throttleMax: numberKey(Share, 1, "Greatest share of speed left while the owner is busy"),
}).pipe(
  Schema.filter((use) => use.throttleMin <= use.throttleMax, {
    message: () => "throttleMin must not exceed throttleMax",
    jsonSchema: {},
  }),
);

const Lifetime = Schema.Struct({
  mean: lengthKey(91 * DAY, "Mean stay of those who survive the first week (exponential)"),
  firstWeekShare: numberKey(Share, 0.3, "Share of hosts that leave for good in the first week"),
});

const standardMixture = { diurnal: 0.45, random: 0.3, office: 0.15, always: 0.1 } as const;

/** Hosts of a scenario. Durations are text outside and integer microseconds inside. */
export const HostsConfig = Schema.Struct({
  kind: Schema.optionalWith(
    Schema.Literal("mixture", "trace", "uniform").annotations({
      description: "mixture: drawn hosts; trace: up times from a file; uniform: equal hosts",
      default: "mixture",
    }),
    { default: () => "mixture" as const },
  ),
  mixture: Schema.optionalWith(
    Mixture.annotations({ description: "Weights of the availability classes" }),
    { default: () => standardMixture },
  ),
  classes: Schema.optionalWith(
    Classes.annotations({ description: "Parameters of the availability classes" }),
    { default: () => Schema.decodeSync(Classes)({}) },
  ),
  trace: Schema.optional(
    Schema.String.annotations({ description: "CSV file host,start_s,end_s (kind: trace)" }),
  ),
  uniform: Schema.optionalWith(
    Uniform.annotations({ description: "The host that all are equal to (kind: uniform)" }),
    { default: () => Schema.decodeSync(Uniform)({}) },
  ),
  cap: lengthKey(30 * DAY, "Longest spell of the random class; 48h for runs of a few days"),
  donated: Schema.optionalWith(
    Donated.annotations({ description: "Share of its cores that a host donates" }),
    { default: () => Schema.decodeSync(Donated)({}) },
  ),
  slotsMax: numberKey(Schema.Int.pipe(Schema.between(1, 4096)), 64, "Most slots of one host"),
  ownerUse: Schema.optionalWith(
    OwnerUse.annotations({ description: "The owner's own use of the machine" }),
    { default: () => Schema.decodeSync(OwnerUse)({}) },
  ),
  abruptShare: numberKey(Share, 0.3, "Share of departures without a goodbye"),
  lifetime: Schema.optional(
    Lifetime.annotations({ description: "Hosts leave for good; leave out to keep them all" }),
  ),
}).pipe(
  Schema.filter((c) => c.kind !== "trace" || c.trace !== undefined, {
    message: () => "kind: trace needs the key trace, a file of host,start_s,end_s",
    jsonSchema: {},
  }),
);
export type HostsConfig = typeof HostsConfig.Type;
