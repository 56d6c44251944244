import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { address } from "../../kernel/address.ts";
import { portCall } from "../../kernel/command.ts";
import { RUNNER, type RunnerOutcome } from "../../kernel/ports/model-runner.ts";
import type { BlobId, Blobs } from "../../live/blobs.ts";
import { contentOfBlob } from "../../live/work.ts";
import { ProcessSlots } from "../system/slots.ts";
import { checkModel } from "./check/check-model.ts";
import { COMMONS_RUN_MFLOP } from "./commons-work.ts";
import { mflopOf } from "./fit.ts";
import { matMul, mul, relu, tanh } from "./graph/arithmetic.ts";
import { encodeModel } from "./graph/encode.ts";
import { Graph } from "./graph/graph.ts";
import { gatherRows } from "./graph/layout.ts";
import { mean } from "./graph/reductions.ts";
import { type Manifest, writeManifest } from "./manifest.ts";
import { type Result, readResult } from "./result.ts";
import { OnnxRunner, type RunNote } from "./runner.ts";
import { type Tensor, tensor } from "./tensor.ts";
import { type Tensors, writeTensors } from "./tensor-file.ts";

const SECOND_US = 1_000_000;
const node = address("node", "n1");

class MemoryBlobs implements Blobs {
  readonly held = new Map<string, Uint8Array>();
  async put(bytes: Uint8Array): Promise<BlobId> {
    const id = createHash("sha256").update(bytes).digest("hex") as BlobId;
    this.held.set(id, bytes.slice());
    return id;
  }
  async get(id: BlobId) {
    return this.held.get(id);
  }
  async has(id: BlobId) {
    return this.held.has(id);
  }
}

const blobs = new MemoryBlobs();
const slots = new ProcessSlots({ execArgv: ["--import", "tsx"], priority: "normal" });
const folder = mkdtempSync(join(tmpdir(), "pingo-runner-"));
const notes: RunNote[] = [];
let runner: OnnxRunner;
let calls = 0;

function newRunner(change: { readonly memoryMib?: number; readonly graceMs?: number } = {}) {
  return new OnnxRunner({
    blobs,
    slots,
    folder,
    cacheBytes: 100 * 2 ** 20,
    limits: () => ({ cpuShare: 1, memoryMib: change.memoryMib ?? 1_024 }),
    note: (note) => void notes.push(note),
    ...(change.graceMs === undefined ? {} : { graceMs: change.graceMs }),
  });
}

