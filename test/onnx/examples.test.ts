import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { OnnxRunner } from "../../src/adapters/onnx/runner.ts";
import { ProcessSlots } from "../../src/adapters/system/slots.ts";
import type { PlannedJob } from "../../src/app/gateway/planner.ts";
import { readNpy } from "../../src/app/work/npy.ts";
import { planner } from "../../src/app/work/plan.ts";
import { address } from "../../src/kernel/address.ts";
import { portCall } from "../../src/kernel/command.ts";
import { RUNNER, type RunnerOutcome } from "../../src/kernel/ports/model-runner.ts";
import type { BlobId } from "../../src/live/blobs.ts";
import type { PlannedTask } from "../../src/live/work.ts";
import { MemoryBlobs } from "./memory-blobs.ts";

const blobs = new MemoryBlobs();
const slots = new ProcessSlots({ execArgv: ["--import", "tsx"], priority: "normal" });
const folder = mkdtempSync(join(tmpdir(), "pingo-examples-"));
let runner: OnnxRunner;

beforeAll(() => {
  const limits = () => ({ cpuShare: 1, memoryMib: 1_024 });
  runner = new OnnxRunner({ blobs, slots, folder, cacheBytes: 2 ** 28, limits });
});
afterAll(async () => {
  await runner.close();
  await slots.close();
  rmSync(folder, { recursive: true, force: true });
});

async function planned(name: string, change: object = {}): Promise<PlannedJob> {
  const job = { ...parse(readFileSync(join("examples", name), "utf8")), ...change };
  const files = new Map<string, BlobId>();
  const entries = readdirSync("examples", { withFileTypes: true });
  for (const { name: file } of entries.filter((entry) => entry.isFile())) {
    files.set(file, await blobs.put(readFileSync(join("examples", file))));
  }
  return planner.plan(job, files, blobs);
}

function digestOf({ content, mflop }: PlannedTask): Promise<string> {
  const request = { type: "RunModel", task: content, content, mflop, doneMflop: 0 };
  const call = { ...request, inputBytes: 0, outputBytes: 0 };
  return new Promise((resolve, reject) => {
    runner.call(
      address("node", "n"),
      portCall(RUNNER, content, call, 100_000_000),
      ({ outcome }: RunnerOutcome) => {
        if (outcome.ok) resolve(outcome.value.digest);
        else reject(new Error(outcome.reason));
      },
    );
  });
}

async function resultOf(job: PlannedJob, missing: ReadonlyArray<number> = []) {
  const digests: Array<string | null> = [];
  for (const [i, task] of job.work.tasks.entries()) {
    digests.push(missing.includes(i) ? null : await digestOf(task));
  }
  const json = await planner.assemble(job.assembly, digests, { format: "json", blobs });
  return { digests, value: JSON.parse(new TextDecoder().decode(json.bytes)) };
}

const labels = (name: string) => Array.from(readNpy(readFileSync(`examples/${name}`)).data, Number);
const agreement = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) =>
  a.filter((x, i) => x === b[i]).length / b.length;

describe("Examples: what ships, on a real runner", () => {
  test("digits-infer.yaml reads at least 95 of 100 digits, in ten tasks", async () => {
    const job = await planned("digits-infer.yaml");
    expect(job.work.tasks).toHaveLength(10);
    const { value, digests } = await resultOf(job);
    expect(value).toMatchObject({ kind: "infer", rows: 1_000, missing: [] });
    expect(agreement(value.outputs.digit, labels("digits-test-labels.npy"))).toBeGreaterThan(0.95);
    const npy = await planner.assemble(job.assembly, digests, { format: "npy", blobs });
    expect(Array.from(readNpy(npy.bytes).data, Number)).toEqual(value.outputs.digit);
  });

  test("digits-infer.yaml: missing tasks leave their rows empty, and are named", async () => {
    const job = await planned("digits-infer.yaml");
    const { value } = await resultOf(job, [3]);
    expect(value.missing).toEqual([{ from: 300, rows: 100, why: "no result yet" }]);
    expect(value.outputs.digit.slice(299, 302)).toEqual([expect.any(Number), null, null]);
  });

  test("digits-evaluate.yaml says the same accuracy as reading and comparing", async () => {
    const { value } = await resultOf(await planned("digits-evaluate.yaml"));
    expect(value.outputs.accuracy).toBeGreaterThan(0.95);
    expect(value.outputs.loss).toBeLessThan(0.2);
  });

  test("text-infer.yaml tells at least 9 of 10 lines", async () => {
    const { value } = await resultOf(await planned("text-infer.yaml"));
    expect(agreement(value.outputs.kind, labels("text-test-labels.npy"))).toBeGreaterThan(0.9);
  });

  test("text-train.yaml lowers the loss to a fraction of that of guessing", async () => {
    const { value } = await resultOf(await planned("text-train.yaml"));
    expect(value.outputs.loss).toBeLessThan(Math.log(3) / 3);
    expect(value.outputs.theta).toHaveLength(
      readNpy(readFileSync("examples/text-first.npy")).data.length,
    );
  });
});

describe("Examples: faults of a job file, in a sentence", () => {
  const fault = (name: string, change: object) =>
    planned(name, change).then(
      () => "planned",
      (error: Error) => error.message,
    );

  test.each([
    [{ kind: "infre" }, 'kind cannot be "infre"; did you mean infer?'],
    [{ kind: undefined }, "kind is missing; give one of infer, evaluate, train"],
    [{ outptus: [] }, "unknown key outptus; did you mean outputs?"],
    [{ model: "digits.onx" }, "model: there is no file digits.onx beside the job file"],
    [{ model: "digits-infer.yaml" }, "model: the model is not an ONNX file"],
    [{ batch: 0 }, "batch must be"],
    [
      { tasks: 2, task: "5s" },
      "task: give how long a task is or how many tasks there are, not both",
    ],
    [{ rows: 5_000 }, "rows: there are only 1000 rows, not 5000"],
    [{ inputs: {} }, "inputs: name at least one input of the model that has rows"],
    [
      { inputs: { pixel: "digits-test-pixels.npy" } },
      "inputs.pixel: the model has no input pixel; it has pixels",
    ],
    [
      { inputs: { pixels: "digits-test-labels.npy" } },
      "inputs: input pixels is uint8 [rows], but the model takes uint8 [batch, 784]",
    ],
    [{ inputs: { pixels: "digits-first.npy" } }, "is no uint8, which the model takes"],
    [{ inputs: { pixels: { file: "digits.onnx" } } }, "raw bytes need a word about what they are"],
    [
      { outputs: ["nothing"] },
      "outputs: the model has no output nothing; it has digit, probability, logits",
    ],
  ])("%j: %s", async (change, sentence) => {
    expect(await fault("digits-infer.yaml", change)).toContain(sentence);
  });

  test("a model that trains without what training needs", async () => {
    const inputs = { pixels: "digits-train-pixels.npy", label: "digits-train-labels.npy" };
    const found = await fault("digits-train.yaml", {
      model: "digits-evaluate.onnx",
      inputs,
      rounds: 1,
      workers: 1,
    });
    expect(found).toContain("gives theta after the step as theta.next");
  });

  test("rows that are no multiple of an evaluation's batches", async () => {
    expect(await fault("digits-evaluate.yaml", { rows: 990 })).toContain("give rows: 950");
  });
});
