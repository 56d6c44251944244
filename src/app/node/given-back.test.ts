/**
 * The promise to the owner, with real processes: within a second of the owner's return every task
 * stands still. Other load on the machine may delay the agent as it may delay anyone, so the bound
 * is held by the median of several returns.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { ProcessSlots } from "../../adapters/system/slots.ts";
import { Agent } from "../../live/agent.ts";
import { parseRule } from "../../live/contribution/parse.ts";
import type { Sighting } from "../../live/owner.ts";
import type { Slot } from "../../live/slots.ts";

const RETURNS = 7;
const folder = mkdtempSync(join(tmpdir(), "pingo-return-"));
const closers: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  rmSync(folder, { recursive: true, force: true });
});

const pause = (ms: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** CPU time in ticks of all threads: what stands still takes no more of it. */
function ticks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** "T": halted by a signal. */
function standsStill(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return /\) [Tt] /.test(stat);
}

describe.runIf(process.platform === "linux")("Owner's return", () => {
  test("halts every task within a second, again and again", async () => {
    const path = join(folder, "busy.mjs");
    writeFileSync(path, `process.send("ready"); for (;;);`);
    const processes = new ProcessSlots({ priority: "normal", withoutGroups: true });
    const away: Sighting = { inputIdleS: 3_600, othersLoad: 0, power: "mains" };
    let seen = away;
    const agent = new Agent({
      sensors: { look: async () => seen, close: () => undefined },
      slots: processes,
      rule: parseRule("100% when idle"),
      machine: { cores: 3, memoryMib: 4_096 },
    });
    closers.push(
      () => agent.close(),
      () => processes.close(),
    );
    await agent.start();
    const slots: Slot[] = [];
    for (let i = 0; i < 3; i++) {
      const slot = agent.slots.start(pathToFileURL(path), { cpuShare: 0.5, memoryMib: 512 });
      slots.push(slot);
      await new Promise((resolve) => {
        slot.heard(resolve);
      });
    }
    const delays: number[] = [];
    for (let i = 0; i < RETURNS; i++) {
      seen = away;
      await expect.poll(() => agent.status().given.slots, { timeout: 20_000 }).toBe(3);
      await pause(200 + 37 * i);
      seen = { ...away, inputIdleS: 0 };
      const since = performance.now();
      while (agent.status().given.slots > 0 || !slots.every(({ pid }) => standsStill(pid))) {
        if (performance.now() - since > 20_000) throw new Error("the tasks go on");
        await pause(5);
      }
      delays.push(performance.now() - since);
      const before = slots.map(({ pid }) => ticks(pid));
      await pause(150);
      expect(slots.map(({ pid }) => ticks(pid))).toEqual(before);
    }
    delays.sort((a, b) => a - b);
    expect(delays[Math.floor(RETURNS / 2)]).toBeLessThan(1_000);
  });
});
