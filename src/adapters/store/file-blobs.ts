/**
 * Blobs as files under their own hash, in folders by its first two digits. A blob appears whole or
 * not at all, and what is read is hashed again: a disk may lie.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BlobError, type BlobId, type Blobs, type KeptBlob } from "../../live/blobs.ts";
import {
  codeOf,
  isFull,
  type OpenFile,
  replaceFile,
  sha256,
  syncFolder,
  writeAll,
} from "./files.ts";

export interface FileBlobsParts {
  readonly folder: string;
  /** Largest blob, bytes. */
  readonly largest?: number;
  readonly openFile?: OpenFile;
}

const LARGEST = 512 * 1024 * 1024;
/** What came in pieces and never came whole is forgotten after so long. */
const HALF_MS = 86_400_000;
/** Bytes of a blob in pieces that are written before they are made durable. */
const SYNC_BYTES = 16 * 1_048_576;
let incoming = 0;

export class FileBlobs implements Blobs {
  private readonly folder: string;
  private readonly largest: number;
  private readonly openFile: OpenFile | undefined;
  private swept: Promise<void> | undefined;

  constructor({ folder, largest, openFile }: FileBlobsParts) {
    this.folder = folder;
    this.largest = largest ?? LARGEST;
    this.openFile = openFile;
  }

  async put(bytes: Uint8Array): Promise<BlobId> {
    if (bytes.length > this.largest) {
      const words = `a blob has at most ${this.largest} bytes, this one has ${bytes.length}`;
      throw new BlobError("too-large", words);
    }
    const id = sha256(bytes) as BlobId;
    const path = this.pathOf(id);
    // a damaged copy is replaced by the right one
    if ((await this.hashAt(path)) === id) return id;
    try {
      await mkdir(dirname(path), { recursive: true });
      await replaceFile(path, bytes, this.openFile);
    } catch (error) {
      throw this.inWords(error, path);
    }
    return id;
  }

  async putPieces(pieces: AsyncIterable<Uint8Array>, expected?: string): Promise<KeptBlob> {
    const folder = join(this.folder, "incoming");
    const temporary = join(folder, `${process.pid}-${++incoming}.part`);
    try {
      await mkdir(folder, { recursive: true });
      await (this.swept ??= forgetOld(folder));
      const kept = await this.write(temporary, pieces);
      if (expected !== undefined && kept.id !== expected) {
        throw new BlobError("other", "the bytes are not those of the id");
      }
      const path = this.pathOf(kept.id);
      if ((await this.hashAt(path)) === kept.id) return kept;
      await mkdir(dirname(path), { recursive: true });
      await rename(temporary, path);
      await syncFolder(dirname(path));
      return kept;
    } catch (error) {
      throw this.inWords(error, temporary);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Durable when it resolves, under a name that is nobody's. */
  private async write(path: string, pieces: AsyncIterable<Uint8Array>): Promise<KeptBlob> {
    const hash = createHash("sha256");
    const file = await (this.openFile ?? open)(path, "w");
    let bytes = 0;
    let synced = 0;
    try {
      for await (const piece of pieces) {
        if (bytes + piece.length > this.largest) {
          throw new BlobError("too-large", `a blob has at most ${this.largest} bytes`);
        }
        hash.update(piece);
        await writeAll(file, piece, bytes);
        bytes += piece.length;
        // now and then: whoever waits for the disk waits for all that is unwritten
        if (bytes - synced < SYNC_BYTES) continue;
        await file.datasync();
        synced = bytes;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    return { id: hash.digest("hex") as BlobId, bytes };
  }

  async get(id: BlobId): Promise<Uint8Array | undefined> {
    const path = this.pathOf(id);
    const hash = createHash("sha256");
    const pieces: Uint8Array[] = [];
    try {
      for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
        hash.update(piece);
        pieces.push(piece);
      }
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw this.inWords(error, path);
    }
    if (hash.digest("hex") !== id) {
      throw new BlobError("corrupt", `${path} does not hold what its name says; restore it`);
    }
    const whole = Buffer.concat(pieces);
    return new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength);
  }

  async has(id: BlobId): Promise<boolean> {
    try {
      await access(this.pathOf(id));
      return true;
    } catch {
      return false;
    }
  }

  /** An id is 64 hexadecimal digits, so it never leads out of the folder. */
  private pathOf(id: BlobId): string {
    if (!/^[0-9a-f]{64}$/.test(id)) throw new TypeError("a blob id has 64 hexadecimal digits");
    return join(this.folder, id.slice(0, 2), id.slice(2, 4), id);
  }

  private async hashAt(path: string): Promise<string | undefined> {
    const hash = createHash("sha256");
    try {
      for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) hash.update(piece);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw this.inWords(error, path);
    }
    return hash.digest("hex");
  }

  private inWords(error: unknown, path: string): unknown {
    if (error instanceof BlobError) return error;
    if (isFull(error)) {
      const words = `the disk of ${this.folder} is full; free some space and try again`;
      return new BlobError("full", words, { cause: error });
    }
    const code = codeOf(error);
    if (code === undefined) return error;
    return new BlobError("down", `${path} cannot be used: ${code}`, { cause: error });
  }
}

async function forgetOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (mtimeMs < Date.now() - HALF_MS) await rm(path, { force: true });
  }
}
