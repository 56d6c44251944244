/**
 * Blobs as files under their own hash, in folders by its first two digits. A blob appears whole or
 * not at all, and what is read is hashed again: a disk may lie.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BlobError, type BlobId, type Blobs } from "../../live/blobs.ts";
import { codeOf, isFull, type OpenFile, replaceFile, sha256 } from "./files.ts";

export interface FileBlobsParts {
  readonly folder: string;
  /** Largest blob, bytes. */
  readonly largest?: number;
  readonly openFile?: OpenFile;
}

const LARGEST = 512 * 1024 * 1024;

export class FileBlobs implements Blobs {
  private readonly folder: string;
  private readonly largest: number;
  private readonly openFile: OpenFile | undefined;

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
    if (isFull(error)) {
      const words = `the disk of ${this.folder} is full; free some space and try again`;
      return new BlobError("full", words, { cause: error });
    }
    const code = codeOf(error);
    if (code === undefined) return error;
    return new BlobError("down", `${path} cannot be used: ${code}`, { cause: error });
  }
}
