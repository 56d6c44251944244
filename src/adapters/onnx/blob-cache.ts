/**
 * Blobs as files of this machine, for slots that only read files. Holds at most so many bytes: what
 * was not used for longest goes first, and what a run uses stays.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BlobId, type Blobs, blobId } from "../../live/blobs.ts";

/** A blob that cannot be had on this machine, in a sentence. */
export class BlobMissing extends Error {
  override readonly name = "BlobMissing";
}

interface Held {
  readonly bytes: number;
  usedMs: number;
  /** Runs that read it now. */
  users: number;
}

export class BlobCache {
  private readonly blobs: Blobs;
  private readonly folder: string;
  private readonly mostBytes: number;
  private readonly held = new Map<BlobId, Held>();
  private readonly fetching = new Map<BlobId, Promise<void>>();
  private ready: Promise<void> | undefined;

  constructor(blobs: Blobs, folder: string, mostBytes: number) {
    this.blobs = blobs;
    this.folder = folder;
    this.mostBytes = mostBytes;
  }

  /** The files of these blobs; they stay until `release` is called with the same ids. */
  async take(ids: ReadonlyArray<BlobId>): Promise<Readonly<Record<string, string>>> {
    await (this.ready ??= this.scan());
    const taken: BlobId[] = [];
    try {
      for (const id of ids) {
        await this.bring(id);
        const held = this.held.get(id);
        if (held === undefined) throw new BlobMissing(`the blob ${id} does not fit the cache`);
        held.users++;
        taken.push(id);
      }
    } catch (error) {
      this.release(taken);
      throw error;
    }
    return Object.fromEntries(ids.map((id) => [id, this.pathOf(id)]));
  }

  release(ids: ReadonlyArray<BlobId>): void {
    for (const id of ids) {
      const held = this.held.get(id);
      if (held === undefined) continue;
      held.users--;
      held.usedMs = Date.now();
      void utimes(this.pathOf(id), new Date(), new Date()).catch(() => undefined);
    }
  }

  private async bring(id: BlobId): Promise<void> {
    if (this.held.has(id)) return;
    const under = this.fetching.get(id) ?? this.fetch(id);
    this.fetching.set(id, under);
    try {
      await under;
    } finally {
      this.fetching.delete(id);
    }
  }

  private async fetch(id: BlobId): Promise<void> {
    const bytes = await this.blobs.get(id);
    if (bytes === undefined) throw new BlobMissing(`the blob ${id} is nowhere to be found`);
    await this.makeRoom(id, bytes.length);
    const fresh = join(this.folder, `${id}.${randomUUID()}.new`);
    await writeFile(fresh, bytes);
    await rename(fresh, this.pathOf(id));
    this.held.set(id, { bytes: bytes.length, usedMs: Date.now(), users: 0 });
  }

  private async makeRoom(id: BlobId, bytes: number): Promise<void> {
    let sum = [...this.held.values()].reduce((all, each) => all + each.bytes, 0);
    const free = [...this.held].filter(([, { users }]) => users === 0);
    free.sort(([, a], [, b]) => a.usedMs - b.usedMs);
    for (const [old, held] of free) {
      if (sum + bytes <= this.mostBytes) break;
      this.held.delete(old);
      sum -= held.bytes;
      await rm(this.pathOf(old), { force: true });
    }
    if (sum + bytes > this.mostBytes) {
      throw new BlobMissing(
        `the blob ${id} has ${bytes} bytes, more than is left of the cache's ${this.mostBytes}`,
      );
    }
  }

  /** What earlier processes left, when it is what its name says. */
  private async scan(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    for (const name of await readdir(this.folder)) {
      const id = blobId(name);
      const path = join(this.folder, name);
      const isRight = id !== undefined && (await hashAt(path)) === id;
      if (!isRight) {
        await rm(path, { force: true, recursive: true });
        continue;
      }
      const { size, mtimeMs } = await stat(path);
      this.held.set(id, { bytes: size, usedMs: mtimeMs, users: 0 });
    }
  }

  private pathOf(id: BlobId): string {
    return join(this.folder, id);
  }
}

async function hashAt(path: string): Promise<string> {
  const bytes = await readFile(path).catch(() => new Uint8Array());
  return createHash("sha256").update(bytes).digest("hex");
}
