/**
 * A content that comes in pieces, on this machine's disk until all of it is known: the key under
 * which the server keeps it follows from its hash.
 */
import { createHash } from "node:crypto";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BlobError, type BlobId } from "../../live/blobs.ts";

export class Spool {
  readonly id: BlobId;
  readonly bytes: number;
  private readonly folder: string;
  private readonly file: FileHandle;

  private constructor(of: {
    readonly id: BlobId;
    readonly bytes: number;
    readonly folder: string;
    readonly file: FileHandle;
  }) {
    this.id = of.id;
    this.bytes = of.bytes;
    this.folder = of.folder;
    this.file = of.file;
  }

  /** Rejects with {@link BlobError} "too-large" or "full", and with what `pieces` throws. */
  static async of(pieces: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Spool> {
    // only its owner may look into a folder that is made so
    const folder = await mkdtemp(join(tmpdir(), "pingo-upload-"));
    const file = await open(join(folder, "content"), "w+", 0o600);
    const hash = createHash("sha256");
    let bytes = 0;
    try {
      for await (const piece of pieces) {
        bytes += piece.length;
        if (bytes > maxBytes) {
          throw new BlobError("too-large", `a blob of over ${maxBytes} bytes; that is the most`);
        }
        hash.update(piece);
        await file.writeFile(piece).catch(noRoom);
      }
    } catch (error) {
      await discard(file, folder);
      throw error;
    }
    return new Spool({ id: hash.digest("hex") as BlobId, bytes, folder, file });
  }

  async read(from: number, length: number): Promise<Uint8Array> {
    const piece = new Uint8Array(Math.min(length, this.bytes - from));
    for (let at = 0; at < piece.length; ) {
      const { bytesRead } = await this.file.read(piece, at, piece.length - at, from + at);
      if (bytesRead === 0) throw new BlobError("corrupt", "an upload's file became shorter");
      at += bytesRead;
    }
    return piece;
  }

  close(): Promise<void> {
    return discard(this.file, this.folder);
  }
}

async function discard(file: FileHandle, folder: string): Promise<void> {
  await file.close();
  await rm(folder, { recursive: true, force: true });
}

function noRoom(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
  throw new BlobError("full", `no room in ${tmpdir()} for an upload`, { cause: error });
}
