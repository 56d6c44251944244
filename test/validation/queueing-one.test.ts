/** One machine is M/M/1: waits against rho / (1 - rho). Four machines: queueing-many.test.ts. */
import { describe, expect, test } from "vitest";
import { CUSTOMERS, customerByCustomer, measure, oneServer } from "./queueing.ts";

describe("A network of one machine is an M/M/1 queue", () => {
  test.each(oneServer)(
    "load $load: the closed form lies in the 95 % interval",
    (of) => {
      const { customers, wait, theory } = measure(of);
      expect(customers).toBeGreaterThanOrEqual(CUSTOMERS);
      expect(wait.half / theory.wait).toBeLessThan(0.05);
      expect(Math.abs(wait.mean - theory.wait)).toBeLessThan(wait.half);
    },
    300_000,
  );

  test("every customer waits as long as in Lindley's recursion", () => {
    const { waits, expected } = customerByCustomer({ servers: 1, load: 0.8, seed: 3 }, 5_000);
    expect(waits.length).toBe(expected.length);
    const furthest = waits.map((waitUs, i) => Math.abs(waitUs - (expected[i] as number)));
    expect(Math.max(...furthest)).toBeLessThan(1_000);
  });
});
