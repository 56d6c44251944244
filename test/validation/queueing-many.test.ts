/** Four machines are M/M/4: waits against Erlang C. One machine: queueing-one.test.ts. */
import { describe, expect, test } from "vitest";
import { CUSTOMERS, customerByCustomer, fourServers, measure } from "./queueing.ts";

describe("A network of four machines is an M/M/4 queue", () => {
  test.each(fourServers)(
    "load $load: Erlang C lies in the 95 % interval",
    (of) => {
      const { customers, wait, theory } = measure(of);
      expect(customers).toBeGreaterThanOrEqual(CUSTOMERS);
      expect(wait.half / theory.wait).toBeLessThan(0.05);
      expect(Math.abs(wait.mean - theory.wait)).toBeLessThan(wait.half);
    },
    300_000,
  );

  test("every customer waits as long as where each takes the server that is free first", () => {
    const { waits, expected } = customerByCustomer({ servers: 4, load: 0.8, seed: 3 }, 5_000);
    expect(waits.length).toBe(expected.length);
    const furthest = waits.map((waitUs, i) => Math.abs(waitUs - (expected[i] as number)));
    expect(Math.max(...furthest)).toBeLessThan(1_000);
  });
});
