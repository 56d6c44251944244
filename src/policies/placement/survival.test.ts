/** The table of failures against the closed form that it stands for. */
import { describe, expect, test } from "vitest";
import { HOUR, SECOND } from "../../kernel/duration.ts";
import { exp, pow } from "../../sim/numbers/portable.ts";
import { failureWithin } from "./survival.ts";

/** P(up for t hours) of a Weibull time. */
const survival = (hours: number): number => exp(-pow(hours / 2.964, 0.393));
const exactly = (up: number, run: number): number => 1 - survival(up + run) / survival(up);

describe("Survival", () => {
  test.each([
    [0, 0.521],
    [1, 0.815],
    [24, 0.964],
  ])("up for %d h: one more hour with probability %d", (up, expected) => {
    expect(Math.abs(1 - failureWithin(up * HOUR, HOUR) - expected)).toBeLessThan(0.001);
  });

  test("between the entries of the table it is off by less than .02", () => {
    let worst = 0;
    for (let up = 10 * SECOND; up < 400 * HOUR; up *= 1.37) {
      for (let run = SECOND; run < 60 * HOUR; run *= 1.31) {
        const off = failureWithin(up, run) - exactly(up / HOUR, run / HOUR);
        worst = Math.max(worst, Math.abs(off));
      }
    }
    expect(worst).toBeLessThan(0.02);
  });

  test("less time up and longer runs never fail less; nothing is outside of the table", () => {
    for (let run = SECOND; run < 1_000 * HOUR; run *= 2.3) {
      for (let up = SECOND; up < 1_000 * HOUR; up *= 2.7) {
        expect(failureWithin(up, 2 * run)).toBeGreaterThanOrEqual(failureWithin(up, run));
        expect(failureWithin(2 * up, run)).toBeLessThanOrEqual(failureWithin(up, run));
      }
    }
    expect(failureWithin(0, 0)).toBe(0);
    expect(failureWithin(-1, 1e20)).toBeLessThanOrEqual(1);
  });
});
