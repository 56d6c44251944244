/** What every blob store promises, tried on files and over a live server. */
import { createHash } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { NatsBlobs } from "../../src/adapters/nats/blobs.ts";
import { CORE_PRINCIPAL } from "../../src/adapters/nats/names.ts";
import { FileBlobs } from "../../src/adapters/store/file-blobs.ts";
import { type BlobId, type Blobs, blobId } from "../../src/live/blobs.ts";
import { skipNats } from "../nats/test-server.ts";
import { type Arm, Networks, openerOf, withFolder } from "./arms.ts";

const LARGEST = 9 * 1_048_576;

interface Kept {
  readonly blobs: Blobs;
  /** Spoils some bytes of the one blob that is there. */
  readonly spoil: () => Promise<void>;
}

const networks = new Networks();
afterAll(() => networks.end());

const arms: ReadonlyArray<Arm<Kept>> = [
  {
    name: "files",
    skip: false,
    open: () =>
      withFolder((folder) => ({
        blobs: new FileBlobs({ folder, largest: LARGEST }),
        spoil: async () => {
          const entries = await readdir(folder, { recursive: true, withFileTypes: true });
          const [file] = entries.filter((entry) => entry.isFile());
          await writeFile(join(file?.parentPath ?? folder, file?.name ?? ""), "other bytes");
        },
      })),
  },
  {
    name: "NATS",
    skip: skipNats,
    open: async () => {
      const { link, names } = await networks.open();
      const blobs = new NatsBlobs(link, { names, writer: CORE_PRINCIPAL, maxBytes: LARGEST });
      const spoil = async () => {
        const { manager, client } = link;
        const first = await manager.streams.getMessage(names.blobStream, { seq: 1 });
        await client.publish(first?.subject ?? "", "other bytes");
      };
      return { port: { blobs, spoil }, end: async () => {} };
    },
  },
];

const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function* piecesOf(bytes: Uint8Array, size: number, last?: Error) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  if (last !== undefined) throw last;
}

for (const arm of arms) {
  describe.skipIf(arm.skip)(`Blobs, ${arm.name}`, () => {
    const open = openerOf(arm);

    it("kept: its id is its hash, and it comes back", async () => {
      const { blobs } = await open();
      const bytes = Buffer.from("a model");
      const id = await blobs.put(bytes);
      expect(id).toBe(hashOf(bytes));
      expect(Buffer.from((await blobs.get(id)) ?? [])).toEqual(bytes);
      expect(await blobs.has(id)).toBe(true);
    });

    it("never kept: not there", async () => {
      const { blobs } = await open();
      const id = blobId(hashOf(Buffer.from("nobody kept it"))) as BlobId;
      expect(await blobs.get(id)).toBeUndefined();
      expect(await blobs.has(id)).toBe(false);
    });

    it("kept twice: once is enough", async () => {
      const { blobs } = await open();
      const bytes = Buffer.from("twice");
      expect(await blobs.put(bytes)).toBe(await blobs.put(bytes));
    });

    it("eight megabytes: come back as they were", async () => {
      const { blobs } = await open();
      const bytes = Buffer.alloc(8 * 1_048_576);
      for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32LE((i * 2_654_435_761) >>> 0, i);
      const id = await blobs.put(bytes);
      expect(Buffer.compare(Buffer.from((await blobs.get(id)) ?? []), bytes)).toBe(0);
    });

    it("in pieces of any size: kept as if it had come in one", async () => {
      const { blobs } = await open();
      const whole = Buffer.alloc(700_000, "what comes in pieces ");
      for (const size of [1_000, 262_144, 700_000]) {
        const kept = await blobs.putPieces?.(piecesOf(whole, size), hashOf(whole));
        expect(kept).toEqual({ id: hashOf(whole), bytes: whole.length });
      }
      const id = hashOf(whole) as BlobId;
      expect(Buffer.compare(Buffer.from((await blobs.get(id)) ?? []), whole)).toBe(0);
    });

    it("in pieces: too many, others than announced, broken off: nothing is kept", async () => {
      const { blobs } = await open();
      const long = blobs.putPieces?.(piecesOf(Buffer.alloc(LARGEST + 1), 1_048_576));
      await expect(long).rejects.toMatchObject({ reason: "too-large" });
      const bytes = Buffer.from("others");
      const other = blobs.putPieces?.(piecesOf(bytes, 4), hashOf(Buffer.from("announced")));
      await expect(other).rejects.toMatchObject({ reason: "other" });
      const broken = blobs.putPieces?.(piecesOf(bytes, 4, new Error("it broke off")));
      await expect(broken).rejects.toThrow("it broke off");
      expect(await blobs.has(hashOf(bytes) as BlobId)).toBe(false);
    });

    it("too large: refused before anything is kept", async () => {
      const { blobs } = await open();
      const bytes = Buffer.alloc(LARGEST + 1);
      await expect(blobs.put(bytes)).rejects.toMatchObject({ reason: "too-large" });
      expect(await blobs.has(hashOf(bytes) as BlobId)).toBe(false);
    });

    it("spoilt: says so instead of handing out other bytes", async () => {
      const { blobs, spoil } = await open();
      const id = await blobs.put(Buffer.from("right bytes"));
      await spoil();
      await expect(blobs.get(id)).rejects.toMatchObject({ name: "BlobError", reason: "corrupt" });
    });

    it("any bytes: come back as they were", async () => {
      const { blobs } = await open();
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
          const id = await blobs.put(bytes);
          expect(Buffer.from((await blobs.get(id)) ?? [])).toEqual(Buffer.from(bytes));
        }),
        { numRuns: 30 },
      );
    });
  });
}
