import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Either } from "effect";
import { expect, test } from "vitest";
import { type CsvColumns, parseCsvTrace } from "./trace-csv.ts";

const parse = (content: string, columns?: CsvColumns) =>
  parseCsvTrace("trace.csv", content, columns);
const messageOf = (content: string, columns?: CsvColumns): string | undefined => {
  const parsed = parse(content, columns);
  return Either.isLeft(parsed) ? parsed.left.message : undefined;
};

test("csv: seconds and sizes, sorted by arrival, rows of one time in file order", () => {
  const trace = Either.getOrThrow(parse("# made up\narrival_s,size\n2,7\r\n0.5,1\n\n2,8\n"));
  expect([...trace.atUs]).toEqual([500_000, 2_000_000, 2_000_000]);
  expect([...trace.size]).toEqual([1, 7, 8]);
  expect([...trace.tasks]).toEqual([1, 1, 1]);
  expect(trace.vcuPerUnit).toBe(1);
});

test("csv: named columns, quoted cells and a byte order mark", () => {
  const trace = Either.getOrThrow(
    parse('\uFEFF"id","when","a","b"\n"x",3,"1",2\n', { time: "when", sizes: ["a", "b"] }),
  );
  expect([[...trace.atUs], [...trace.size]]).toEqual([[3_000_000], [3]]);
});

test("csv: the Azure layout counts tokens, from the first row", () => {
  const trace = Either.getOrThrow(
    parse(
      "TIMESTAMP,ContextTokens,GeneratedTokens\n" +
        "2023-11-16 23:59:59.9000000,374,44\n2023-11-17 00:00:00.1000001,10,1\n",
    ),
  );
  expect([...trace.atUs]).toEqual([0, 200_000]);
  expect([...trace.size]).toEqual([418, 11]);
  expect(trace.vcuPerUnit * 36_000).toBeCloseTo(1, 12);
});

test.each([
  ["", "trace.csv:1: the file is empty; it needs a header and rows"],
  ["\n# nothing\n", "trace.csv:2: the file is empty; it needs a header and rows"],
  ["time,load\n1,2\n", "trace.csv:1: the header has no column arrival_s: time,load"],
  ["arrival_s,size\n1,2\nabc,2\n", "trace.csv:3: arrival time is not a number: abc"],
  ["arrival_s,size\n-1,2\n", "trace.csv:2: arrival time is negative: -1"],
  ["arrival_s,size\n1,\n", "trace.csv:2: size is not a number: "],
  ["arrival_s,size\n1,-3\n", "trace.csv:2: size is not a number: -3"],
  ["arrival_s,size\n1\n", "trace.csv:2: expected 2 columns, found 1: 1"],
  ["arrival_s,size\n1e300,1\n", "trace.csv:2: arrival time is not a number: 1e300"],
  [
    "arrival_s,size\n2023-11-16 10:00:00,1\n2023-11-16 09:00:00,1\n",
    "trace.csv:3: arrival time lies before the first row: 2023-11-16 09:00:00",
  ],
])("csv: %j is refused", (content, message) => {
  expect(messageOf(content)).toBe(message);
});

test("csv: a huge line is refused and not repeated", () => {
  const huge = `arrival_s,size\n1,1\n${"9,".repeat(1_000_000)}\n`;
  expect(messageOf(huge)).toBe("trace.csv:3: line is longer than 10000 characters");
});

test("csv: a header alone is a trace without jobs", () => {
  expect(Either.getOrThrow(parse("arrival_s,size\n")).atUs).toHaveLength(0);
});

const folder = process.env.PINGO_TRACES ?? "";
const azure = join(folder, "azure_llm_2023_conv.csv");
const hasAzure = folder !== "" && existsSync(azure);
if (!hasAzure) console.log("csv: set PINGO_TRACES to a folder with azure_llm_2023_conv.csv");

test.runIf(hasAzure)("csv: the Azure conversation trace, 19,366 arrivals in 3,502 s", () => {
  const trace = Either.getOrThrow(parseCsvTrace(azure, readFileSync(azure, "utf8")));
  expect(trace.atUs).toHaveLength(19_366);
  expect(Math.round((trace.atUs.at(-1) ?? 0) / 1e6)).toBe(3_502);
  const mean = trace.size.reduce((sum, size) => sum + size, 0) / trace.size.length;
  expect(mean).toBeCloseTo(1154.7 + 211.1, 0);
});
