/** Files of the user: read whole, written whole or not at all, with errors in words. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { CommandError } from "./outcome.ts";

/** V8 holds no longer string. */
const TEXT_MAX = 500_000_000;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder; check the path",
  EISDIR: "it is a folder; name a file",
  ENOTDIR: "a part of the path is a file; name a folder",
  EEXIST: "a file is in its place; name another folder",
  EACCES: "access is denied; change its permissions or name another place",
  EPERM: "access is denied; change its permissions or name another place",
  EROFS: "the disk is read-only; name another place",
  ENOSPC: "the disk is full; free some space or name another place",
  EDQUOT: "the disk quota is used up; free some space or name another place",
  EFBIG: "the disk takes no file of this size; free some space or name another place",
  EMFILE: "too many files are open; close some or raise the limit",
};

/** A file error as one sentence; other errors stay what they are. */
export function inWords(error: unknown, doing: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (!(error instanceof Error) || code === undefined) return error;
  const why = reasons[code] ?? `the system says ${code}`;
  return new CommandError(`cannot ${doing}: ${why}`, { code: "file" });
}

export function readText(path: string, what: string): string {
  try {
    const size = statSync(path).size;
    if (size > TEXT_MAX) {
      const megabytes = Math.round(size / 1_000_000);
      throw new CommandError(
        `cannot read ${what} ${path}: it has ${megabytes} MB and at most 500 fit; cut it down`,
        { code: "file" },
      );
    }
    return readFileSync(path, "utf8");
  } catch (error) {
    throw inWords(error, `read ${what} ${path}`);
  }
}

/** The file appears complete under its name, or not at all. */
export function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.part`;
  try {
    writeOut(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw inWords(error, `write ${path}`);
  }
}

function writeOut(path: string, text: string): void {
  const descriptor = openSync(path, "w");
  try {
    const bytes = Buffer.from(text, "utf8");
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** `mode` is that of the folders that are made; those that are there stay as they are. */
export function makeFolder(path: string, mode?: number): void {
  try {
    makeFolders(resolve(path), mode);
  } catch (error) {
    throw inWords(error, `make the folder ${path}`);
  }
}

/** One by one: asked for all at once, Node tries for ever in a file system that takes none. */
function makeFolders(path: string, mode: number | undefined): void {
  if (isFolder(path)) return;
  const above = dirname(path);
  if (!existsSync(above)) makeFolders(above, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // another process was faster
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

export function makeFolderOf(path: string): void {
  makeFolder(dirname(path));
}
