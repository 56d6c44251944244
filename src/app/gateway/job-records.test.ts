import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nanoVcu } from "../../kernel/credit.ts";
import { type Acceptance, type Ending, JobRecords } from "./job-records.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pingo-records-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const path = () => join(folder, "jobs.jsonl");

const accepted = (demand: number, key: string | null = null): Acceptance => ({
  contributor: "you",
  demand,
  name: "a job",
  kind: "infer",
  plan: "0".repeat(64),
  tasks: 2,
  price: nanoVcu(5n),
  atUs: demand,
  token: "abcdefgh",
  key,
  body: "hash",
  escrow: null,
});
const ended: Ending = {
  job: null,
  state: "settled",
  reason: "",
  done: 2,
  spent: nanoVcu(5n),
  atUs: 9,
  result: "ab".repeat(32),
};

describe("JobRecords", () => {
  test("what was accepted, handed over, cancelled and ended is there after a restart", async () => {
    const records = JobRecords.open(path());
    const one = await records.accept(accepted(1, "k"));
    const two = await records.accept(accepted(2));
    await records.noteHanded(one);
    await records.noteCancel(one);
    await records.noteEnd(one, ended);
    await records.close();
    const again = JobRecords.open(path());
    expect(again.get("you.1")).toEqual(one);
    expect(again.get("you.2")).toEqual(two);
    expect(again.underKey("you", "k")?.id).toBe("you.1");
    expect(again.underKey("other", "k")).toBeUndefined();
    expect([again.nextDemand("you"), again.nextDemand("other")]).toEqual([3, 1]);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    await again.close();
  });

  test("a crash at any byte loses no job that was accepted before", async () => {
    const records = JobRecords.open(path());
    const sizes: number[] = [];
    for (let demand = 1; demand <= 6; demand++) {
      await records.accept(accepted(demand));
      sizes.push(statSync(path()).size);
    }
    await records.close();
    const whole = readFileSync(path());
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), async (cut) => {
        rmSync(path(), { force: true });
        appendFileSync(path(), whole);
        truncateSync(path(), cut);
        const left = JobRecords.open(path());
        expect([...left.all()]).toHaveLength(sizes.filter((size) => size <= cut).length);
        await left.accept(accepted(7));
        await left.close();
        const again = JobRecords.open(path());
        expect(again.get("you.7")).toBeDefined();
        await again.close();
      }),
      { numRuns: 60 },
    );
  });

  test("a damaged line is named and nothing is changed", async () => {
    const records = JobRecords.open(path());
    await records.accept(accepted(1));
    await records.close();
    appendFileSync(path(), '{"line":"accepted"}\n');
    const before = readFileSync(path(), "utf8");
    expect(() => JobRecords.open(path())).toThrow(/line 2 of .*jobs\.jsonl cannot be read/);
    expect(readFileSync(path(), "utf8")).toBe(before);
  });

  test("old jobs that are over are let go of, but no number is given twice", async () => {
    const records = JobRecords.open(path());
    for (let demand = 1; demand <= 5; demand++) {
      const record = await records.accept(accepted(demand));
      if (demand !== 2) await records.noteEnd(record, ended);
    }
    await records.close();
    const left = JobRecords.open(path(), 2);
    expect([...left.all()].map(({ id }) => id)).toEqual(["you.2", "you.5"]);
    expect(left.nextDemand("you")).toBe(6);
    await left.close();
  });
});
