/** What the stores on disk share: whole files, durable renames, errors by kind. */
import { createHash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Error codes that mean: no more room. */
const fullCodes: ReadonlySet<string | undefined> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

export function isFull(error: unknown): boolean {
  return fullCodes.has(codeOf(error));
}

/** Undefined where there is no such file. */
export async function orUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** All bytes, however many pieces the system takes them in. */
export async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

/** Opens a file to write; tests hand in one whose disk is full. */
export type OpenFile = (path: string, flags: string | number) => Promise<FileHandle>;

/** Bytes that are written before they are made durable. */
const PIECE = 4 * 1_048_576;

let parts = 0;

/** The file appears complete and durable under its name, or not at all. */
export async function replaceFile(
  path: string,
  bytes: Uint8Array,
  openFile: OpenFile = open,
): Promise<void> {
  const temporary = `${path}.${process.pid}-${++parts}.part`;
  try {
    const file = await openFile(temporary, "w");
    try {
      // a little at a time: on some file systems other files' syncs wait for all that is unwritten
      for (let at = 0; at < bytes.length; at += PIECE) {
        await writeAll(file, bytes.subarray(at, at + PIECE), at);
        if (at + PIECE < bytes.length) await file.datasync();
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes new names in a folder durable; Windows has no such thing and needs none. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
