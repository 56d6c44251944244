/** Keeps a second process out of a folder; a lock whose process is gone is taken over. */
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { codeOf, orUndefined } from "./files.ts";
import { isGone, ownMark, type ProcessMark } from "./process-mark.ts";

export class FileLocked extends Error {
  override readonly name = "FileLocked";
  readonly pid: number;
  constructor(path: string, pid: number) {
    super(`${path} is held by process ${pid}; stop it first or name another folder`);
    this.pid = pid;
  }
}

export interface FileLock {
  readonly release: () => Promise<void>;
}

/** Two may find a lock stale at the same moment; whoever is second tries again. */
const TRIES = 10;

/** Several locks may be asked for at once in one process, each through a file of its own. */
let asked = 0;

/** Rejects with {@link FileLocked} while another process holds it. */
export async function lockFile(path: string): Promise<FileLock> {
  const mark = JSON.stringify(ownMark());
  const own = `${path}.${process.pid}-${++asked}`;
  await writeFile(own, mark);
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      if (await linked(own, path)) return { release: () => rm(path, { force: true }) };
      const holder = await holderOf(path);
      // let go of in the meantime: removing it now might remove the next one's
      if (holder === undefined) continue;
      if (!isGone(holder)) throw new FileLocked(path, holder.pid);
      await removeStale(path, holder);
    }
    throw new FileLocked(path, 0);
  } finally {
    await rm(own, { force: true });
  }
}

async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function holderOf(path: string): Promise<ProcessMark | undefined> {
  const text = await orUndefined(readFile(path, "utf8"));
  if (text === undefined) return undefined;
  try {
    const mark = JSON.parse(text) as Partial<ProcessMark>;
    return { pid: mark.pid ?? 0, started: mark.started ?? "" };
  } catch {
    return { pid: 0, started: "" };
  }
}

/** Removes the lock unless another process has taken it in the meantime. */
async function removeStale(path: string, found: ProcessMark): Promise<void> {
  const now = await holderOf(path);
  if (now?.pid === found.pid && now.started === found.started) await rm(path, { force: true });
}
