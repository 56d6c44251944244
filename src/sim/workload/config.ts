/** What a scenario says about its work. Every key has a default; a JSON Schema is made of it. */
import { Schema } from "effect";
import { Duration, MINUTE } from "../../kernel/duration.ts";

const Share = Schema.Number.pipe(Schema.between(0, 1));
const Positive = Schema.Number.pipe(Schema.positive());
const Count = Schema.Int.pipe(Schema.nonNegative());

/** An optional number key with a default and a sentence for the editor. */
function numberKey(of: Schema.Schema<number>, value: number, description: string) {
  return Schema.optionalWith(of.annotations({ description, default: value }), {
    default: () => value,
  });
}

function optionalKey<A, I>(of: Schema.Schema<A, I>, description: string) {
  return Schema.optional(of.annotations({ description }));
}

const TaskVcu = Schema.Struct({
  mean: numberKey(Positive, 0.1, "Mean size of a task in VCU; 1 VCU = 1 h of a 10 GFLOPS core"),
  distribution: Schema.optionalWith(Schema.Literal("fixed", "exponential", "lognormal"), {
    default: () => "lognormal" as const,
  }),
  sigma: numberKey(
    Schema.Number.pipe(Schema.between(0, 5)),
    1,
    "Log-normal: deviation of ln(size)",
  ),
});
/** A law of sizes by its mean; `sigma` is read for log-normal only. */
export type Law = typeof TaskVcu.Type;

const Tasks = Schema.Struct({
  mean: numberKey(Schema.Number.pipe(Schema.between(1, 100_000)), 10, "Mean tasks of a job"),
  distribution: Schema.optionalWith(Schema.Literal("fixed", "geometric", "lognormal"), {
    default: () => "geometric" as const,
  }),
  sigma: numberKey(
    Schema.Number.pipe(Schema.between(0, 5)),
    1,
    "Log-normal: deviation of ln(tasks)",
  ),
});

const Rate = Schema.Struct({
  jobsPerHour: Positive.annotations({ description: "Jobs per hour on average" }),
  per: Schema.optionalWith(
    Schema.Literal("network", "contributor").annotations({
      description: "Whether the rate is of all together or of each contributor",
    }),
    { default: () => "network" as const },
  ),
});

const Diurnal = Schema.Struct({
  amplitude: numberKey(Share, 0.6, "Swing of the day: 0 is flat, 1 falls to zero at night"),
  peakHour: numberKey(Schema.Number.pipe(Schema.between(0, 24)), 15, "Hour of the day's peak"),
  localTime: Schema.optionalWith(
    Schema.Boolean.annotations({ description: "true: each region's own hours; false: UTC" }),
    { default: () => true },
  ),
});

const Flash = Schema.Struct({
  at: Duration.annotations({ description: "When the crowd comes, from the start" }),
  for: Duration.annotations({ description: "How long it stays" }),
  factor: Schema.Number.pipe(Schema.nonNegative()).annotations({
    description: "What demand is multiplied by; below 1 is a lull",
  }),
  region: optionalKey(Schema.String, "Region of the crowd; left out: everywhere"),
});

const Closed = Schema.Struct({
  clients: numberKey(Schema.Int.pipe(Schema.between(1, 10_000_000)), 100, "Clients in the loop"),
  think: Schema.optionalWith(
    Duration.annotations({ description: "Mean time between an answer and the next job" }),
    { default: () => 10 * MINUTE },
  ),
});

const Trace = Schema.Struct({
  file: Schema.String.annotations({ description: "CSV file with a header, or .swf" }),
  format: Schema.optionalWith(
    Schema.Literal("auto", "csv", "swf").annotations({
      description: "auto: swf when the file's name ends in .swf, else csv",
    }),
    { default: () => "auto" as const },
  ),
  timeColumn: optionalKey(Schema.String, "CSV column of arrivals: seconds or timestamps"),
  sizeColumns: optionalKey(Schema.Array(Schema.String), "CSV columns that make up the size"),
  vcuPerUnit: optionalKey(Positive, "VCU of one unit of size; the default depends on the layout"),
  timeScale: numberKey(Positive, 1, "Factor on all times; below 1 the trace runs faster"),
});

/** Work of a scenario. Durations are text outside and integer microseconds inside. */
export const WorkloadConfig = Schema.Struct({
  kind: Schema.optionalWith(
    Schema.Literal("poisson", "diurnal", "closed", "trace").annotations({
      description: "poisson: constant rate; diurnal: follows the day; closed: clients that wait",
      default: "poisson",
    }),
    { default: () => "poisson" as const },
  ),
  load: optionalKey(Positive, "Mean demand as a share of expected capacity (0.7 by default)"),
  rate: optionalKey(Rate, "Mean rate of jobs, in place of load"),
  diurnal: Schema.optionalWith(Diurnal.annotations({ description: "Shape of the day" }), {
    default: () => Schema.decodeSync(Diurnal)({}),
  }),
  flash: Schema.optionalWith(
    Schema.Array(Flash).annotations({ description: "Flash crowds on top of any open workload" }),
    { default: () => [] },
  ),
  closed: Schema.optionalWith(Closed.annotations({ description: "The closed loop's clients" }), {
    default: () => Schema.decodeSync(Closed)({}),
  }),
  trace: optionalKey(Trace, "Arrivals and sizes from a file (kind: trace)"),
  tasks: Schema.optionalWith(Tasks.annotations({ description: "Tasks of a job" }), {
    default: () => Schema.decodeSync(Tasks)({}),
  }),
  taskVcu: Schema.optionalWith(TaskVcu.annotations({ description: "Size of a task in VCU" }), {
    default: () => Schema.decodeSync(TaskVcu)({}),
  }),
  inputBytes: numberKey(Count, 1_000_000, "Bytes that each task reads"),
  outputBytes: numberKey(Count, 100_000, "Bytes that each task writes"),
  memoryMib: numberKey(Count, 512, "Memory that each run needs, MiB"),
}).pipe(Schema.filter((config) => whyNot(config), { jsonSchema: {} }));
export type WorkloadConfig = typeof WorkloadConfig.Type;

/** Load taken when neither `load` nor `rate` is given. */
export const DEFAULT_LOAD = 0.7;

/** The first contradiction between keys, as a sentence. */
function whyNot(config: {
  readonly kind: string;
  readonly load?: number | undefined;
  readonly rate?: unknown;
  readonly trace?: unknown;
  readonly flash: ReadonlyArray<unknown>;
}): string | undefined {
  const { kind, load, rate, trace, flash } = config;
  if (load !== undefined && rate !== undefined) return "give load or rate, not both";
  if (kind === "trace" && trace === undefined) return "kind: trace needs the key trace with a file";
  if (kind === "trace" && rate !== undefined) return "a trace takes load or timeScale, not rate";
  if (kind === "closed" && (load !== undefined || rate !== undefined)) {
    return "a closed loop takes clients and think, not load or rate";
  }
  if (kind === "closed" && flash.length > 0) return "flash crowds need an open workload";
  return undefined;
}
