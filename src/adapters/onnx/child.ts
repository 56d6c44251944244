/**
 * The process of a slot: computes one task at a time and tells its agent by messages of plain data.
 * It reads what it is given from files and writes its result to a file; it opens no connection. It
 * can be killed at any moment, and ends by itself when its agent is gone.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { type CheckedModel, checkModel } from "./check/check-model.ts";
import { ModelRefused } from "./check/model-refused.ts";
import type { ChildReply, ChildTask } from "./child-messages.ts";
import { commonsModel, commonsRuns, commonsWork } from "./commons-work.ts";
import { execute, frameMode, type Partial, runtimeRefusal } from "./execute.ts";
import { demandData, fitTask, mflopOf, runsOf } from "./fit.ts";
import type { Manifest } from "./manifest.ts";
import { type FrameMode, PartialFile } from "./partial-file.ts";
import { Recent } from "./recent.ts";
import { TaskRefused, writeResult } from "./result.ts";
import { openSession, type Session } from "./session.ts";
import { readTensors, TensorFileError, type Tensors, writeTensors } from "./tensor-file.ts";
import { makeUpdate } from "./update.ts";

/** Time between two frames of the partial result. */
const KEEP_MS = 500;
const COMMONS = "commons";

const sessions = new Recent<Session>(2, (session) => session.release());
/** What the check said of a model with the dimensions of a task. */
const checks = new Recent<CheckedModel>(8, () => Promise.resolve());
const commons = new Recent<Session>(1, (session) => session.release());
const files = new Recent<Tensors>(2, () => Promise.resolve());

async function open(model: Uint8Array): Promise<Session> {
  try {
    return await openSession(model);
  } catch (error) {
    throw runtimeRefusal("onnxruntime does not take the model", error);
  }
}

/** A model is checked before the runtime sees it. */
async function readyFor(task: ChildTask, { model, dims }: Manifest) {
  const bytes = () => readFileSync(pathOf(task, model));
  const check = () => Promise.resolve(checkModel(bytes(), dims));
  const checked = await checks.get(`${model} ${JSON.stringify(dims)}`, check);
  return { checked, session: await sessions.get(model, () => open(bytes())) };
}

/** The tensors of a blob; those of the last ones are still there. */
function tensorsOf(task: ChildTask, blob: string): Promise<Tensors> {
  return files.get(blob, () => Promise.resolve(readTensors(readFileSync(pathOf(task, blob)))));
}

function pathOf({ files: paths }: ChildTask, blob: string): string {
  const path = paths[blob];
  if (path === undefined) throw new Error(`the agent gave no file for the blob ${blob}`);
  return path;
}

/** Keeps what a task has come to at most every half second, and says how much that is. */
function keeping(task: ChildTask, mode: FrameMode, runs: number) {
  const file = new PartialFile(task.partial, mode);
  let keptAt = performance.now();
  const partial: Partial = {
    frames: file.frames,
    done: (done, now) => {
      if (done >= runs || performance.now() - keptAt < KEEP_MS) return;
      file.keep({ runs: done, tensors: now() });
      keptAt = performance.now();
      const doneMflop = Math.floor((task.mflop * done) / runs);
      reply({ type: "kept", id: task.id, doneMflop });
    },
  };
  return { partial, forget: () => file.forget() };
}

async function compute(task: ChildTask): Promise<Uint8Array> {
  const { manifest, content, mflop } = task;
  if (manifest === undefined) {
    const session = await commons.get(COMMONS, () => open(commonsModel()));
    const { partial, forget } = keeping(task, "last", commonsRuns(mflop));
    const tensors = await commonsWork(session, { content, mflop }, partial);
    forget();
    return writeResult({ ok: true, tensors });
  }
  const data = await tensorsOf(task, manifest.data.blob);
  const parts = await Promise.all(manifest.whole.map((blob) => tensorsOf(task, blob)));
  const given = { data, whole: Object.assign({}, ...parts) as Tensors };
  demandData(manifest, data);
  const { checked, session } = await readyFor(task, manifest);
  fitTask(checked, manifest, given);
  const metered = mflopOf(manifest, checked);
  if (metered > mflop) {
    throw new TaskRefused(`the task is ${metered} MFLOP by its model, but only ${mflop} are paid`);
  }
  const { partial, forget } = keeping(task, frameMode(manifest), runsOf(manifest));
  const tensors = await execute(manifest, { checked, session, ...given }, partial);
  forget();
  return writeResult({ ok: true, tensors: updateOf(task, given.whole, tensors) });
}

/** A worker of a training run sends what its steps changed; all else is sent as it is. */
function updateOf({ residual }: ChildTask, whole: Tensors, tensors: Tensors): Tensors {
  const [before, after] = [whole.theta, tensors.theta];
  if (residual === undefined || before === undefined || after === undefined) return tensors;
  const made = makeUpdate(before, after, residualAt(residual));
  writeFileSync(`${residual}.new`, writeTensors({ residual: made.residual }));
  renameSync(`${residual}.new`, residual);
  return made.update;
}

/** Undefined in the first round, and where the file is of no use. */
function residualAt(path: string) {
  try {
    return readTensors(readFileSync(path)).residual;
  } catch {
    return undefined;
  }
}

/** What no machine can run is a result too; what this one cannot is not. */
async function resultOf(task: ChildTask): Promise<Uint8Array> {
  try {
    return await compute(task);
  } catch (error) {
    const isOfTask =
      error instanceof TaskRefused ||
      error instanceof ModelRefused ||
      error instanceof TensorFileError;
    if (!isOfTask) throw error;
    return writeResult({ ok: false, why: error.message });
  }
}

function reply(message: ChildReply): void {
  process.send?.(message);
}

async function serve(task: ChildTask): Promise<void> {
  const { id, result } = task;
  try {
    const bytes = await resultOf(task);
    writeFileSync(`${result}.new`, bytes);
    renameSync(`${result}.new`, result);
    reply({ type: "done", id });
  } catch (error) {
    reply({ type: "failed", id, why: error instanceof Error ? error.message : String(error) });
  }
}

process.on("message", (task: ChildTask) => void serve(task));
process.on("disconnect", () => process.exit(1));
