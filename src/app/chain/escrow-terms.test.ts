/** Terms of an escrow name a job by its content: client, worker and gateway find the same name. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Address } from "@ton/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Deployment } from "../../adapters/ton/deployment.ts";
import { demandHash, saltedDemand } from "../job/demand-hash.ts";
import { readJobFile } from "../job/job-file.ts";
import { readTerms } from "./escrow-terms.ts";

const at = (byte: string) => Address.parse(`0:${byte.repeat(32)}`);
const deployment = { contracts: { minter: at("aa"), pool: at("bb") } } as unknown as Deployment;

let folder: string;
const path = (name: string) => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pingo-terms-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function termsWith(lines: string): string {
  const times = "acceptSeconds: 60\nworkSeconds: 60\njudgeSeconds: 60\n";
  const verifiers = `verifiers: { threshold: 1, keys: ["${"ab".repeat(32)}"] }\n`;
  const rest = `client: "${at("cc").toRawString()}"\nprice: 1\nbond: 1\n`;
  writeFileSync(path("terms.yaml"), rest + times + verifiers + lines);
  return path("terms.yaml");
}
const named = (lines: string) =>
  readTerms(termsWith(lines), deployment).terms.jobHash.toString("hex");

describe("Terms of an escrow", () => {
  test("the worker's file names the same job, whatever its escrow and its order", () => {
    writeFileSync(path("model.onnx"), "weights");
    writeFileSync(path("job.yaml"), "kind: infer\nmodel: model.onnx\nbatch: 5\n");
    const own = "batch: 5\nescrow: { address: EQabc, salt: two }\nmodel: model.onnx\nkind: infer\n";
    writeFileSync(path("own.yaml"), own);
    const hash = named("work: job.yaml\nsalt: two\n");
    expect(named("work: own.yaml\nsalt: two\n")).toBe(hash);
    expect(named("work: job.yaml\n")).not.toBe(hash);
    // what the gateway makes of the order
    const { job, escrow } = readJobFile(path("own.yaml"));
    const blob = createHash("sha256").update("weights").digest("hex");
    const order = demandHash(job, { "model.onnx": blob });
    expect(saltedDemand(order, escrow?.salt ?? "")).toBe(hash);
    expect(escrow).toEqual({ address: "EQabc", salt: "two" });
  });

  test("another model, another number, another file's name: another job", () => {
    const hash = named("work: job.yaml\n");
    writeFileSync(path("job.yaml"), "kind: infer\nmodel: model.onnx\nbatch: 6\n");
    expect(named("work: job.yaml\n")).not.toBe(hash);
    writeFileSync(path("job.yaml"), "kind: infer\nmodel: model.onnx\nbatch: 5\n");
    expect(named("work: job.yaml\n")).toBe(hash);
    writeFileSync(path("model.onnx"), "other weights");
    expect(named("work: job.yaml\n")).not.toBe(hash);
  });

  test("a price of nothing is refused", () => {
    const file = termsWith("job: digits\n");
    writeFileSync(file, readFileSync(file, "utf8").replace("price: 1", "price: 0.0"));
    expect(() => readTerms(file, deployment)).toThrow(/price is what the worker is paid, more/);
  });

  test("a name of one's own is hashed as it is; neither and both are refused", () => {
    const hash = createHash("sha256").update("digits\n7").digest("hex");
    expect(named("job: digits\nsalt: 7\n")).toBe(hash);
    for (const lines of ["", "job: digits\nwork: job.yaml\n"]) {
      expect(() => named(lines)).toThrow(/either work, a job file of pingo, or job, any name/);
    }
    for (const escrow of ["5", "{ adress: EQ }", "{ address: EQ, salt: [1] }", "[]"]) {
      writeFileSync(path("odd.yaml"), `kind: infer\nescrow: ${escrow}\n`);
      expect(() => readJobFile(path("odd.yaml"))).toThrow(/escrow is an address such as EQ…, or/);
    }
  });
});
