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
  ftruncateSync,
  openSync,
  readSync,
  write,
} from "node:fs";
import { promisify } from "node:util";
import { inWords } from "../files.ts";

const sync = promisify(fdatasync);
const shut = promisify(close);
const put = promisify(write);

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
  private readonly after: Promise<void>;

  /**
   * Makes the file, readable by its owner only, where there is none. Writes nothing before `after`,
   * so that a file never has lines that follow lines which the disk does not have.
   */
  constructor(path: string, after: Promise<void> = Promise.resolve()) {
    this.path = path;
    this.after = after;
    try {
      this.file = openSync(path, "a", 0o600);
      this.size = fstatSync(this.file).size;
    } catch (error) {
      throw inWords(error, `open ${path}`);
    }
  }

  /** Resolves once the lines are on the disk. After one failure everything is refused. */
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

  async close(): Promise<void> {
    await this.writing;
    await shut(this.file);
  }

  private async write(): Promise<void> {
    // what is appended in this turn of the loop shares one write
    await this.after;
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        const bytes = Buffer.from(batch.map(({ text }) => text).join(""));
        for (let at = 0; at < bytes.length; ) {
          at += (await put(this.file, bytes, at, bytes.length - at, null)).bytesWritten;
        }
        await sync(this.file);
        for (const { done } of batch) done();
      } catch (error) {
        this.broken = inWords(error, `write ${this.path}`);
        for (const { failed } of [...batch, ...this.waiting]) failed(this.broken);
        this.waiting = [];
      }
    }
    this.writing = undefined;
  }
}

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
