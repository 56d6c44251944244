/**
 * What it costs to run models as the network's tasks: manifests and inputs as blobs, a process for
 * each slot, results in one form and back into the blobs, against the same model on the same rows
 * in this process. The port alone is measured: messages and journals are `live-jobs` and `nats`.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkModel } from "../src/adapters/onnx/check/check-model.ts";
import { execute, nothingKept } from "../src/adapters/onnx/execute.ts";
import { mflopOf } from "../src/adapters/onnx/fit.ts";
import { firstTheta, inferModel, trainModel } from "../src/adapters/onnx/graph/network.ts";
import { type Manifest, writeManifest } from "../src/adapters/onnx/manifest.ts";
import { OnnxRunner } from "../src/adapters/onnx/runner.ts";
import { openSession } from "../src/adapters/onnx/session.ts";
import { type Tensors, writeTensors } from "../src/adapters/onnx/tensor-file.ts";
import { FileBlobs } from "../src/adapters/store/file-blobs.ts";
import { ProcessSlots } from "../src/adapters/system/slots.ts";
import { address } from "../src/kernel/address.ts";
import { portCall } from "../src/kernel/command.ts";
import { RUNNER, type RunnerOutcome } from "../src/kernel/ports/model-runner.ts";
import type { BlobId, Blobs } from "../src/live/blobs.ts";
import { contentOfBlob } from "../src/live/work.ts";
import { drawDigits, PIXELS } from "../tools/examples/digit-pictures.ts";
import { digitNetwork } from "../tools/examples/digits.ts";
import { median } from "./clock.ts";
import { type Flags, flagsOf, numberText, printReport, type Report } from "./report.ts";

const BATCH = 50;
/** Local steps of a worker in a round. */
const STEPS = 100;
const NODE = address("node", "n");

interface Bench {
  readonly blobs: Blobs;
  readonly runner: OnnxRunner;
}

async function run(
  { runner }: Bench,
  key: string,
  content: string,
  mflop: number,
): Promise<string> {
  const request = { type: "RunModel", task: key, content, mflop, doneMflop: 0 };
  const call = portCall(RUNNER, key, { ...request, inputBytes: 0, outputBytes: 0 } as never, 6e8);
  const { outcome } = await new Promise<RunnerOutcome>((resolve) => {
    runner.call(NODE, call, resolve);
  });
  if (!outcome.ok) throw new Error(`a task ended by ${outcome.reason}`);
  return outcome.value.digest;
}

async function timed<A>(work: () => Promise<A>): Promise<readonly [number, A]> {
  const from = performance.now();
  const result = await work();
  return [performance.now() - from, result];
}

function digits(rows: number): Tensors {
  const { pixels, labels } = drawDigits(rows, 1, 1);
  return {
    pixels: { dtype: "uint8", shape: [rows, PIXELS], data: pixels },
    label: { dtype: "int64", shape: [rows], data: labels },
  };
}

/** Tasks of `rows` rows, one after the other, against the same runs without tasks. */
async function inference(bench: Bench, data: Tensors, of: { rows: number; tasks: number }) {
  const network = digitNetwork(BATCH);
  const file = inferModel(network, firstTheta(network, 1));
  const checked = checkModel(file, { batch: BATCH });
  const session = await openSession(file);
  const pixels = { pixels: data.pixels } as Tensors;
  const manifest: Manifest & { readonly kind: "infer" } = {
    kind: "infer",
    version: 1,
    model: await bench.blobs.put(file),
    dims: { batch: BATCH },
    data: { blob: await bench.blobs.put(writeTensors(pixels)), from: 0, rows: of.rows },
    whole: [],
    batch: BATCH,
    tolerance: "coarse",
    outputs: ["probability"],
  };
  const mflop = mflopOf(manifest, checked);
  const given = { session, checked, data: pixels, whole: {} };
  const content = (from: number) =>
    // each task has rows of its own, as many as the others
    bench.blobs.put(writeManifest({ ...manifest, data: { ...manifest.data, from } }));
  await run(bench, "warm", contentOfBlob(await content(of.tasks)), mflop);
  await execute(manifest, given, nothingKept);
  const plain: number[] = [];
  const network1: number[] = [];
  const disk: number[] = [];
  let digest = "";
  for (let n = 0; n < of.tasks; n++) {
    const name = contentOfBlob(await content(n));
    network1.push((await timed(async () => (digest = await run(bench, `i${n}`, name, mflop))))[0]);
    plain.push((await timed(() => execute(manifest, given, nothingKept)))[0]);
    const result = await bench.blobs.get(digest as BlobId);
    const other = randomBytes(result?.length ?? 0);
    disk.push((await timed(() => bench.blobs.put(other)))[0]);
  }
  await session.release();
  return { plainMs: median(plain), tasksMs: median(network1), diskMs: median(disk), digest };
}

