/** Many names on one processor get what it can do, and no more. */
import { beforeEach, describe, expect, test } from "vitest";
import { SECOND } from "../../kernel/duration.ts";
import type { Simulator } from "../core/simulator.ts";
import { SharedCpu } from "./shared-cpu.ts";

/** The clock of a simulator without actors. */
class Clock {
  nowUs = 0;
  private readonly due: Array<{ readonly atUs: number; readonly run: () => void }> = [];

  schedule(atUs: number, run: () => void): void {
    this.due.push({ atUs, run });
    this.due.sort((a, b) => a.atUs - b.atUs);
  }

  until(us: number): void {
    for (let next = this.due[0]; next !== undefined && next.atUs <= us; next = this.due[0]) {
      this.due.shift();
      this.nowUs = next.atUs;
      next.run();
    }
    this.nowUs = us;
  }
}

let clock: Clock;
let cpu: SharedCpu;
let ends: Array<readonly [name: string, seconds: number]>;

beforeEach(() => {
  clock = new Clock();
  // two slots of ten MFLOP per second each
  cpu = new SharedCpu(clock as unknown as Simulator, { all: 20, slot: 10 });
  ends = [];
});

const runs = new Map<string, object>();
function runNamed(name: string): object {
  const known = runs.get(name) ?? { name };
  runs.set(name, known);
  return known;
}
const join = (name: string, mflop: number) =>
  cpu.join(runNamed(name), mflop, () => ends.push([name, Math.round(clock.nowUs / 1_000) / 1_000]));

describe("Shared processor", () => {
  test("one run has one slot, whatever is free", () => {
    join("a", 100);
    clock.until(60 * SECOND);
    expect(ends).toEqual([["a", 10]]);
  });

  test("as many runs as slots do not slow each other; twice as many take twice as long", () => {
    for (const name of ["a", "b"]) join(name, 100);
    clock.until(60 * SECOND);
    expect(ends.map(([, at]) => at)).toEqual([10, 10]);
    ends = [];
    for (const name of ["a", "b", "c", "d"]) join(name, 100);
    clock.until(120 * SECOND);
    expect(ends.map(([, at]) => at - 60)).toEqual([20, 20, 20, 20]);
  });

  test("who comes later takes from those who are there, and leaves them the rest", () => {
    for (const name of ["a", "b"]) join(name, 100);
    clock.until(5 * SECOND);
    // half done; from now on each of four has five a second
    for (const name of ["c", "d"]) join(name, 100);
    expect(cpu.leftOf(runNamed("a"))).toBeCloseTo(50, 6);
    clock.until(10 * SECOND);
    expect(cpu.leftOf(runNamed("a"))).toBeCloseTo(25, 6);
    cpu.leave(runNamed("c"));
    cpu.leave(runNamed("d"));
    clock.until(60 * SECOND);
    expect(ends).toEqual([
      ["a", 12.5],
      ["b", 12.5],
    ]);
    expect(cpu.leftOf(runNamed("c"))).toBeUndefined();
  });
});
