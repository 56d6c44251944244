import { describe, expect, test } from "vitest";
import type { JobStatus } from "../client/pingo.ts";
import { doneText, progressLine } from "./progress-line.ts";

const status = (kind: string, done: number): JobStatus =>
  ({ kind, state: "running", tasks: { total: 8, done, running: 4 }, spent: 0n }) as JobStatus;

describe("Progress of a job", () => {
  test("a job is counted in tasks", () => {
    const line = progressLine(status("infer", 2), 3_000);
    expect(line).toMatch(/^\[######-{18}\] 2 of 8 tasks, 4 running, 0 VCU paid/);
    expect(doneText(status("infer", 2))).toBe("2 of 8 done, 4 running");
  });

  test("a training job is counted in rounds", () => {
    expect(progressLine(status("train", 8), 3_000)).toMatch(/^\[#{24}\] 8 of 8 rounds, 4 running/);
    expect(doneText(status("train", 3))).toBe("3 of 8 done, 4 workers running");
  });
});