beforeAll(() => {
  runner = newRunner();
});
afterAll(async () => {
  await runner.close();
  await slots.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => notes.splice(0));

/** Where a run stands: its outcome, when it is there. */
function start(content: string, mflop: number, key = `k${calls++}`, by = runner) {
  const request = {
    type: "RunModel" as const,
    task: "t",
    content,
    mflop,
    doneMflop: 0,
    inputBytes: 0,
    outputBytes: 0,
  };
  const outcome = new Promise<RunnerOutcome["outcome"]>((resolve) => {
    by.call(node, portCall(RUNNER, key, request, 60 * SECOND_US), (told) => resolve(told.outcome));
  });
  return { key, outcome };
}

function abort(of: string, by = runner) {
  const request = { type: "AbortRun" as const, run: of };
  return new Promise<RunnerOutcome["outcome"]>((resolve) => {
    by.call(node, portCall(RUNNER, `abort/${of}`, request, SECOND_US), (told) =>
      resolve(told.outcome),
    );
  });
}

async function resultOf(outcome: RunnerOutcome["outcome"]): Promise<Result> {
  if (!outcome.ok) throw new Error(`the run ended by ${outcome.reason}`);
  return readResult((await blobs.get(outcome.value.digest as BlobId))!);
}

/** Twice x, and x in a product that is as much work as wished. */
function model(width: number, layers: number): Uint8Array {
  const graph = new Graph("m");
  const x = graph.input("x", "float32", [4, width]);
  const w = graph.constant(
    tensor("float32", [width, width], new Float32Array(width * width).fill(1 / width)),
  );
  let y = x;
  for (let n = 0; n < layers; n++) y = tanh(matMul(y, w));
  graph.output("y", y);
  graph.output("double", mul(x, graph.scalar(2)));
  return encodeModel(graph, { batched: ["x", "y", "double"] });
}

const rows = (count: number, width: number): Tensor =>
  tensor(
    "float32",
    [count, width],
    Array.from({ length: count * width }, (_, i) => (i % 97) / 97),
  );

async function task(
  file: Uint8Array,
  data: Tensors,
  change: Partial<Manifest> = {},
): Promise<{ readonly content: string; readonly mflop: number }> {
  const count = Object.values(data)[0]!.shape[0]!;
  const manifest = {
    kind: "infer",
    version: 1,
    model: await blobs.put(file),
    dims: { batch: 4 },
    data: { blob: await blobs.put(writeTensors(data)), from: 0, rows: count },
    whole: [],
    batch: 4,
    tolerance: "fine",
    outputs: [],
    ...change,
  } as Manifest;
  const mflop = mflopOf(manifest, checkModel(file, manifest.dims));
  return { content: contentOfBlob(await blobs.put(writeManifest(manifest))), mflop };
}

describe("Runner: a task", () => {
  test("gives a row for each row, and the same blob again, whoever runs it", async () => {
    const { content, mflop } = await task(model(8, 1), { x: rows(10, 8) });
    const first = await start(content, mflop).outcome;
    const result = await resultOf(first);
    if (!result.ok) throw new Error(result.why);
    expect(result.tensors.double?.shape).toEqual([10, 8]);
    expect(result.tensors.double?.data[9]).toBeCloseTo((2 * 9) / 97, 3);
    expect(await start(content, mflop).outcome).toMatchObject({
      value: { digest: first.ok ? first.value.digest : "" },
    });
    expect(notes.map(({ how }) => how)).toEqual(["done", "done"]);
  });

  test("a part of the rows, and only the outputs that are wanted", async () => {
    const data = { x: rows(20, 8) };
    const of = { data: { blob: await blobs.put(writeTensors(data)), from: 13, rows: 3 } };
    const { content, mflop } = await task(model(8, 1), data, { ...of, outputs: ["double"] });
    const result = await resultOf(await start(content, mflop).outcome);
    if (!result.ok) throw new Error(result.why);
    expect(Object.keys(result.tensors)).toEqual(["double"]);
    expect(result.tensors.double?.data[0]).toBeCloseTo((2 * ((13 * 8) % 97)) / 97, 3);
  });

  test("a call that is made again while its run goes on joins it", async () => {
    const { content, mflop } = await task(model(8, 1), { x: rows(4, 8) });
    const [a, b] = [start(content, mflop, "same"), start(content, mflop, "same")];
    expect(await a.outcome).toEqual(await b.outcome);
    expect(notes).toHaveLength(1);
  });

  test("work of the commons: the same result everywhere, another for another content", async () => {
    const one = await start("00112233445566aa", 200).outcome;
    const again = await start("00112233445566aa", 200).outcome;
    const other = await start("00112233445566ab", 200).outcome;
    expect(one).toMatchObject({ ok: true });
    expect(again).toMatchObject({ value: { digest: one.ok ? one.value.digest : "" } });
    expect(other.ok && one.ok && other.value.digest !== one.value.digest).toBe(true);
  });
});

describe("Runner: tasks that no machine can run are refused by a result", () => {
  const refused = async (content: string, mflop: number) => {
    const result = await resultOf(await start(content, mflop).outcome);
    return result.ok ? "it ran" : result.why;
  };

  test("a model that is none", async () => {
    const { content } = await task(
      model(8, 1),
      { x: rows(4, 8) },
      {
        model: await blobs.put(new TextEncoder().encode("#!/bin/sh\nrm -rf /\n")),
      },
    );
    expect(await refused(content, 1)).toContain("not an ONNX file");
  });

  test("less is paid than the model is", async () => {
    const { content, mflop } = await task(model(64, 20), { x: rows(400, 64) });
    expect(await refused(content, mflop - 1)).toBe(
      `the task is ${mflop} MFLOP by its model, but only ${mflop - 1} are paid`,
    );
  });

  test("inputs of the wrong shape, type and name, and rows that are not there", async () => {
    const wide = await task(model(8, 1), { x: rows(4, 9) });
    expect(await refused(wide.content, 9)).toBe(
      "input x is float32 [rows, 9], but the model takes float32 [batch, 8] with batches of 4",
    );
    const other = await task(model(8, 1), { z: rows(4, 8) });
    expect(await refused(other.content, 9)).toBe(
      "the model's input x (float32 [batch, 8]) is not given",
    );
    const blob = await blobs.put(writeTensors({ x: rows(4, 8) }));
    const far = await task(model(8, 1), { x: rows(4, 8) }, { data: { blob, from: 2, rows: 4 } });
    expect(await refused(far.content, 9)).toContain("has 4 rows, but 2 to 5 are asked for");
  });

  test("a result that is not finite names its row", async () => {
    const graph = new Graph("m");
    const x = graph.input("x", "float32", [4, 2]);
    graph.output("y", graph.add("Log", { inputs: [x], shape: [4, 2] }));
    const x1 = tensor("float32", [8, 2], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, 1, 1, 1, 1]);
    const { content, mflop } = await task(encodeModel(graph, { batched: ["x", "y"] }), { x: x1 });
    expect(await refused(content, mflop)).toBe(
      "the model's output y is no finite number in row 5 of the task",
    );
  });

  test("a row of a table that is not there fails in the same words each time", async () => {
    const graph = new Graph("m");
    const x = graph.input("x", "int64", [4]);
    const table = graph.constant(tensor("float32", [3, 2], new Float32Array(6)));
    graph.output("y", gatherRows(table, x));
    const file = encodeModel(graph, { batched: ["x", "y"] });
    const { content, mflop } = await task(file, { x: tensor("int64", [4], [0, 1, 2, 99]) });
    const why = await refused(content, mflop);
    expect(why).toContain("the model failed as it ran");
    expect(await refused(content, mflop)).toBe(why);
  });

  test("a manifest that is none, and contents that are no id", async () => {
    const odd = await blobs.put(new TextEncoder().encode("{}"));
    expect(await refused(contentOfBlob(odd), 1)).toBe("the task's manifest does not have its form");
    expect(await refused("blob:../../etc/passwd", 1)).toBe("the task's content is no blob's id");
  });
});

