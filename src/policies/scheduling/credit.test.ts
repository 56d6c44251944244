/** The credit rule, work by work: parts, banks, limits, ages. */
import { describe, expect, test } from "vitest";
import { HOUR, MINUTE } from "../../kernel/duration.ts";
import { credit } from "./credit.ts";
import { Queue, VCU, type Wish } from "./work.arbitrary.ts";

/** One VCU an hour, four hours in the bank. */
const wealthy = { balance: 4n * VCU, rate: VCU };
/** A quantum of an hour makes rates plain: burst is two VCU, debt four. */
const hourly = { quantumUs: "1h" };

describe("Credit", () => {
  test("richest in hours of own work first; placing spends what the work was reserved for", () => {
    const queue = new Queue(credit, { ...hourly, burst: 100 });
    // hours in the bank: slow 2 + 2 of 1 VCU an hour, fast 6 + 2 of 4 VCU an hour
    const slow = { by: "slow", balance: 2n * VCU, rate: VCU };
    const fast = { by: "fast", balance: 6n * VCU, rate: 4n * VCU };
    queue.add(slow, slow, fast, fast);
    expect(queue.explain("fast2")).toBe(
      "fast2 is one of 2 that wait for contributor/fast, which has 2.000 h of own work in the " +
        "bank and goes by credit; next is contributor/slow by credit with 4.000 h",
    );
    expect(queue.order()).toBe("slow0 by credit slow1 by credit fast2 by credit fast3 by credit");
  });

  test("commons work after all other, whatever its place in the queue", () => {
    const queue = new Queue(credit).add({ by: "commons" }, { by: "a", ...wealthy });
    expect(queue.explain("commons0")).toContain("the work of 1 requesters goes first");
    expect(queue.order()).toBe("a1 by credit commons0 by commons");
  });

  test("who brings machines now is guaranteed half of them before the rich are served", () => {
    // 10 GFLOPS are one VCU an hour, and half of that is guaranteed
    const capacityOf = (owner: string) => (owner === "contributor/poor" ? 10_000 : 0);
    const queue = new Queue(credit, hourly, capacityOf);
    const poor = { by: "poor", vcu: 0.5, rate: VCU };
    queue.add({ by: "rich", ...wealthy }, { by: "rich", ...wealthy }, poor, poor);
    expect(queue.order(2)).toBe("poor2 by guarantee rich0 by credit");
    expect(queue.order()).toBe("rich1 by credit poor3 by credit");
  });

  test("the guarantee is no more than what one is known to bring, whatever it claims", () => {
    const queue = new Queue(credit, hourly, () => 1_000_000);
    const faker = { by: "faker", vcu: 0.01, rate: VCU / 100n };
    queue.add(faker, faker, { by: "rich", ...wealthy, vcu: 1 });
    expect(queue.order()).toBe("rich2 by guarantee faker0 by guarantee faker1 by credit");
  });

  test("a hoarder spends twice its rate in a quantum, then all others go first", () => {
    const queue = new Queue(credit, hourly);
    const hoarder = { by: "hoarder", balance: 100n * VCU, rate: VCU };
    queue.add(hoarder, hoarder, hoarder, hoarder, { by: "other", ...wealthy });
    expect(queue.order()).toBe(
      "hoarder0 by credit hoarder1 by credit other4 by credit hoarder2 by leftover " +
        "hoarder3 by leftover",
    );
  });

  test("a new quantum gives the burst back", () => {
    const queue = new Queue(credit, hourly);
    const hoarder = { by: "hoarder", balance: 100n * VCU, rate: VCU };
    queue.add(hoarder, hoarder, hoarder, hoarder, { by: "other", ...wealthy });
    expect(queue.order(2)).toBe("hoarder0 by credit hoarder1 by credit");
    queue.atUs = HOUR;
    expect(queue.order()).toBe("hoarder2 by credit hoarder3 by credit other4 by credit");
  });

  test("a work larger than the burst is carried to later quanta", () => {
    const queue = new Queue(credit, hourly);
    const large = { by: "large", vcu: 5, balance: 100n * VCU, rate: VCU };
    const other = { by: "other", ...wealthy };
    queue.add(large, large, other);
    expect(queue.order(1)).toBe("large0 by credit");
    // five VCU at two an hour: two quanta give back four, and less than a limit is used again
    queue.atUs = HOUR;
    expect(queue.order(1)).toBe("other2 by credit");
    queue.atUs = 2 * HOUR;
    expect(queue.order(1)).toBe("large1 by credit");
  });

  test("work on debt goes last, four times the rate in a quantum, the rest in the next", () => {
    const queue = new Queue(credit, hourly);
    const owing: Wish = { by: "owing", vcu: 2, balance: -VCU, rate: VCU, onDebt: true };
    queue.add(owing, owing, owing, { by: "a", ...wealthy });
    expect(queue.order()).toBe(
      `a3 by credit owing0 by scavenger owing1 by scavenger again at ${HOUR}`,
    );
    expect(queue.explain("owing2")).toContain("goes by debt, not before 1 quanta of 3600 s");
    queue.atUs = HOUR;
    expect(queue.order()).toBe("owing2 by scavenger");
  });

  test("work on debt without any rate of own work never goes", () => {
    const queue = new Queue(credit, hourly).add({ by: "a", onDebt: true });
    expect(queue.order()).toBe("");
  });

  test("commons work does not wait for work on debt that is held back", () => {
    const queue = new Queue(credit, hourly);
    const owing: Wish = { by: "owing", vcu: 4, rate: VCU, onDebt: true };
    queue.add(owing, owing, { by: "commons" });
    expect(queue.order()).toBe(`owing0 by scavenger commons2 by commons again at ${HOUR}`);
  });

  test("work that waited for longer than the age goes before all of its part", () => {
    const queue = new Queue(credit, { ageUs: "2h" });
    queue.atUs = 5 * MINUTE;
    queue.add({ by: "poor", balance: 0n, rate: 100n * VCU, queuedUs: 5 * MINUTE });
    queue.atUs = 2 * HOUR + 15 * MINUTE;
    queue.add({ by: "rich", ...wealthy, queuedUs: queue.atUs });
    expect(queue.order()).toBe("poor0 by credit rich1 by credit");
  });

  test("a task's price was reserved once, however many of its copies wait", () => {
    const queue = new Queue(credit, { burst: 100 });
    const twice = { by: "twice", balance: 0n, rate: VCU };
    queue.add({ ...twice, task: "t" }, { ...twice, task: "t" });
    expect(queue.explain("twice0")).toContain("has 1.000 h of own work in the bank");
    expect(queue.order(1)).toBe("twice0 by credit");
    expect(queue.explain("twice1")).toContain("has 1.000 h of own work in the bank");
  });

  test("who keeps two slots' memory busy is charged for two", () => {
    const queue = new Queue(credit, hourly);
    const hog = { by: "hog", memoryMib: 4_096, balance: 100n * VCU, rate: VCU };
    queue.add(hog, hog, { by: "other", ...wealthy });
    expect(queue.order()).toBe("hog0 by credit other2 by credit hog1 by leftover");
  });

  test("a newer standing replaces an older one and never the other way round", () => {
    const old = { by: "a", balance: 9n * VCU, earned: 9n * VCU, rate: VCU };
    const newer = { by: "a", balance: VCU, earned: 10n * VCU, rate: VCU };
    const rival = { by: "b", balance: 6n * VCU, rate: VCU };
    const wide = { burst: 100 };
    expect(new Queue(credit, wide).add(old, rival).order(1)).toBe("a0 by credit");
    expect(new Queue(credit, wide).add(old, rival, newer).order(1)).toBe("b1 by credit");
    expect(new Queue(credit, wide).add(newer, rival, old).order(1)).toBe("b1 by credit");
  });

  test("two halves of an identity get what the whole gets, to within one execution", () => {
    const half = { balance: 2n * VCU, rate: VCU / 2n };
    const one = { by: "one", balance: 4n * VCU, rate: VCU };
    const other = { by: "other", balance: 5n * VCU, rate: VCU };
    const placesOf = (wishes: ReadonlyArray<Wish>) => {
      const order = new Queue(credit, { burst: 100 }).add(...wishes).order();
      return order.split(" by credit").map((word) => word.trim().replace(/[0-9]/g, ""));
    };
    const others = (order: ReadonlyArray<string>) =>
      order.flatMap((by, place) => (by === "other" ? [place] : []));
    const whole = placesOf([one, one, other, one, one, other]);
    const split = placesOf([
      { ...half, by: "one-a" },
      { ...half, by: "one-b" },
      other,
      { ...half, by: "one-a" },
      { ...half, by: "one-b" },
      other,
    ]);
    for (const [n, place] of others(whole).entries()) {
      expect(Math.abs(place - (others(split)[n] ?? 99))).toBeLessThanOrEqual(1);
    }
  });
});
