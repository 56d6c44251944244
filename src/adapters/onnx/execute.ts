/**
 * Computes one task with a session. The same code runs in a slot's child process and, for
 * comparison, in one process without a network; nothing here knows where it runs.
 */
import { Stream } from "../../kernel/entropy.ts";
import type { CheckedModel } from "./check/check-model.ts";
import { runsOf } from "./fit.ts";
import type { Manifest } from "./manifest.ts";
import type { Frame, FrameMode } from "./partial-file.ts";
import { TaskRefused } from "./result.ts";
import { filledRows, joinRows, pickRows, rowsOf } from "./rows.ts";
import type { Session } from "./session.ts";
import { emptyData, sizeOf, type Tensor, tensor } from "./tensor.ts";
import type { Tensors } from "./tensor-file.ts";
import { canonical, NotFinite, type Tolerance } from "./tolerance.ts";

export interface Given {
  readonly session: Session;
  readonly checked: CheckedModel;
  readonly data: Tensors;
  readonly whole: Tensors;
}

/** Where a task keeps what it has come to, now and then. */
export interface Partial {
  readonly frames: ReadonlyArray<Frame>;
  /** `last` asks only when it is time to keep something. */
  readonly done: (runs: number, now: () => Tensors) => void;
}

export const nothingKept: Partial = { frames: [], done: () => undefined };

export function frameMode({ kind }: Manifest): FrameMode {
  return kind === "infer" ? "all" : "last";
}

/** The tensors of the result in their one form. Throws {@link TaskRefused}. */
export function execute(manifest: Manifest, given: Given, partial: Partial): Promise<Tensors> {
  switch (manifest.kind) {
    case "infer":
      return infer(manifest, given, partial);
    case "evaluate":
      return evaluate(manifest, given, partial);
    case "train":
      return train(manifest, given, partial);
  }
}

async function infer(
  manifest: Manifest & { readonly kind: "infer" },
  given: Given,
  partial: Partial,
): Promise<Tensors> {
  const { batch, data, tolerance, outputs } = manifest;
  const names = outputs.length === 0 ? given.checked.outputs.map(({ name }) => name) : outputs;
  for (const name of names) {
    if (!given.session.outputs.includes(name)) {
      throw new TaskRefused(
        `the model has no output ${name}; it has ${given.session.outputs.join(", ")}`,
      );
    }
  }
  const parts = partial.frames.map(({ tensors }) => tensors);
  let waiting: Tensors[] = [];
  for (let run = partial.frames.at(-1)?.runs ?? 0; run < runsOf(manifest); run++) {
    const at = run * batch;
    const rows = Math.min(batch, data.rows - at);
    const mapped = rowsFor(given, data.from + at, { rows, batch });
    const results = await runModel(given.session, { ...given.whole, ...mapped }, names);
    const kept = Object.fromEntries(
      names.map((name) => {
        const result = rowsOf(results[name] as Tensor, 0, rows);
        return [name, inOneForm(name, result, { tolerance, row: at })];
      }),
    );
    parts.push(kept);
    waiting.push(kept);
    partial.done(run + 1, () => {
      const joined = joinedParts(names, waiting);
      waiting = [];
      return joined;
    });
  }
  return joinedParts(names, parts);
}

function joinedParts(names: ReadonlyArray<string>, parts: ReadonlyArray<Tensors>): Tensors {
  return Object.fromEntries(
    names.map((name) => [name, joinRows(parts.map((part) => part[name] as Tensor))]),
  );
}

/** The mapped inputs of one run; a short last batch is filled up where the model wants all rows. */
function rowsFor(
  { checked, data }: Given,
  from: number,
  { rows, batch }: { readonly rows: number; readonly batch: number },
): Tensors {
  const open = checked.inputs.every(
    ({ name, open: dims }) => !Object.hasOwn(data, name) || dims[0] !== undefined,
  );
  return Object.fromEntries(
    Object.entries(data).map(([name, each]) => {
      const part = rowsOf(each, from, rows);
      return [name, rows < batch && !open ? filledRows(part, batch) : part];
    }),
  );
}

function inOneForm(
  name: string,
  of: Tensor,
  { tolerance, row }: { readonly tolerance: Tolerance; readonly row: number },
): Tensor {
  try {
    return canonical(of, tolerance);
  } catch (error) {
    if (!(error instanceof NotFinite)) throw error;
    throw new TaskRefused(
      `the model's output ${name} is no finite number in row ${row + error.row} of the task`,
    );
  }
}

/** Words of onnxruntime without places in its sources, which differ between builds. */
async function runModel(session: Session, feeds: Tensors, names?: ReadonlyArray<string>) {
  try {
    return await session.run(feeds, names);
  } catch (error) {
    throw runtimeRefusal("the model failed as it ran", error);
  }
}

/** A lack of memory is the machine's fault, not the task's: it goes through as it is. */
export function runtimeRefusal(what: string, error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error);
  if (/alloc|memory/i.test(message)) return error;
  const status = /(?:Status Message|error message): (.*)/s.exec(message)?.[1] ?? message;
  const words = status.replace(/\S*[/\\]\S*/g, "").replace(/0x[0-9a-f]+/gi, "");
  const plain = words
    .replace(/[^\x20-\x7e]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return new TaskRefused(`${what}: ${plain.slice(0, 200)}`);
}

