import { Either } from "effect";
import { expect, test } from "vitest";
import { parseSwfTrace } from "./trace-swf.ts";

/** A job line: number, submit, wait, run, used processors, three unknown, requested, the rest. */
function job(submit: number | string, run: number, used: number, requested: number): string {
  return `  1 ${submit} 0 ${run} ${used} -1 -1 ${requested} 600 -1 1 7 1 -1 1 -1 -1 -1`;
}

const messageOf = (content: string): string | undefined => {
  const parsed = parseSwfTrace("log.swf", content);
  return Either.isLeft(parsed) ? parsed.left.message : undefined;
};

test("swf: processors become tasks, run time their size", () => {
  const lines = ["; Version: 2.2", job(10, 60, 4, 8), job(5, 30, -1, 2), job(6, 0, 1, 1)];
  const trace = Either.getOrThrow(parseSwfTrace("log.swf", `${lines.join("\n")}\n`));
  expect([...trace.atUs]).toEqual([5e6, 10e6]);
  expect([...trace.tasks]).toEqual([2, 4]);
  expect([...trace.size]).toEqual([30, 60]);
  expect(trace.skipped).toBe(1);
  expect(trace.vcuPerUnit * 3_600).toBeCloseTo(1, 12);
});

test.each([
  ["", "log.swf:1: the file is empty"],
  ["; only a comment\n1 2 3\n", "log.swf:2: expected 18 fields, found 3: 1 2 3"],
  [job("abc", 1, 1, 1), "log.swf:1: field is not a number: abc"],
  [`;\n${job(-5, 1, 1, 1)}`, "log.swf:2: submit time is negative: -5"],
  [job(1e300, 1, 1, 1), "log.swf:1: submit time is too large: 1e+300"],
  [job(1, 1, 200_000, 1), "log.swf:1: more than 100000 processors: 200000"],
])("swf: %j is refused", (content, message) => {
  expect(messageOf(content)).toBe(message);
});

test("swf: a huge line is refused and not repeated", () => {
  expect(messageOf("1 ".repeat(1_000_000))).toBe("log.swf:1: line is longer than 10000 characters");
});

test("swf: comments alone are a trace without jobs", () => {
  expect(Either.getOrThrow(parseSwfTrace("log.swf", "; empty\n")).atUs).toHaveLength(0);
});