describe("Runner: runs that end before they are done", () => {
  test("aborted: gone within a second, and the next start goes on where it was", async () => {
    const { content, mflop } = await task(model(256, 40), { x: rows(12_000, 256) });
    const { key, outcome } = start(content, mflop);
    const kept = () => readdirSync(join(folder, "partial"));
    while (kept().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    // the slot's word that it kept something comes behind the file
    await new Promise((resolve) => setTimeout(resolve, 300));
    const began = performance.now();
    const told = await abort(key);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(await outcome).toEqual({ ok: false, reason: "aborted", retryable: true });
    const done = told.ok ? told.value.doneMflop : 0;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(mflop);
    expect(kept()).toHaveLength(1);
    const resumed = await start(content, mflop).outcome;
    expect(kept()).toEqual([]);
    const whole = await start(content, mflop).outcome;
    expect(resumed).toMatchObject({ ok: true });
    expect(resumed).toMatchObject({ value: { digest: whole.ok ? whole.value.digest : "" } });
  }, 60_000);

  test("aborted: a run that nobody knows is no error", async () => {
    expect(await abort("unknown")).toMatchObject({ ok: true, value: { doneMflop: 0 } });
  });

  test("its deadline comes first", async () => {
    const request = { type: "RunModel", task: "t", content: "00ff00ff00ff00ff", mflop: 5_000_000 };
    const told = await new Promise<RunnerOutcome>((resolve) => {
      const call = { ...request, doneMflop: 0, inputBytes: 0, outputBytes: 0 };
      runner.call(node, portCall(RUNNER, "late", call, SECOND_US), resolve);
    });
    expect(told.outcome).toEqual({ ok: false, reason: "deadline", retryable: true });
  });

  test("without an end: killed when it ran far longer than its size allows", async () => {
    const impatient = newRunner({ graceMs: 20 });
    // paid for 1 MFLOP, which takes a hundredth of a second: starting a process takes longer
    const outcome = await start("0123456789abcdef", 1, "endless", impatient).outcome;
    expect(outcome).toEqual({ ok: false, reason: "killed", retryable: true });
    expect(notes[0]?.why).toBe("it ran far longer than its size allows");
    await impatient.close();
  });

  test("more memory than the slot has: killed, and the agent goes on", async () => {
    const small = newRunner({ memoryMib: 400 });
    const graph = new Graph("m");
    const x = graph.input("x", "float32", [1, 1]);
    const wide = graph.add("Expand", {
      inputs: [x, graph.ints([12_000, 12_000])],
      shape: [12_000, 12_000],
    });
    graph.output("y", mean(relu(wide)));
    const file = encodeModel(graph);
    const { content, mflop } = await task(file, { x: rows(1, 1) }, {
      kind: "evaluate",
      batch: 1,
      outputs: undefined,
    } as never);
    const outcome = await start(content, mflop, "memory", small).outcome;
    expect(outcome).toEqual({ ok: false, reason: "killed", retryable: true });
    expect(notes[0]?.why).toContain("memory");
    expect(
      await start("aaaabbbbccccdddd", COMMONS_RUN_MFLOP, "after", small).outcome,
    ).toMatchObject({
      ok: true,
    });
    await small.close();
  });

  test("a blob that is nowhere: killed, with the reason", async () => {
    const { content, mflop } = await task(
      model(8, 1),
      { x: rows(4, 8) },
      {
        model: "0".repeat(64) as BlobId,
      },
    );
    expect(await start(content, mflop).outcome).toMatchObject({ ok: false, reason: "killed" });
    expect(notes[0]?.why).toContain("is nowhere to be found");
  });

  test("closed: nothing is told any more, and no slot is left", async () => {
    const other = newRunner();
    let told = 0;
    const { outcome } = start("00ff00ff00ff00ff", 5_000_000, "closing", other);
    void outcome.then(() => told++);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await other.close();
    expect(notes).toEqual([]);
    expect(told).toBe(0);
  });
});
