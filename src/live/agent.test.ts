/** The agent against an owner that a test plays: what is given, when, and who hears of it. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Agent } from "./agent.ts";
import { parseRule } from "./contribution/parse.ts";
import type { OwnerActivity, Sighting } from "./owner.ts";
import { OwnerJudge } from "./owner-judge.ts";
import type { Slot, SlotEnd, SlotLimits, Slots } from "./slots.ts";

const machine = { cores: 4, memoryMib: 8_192 };
const away: Sighting = { inputIdleS: 3_600, othersLoad: 0.02, power: "mains" };
const there: Sighting = { ...away, inputIdleS: 1 };

/** Slots without processes: what was asked of each. */
class FakeSlots implements Slots {
  readonly made: FakeSlot[] = [];
  start(_: URL, limits: SlotLimits): Slot {
    const slot = new FakeSlot(limits);
    this.made.push(slot);
    return slot;
  }
  get halted(): ReadonlyArray<boolean> {
    return this.made.map(({ halted }) => halted);
  }
}

class FakeSlot implements Slot {
  readonly pid = 1;
  halted = false;
  limits: SlotLimits;
  end: (end: SlotEnd) => void = () => undefined;
  readonly ended: Promise<SlotEnd>;
  constructor(limits: SlotLimits) {
    this.limits = limits;
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }
  tell(): void {}
  heard(): void {}
  pause(): void {
    this.halted = true;
  }
  resume(): void {
    this.halted = false;
  }
  limit(limits: SlotLimits): void {
    this.limits = limits;
  }
  async kill(): Promise<void> {
    this.end({ why: "killed" });
  }
}

function world(rule: string, first: Sighting = away) {
  const slots = new FakeSlots();
  const seen = { now: first };
  const sensors = { look: vi.fn(async () => seen.now), close: vi.fn() };
  const agent = new Agent({ sensors, slots, rule: parseRule(rule), machine, zone: "UTC" });
  const heard: string[] = [];
  agent.watch(({ state }: OwnerActivity) => heard.push(state));
  return { agent, slots, seen, sensors, heard };
}

const script = new URL("file:///none.js");
const wants: SlotLimits = { cpuShare: 1, memoryMib: 2_048 };

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-23T12:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("Agent: owner", () => {
  test("before the first look nothing is known and nothing given", async () => {
    const { agent, slots, heard } = world("50%");
    agent.slots.start(script, wants);
    expect(slots.halted).toEqual([true]);
    await agent.start();
    expect(slots.halted).toEqual([false]);
    expect(heard).toEqual(["unknown", "idle"]);
    agent.close();
  });

  test("tasks stand still at the look after the owner's return, listeners hear it", async () => {
    const { agent, slots, seen, heard } = world("100%");
    await agent.start();
    await vi.advanceTimersByTimeAsync(6_000);
    for (let i = 0; i < 3; i++) agent.slots.start(script, wants);
    await vi.advanceTimersByTimeAsync(10);
    expect(slots.halted).toEqual([false, false, false]);
    seen.now = there;
    await vi.advanceTimersByTimeAsync(300);
    expect(slots.halted).toEqual([true, true, true]);
    expect(heard).toEqual(["unknown", "idle", "busy"]);
    expect(agent.status().given.reason).toBe("user active");
    expect(agent.status().events[0]?.why).toBe("somebody is at the machine");
    seen.now = { ...away, inputIdleS: 179 };
    await vi.advanceTimersByTimeAsync(60_000);
    expect(slots.halted).toEqual([true, true, true]);
    seen.now = { ...away, inputIdleS: 181 };
    await vi.advanceTimersByTimeAsync(5_000);
    expect(slots.halted).toEqual([false, false, false]);
    agent.close();
  });

  test("a task that begins while the owner is back is halted at once", async () => {
    const { agent, slots, seen } = world("100%");
    await agent.start();
    await vi.advanceTimersByTimeAsync(2_000);
    seen.now = there;
    agent.slots.start(script, wants);
    await vi.advanceTimersByTimeAsync(1);
    expect(slots.halted).toEqual([true]);
    agent.close();
  });

  test("looks seldom while nothing runs, and not at all once it is closed", async () => {
    const { agent, sensors } = world("100%");
    await agent.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sensors.look.mock.calls.length).toBeLessThanOrEqual(7);
    agent.close();
    const looks = sensors.look.mock.calls.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sensors.look.mock.calls.length).toBe(looks);
    expect(sensors.close).toHaveBeenCalledOnce();
  });

  test("paused by hand beats the rule until it is resumed", async () => {
    const { agent, slots, heard } = world("100%");
    await agent.start();
    agent.slots.start(script, wants);
    agent.pause();
    expect(slots.halted).toEqual([true]);
    expect(agent.status()).toMatchObject({
      pausedByHand: true,
      given: { reason: "paused by hand", cpuShare: 0 },
    });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(slots.halted).toEqual([true]);
    agent.resume();
    expect(slots.halted).toEqual([false]);
    expect(heard).toEqual(["unknown", "idle", "busy", "idle"]);
    agent.close();
  });

  test("a sensor that throws knows nothing, and work stops", async () => {
    const { agent, slots, sensors } = world("100%");
    await agent.start();
    agent.slots.start(script, wants);
    sensors.look.mockRejectedValue(new Error("no such sensor"));
    await vi.advanceTimersByTimeAsync(6_000);
    expect(slots.halted).toEqual([true]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(agent.status().owner.state).toBe("unknown");
    agent.close();
  });

  test("the hour of the rule strikes without anything else happening", async () => {
    const { agent, slots } = world("100% between 12:10 and 13:00");
    await agent.start();
    agent.slots.start(script, wants);
    expect(agent.status().given.reason).toBe("outside hours");
    await vi.advanceTimersByTimeAsync(10 * 60_000 + 1_000);
    expect(slots.halted).toEqual([false]);
    agent.close();
  });
});

