/** What is written into control groups, against a folder that looks like one. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AgentGroup, ownGroup, SlotGroup } from "./cgroup.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pingo-group-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function group(files: Readonly<Record<string, string>>): SlotGroup {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return new SlotGroup(folder);
}
const textOf = (name: string) => readFileSync(join(folder, name), "utf8");

describe("Control groups", () => {
  test("a limit is a quota of a tenth of a second and a count of bytes, without swap", () => {
    const slot = group({ "cpu.max": "", "memory.max": "", "memory.swap.max": "" });
    expect(slot.limit({ cpuShare: 0.25, memoryMib: 512 })).toEqual({ cpu: true, memory: true });
    expect(textOf("cpu.max")).toBe("25000 100000");
    expect(textOf("memory.max")).toBe("536870912");
    expect(textOf("memory.swap.max")).toBe("0");
  });

  test("what a group does not offer is said, so that it is done without it", () => {
    const slot = group({ "memory.max": "" });
    expect(slot.limit({ cpuShare: 1, memoryMib: 64 })).toEqual({ cpu: false, memory: true });
    expect(existsSync(join(folder, "cpu.max"))).toBe(false);
    expect([slot.freeze(true), slot.kill()]).toEqual([false, false]);
  });

  test("freezing, killing and the kernel's own kills", () => {
    const slot = group({
      "cgroup.freeze": "0",
      "cgroup.kill": "",
      "memory.events": "low 0\noom 3\noom_kill 1\n",
    });
    expect([slot.freeze(true), textOf("cgroup.freeze")]).toEqual([true, "1"]);
    expect([slot.freeze(false), textOf("cgroup.freeze")]).toEqual([true, "0"]);
    expect([slot.kill(), textOf("cgroup.kill")]).toEqual([true, "1"]);
    expect(slot.ranOutOfMemory()).toBe(true);
    expect(group({ "memory.events": "oom 0\noom_kill 0\n" }).ranOutOfMemory()).toBe(false);
  });

  test("the agent passes the controllers on that it was given", () => {
    group({ "cgroup.controllers": "cpu io memory", "cgroup.subtree_control": "" });
    const agent = AgentGroup.open(folder);
    expect(agent?.slot()).toBeInstanceOf(SlotGroup);
    expect(textOf("cgroup.subtree_control")).toBe("+memory");
    expect(existsSync(join(folder, `pingo-${process.pid}`, "slot-1"))).toBe(true);
  });

  test("groups of an agent that is gone are taken away", async () => {
    const gone = join(folder, "pingo-4194305");
    mkdirSync(join(gone, "slot-1"), { recursive: true });
    AgentGroup.open(folder);
    await expect.poll(() => existsSync(gone)).toBe(false);
  });

  test("where nothing may be made there are none", () => {
    expect(AgentGroup.open("/proc/none")).toBeUndefined();
  });

  test.each([
    ["cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", "0::/user.slice/a.scope\n", "/user.slice/a.scope"],
    ["cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", "3:cpu:/x\n0::/\n", "/"],
    ["cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", "0::/../../other\n", undefined],
    ["cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\n", "3:cpu:/x\n", undefined],
    ["", "", undefined],
  ])("the agent's own group in %j and %j", (mounts, own, path) => {
    expect(ownGroup(mounts, own)).toBe(path && join("/sys/fs/cgroup", path));
  });
});
