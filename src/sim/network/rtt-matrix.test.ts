import { Either } from "effect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRttMatrix } from "./rtt-matrix.ts";

const parsed = (text: string) => Either.getOrThrow(parseRttMatrix(text, "rtt.tsv"));
const complaint = (text: string) => {
  const answer = parseRttMatrix(text, "rtt.tsv");
  return Either.isLeft(answer) ? answer.left.message : "no complaint";
};

describe("parseRttMatrix", () => {
  it("reads milliseconds into microseconds", () => {
    const matrix = parsed("0\t1.5\t20\n1.5\t0\t0.25\n20\t0.25\t0\n");
    expect([...matrix.rttUs]).toEqual([0, 1500, 20_000, 1500, 0, 250, 20_000, 250, 0]);
    expect(matrix.repaired).toBe(0);
  });

  it("takes the other direction for a missing one and averages two", () => {
    const matrix = parsed("0\t10\r\n30\t0\r\n");
    expect(matrix.rttUs[1]).toBe(20_000);
    expect(parsed("0\tNaN\n30\t0").rttUs[1]).toBe(30_000);
  });

  it("repairs a pair without measurement by the shortest detour", () => {
    const matrix = parsed("0\t0\t10\t1\n0\t0\t5\t90\n10\t5\t0\t7\n1\t90\t7\t0");
    expect(matrix.rttUs[1]).toBe(15_000);
    expect(matrix.rttUs[4]).toBe(15_000);
    expect(matrix.repaired).toBe(1);
  });

  it("reads a single place", () => {
    expect(parsed("0").size).toBe(1);
  });

  it.each([
    ["", "rtt.tsv: the file is empty, expected a square matrix of milliseconds"],
    ["\n \n", "rtt.tsv: the file is empty, expected a square matrix of milliseconds"],
    ["0\t1\t2\n1\t0\n2\t3\t0", "rtt.tsv:2: expected 3 columns, found 2"],
    ["0\t1\n1\t0\n2\t3", "rtt.tsv:3: expected 2 rows, found 3"],
    ["0\t1\t2\n1\t0\t2", "rtt.tsv:2: expected 3 rows, found 2"],
    ["0\t-1\n1\t0", "rtt.tsv:1: expected 0 to 120000 ms in column 2, found -1"],
    ["0\t1e9\n1\t0", "rtt.tsv:1: expected 0 to 120000 ms in column 2, found 1e9"],
    ["0\t1\nfast\t0", 'rtt.tsv:2: expected milliseconds in column 1, found "fast"'],
    ["0\tInfinity\n1\t0", 'rtt.tsv:1: expected milliseconds in column 2, found "Infinity"'],
    ["0\t0\n0\t0", "rtt.tsv:1: no measurement links rows 1 and 2"],
    ["1\t".repeat(5000), "rtt.tsv:1: expected at most 4096 columns, found 5001"],
  ])("refuses %j", (text, sentence) => {
    expect(complaint(text)).toBe(sentence);
  });

  it("is symmetric, positive and never fails on positive tables", () => {
    const cell = fc.double({ min: 0.001, max: 1000, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }).chain((n) =>
          fc.array(fc.array(cell, { minLength: n, maxLength: n }), {
            minLength: n,
            maxLength: n,
          }),
        ),
        (rows) => {
          const { size, rttUs } = parsed(rows.map((row) => row.join("\t")).join("\n"));
          for (let i = 0; i < size; i++) {
            for (let j = 0; j < size; j++) {
              expect(rttUs[i * size + j]).toBe(rttUs[j * size + i]);
              expect((rttUs[i * size + j] ?? -1) > 0).toBe(i !== j);
            }
          }
        },
      ),
    );
  });

  it("answers any text with a matrix or a sentence", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const answer = parseRttMatrix(text, "rtt.tsv");
        if (Either.isLeft(answer)) expect(answer.left.message).toMatch(/^rtt\.tsv:/);
      }),
    );
  });
});
