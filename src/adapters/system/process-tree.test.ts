/** What the kernel's texts about a process say. */
import { describe, expect, test } from "vitest";
import { cpuMs, cpuMsOf, memoryMib, memoryMibOf, treeOf } from "./process-tree.ts";

describe("Process tree", () => {
  test("CPU time counts from behind the last bracket: a name may hold anything", () => {
    const stat = "17 (a) b) S 1 17 17 0 -1 4194304 900 0 1 0 250 75 0 0 39 19 11 0 88 1 2 3";
    expect(cpuMsOf(stat)).toBe(3_250);
  });

  test("memory is what no file holds, with what was swapped out", () => {
    const status =
      "VmRSS:\t  90000 kB\nRssAnon:\t 40960 kB\nRssShmem:\t 1024 kB\nVmSwap:\t 1024 kB\n";
    expect(memoryMibOf(status)).toBe(42);
    expect(memoryMibOf("VmRSS:\t  2048 kB\n")).toBe(2);
    expect(memoryMibOf("Name:\tkthreadd\n")).toBe(0);
  });

  test("of this very process, and of one that is not there", () => {
    expect(cpuMs([process.pid])).toBeGreaterThan(0);
    expect(memoryMib([process.pid])).toBeGreaterThan(10);
    expect(treeOf(process.pid)[0]).toBe(process.pid);
    expect(cpuMs([4_194_305])).toBeUndefined();
    expect(memoryMib([4_194_305])).toBe(0);
  });
});
