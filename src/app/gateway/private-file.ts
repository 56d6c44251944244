/** Files that only their owner may read, from the first byte on: tokens and their hashes. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { inWords, makeFolder } from "../files.ts";

/** Makes a folder for its owner only; one that is there stays as it is. */
export function makePrivateFolder(path: string): void {
  makeFolder(path, 0o700);
}

/** The file appears complete under its name, or not at all. */
export function writePrivate(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.part`;
  makePrivateFolder(dirname(path));
  try {
    rmSync(temporary, { force: true });
    const file = openSync(temporary, "wx", 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw inWords(error, `write ${path}`);
  }
}