/** A worker's local steps as a task, against the same steps in this process. */
async function training(bench: Bench, data: Tensors, of: { steps: number; rounds: number }) {
  const network = digitNetwork(BATCH);
  const file = trainModel(network, { rule: "adam", rate: 0.002 });
  const checked = checkModel(file, {});
  const session = await openSession(file);
  const first = firstTheta(network, 1);
  const whole: Tensors = { theta: { dtype: "float32", shape: [first.length], data: first } };
  const base: Manifest & { readonly kind: "train" } = {
    kind: "train",
    version: 1,
    model: await bench.blobs.put(file),
    dims: {},
    data: { blob: await bench.blobs.put(writeTensors(data)), from: 0, rows: 500 },
    whole: [await bench.blobs.put(writeTensors(whole))],
    batch: BATCH,
    tolerance: "bitwise",
    steps: of.steps,
    seed: 0,
    update: "bench",
  };
  const mflop = mflopOf(base, checked);
  const plain: number[] = [];
  const tasks: number[] = [];
  for (let round = 0; round <= of.rounds; round++) {
    const manifest = { ...base, seed: round };
    const name = contentOfBlob(await bench.blobs.put(writeManifest(manifest)));
    const [tookMs] = await timed(() => run(bench, `t${round}`, name, mflop));
    const given = { session, checked, data, whole };
    const [plainMs] = await timed(() => execute(manifest, given, nothingKept));
    // the first round starts the slot and opens the session
    if (round === 0) continue;
    tasks.push(tookMs);
    plain.push(plainMs);
  }
  await session.release();
  return { plainMs: median(plain), tasksMs: median(tasks) };
}

async function measure({ smoke }: Flags): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "pingo-bench-onnx-"));
  const blobs = new FileBlobs({ folder: join(folder, "blobs") });
  const fromSource = import.meta.url.endsWith(".ts") ? { execArgv: ["--import", "tsx"] } : {};
  const slots = new ProcessSlots({ ...fromSource, priority: "normal" });
  const limits = () => ({ cpuShare: 1, memoryMib: 2_048 });
  const parts = { blobs, slots, folder: join(folder, "work"), cacheBytes: 2 ** 30, limits };
  const runner = new OnnxRunner(parts);
  const bench = { blobs, runner };
  try {
    const rows = smoke ? 100 : 5_000;
    const tasks = smoke ? 2 : 30;
    const data = digits(Math.max(rows + tasks, 500));
    const infer = await inference(bench, data, { rows, tasks });
    const steps = smoke ? 5 : STEPS;
    const train = await training(bench, data, { steps, rounds: smoke ? 1 : 10 });
    return reportOf({ rows, steps, infer, train });
  } finally {
    await runner.close();
    await slots.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Pair {
  readonly plainMs: number;
  readonly tasksMs: number;
}

function reportOf(of: {
  readonly rows: number;
  readonly steps: number;
  readonly infer: Pair & { readonly diskMs: number; readonly digest: string };
  readonly train: Pair;
}): Report {
  const { rows, steps, infer, train } = of;
  const row = (name: string, { plainMs, tasksMs }: Pair) => [
    name,
    numberText(plainMs),
    numberText(tasksMs),
    numberText(plainMs / tasksMs),
  ];
  return {
    benchmark: "onnx",
    hash: createHash("sha256").update(infer.digest).digest("hex").slice(0, 16),
    figures: [
      {
        name: "throughput of tasks against plain onnxruntime",
        value: infer.plainMs / infer.tasksMs,
        unit: "times",
        atLeast: 0.9,
      },
      {
        name: "a durable write of a task's result, alone on this disk",
        value: infer.diskMs,
        unit: "ms",
      },
      {
        name: `wall time of a training step against one process, H = ${steps}`,
        value: train.tasksMs / train.plainMs,
        unit: "times",
        atMost: 1.15,
      },
    ],
    table: [
      ["work", "in one process, ms", "as a task, ms", "ratio"],
      row(`infer, ${rows} pictures`, infer),
      row(`train, ${steps} steps`, train),
    ],
    notes: [
      "One slot, one thread on both sides, wall time, medians of runs in turn; the slot is warm, " +
        "as it is between tasks of a job.",
      "Both sides round results to one form; the task adds blobs, messages and an int8 update.",
    ],
  };
}

printReport(await measure(flagsOf()), flagsOf());
