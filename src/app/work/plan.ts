/**
 * The planner: a job file and the files that it names become blobs and tasks of the network. All
 * that can be found out about a job before it runs is found out here, so that nobody pays for a
 * model that does not fit its data.
 */
import { mflopOf } from "../../adapters/onnx/fit.ts";
import { type Manifest, writeManifest } from "../../adapters/onnx/manifest.ts";
import { rowsOf } from "../../adapters/onnx/rows.ts";
import { bytesPerElement, dtypeOfCode, sizeOf } from "../../adapters/onnx/tensor.ts";
import { type Tensors, writeTensors } from "../../adapters/onnx/tensor-file.ts";
import type { BlobId, Blobs } from "../../live/blobs.ts";
import { contentOfBlob, type PlannedTask, type WorkPlan } from "../../live/work.ts";
import { PlanError, type PlannedJob, type Planner } from "../gateway/planner.ts";
import { assemble } from "./assemble.ts";
import type { Assembly, TaskRows } from "./assembly.ts";
import { type JobFile, readJob, type TrainJob } from "./job-schema.ts";
import { planRun } from "./plan-run.ts";
import { type Prepared, prepare } from "./prepare.ts";

/** A core of 10 GFLOPS. */
const MFLOP_PER_SECOND = 10_000;
/** Without a word in the job file: tasks of this length, and several where there is work. */
const TASK_MFLOP = 20 * MFLOP_PER_SECOND;
const SPREAD = 8;
const LEAST_MFLOP = 500;
const MOST_TASKS = 10_000;
/** Rows of several tasks share a blob up to this size. */
const SHARED_BYTES = 1_048_576;
/** Names and shapes around a result's numbers. */
const HEADER_BYTES = 512;
const MIB = 1_048_576;

type RowJob = Exclude<JobFile, TrainJob>;

/** Throws {@link PlanError}. */
async function plan(
  raw: Readonly<Record<string, unknown>>,
  ids: ReadonlyMap<string, BlobId>,
  blobs: Blobs,
): Promise<PlannedJob> {
  const job = readJob(raw);
  const prepared = await prepare(job, { ids, blobs });
  if (job.kind === "train") {
    const isRun = job.rounds > 1 || job.workers > 1;
    if (isRun) return planRun(job, prepared, { ids, blobs });
    return planTraining(job, prepared, blobs);
  }
  const cuts = cutRows(job, prepared);
  const tasks = await rowTasks(job, prepared, { cuts, blobs });
  const assembly: Assembly =
    job.kind === "infer"
      ? { kind: job.kind, tolerance: job.tolerance, tasks: cuts }
      : { kind: job.kind, tasks: cuts };
  const name = job.name === "" ? job.model : job.name;
  return { name, kind: job.kind, work: workOf(prepared, tasks, cuts), assembly };
}

export const planner: Planner = { plan, assemble };

/** Rows of each task: whole batches, as many as the wanted length or number says. */
function cutRows(job: RowJob, { batch, rows, checked }: Prepared): ReadonlyArray<TaskRows> {
  if (job.kind === "evaluate" && rows % batch !== 0) {
    throw new PlanError(
      `rows: ${rows} rows are no multiple of batches of ${batch}; ` +
        `give rows: ${rows - (rows % batch)} or another batch`,
      "rows",
    );
  }
  if (job.tasks !== undefined && job.task !== undefined) {
    throw new PlanError(
      "task: give how long a task is or how many tasks there are, not both",
      "task",
    );
  }
  const batches = Math.ceil(rows / batch);
  const each = checked.operations / 1_000_000;
  const perTask = batchesPerTask(job, batches, each);
  const count = Math.ceil(batches / perTask);
  if (count > MOST_TASKS) {
    throw new PlanError(
      `task: the job would have ${count} tasks, at most ${MOST_TASKS}; make tasks longer`,
      "task",
    );
  }
  return Array.from({ length: count }, (_, i) => {
    const from = i * perTask * batch;
    return { from, rows: Math.min(perTask * batch, rows - from) };
  });
}

function batchesPerTask(job: RowJob, batches: number, mflopEach: number): number {
  if (job.tasks !== undefined) return Math.max(1, Math.ceil(batches / job.tasks));
  if (job.task !== undefined) {
    const mflop = (job.task / 1_000_000) * MFLOP_PER_SECOND;
    return Math.max(1, Math.min(batches, Math.floor(mflop / mflopEach)));
  }
  // enough for several machines, but none so small that handing it out costs more than it is
  const spread = Math.max(LEAST_MFLOP, (batches * mflopEach) / SPREAD);
  const mflop = Math.min(TASK_MFLOP, spread);
  return Math.max(1, Math.min(batches, Math.ceil(mflop / mflopEach)));
}

