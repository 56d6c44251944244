/**
 * A file that only grows, line by line. A line counts once the disk has it; lines that arrive while
 * the disk is busy go together in the next write.
 */
import {
  close,
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  ftruncate,
  ftruncateSync,
  openSync,
  readSync,
  write,
} from "node:fs";
import { promisify } from "node:util";
import { refuse } from "../../adapters/http/problem.ts";
import { inWords } from "../files.ts";

const sync = promisify(fdatasync);
const shut = promisify(close);
const put = promisify(write);
const cut = promisify(ftruncate);

type Write = (file: number, bytes: Buffer, from: number) => Promise<number>;

const writeBytes: Write = async (file, bytes, from) =>
  (await put(file, bytes, from, bytes.length - from, null)).bytesWritten;

export interface AppendOptions {
  /**
   * Nothing is written before it, so that a file never has lines that follow lines which the disk
   * does not have.
   */
  readonly after?: Promise<void>;
  /** Lines were refused that the caller counted as on their way; said before anybody is told. */
  readonly lost?: (error: unknown) => void;
  /** What writes; a test puts a full disk here. */
  readonly write?: Write;
}

interface Waiting {
  readonly text: string;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

export class AppendFile {
  readonly path: string;
  /** Bytes in the file and on their way to it. */
  size: number;
  private readonly file: number;
  private waiting: Array<Waiting> = [];
  private writing: Promise<void> | undefined;
  private broken: unknown;
  /** Bytes that the disk has. */
  private kept: number;
  private readonly options: AppendOptions;

  /** Makes the file, readable by its owner only, where there is none. */
  constructor(path: string, options: AppendOptions = {}) {
    this.path = path;
    this.options = options;
    try {
      this.file = openSync(path, "a", 0o600);
      this.size = fstatSync(this.file).size;
      this.kept = this.size;
    } catch (error) {
      throw inWords(error, `open ${path}`);
    }
  }

  /**
   * Resolves once the lines are on the disk. A full disk refuses what waits and is tried again with
   * the next lines; after any other failure everything is refused.
   */
  append(text: string): Promise<void> {
    this.size += Buffer.byteLength(text);
    return new Promise((done, failed) => {
      if (this.broken !== undefined) {
        failed(this.broken);
        return;
      }
      this.waiting.push({ text, done, failed });
      this.writing ??= this.write();
    });
  }

  /** Refuses what waits and all that comes. */
  break(error: unknown): void {
    this.broken = error;
    for (const { failed } of this.waiting.splice(0)) failed(error);
  }

  async close(): Promise<void> {
    await this.writing;
    await shut(this.file);
  }

  private async write(): Promise<void> {
    // what is appended in this turn of the loop shares one write
    await this.options.after;
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        const bytes = Buffer.from(batch.map(({ text }) => text).join(""));
        const { write: some = writeBytes } = this.options;
        for (let at = 0; at < bytes.length; ) at += await some(this.file, bytes, at);
        await sync(this.file);
        this.kept += bytes.length;
        for (const { done } of batch) done();
      } catch (error) {
        const failure = await this.failure(error);
        const refused = [...batch, ...this.waiting];
        this.waiting = [];
        this.size = this.kept;
        this.options.lost?.(failure);
        for (const { failed } of refused) failed(failure);
      }
    }
    this.writing = undefined;
  }

  /** Half a line is taken off again, so that the next one can be written when there is room. */
  private async failure(error: unknown): Promise<unknown> {
    const { code } = error as NodeJS.ErrnoException;
    try {
      if (code === "ENOSPC" || code === "EDQUOT") {
        await cut(this.file, this.kept);
        return refuse(503, "full", FULL, { retryAfterS: 60 });
      }
    } catch {
      // then it stays broken
    }
    this.broken = inWords(error, `write ${this.path}`);
    return this.broken;
  }
}

const FULL =
  "the gateway's disk is full and nothing was accepted; its operator has to free some space";

const NEWLINE = 0x0a;
const CHUNK = 65_536;

/**
 * Cuts off what a crash left behind the last whole line and gives the number of bytes cut. A line
 * without its end was never confirmed to anybody.
 */
export function cutTornTail(path: string): number {
  const file = openSync(path, constants.O_RDWR);
  try {
    const { size } = fstatSync(file);
    let end = size;
    const chunk = Buffer.alloc(CHUNK);
    while (end > 0) {
      const from = Math.max(0, end - CHUNK);
      const read = readSync(file, chunk, 0, end - from, from);
      const last = chunk.subarray(0, read).lastIndexOf(NEWLINE);
      if (last >= 0) {
        end = from + last + 1;
        break;
      }
      end = from;
    }
    if (end < size) ftruncateSync(file, end);
    return size - end;
  } finally {
    closeSync(file);
  }
}
