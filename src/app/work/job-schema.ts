/** What a job file may say. docs/work.md describes it for people who write one. */
import { Either, Schema } from "effect";
import { dtypes } from "../../adapters/onnx/tensor.ts";
import { toleranceClasses } from "../../adapters/onnx/tolerance.ts";
import { Duration } from "../../kernel/duration.ts";
import { decodeComplaint } from "../../sim/scenario/explain-error.ts";
import { dotted, nearest, unknownKey } from "../../sim/scenario/nearest-key.ts";
import { PlanError } from "../gateway/planner.ts";

const text = (description: string) => Schema.String.annotations({ description });
const Count = Schema.Int.pipe(Schema.between(1, 1_000_000_000));
const optional = <A, I>(schema: Schema.Schema<A, I>, description: string, fallback: () => A) =>
  Schema.optionalWith(schema.annotations({ description }), { default: fallback });
const maybe = <A, I>(schema: Schema.Schema<A, I>, description: string) =>
  Schema.optionalWith(schema.annotations({ description }), { exact: true });

/** A file, or a file whose bytes need a word about what they are. */
const Source = Schema.Union(
  Schema.String,
  Schema.Struct({
    file: text("The file."),
    dtype: maybe(Schema.Literal(...dtypes), "Type of its numbers, for a raw file."),
    shape: maybe(
      Schema.Array(Schema.Int),
      "Its axes, for a raw file; the first may be -1: as many rows as there are.",
    ),
    columns: maybe(Schema.Array(Schema.String), "Columns of a .csv file, by their titles."),
  }),
);
export type Source = typeof Source.Type;

const Sources = Schema.Record({ key: Schema.String, value: Source });

const none = (): Record<string, Source> => ({});

const shared = {
  name: optional(Schema.String.pipe(Schema.maxLength(80)), "What people call the job.", () => ""),
  model: text("The ONNX file."),
  inputs: Sources.annotations({
    description: "Inputs of the model of which each run takes some rows, by name.",
  }),
  whole: optional(Sources, "Inputs that each run takes as a whole, by name.", none),
  dims: optional(
    Schema.Record({ key: Schema.String, value: Count }),
    "How long open dimensions of the model are, by name; the first of each input is the batch.",
    (): Record<string, number> => ({}),
  ),
  batch: maybe(Count, "Rows of one run; by default what the model says, else 32."),
  tolerance: optional(
    Schema.Literal(...toleranceClasses),
    "How exactly machines have to agree.",
    () => "fine" as const,
  ),
};

const pieces = {
  rows: maybe(Count, "Only so many rows, from the first one on."),
  tasks: maybe(Count.pipe(Schema.lessThanOrEqualTo(10_000)), "Tasks into which the rows are cut."),
  task: maybe(Duration, "Or: how long a task takes on a core of 10 GFLOPS."),
};

const Infer = Schema.Struct({
  kind: Schema.Literal("infer"),
  ...shared,
  ...pieces,
  outputs: optional(
    Schema.Array(Schema.String),
    "Outputs that are wanted; by default all.",
    () => [],
  ),
});

const Evaluate = Schema.Struct({ kind: Schema.Literal("evaluate"), ...shared, ...pieces });

const Train = Schema.Struct({
  kind: Schema.Literal("train"),
  ...shared,
  theta: text("The first parameters: .npy with one axis."),
  steps: Count.annotations({ description: "Steps of one round, which a worker takes by itself." }),
  rounds: optional(Count, "Rounds; after each, the workers' updates become one.", () => 1),
  workers: optional(
    Count.pipe(Schema.lessThanOrEqualTo(256)),
    "Workers of a round; each trains on rows of its own.",
    () => 1,
  ),
  seed: optional(Schema.Int, "Draws the batches.", () => 1),
  evaluate: maybe(
    Schema.String,
    "A model that takes theta and the inputs and gives a loss: tries updates on rows kept back.",
  ),
  box: optional(Duration, "Time that a worker has for its steps.", () => 600_000_000),
});

export const JobFile = Schema.Union(Infer, Evaluate, Train);
export type JobFile = typeof JobFile.Type;
export type TrainJob = typeof Train.Type;

const byKind = { infer: Infer, evaluate: Evaluate, train: Train } as const;

/** The job as its schema has it. Throws {@link PlanError}, which names the place. */
export function readJob(raw: Readonly<Record<string, unknown>>): JobFile {
  const kinds = Object.keys(byKind);
  const { kind } = raw;
  if (typeof kind !== "string" || !Object.hasOwn(byKind, kind)) {
    const near = typeof kind === "string" ? nearest(kind, kinds) : undefined;
    const found = kind === undefined ? "is missing" : `cannot be ${JSON.stringify(kind)}`;
    const hint = near === undefined ? `give one of ${kinds.join(", ")}` : `did you mean ${near}?`;
    throw new PlanError(`kind ${found}; ${hint}`, "kind", kinds);
  }
  const schema = byKind[kind as keyof typeof byKind] as unknown as Schema.Schema<JobFile, unknown>;
  const stranger = unknownKey(schema.ast, raw);
  if (stranger !== undefined) throw unknownKeyError(stranger);
  const read = Schema.decodeUnknownEither(schema)(raw);
  if (Either.isRight(read)) return read.right;
  const complaint = decodeComplaint(schema.ast, raw, read.left);
  const sentence = complaint.sentence.replace("the scenario", "the job");
  throw new PlanError(sentence, dotted(complaint.path), complaint.allowed);
}

function unknownKeyError({ path, known }: NonNullable<ReturnType<typeof unknownKey>>): PlanError {
  const near = nearest(String(path.at(-1)), known);
  const hint =
    near === undefined
      ? `there are ${known.join(", ")}`
      : `did you mean ${dotted([...path.slice(0, -1), near])}?`;
  return new PlanError(`unknown key ${dotted(path)}; ${hint}`, dotted(path), known);
}