async function rowTasks(
  job: RowJob,
  prepared: Prepared,
  { cuts, blobs }: { readonly cuts: ReadonlyArray<TaskRows>; readonly blobs: Blobs },
): Promise<ReadonlyArray<PlannedTask>> {
  const { data, whole, model, dims, batch, checked } = prepared;
  const held = Object.keys(whole).length === 0 ? [] : [await blobs.put(writeTensors(whole))];
  const tasks: PlannedTask[] = [];
  const places = await putRows(data, cuts, blobs);
  for (const [i, { rows }] of cuts.entries()) {
    const place = places[i];
    if (place === undefined) throw new RangeError("a task has no rows");
    const shared = {
      version: 1,
      model,
      dims,
      whole: held,
      batch,
      tolerance: job.tolerance,
    } as const;
    const of = { ...shared, data: { ...place, rows } };
    const manifest: Manifest =
      job.kind === "infer"
        ? { kind: "infer", ...of, outputs: job.outputs }
        : { kind: "evaluate", ...of };
    const content = contentOfBlob(await blobs.put(writeManifest(manifest)));
    tasks.push({ content, mflop: mflopOf(manifest, checked) });
  }
  return tasks;
}

/** Small tasks share blobs, so that a machine that takes several brings one. */
async function putRows(data: Tensors, cuts: ReadonlyArray<TaskRows>, blobs: Blobs) {
  const bytesPerRow = Object.values(data).reduce(
    (sum, { dtype, shape }) => sum + bytesPerElement(dtype) * sizeOf(shape.slice(1)),
    0,
  );
  const places: Array<{ readonly blob: BlobId; readonly from: number }> = [];
  for (let first = 0; first < cuts.length; ) {
    const start = cuts[first]?.from ?? 0;
    let next = first + 1;
    const endOf = (i: number) => (cuts[i]?.from ?? 0) + (cuts[i]?.rows ?? 0);
    while (next < cuts.length && (endOf(next) - start) * bytesPerRow <= SHARED_BYTES) next++;
    const rows = endOf(next - 1) - start;
    const part = Object.entries(data).map(([name, each]) => [name, rowsOf(each, start, rows)]);
    const blob = await blobs.put(writeTensors(Object.fromEntries(part) as Tensors));
    for (; first < next; first++) places.push({ blob, from: (cuts[first]?.from ?? 0) - start });
  }
  return places;
}

function workOf(
  prepared: Prepared,
  tasks: ReadonlyArray<PlannedTask>,
  cuts: ReadonlyArray<TaskRows>,
): WorkPlan {
  const { checked, data, whole, modelBytes } = prepared;
  const bytesOf = (all: Tensors) =>
    Object.values(all).reduce((sum, each) => sum + each.data.byteLength, 0);
  const most = Math.max(...cuts.map(({ rows }) => rows));
  const share = most / prepared.rows;
  const inputBytes = Math.ceil(modelBytes + bytesOf(whole) + bytesOf(data) * share);
  const perBatch = checked.outputs.reduce(
    (sum, { type, shape }) => sum + sizeOf(shape) * bytesPerElement(dtypeOfCode(type) ?? "float32"),
    0,
  );
  const outputBytes = Math.ceil((perBatch * most) / prepared.batch) + HEADER_BYTES;
  // the rows, their results, and both once more as bytes
  const memoryMib = checked.memoryMib + Math.ceil((2 * (inputBytes + outputBytes)) / MIB);
  return { tasks, inputBytes, outputBytes, memoryMib };
}

/** One round of one worker is a task like any other. */
async function planTraining(job: TrainJob, prepared: Prepared, blobs: Blobs): Promise<PlannedJob> {
  const { data, whole, model, dims, batch, checked, rows } = prepared;
  const all = { blob: await blobs.put(writeTensors(data)), from: 0, rows };
  const manifest: Manifest = {
    kind: "train",
    version: 1,
    model,
    dims,
    data: all,
    whole: [await blobs.put(writeTensors(whole))],
    batch,
    tolerance: job.tolerance,
    steps: job.steps,
    seed: job.seed,
  };
  const content = contentOfBlob(await blobs.put(writeManifest(manifest)));
  const cuts = [{ from: 0, rows }];
  const work = workOf(prepared, [{ content, mflop: mflopOf(manifest, checked) }], cuts);
  const name = job.name === "" ? job.model : job.name;
  return {
    name,
    kind: job.kind,
    work,
    assembly: { kind: "train", tasks: cuts } satisfies Assembly,
  };
}