describe("Agent: reasons", () => {
  test("who cannot see input tells other programs from a person", async () => {
    const { agent, seen } = world("100%", { power: "mains" });
    await agent.start();
    expect(agent.status().given.why).toBe("neither input nor load can be seen");
    seen.now = { power: "mains", othersLoad: 0.8 };
    await vi.advanceTimersByTimeAsync(1_000);
    expect(agent.status().given).toMatchObject({
      reason: "busy by others",
      why: "other programs use 80 %",
    });
    agent.close();
  });
});

describe("Agent: sleep", () => {
  test("who cannot see input takes the wake-up for somebody's", async () => {
    const blind: Sighting = { othersLoad: 0.01, power: "mains" };
    const { agent } = world("100%", blind);
    await agent.start();
    expect(agent.status().owner.state).toBe("idle");
    vi.setSystemTime(Date.now() + 8 * 3_600_000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(agent.status().owner).toMatchObject({ state: "busy" });
    expect(agent.status().owner.why).toContain("woke up");
    await vi.advanceTimersByTimeAsync(185_000);
    expect(agent.status().owner.state).toBe("idle");
    agent.close();
  });
});

describe("Governor: limits", () => {
  test("a task gets what it asks for and no more than is given", async () => {
    const { agent, slots } = world("30%, max 4GB");
    await agent.start();
    agent.slots.start(script, wants);
    agent.slots.start(script, { cpuShare: 0.1, memoryMib: 512 });
    const [first, second] = slots.made;
    // 1.2 cores in two slots; 4 GB between them.
    expect(first?.limits).toEqual({ cpuShare: 0.6, memoryMib: 2_048 });
    expect(second?.limits).toEqual({ cpuShare: 0.1, memoryMib: 512 });
    agent.close();
  });

  test("the youngest wait when there are too many, and step in when one has ended", async () => {
    const { agent, slots } = world("2 cores");
    await agent.start();
    for (let i = 0; i < 3; i++) agent.slots.start(script, wants);
    expect(slots.halted).toEqual([false, false, true]);
    slots.made[0]?.end({ why: "exited", code: 0 });
    await vi.advanceTimersByTimeAsync(1);
    expect(slots.halted.slice(1)).toEqual([false, false]);
    expect(agent.slots.busySlots).toBe(2);
    agent.close();
  });

  test("a slot that rests leaves its place, and comes back as the latest", async () => {
    const { agent, slots } = world("1 core");
    await agent.start();
    const first = agent.slots.start(script, wants);
    agent.slots.start(script, wants);
    expect(slots.halted).toEqual([false, true]);
    first.pause();
    expect(slots.halted).toEqual([true, false]);
    expect(agent.slots.busySlots).toBe(1);
    first.resume();
    expect(slots.halted).toEqual([true, false]);
    agent.close();
  });

  test("what its user paused stays so when the owner leaves", async () => {
    const { agent, slots } = world("100%");
    await agent.start();
    const slot = agent.slots.start(script, wants);
    slot.pause();
    agent.pause();
    agent.resume();
    expect(slots.halted).toEqual([true]);
    slot.resume();
    expect(slots.halted).toEqual([false]);
    agent.close();
  });

  test("halted tasks keep no more memory than a busy machine spares", async () => {
    const { agent, slots, seen } = world("100%, max 2GB when busy");
    await agent.start();
    agent.slots.start(script, wants);
    expect(slots.made[0]?.limits.memoryMib).toBe(2_048);
    seen.now = there;
    await vi.advanceTimersByTimeAsync(300);
    expect(slots.made[0]?.limits.memoryMib).toBe(512);
    agent.close();
  });
});

describe("Owner: judged without input", () => {
  const at = (load: number): Sighting => ({ othersLoad: load, power: "mains" });

  test("a rise counts within seconds, a fall within half a minute", () => {
    const judge = new OwnerJudge(180_000_000);
    expect(judge.judge(at(0.02), 0).state).toBe("idle");
    const rises = [1, 2, 3, 4, 5].map((s) => judge.judge(at(0.9), s).state);
    expect(rises.indexOf("busy")).toBeLessThan(3);
    expect(judge.judge(at(0), 6).state).toBe("busy");
    let s = 6;
    while (judge.judge(at(0), s).state === "busy") s += 1;
    expect(s).toBeGreaterThan(12);
    expect(s).toBeLessThan(36);
  });

  test("a moment's peak is no owner", () => {
    const judge = new OwnerJudge(180_000_000);
    for (let s = 0; s < 60; s++) {
      expect(judge.judge(at(s % 10 === 5 ? 0.6 : 0.02), s).state).toBe("idle");
    }
  });

  test("nothing seen is unknown", () => {
    expect(new OwnerJudge(1).judge({ power: "unknown" }, 0)).toEqual({
      state: "unknown",
      power: "unknown",
      load: undefined,
      by: undefined,
      why: "neither input nor load can be seen",
    });
  });
});
