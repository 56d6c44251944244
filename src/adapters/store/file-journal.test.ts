import {
  appendFile,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Journal } from "../../live/journal.ts";
import type { FencingToken } from "../../live/leases.ts";
import type { ShardId } from "../../live/shard.ts";
import { FileJournals } from "./file-journal.ts";
import type { OpenFile } from "./files.ts";

const shard = "edge-e0" as ShardId;
const token = (n: number) => n as FencingToken;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pingo-journal-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const journals = (segmentBytes = 1_000) => new FileJournals({ folder, segmentBytes });

async function all(journal: Journal, from = 0): Promise<ReadonlyArray<string>> {
  const records: string[] = [];
  for await (const record of journal.read(from)) records.push(record);
  return records;
}

async function newestSegment(): Promise<string> {
  const names = (await readdir(join(folder, shard))).filter((name) => name.startsWith("journal-"));
  return join(folder, shard, names.sort().at(-1) ?? "");
}

/** A journal that was closed with these appends in it. */
async function written(...appends: ReadonlyArray<ReadonlyArray<string>>): Promise<void> {
  const journal = await journals().open(shard, token(1));
  let length = 0;
  for (const append of appends) length = await journal.append(length, append);
  await journal.close();
}

describe("Journal: what was appended is there after a restart", () => {
  test("in order, from anywhere, over many segments", async () => {
    const records = Array.from({ length: 100 }, (_, i) => JSON.stringify({ i, text: "ü\t\n" }));
    const journal = await journals().open(shard, token(1));
    for (let i = 0; i < 100; i += 4) {
      expect(await journal.append(i, records.slice(i, i + 4))).toBe(i + 4);
    }
    await journal.close();
    expect((await readdir(join(folder, shard))).length).toBeGreaterThan(3);
    const back = await journals().open(shard, token(2));
    expect(await all(back)).toEqual(records);
    expect(await all(back, 57)).toEqual(records.slice(57));
    expect(await back.append(100, ["{}"])).toBe(101);
    await back.close();
  });

  test("behind a snapshot the records that it stands for are forgotten", async () => {
    await written(['"a"', '"b"'], ['"c"']);
    const journal = await journals().open(shard, token(2));
    await journal.compact({ at: 3, text: "state" });
    expect(await journal.append(3, ['"d"'])).toBe(4);
    await journal.close();
    const back = await journals().open(shard, token(3));
    expect(await back.latest()).toEqual({ at: 3, text: "state" });
    expect(await all(back, 3)).toEqual(['"d"']);
    await back.close();
    const names = await readdir(join(folder, shard));
    expect(names.filter((name) => name.startsWith("journal-"))).toHaveLength(1);
  });
});

describe("Journal: torn last line", () => {
  test("a crash in the middle of an append takes that append whole, and no other", async () => {
    await written(['"a"', '"b"'], ['"c"', '"d"']);
    const path = await newestSegment();
    const whole = await readFile(path);
    const secondAt = whole.indexOf(0x0a) + 1;
    for (let size = secondAt; size < whole.length; size++) {
      await writeFile(path, whole.subarray(0, size));
      const journal = await journals().open(shard, token(1));
      expect(await all(journal)).toEqual(['"a"', '"b"']);
      await journal.close();
    }
  });

  test("what comes next is written over the torn end", async () => {
    await written(['"a"']);
    await appendFile(await newestSegment(), 'deadbeef "half');
    const journal = await journals().open(shard, token(2));
    await journal.append(1, ['"b"']);
    await journal.close();
    const back = await journals().open(shard, token(3));
    expect(await all(back)).toEqual(['"a"', '"b"']);
    await back.close();
  });
});

