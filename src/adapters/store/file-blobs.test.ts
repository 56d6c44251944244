import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FileBlobs } from "./file-blobs.ts";
import { sha256 } from "./files.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pingo-blobs-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function* piecesOf(pieces: ReadonlyArray<Uint8Array>, end?: Error) {
  yield* pieces;
  if (end !== undefined) throw end;
}
const letters = (text: string) => new TextEncoder().encode(text);
const incoming = () => readdir(join(folder, "incoming"));

describe("File blobs: what comes in pieces", () => {
  test("is the blob that the whole would be", async () => {
    const blobs = new FileBlobs({ folder });
    const property = fc.asyncProperty(fc.array(fc.uint8Array(), { maxLength: 6 }), async (all) => {
      const whole = Buffer.concat(all);
      const kept = await blobs.putPieces(piecesOf(all), sha256(whole));
      expect(kept).toEqual({ id: sha256(whole), bytes: whole.length });
      expect(Buffer.from((await blobs.get(kept.id)) ?? []).equals(whole)).toBe(true);
    });
    await fc.assert(property, { numRuns: 15 });
    expect(await incoming()).toEqual([]);
  });

  test("broken off, too long or of another id: nothing is kept", async () => {
    const blobs = new FileBlobs({ folder, largest: 5 });
    const broken = blobs.putPieces(piecesOf([letters("ab")], new Error("it broke off")));
    await expect(broken).rejects.toThrow("it broke off");
    const long = blobs.putPieces(piecesOf([letters("abc"), letters("def")]));
    await expect(long).rejects.toMatchObject({ reason: "too-large" });
    const other = blobs.putPieces(piecesOf([letters("abc")]), sha256(letters("abd")));
    await expect(other).rejects.toMatchObject({ reason: "other" });
    expect(await blobs.has(sha256(letters("abc")) as never)).toBe(false);
    expect(await incoming()).toEqual([]);
  });

  test("left by a process that was killed: a day later it is gone", async () => {
    await mkdir(join(folder, "incoming"));
    const [old, young] = ["1-1.part", "1-2.part"].map((name) => join(folder, "incoming", name));
    await Promise.all([old, young].map((path) => writeFile(path ?? "", "half")));
    await utimes(old ?? "", new Date(0), new Date(Date.now() - 2 * 86_400_000));
    await new FileBlobs({ folder }).putPieces(piecesOf([letters("x")]));
    expect(await incoming()).toEqual(["1-2.part"]);
  });
});
