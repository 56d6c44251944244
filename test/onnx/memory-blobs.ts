/** Blobs in memory, for tests. */
import { createHash } from "node:crypto";
import type { BlobId, Blobs } from "../../src/live/blobs.ts";

export class MemoryBlobs implements Blobs {
  readonly held = new Map<string, Uint8Array>();

  put(bytes: Uint8Array): Promise<BlobId> {
    const id = createHash("sha256").update(bytes).digest("hex") as BlobId;
    this.held.set(id, new Uint8Array(bytes));
    return Promise.resolve(id);
  }

  get(id: BlobId): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.held.get(id));
  }

  has(id: BlobId): Promise<boolean> {
    return Promise.resolve(this.held.has(id));
  }
}
