import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AuditLog, auditFiles, hashOf } from "./audit-log.ts";
import { verifyAudit } from "./audit-verify.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pingo-audit-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entry = (target: string) => ({
  atUs: 7,
  request: "r",
  remote: "127.0.0.1",
  token: "abcdefgh",
  role: "requester",
  contributor: "you",
  action: "job.submit",
  target,
  outcome: "done",
});

async function written(lines: number, rotateBytes?: number): Promise<AuditLog> {
  const log = await AuditLog.open(folder, rotateBytes);
  await Promise.all(Array.from({ length: lines }, (_, i) => log.append(entry(`you.${i}`))));
  return log;
}

describe("AuditLog", () => {
  test("the chain goes on through rotated files and restarts", async () => {
    await (await written(20, 1_000)).close();
    expect(readdirSync(folder).length).toBeGreaterThan(3);
    await (await written(5, 1_000)).close();
    const { lines, first, bad, files, head } = await verifyAudit(folder);
    expect([lines, first, bad]).toEqual([25, 1, undefined]);
    expect(files).toBe(readdirSync(folder).length);
    const log = await AuditLog.open(folder);
    expect(log.head).toEqual({ lines: 25, head });
    await log.close();
  });

  test("a full disk: what waits is refused, and the chain goes on when there is room", async () => {
    let room = 700;
    const write = async (file: number, bytes: Buffer, from: number) => {
      if (room === 0) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
      // also half a line is written before the disk says that it is full
      const size = Math.min(room, bytes.length - from);
      room -= size;
      return writeSync(file, bytes, from, size, null);
    };
    const log = await AuditLog.open(folder, 1_000_000, write);
    const tried = await Promise.allSettled([log.append(entry("a")), log.append(entry("b"))]);
    expect(tried.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    const { head } = log;
    const full = { problem: { status: 503, detail: expect.stringMatching(/disk is full/) } };
    for (const each of ["c", "d"]) {
      await expect(log.append(entry(each))).rejects.toMatchObject(full);
      expect(log.head).toEqual(head);
    }
    const together = [log.append(entry("e")), log.append(entry("f"))];
    for (const each of together) await expect(each).rejects.toMatchObject(full);
    room = 1_000_000;
    await log.append(entry("g"));
    await log.close();
    expect(await verifyAudit(folder)).toMatchObject({ lines: 3, bad: undefined });
    const [file = ""] = auditFiles(folder);
    expect(readFileSync(file, "utf8").match(/"target":"\w"/g)).toEqual(
      ["a", "b", "g"].map((each) => `"target":"${each}"`),
    );
  });

  test("any change of any byte is found, and named no later than where it is", async () => {
    await (await written(12, 900)).close();
    // the newest file may be empty: the next line begins it
    const files = auditFiles(folder).filter((path) => statSync(path).size > 0);
    const texts = files.map((path) => readFileSync(path));
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (f, at, by) => {
        const file = f % files.length;
        const bytes = Buffer.from(texts[file]!);
        const place = at % bytes.length;
        bytes[place] = bytes[place]! ^ by;
        writeFileSync(files[file]!, bytes);
        const { bad, lines } = await verifyAudit(folder);
        writeFileSync(files[file]!, texts[file]!);
        const before = texts.slice(0, file).reduce((sum, text) => sum + linesIn(text), 0);
        const own = linesIn(texts[file]!.subarray(0, place));
        // a line end that is gone merges two lines, or leaves the last one without an end
        const isLast = place === bytes.length - 1;
        if (bad === undefined) expect([isLast, lines]).toEqual([true, 12]);
        else expect(before + own + (bad.line > own + 1 ? 0 : 1)).toBeGreaterThanOrEqual(bad.line);
      }),
      { numRuns: 150 },
    );
  });

  test("a line that is taken out, put in or moved is found", async () => {
    await (await written(6)).close();
    const [path] = auditFiles(folder) as [string];
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    const tries = [
      [lines.toSpliced(2, 1), 3],
      [lines.toSpliced(2, 0, lines[1]!), 3],
      [[lines[0]!, lines[2]!, lines[1]!, ...lines.slice(3)], 2],
    ] as const;
    for (const [changed, line] of tries) {
      writeFileSync(path, `${changed.join("\n")}\n`);
      expect((await verifyAudit(folder)).bad?.line).toBe(line);
    }
  });

  test("a hash that fits and a text that is no line is a break, not a crash", async () => {
    for (const text of ["no JSON", "null", "{}", '{"n":"1","prev":7}']) {
      writeFileSync(join(folder, "audit-000000000001.log"), `${hashOf(text)} ${text}\n`);
      expect((await verifyAudit(folder)).bad).toMatchObject({
        line: 1,
        why: "it is no line of an audit log",
      });
    }
  });

  test("a file that is put away leaves a chain that says where it begins", async () => {
    await (await written(20, 1_000)).close();
    rmSync(auditFiles(folder)[0]!);
    const { bad, first } = await verifyAudit(folder);
    expect(bad).toBeUndefined();
    expect(first).toBeGreaterThan(1);
  });

  test("a line that a crash cut is cut off, and the log says so", async () => {
    await (await written(3)).close();
    const [path] = auditFiles(folder) as [string];
    appendFileSync(path, "0123 half a li");
    const log = await AuditLog.open(folder);
    await log.close();
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatch(/"action":"audit\.recover","target":"14 bytes"/);
    expect((await verifyAudit(folder)).bad).toBeUndefined();
  });

  test("a log whose end was changed is not gone on with", async () => {
    await (await written(3)).close();
    const [path] = auditFiles(folder) as [string];
    writeFileSync(path, readFileSync(path, "utf8").replace("you.2", "you.3"));
    await expect(AuditLog.open(folder)).rejects.toThrow(/was changed; run pingo audit verify/);
  });
});

function linesIn(bytes: Uint8Array): number {
  return bytes.filter((byte) => byte === 0x0a).length;
}
