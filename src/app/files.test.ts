import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeFolder } from "./files.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "pingo-files-"));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

describe("Folders of the user", () => {
  test("all that are missing are made, each with the mode; one that is there is left", () => {
    makeFolder(join(scratch, "a/b/c"), 0o700);
    makeFolder(join(scratch, "a/b/c"));
    expect(statSync(join(scratch, "a/b")).mode & 0o777).toBe(0o700);
    expect(statSync(join(scratch, "a/b/c")).isDirectory()).toBe(true);
  });

  test("a file in the way is a sentence, at the end of the path and within it", () => {
    writeFileSync(join(scratch, "file"), "");
    expect(() => makeFolder(join(scratch, "file"))).toThrow("a file is in its place");
    expect(() => makeFolder(join(scratch, "file/x/y"))).toThrow("a part of the path is a file");
  });

  test.runIf(existsSync("/proc/self"))("a file system that takes no folder ends it", () => {
    expect(() => makeFolder("/proc/pingo/x")).toThrow("cannot make the folder /proc/pingo/x");
  });
});
