import { expect, test } from "vitest";
import { MFLOP_PER_VCU } from "../../kernel/credit.ts";
import { RunCosts } from "./run-costs.ts";

const request = (vcu: number, done = 0) => ({
  type: "RunModel" as const,
  task: "t",
  content: "c",
  mflop: vcu * MFLOP_PER_VCU,
  doneMflop: done * MFLOP_PER_VCU,
  inputBytes: 100,
  outputBytes: 10,
});

test("two copies of a paid task, a broken run and a tenth of the time in transfer", () => {
  const costs = new RunCosts();
  for (let copy = 0; copy < 2; copy++) {
    costs.began(request(0.5), 60);
    costs.finished(request(0.5), { compute: 1_000, send: 40 });
  }
  costs.began(request(0.5), 0);
  costs.broke(request(0.5), 0.25 * MFLOP_PER_VCU);
  costs.used(0.5 * MFLOP_PER_VCU);
  const [only, ...others] = costs.bySize();
  expect(others).toEqual([]);
  expect(only).toEqual({
    belowVcu: 1,
    usefulVcu: 0.5,
    verification: 1,
    churn: 0.25,
    transfer: 0.1,
    factor: expect.closeTo(2 * 1.25 * 1.1, 12) as number,
  });
  expect([costs.inputBytes, costs.outputBytes]).toEqual([200, 20]);
});

test("work that goes on from a checkpoint was not lost", () => {
  const costs = new RunCosts();
  costs.began(request(2), 0);
  costs.broke(request(2), 1.5 * MFLOP_PER_VCU);
  expect(costs.total().churn).toBe(0);
  costs.began(request(2, 1.5), 0);
  costs.finished(request(2, 1.5), { compute: 1, send: 0 });
  costs.used(2 * MFLOP_PER_VCU);
  expect(costs.total()).toMatchObject({ verification: 0, churn: 0, factor: 1, usefulVcu: 2 });
});
