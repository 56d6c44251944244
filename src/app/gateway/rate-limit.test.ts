import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { askerOf } from "./guard.ts";
import { RateLimit } from "./rate-limit.ts";

describe("RateLimit", () => {
  test("nobody gets more than the burst and the rate together, whatever the times", () => {
    const gaps = fc.array(fc.nat(500), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(
        gaps,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 30 }),
        (all, rate, burst) => {
          const limit = new RateLimit({ perSecond: rate, burst });
          let nowMs = 0;
          let taken = 0;
          for (const gap of all) {
            nowMs += gap;
            const waitS = limit.take("a", nowMs);
            if (waitS === 0) taken += 1;
            else expect(Number.isInteger(waitS)).toBe(true);
          }
          expect(taken).toBeLessThanOrEqual(burst + (rate * nowMs) / 1_000 + 1e-6);
        },
      ),
    );
  });

  test("whoever waits as long as told is let in", () => {
    const limit = new RateLimit({ perSecond: 0.5, burst: 1 });
    expect(limit.take("a", 0)).toBe(0);
    const waitS = limit.take("a", 100);
    expect(waitS).toBe(2);
    expect(limit.take("a", 100 + waitS * 1_000)).toBe(0);
  });

  test("one asker's flood costs another nothing", () => {
    const limit = new RateLimit({ perSecond: 1, burst: 1 });
    for (let i = 0; i < 1_000; i++) limit.take("flood", i);
    expect(limit.take("quiet", 1_000)).toBe(0);
  });

  test("addresses of one IPv6 network are one asker, IPv4 ones are themselves", () => {
    expect(askerOf("2001:db8:1:2:aaaa::1")).toBe(askerOf("2001:db8:1:2:bbbb:1:2:3"));
    expect(askerOf("2001:db8:1:3::1")).not.toBe(askerOf("2001:db8:1:2::1"));
    expect(askerOf("::1")).toBe("0:0:0:0");
    expect(askerOf("::ffff:10.0.0.1")).toBe("::ffff:10.0.0.1");
    expect(askerOf("10.0.0.1")).toBe("10.0.0.1");
  });
});