describe("Journal: damage in the middle is refused, not guessed at", () => {
  test("a flipped byte names file and line, and nothing is changed", async () => {
    await written(['"a"'], ['"b"'], ['"c"']);
    const path = await newestSegment();
    const bytes = await readFile(path);
    const at = bytes.indexOf('"b"');
    bytes[at + 1] = 0x7a;
    await writeFile(path, bytes);
    await expect(journals().open(shard, token(2))).rejects.toMatchObject({
      name: "JournalError",
      reason: "corrupt",
      message: expect.stringMatching(/journal-0+\.log is damaged in line 2/),
    });
    expect(await readFile(path)).toEqual(bytes);
  });

  test("any flipped byte before the last line is found", async () => {
    await written(['"first"', '"second"'], ['"third"'], ['"last"']);
    const path = await newestSegment();
    const sound = await readFile(path);
    const lastAt = sound.lastIndexOf(0x0a, sound.length - 2) + 1;
    const property = fc.asyncProperty(
      fc.nat({ max: lastAt - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (at, by) => {
        const bytes = Buffer.from(sound);
        bytes[at] = (bytes[at] ?? 0) ^ by;
        await writeFile(path, bytes);
        await expect(journals().open(shard, token(2))).rejects.toThrow(/damaged in line/);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  test("a missing segment is named by its records", async () => {
    const journal = await journals(10).open(shard, token(1));
    for (let i = 0; i < 3; i++) await journal.append(i, [`"${i}"`]);
    await journal.close();
    await rm(join(folder, shard, "journal-000000000000001.log"));
    const opening = journals().open(shard, token(2));
    await expect(opening).rejects.toThrow(/misses records 1 to 1/);
  });

  test("a damaged snapshot is named", async () => {
    await written(['"a"']);
    const journal = await journals().open(shard, token(2));
    await journal.compact({ at: 1, text: "state" });
    await journal.close();
    await truncate(join(folder, shard, "snapshot-000000000000001.json"), 12);
    await expect(journals().open(shard, token(3))).rejects.toThrow(/snapshot-.* is damaged/);
  });
});

describe("Journal: owners", () => {
  test("of two owners exactly one appends", async () => {
    const first = await journals().open(shard, token(1));
    await first.append(0, ['"a"']);
    const second = await journals().open(shard, token(2));
    await expect(first.append(1, ['"b"'])).rejects.toMatchObject({ reason: "fenced" });
    expect(await second.append(1, ['"c"'])).toBe(2);
    expect(await all(second)).toEqual(['"a"', '"c"']);
    await first.close();
    await second.close();
  });

  test("an older token than the newest owner's is turned away", async () => {
    await (await journals().open(shard, token(5))).close();
    const opening = journals().open(shard, token(4));
    await expect(opening).rejects.toMatchObject({ reason: "fenced" });
  });

  test("an append that expects another length is turned away", async () => {
    const journal = await journals().open(shard, token(1));
    await journal.append(0, ['"a"']);
    await expect(journal.append(0, ['"b"'])).rejects.toMatchObject({ reason: "fenced" });
    await journal.close();
  });
});

describe("Journal: full disk", () => {
  test("nothing is lost, and it goes on when there is room", async () => {
    let full = false;
    const openFile: OpenFile = async (path, flags) => {
      const file = await open(path, flags);
      const write = file.write.bind(file) as (...args: ReadonlyArray<unknown>) => unknown;
      // half of the bytes go in before the disk is full
      Object.assign(file, {
        write: async (bytes: Uint8Array, from: number, length: number, at: number) => {
          if (!full) return write(bytes, from, length, at);
          await write(bytes, from, length >> 1, at);
          throw Object.assign(new Error("no space"), { code: "ENOSPC" });
        },
      });
      return file;
    };
    const small = new FileJournals({ folder, openFile });
    const journal = await small.open(shard, token(1));
    await journal.append(0, ['"a"']);
    full = true;
    const failing = journal.append(1, ['"b"']);
    await expect(failing).rejects.toMatchObject({ reason: "full" });
    await expect(journal.compact({ at: 1, text: "s" })).rejects.toMatchObject({ reason: "full" });
    full = false;
    expect(await journal.append(1, ['"c"'])).toBe(2);
    await journal.close();
    const back = await journals().open(shard, token(2));
    expect(await all(back)).toEqual(['"a"', '"c"']);
    await back.close();
  });

  test("what is no line of JSON text is refused before it is written", async () => {
    const journal = await journals().open(shard, token(1));
    await expect(journal.append(0, ["a\nb"])).rejects.toThrow(/one line/);
    expect(await journal.append(0, ['"a"'])).toBe(1);
    await journal.close();
  });
});
