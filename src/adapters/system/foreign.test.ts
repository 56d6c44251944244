/** What macOS and Windows say about processes, as `ps` and our own script print it. */
import { describe, expect, test } from "vitest";
import { groupMibOf, openForeign, windowsProcessScript, windowsSizeOf } from "./foreign.ts";

describe("Processes of other systems", () => {
  test("Linux needs none of it", () => {
    expect(openForeign("linux")).toBeUndefined();
  });

  test("macOS: the memory of a group is that of all its processes", () => {
    const ps = "    1   9000\n  501  20480\n  501 102400\n50123      7\n";
    expect(groupMibOf(ps, 501)).toBe(120);
    expect(groupMibOf(ps, 5)).toBeUndefined();
    expect(groupMibOf("", 501)).toBeUndefined();
  });

  test("Windows: a size in bytes, none for one that is gone, and chatter", () => {
    expect(windowsSizeOf("4711 104857600")).toEqual([4_711, 100]);
    expect(windowsSizeOf("4711 ")).toEqual([4_711, undefined]);
    expect(windowsSizeOf("Windows PowerShell")).toBeUndefined();
  });

  test("Windows: the script fits into an encoded command line", () => {
    const encoded = Buffer.from(windowsProcessScript, "utf16le").toString("base64");
    expect(encoded.length).toBeLessThan(8_000);
  });
});
