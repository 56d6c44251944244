/**
 * One file of a journal. Each line is one append: a checksum of eight hexadecimal digits, a blank,
 * and the records of the append with tabs between them, which JSON text never holds. An append is
 * there with its whole line or not at all.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { JournalError } from "../../live/journal.ts";

const pattern = /^journal-(\d{15})\.log$/;
const CHECKSUM = 8;

/** Name of the segment whose first record is number `first`. */
export function segmentName(first: number): string {
  return `journal-${String(first).padStart(15, "0")}.log`;
}

/** Undefined for other files. */
export function firstOfSegment(name: string): number | undefined {
  const digits = pattern.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function lineOf(records: ReadonlyArray<string>): Buffer {
  const body = Buffer.from(records.join("\t"), "utf8");
  return Buffer.concat([Buffer.from(`${checksum(body)} `, "latin1"), body, newline]);
}

const newline = Buffer.from("\n", "latin1");

function checksum(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(CHECKSUM, "0");
}

export interface Segment {
  readonly first: number;
  readonly path: string;
  /** Records in it. */
  readonly count: number;
  /** Bytes that hold them; what is behind was torn off by a crash. */
  readonly size: number;
}

interface Line {
  readonly body: Buffer;
  /** Behind its end. */
  readonly next: number;
  readonly isSound: boolean;
}

function lineAt(bytes: Buffer, from: number): Line {
  const end = bytes.indexOf(0x0a, from);
  const stop = end < 0 ? bytes.length : end;
  const body = bytes.subarray(from + CHECKSUM + 1, stop);
  const isSound =
    end >= 0 &&
    stop > from + CHECKSUM &&
    bytes[from + CHECKSUM] === 0x20 &&
    bytes.toString("latin1", from, from + CHECKSUM) === checksum(body);
  return { body, next: end < 0 ? bytes.length : end + 1, isSound };
}

/**
 * Reads a segment through. A broken last line of the last segment was never acknowledged; a broken
 * line with anything sound behind it rejects with "corrupt", naming file and line.
 */
export async function readSegment(
  folder: string,
  first: number,
  isLast: boolean,
): Promise<Segment & { readonly appends: ReadonlyArray<Buffer> }> {
  const path = join(folder, segmentName(first));
  const bytes = await readFile(path);
  const appends: Buffer[] = [];
  let count = 0;
  let at = 0;
  while (at < bytes.length) {
    const { body, next, isSound } = lineAt(bytes, at);
    if (!isSound) {
      if (isLast && !hasSoundLine(bytes, next)) break;
      const words = `${path} is damaged in line ${appends.length + 1}; restore it from a copy`;
      throw new JournalError("corrupt", words);
    }
    appends.push(body);
    count += countOf(body);
    at = next;
  }
  return { first, path, count, size: at, appends };
}

function hasSoundLine(bytes: Buffer, from: number): boolean {
  for (let at = from; at < bytes.length; ) {
    const { next, isSound } = lineAt(bytes, at);
    if (isSound) return true;
    at = next;
  }
  return false;
}

function countOf(body: Buffer): number {
  let count = 1;
  for (let at = body.indexOf(0x09); at >= 0; at = body.indexOf(0x09, at + 1)) count++;
  return count;
}

export function recordsOf(body: Buffer): ReadonlyArray<string> {
  return body.toString("utf8").split("\t");
}
