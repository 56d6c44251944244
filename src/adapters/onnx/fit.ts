/**
 * Whether a model and the tensors that it is given belong together. The planner asks before a job
 * is submitted and each machine again before it runs a task; both say the same sentence.
 */
import type { CheckedModel, CheckedValue } from "./check/check-model.ts";
import type { Manifest } from "./manifest.ts";
import { TaskRefused } from "./result.ts";
import { rowCount } from "./rows.ts";
import { dtypeOfCode, type Shape, typeText } from "./tensor.ts";
import type { Tensors } from "./tensor-file.ts";

const OPERATIONS_PER_MFLOP = 1_000_000;

/** Throws {@link TaskRefused}. `checked` is the model with the manifest's dimensions. */
export function fitTask(
  checked: CheckedModel,
  manifest: Pick<Manifest, "kind" | "batch">,
  given: { readonly data: Tensors; readonly whole: Tensors },
): void {
  for (const input of checked.inputs) fitInput(input, manifest, given);
  const taken = new Set(checked.inputs.map(({ name }) => name));
  const free = manifest.kind === "train" ? ["theta"] : [];
  for (const name of [...Object.keys(given.data), ...Object.keys(given.whole)]) {
    if (!taken.has(name) && !free.includes(name)) {
      throw new TaskRefused(`the model has no input ${name}; it has ${[...taken].join(", ")}`);
    }
  }
  if (manifest.kind === "infer") demandRows(checked, manifest.batch);
  if (manifest.kind === "train") demandStep(checked);
}

function fitInput(
  input: CheckedValue,
  { kind, batch }: Pick<Manifest, "kind" | "batch">,
  { data, whole }: { readonly data: Tensors; readonly whole: Tensors },
): void {
  const { name, shape, open } = input;
  const mapped = Object.hasOwn(data, name) ? data[name] : undefined;
  const fixed = Object.hasOwn(whole, name) ? whole[name] : undefined;
  const given = mapped ?? fixed;
  // what an optimiser keeps begins with zeros
  if (given === undefined && kind === "train" && name.startsWith("state.")) return;
  const wanted = dtypeOfCode(input.type) ?? "float32";
  const shown = shape.map((dim, axis) => open[axis] ?? dim);
  if (given === undefined) {
    throw new TaskRefused(`the model's input ${name} (${typeText(wanted, shown)}) is not given`);
  }
  const there: Shape = mapped === undefined ? given.shape : [batch, ...given.shape.slice(1)];
  const fits = there.length === shape.length && there.every((dim, axis) => dim === shape[axis]);
  if (fits && given.dtype === wanted) return;
  const what = mapped === undefined ? given.shape : ["rows", ...given.shape.slice(1)];
  throw new TaskRefused(
    `input ${name} is ${typeText(given.dtype, what)}, but the model takes ` +
      `${typeText(wanted, shown)}${mapped === undefined ? "" : ` with batches of ${batch}`}`,
  );
}

/** Each output has a row for each row that went in. */
function demandRows({ outputs }: CheckedModel, batch: number): void {
  for (const { name, shape } of outputs) {
    if (shape[0] === batch) continue;
    throw new TaskRefused(
      `output ${name} is [${shape.join(", ")}]: it has no row for each of the ${batch} rows of a ` +
        "batch, so the model cannot be mapped over rows",
    );
  }
}

/** A step gives parameters like those that it takes. */
function demandStep({ inputs, outputs }: CheckedModel): void {
  const shapeOf = (all: ReadonlyArray<CheckedValue>, name: string) =>
    all.find((each) => each.name === name)?.shape.join(", ");
  if (shapeOf(inputs, "theta") === undefined) {
    throw new TaskRefused("a model that trains takes its parameters as the input theta");
  }
  if (shapeOf(outputs, "loss") === undefined) {
    throw new TaskRefused("a model that trains gives its loss as the output loss");
  }
  for (const { name } of inputs) {
    if (name !== "theta" && !name.startsWith("state.")) continue;
    if (shapeOf(outputs, `${name}.next`) === shapeOf(inputs, name)) continue;
    throw new TaskRefused(
      `a model that trains gives ${name} after the step as ${name}.next, of the same shape`,
    );
  }
}

/** Runs of the model that the task is. */
export function runsOf(manifest: Manifest): number {
  return manifest.kind === "train"
    ? manifest.steps
    : Math.ceil(manifest.data.rows / manifest.batch);
}

/** Metered size of the task. */
export function mflopOf(manifest: Manifest, { operations }: CheckedModel): number {
  return Math.max(1, Math.ceil((runsOf(manifest) * operations) / OPERATIONS_PER_MFLOP));
}

/** The tensors of a task's rows are as long as it says. */
export function demandData({ data: { from, rows } }: Manifest, data: Tensors): void {
  for (const [name, each] of Object.entries(data)) {
    if (rowCount(each) >= from + rows) continue;
    throw new TaskRefused(
      `input ${name} has ${rowCount(each)} rows, but ${from} to ${from + rows - 1} are asked for`,
    );
  }
}