async function evaluate(
  manifest: Manifest & { readonly kind: "evaluate" },
  given: Given,
  partial: Partial,
): Promise<Tensors> {
  const { batch, data, tolerance } = manifest;
  const names = given.checked.outputs
    .filter(({ shape }) => sizeOf(shape) === 1)
    .map(({ name }) => name);
  if (names.length === 0) throw new TaskRefused("the model gives no single number to evaluate by");
  if (data.rows % batch !== 0) {
    throw new TaskRefused(`${data.rows} rows are no multiple of batches of ${batch}`);
  }
  const last = partial.frames.at(-1);
  const sums = new Map(names.map((name) => [name, Number(last?.tensors[name]?.data[0] ?? 0)]));
  const single = (value: number): Tensor => tensor("float64", [], [value]);
  const runs = runsOf(manifest);
  for (let run = last?.runs ?? 0; run < runs; run++) {
    const rows = rowsFor(given, data.from + run * batch, { rows: batch, batch });
    const results = await runModel(given.session, { ...given.whole, ...rows }, names);
    for (const name of names) {
      sums.set(name, (sums.get(name) ?? 0) + Number(results[name]?.data[0]));
    }
    partial.done(run + 1, () =>
      Object.fromEntries([...sums].map(([name, sum]) => [name, single(sum)])),
    );
  }
  return Object.fromEntries(
    [...sums].map(([name, sum]) => [
      name,
      inOneForm(name, single(sum / runs), { tolerance, row: 0 }),
    ]),
  );
}

async function train(
  manifest: Manifest & { readonly kind: "train" },
  given: Given,
  partial: Partial,
): Promise<Tensors> {
  const { steps, seed, batch, data, tolerance } = manifest;
  const kept = given.checked.inputs.filter(
    ({ name }) => name === "theta" || name.startsWith("state."),
  );
  const last = partial.frames.at(-1);
  let state: Tensors = Object.fromEntries(
    kept.map(({ name, shape }) => [name, last?.tensors[name] ?? given.whole[name] ?? zeros(shape)]),
  );
  const names = [...kept.map(({ name }) => `${name}.next`), "loss"];
  let loss = Number(last?.tensors.loss?.data[0] ?? 0);
  const first = Math.max(0, steps - LAST_STEPS);
  for (let step = last?.runs ?? 0; step < steps; step++) {
    const rows = batchOf({ seed, step }, { from: data.from, count: data.rows, batch });
    const picked = Object.entries(given.data).map(([name, each]) => [name, pickRows(each, rows)]);
    const feeds = { ...given.whole, ...Object.fromEntries(picked), ...state };
    const results = await runModel(given.session, feeds, names);
    state = Object.fromEntries(kept.map(({ name }) => [name, results[`${name}.next`] as Tensor]));
    const now = Number(results.loss?.data[0]);
    if (!Number.isFinite(now))
      throw new TaskRefused(`the loss is no finite number at step ${step}`);
    if (step >= first) loss += now;
    partial.done(step + 1, () => ({ ...state, loss: tensor("float64", [], [loss]) }));
  }
  const mean = tensor("float64", [], [loss / (steps - first)]);
  return {
    theta: inOneForm("theta", state.theta as Tensor, { tolerance, row: 0 }),
    loss: inOneForm("loss", mean, { tolerance, row: 0 }),
  };
}

/** The loss that is told is the mean of the last steps. */
const LAST_STEPS = 20;

function zeros(shape: ReadonlyArray<number>): Tensor {
  return { dtype: "float32", shape, data: emptyData("float32", sizeOf(shape)) };
}

/** Rows of one step: whole passes over the rows, each in an order of its own. */
function batchOf(
  at: { readonly seed: number; readonly step: number },
  { from, count, batch }: { readonly from: number; readonly count: number; readonly batch: number },
): ReadonlyArray<number> {
  return Array.from({ length: batch }, (_, i) => {
    const place = at.step * batch + i;
    const pass = Math.floor(place / count);
    return from + shuffled(place % count, { count, seed: at.seed, pass });
  });
}

/**
 * Where place `n` goes in an order of [0, count) that (seed, pass) draws, without writing the whole
 * order down: a Feistel network over a power of four, walked until it is below `count` (Black and
 * Rogaway, Ciphers with Arbitrary Finite Domains, 2002).
 */
function shuffled(
  n: number,
  { count, seed, pass }: { readonly count: number; readonly seed: number; readonly pass: number },
): number {
  const half = Math.max(1, Math.ceil(Math.ceil(Math.log2(Math.max(2, count))) / 2));
  const mask = (1 << half) - 1;
  const stream = new Stream(seed, `order/${pass}`);
  const keys = [stream.word(), stream.word(), stream.word(), stream.word()];
  let at = n;
  do {
    let left = at >>> half;
    let right = at & mask;
    for (const key of keys) {
      const mixed = Math.imul(right ^ (key & mask) ^ (key >>> 16), 0x9e3779b1) >>> 7;
      [left, right] = [right, (left ^ mixed) & mask];
    }
    at = (left << half) | right;
  } while (at >= count);
  return at;
}
