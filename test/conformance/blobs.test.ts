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
