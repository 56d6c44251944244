/**
 * Journals as files, one folder a shard: segments of lines, the newest snapshot, and a mark of the
 * newest owner's token. An append is one write that is durable when it returns.
 */
import { constants } from "node:fs";
import { mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type Journal, JournalError, type Journals, type Snapshot } from "../../live/journal.ts";
import type { FencingToken } from "../../live/leases.ts";
import type { ShardId } from "../../live/shard.ts";
import { type FileLock, FileLocked, lockFile } from "./file-lock.ts";
import { codeOf, isFull, type OpenFile, orUndefined, replaceFile, writeAll } from "./files.ts";
import { firstOfSegment, lineOf, readSegment, recordsOf, segmentName } from "./segment.ts";

const SEGMENT_BYTES = 16_000_000;
/** Each write is durable when it returns, where the system can do that: one call instead of two. */
const { O_DSYNC, O_RDWR } = constants as { readonly O_DSYNC?: number; readonly O_RDWR: number };
const WRITABLE = O_DSYNC === undefined ? O_RDWR : O_RDWR | O_DSYNC;
const snapshotPattern = /^snapshot-(\d{15})\.json$/;

export interface FileJournalsParts {
  /** Each shard has a folder of its own in it. */
  readonly folder: string;
  /** Segments become no longer; smaller ones in tests. */
  readonly segmentBytes?: number;
  readonly openFile?: OpenFile;
}

/** Shards that this process has open: a later owner of the same fences the earlier one out. */
const openHere = new Map<string, FileJournal>();

export class FileJournals implements Journals {
  private readonly parts: FileJournalsParts;

  constructor(parts: FileJournalsParts) {
    this.parts = parts;
  }

  async open(shard: ShardId, token: FencingToken): Promise<Journal> {
    const folder = join(this.parts.folder, shard);
    await mkdir(folder, { recursive: true });
    const before = openHere.get(folder);
    const known = before?.token ?? (await tokenOf(folder));
    if (token < known) {
      const words = `${shard} has an owner with token ${known}, which is newer than ${token}`;
      throw new JournalError("fenced", words);
    }
    const lock = (await before?.fence(token)) ?? (await lockOf(folder));
    try {
      await replaceFile(join(folder, "owner"), Buffer.from(`${token}\n`));
      const journal = new FileJournal(folder, token, lock, this.parts);
      await journal.load();
      openHere.set(folder, journal);
      return journal;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }
}

async function lockOf(folder: string): Promise<FileLock> {
  try {
    return await lockFile(join(folder, "lock"));
  } catch (error) {
    if (error instanceof FileLocked) throw new JournalError("fenced", error.message);
    throw error;
  }
}

async function tokenOf(folder: string): Promise<number> {
  const text = await orUndefined(readFile(join(folder, "owner"), "utf8"));
  const token = Number(text ?? 0);
  return Number.isSafeInteger(token) ? token : 0;
}

interface OpenSegment {
  readonly first: number;
  readonly path: string;
  readonly file: Awaited<ReturnType<typeof open>>;
  size: number;
}

class FileJournal implements Journal {
  token: FencingToken;
  private readonly folder: string;
  private readonly segmentBytes: number;
  private readonly openFile: OpenFile;
  private lock: FileLock | undefined;
  /** First records of all segments, oldest first. */
  private segments: number[] = [];
  private current: OpenSegment | undefined;
  private length = 0;
  private newest: Snapshot | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private compacted: Promise<unknown> = Promise.resolve();
  private fenced: string | undefined;

  constructor(folder: string, token: FencingToken, lock: FileLock, parts: FileJournalsParts) {
    this.folder = folder;
    this.token = token;
    this.lock = lock;
    this.segmentBytes = parts.segmentBytes ?? SEGMENT_BYTES;
    this.openFile = parts.openFile ?? open;
  }

  /** Finds out what is there, cuts off a torn end, and continues behind it. */
  async load(): Promise<void> {
    const names = await readdir(this.folder);
    const firsts = names.flatMap((name) => firstOfSegment(name) ?? []);
    this.segments = firsts.sort((a, b) => a - b);
    this.newest = await this.loadSnapshot(names);
    const from = this.newest?.at ?? 0;
    this.length = from;
    let expected = this.segments[0];
    if (expected !== undefined && expected > from) throw this.gap(from, expected);
    for (const [i, first] of this.segments.entries()) {
      if (first !== expected) throw this.gap(expected ?? 0, first);
      const segment = await readSegment(this.folder, first, i === this.segments.length - 1);
      expected = first + segment.count;
      if (i === this.segments.length - 1) await this.continue(segment);
    }
    if (expected !== undefined && expected < from) throw this.gap(expected, from);
    this.length = expected ?? from;
  }

  append(expected: number, records: ReadonlyArray<string>): Promise<number> {
    return this.inTurn(() => this.appendNow(expected, records));
  }

  async *read(from: number): AsyncIterable<string> {
    const { length } = this;
    for (const [i, first] of this.segments.entries()) {
      const next = this.segments[i + 1];
      if (next !== undefined && next <= from) continue;
      const { appends } = await readSegment(this.folder, first, next === undefined);
      let at = first;
      for (const append of appends) {
        for (const record of recordsOf(append)) {
          if (at >= from && at < length) yield record;
          at++;
        }
      }
    }
  }

  latest(): Promise<Snapshot | undefined> {
    return Promise.resolve(this.newest);
  }

  /** Appends go on while a snapshot is written: only what they use as well is done in turn. */
  compact(snapshot: Snapshot): Promise<void> {
    const compacted = this.compacted.then(() => this.compactNow(snapshot));
    this.compacted = compacted.catch(() => {});
    return compacted;
  }

  async close(): Promise<void> {
    await this.compacted;
    await this.last;
    if (this.fenced === undefined && openHere.get(this.folder) === this) {
      openHere.delete(this.folder);
    }
    await this.letGo();
    this.fenced ??= "the journal is closed";
    const { lock } = this;
    this.lock = undefined;
    await lock?.release();
  }

  /** Another owner in this process takes over: gives it the lock. */
  async fence(token: FencingToken): Promise<FileLock | undefined> {
    this.fenced = `another owner with token ${token} has taken ${this.folder} over`;
    await this.compacted;
    await this.last;
    await this.letGo();
    const { lock } = this;
    this.lock = undefined;
    return lock;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => {});
    return result;
  }

  private async letGo(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    await current?.file.close();
  }

  private demandOwner(): void {
    if (this.fenced !== undefined) throw new JournalError("fenced", this.fenced);
  }

  private async appendNow(expected: number, records: ReadonlyArray<string>): Promise<number> {
    this.demandOwner();
    if (expected !== this.length) {
      const words = `${this.folder} holds ${this.length} records and not ${expected}`;
      throw new JournalError("fenced", words);
    }
    if (records.length === 0) return this.length;
    if (records.some((record) => record === "" || /[\t\n]/.test(record))) {
      throw new TypeError("a journal record is one line of JSON text");
    }
    const line = lineOf(records);
    const segment = await this.segmentFor(line.length);
    try {
      await writeAll(segment.file, line, segment.size);
      if (O_DSYNC === undefined) await segment.file.datasync();
    } catch (error) {
      await segment.file.truncate(segment.size);
      throw this.inWords(error);
    }
    segment.size += line.length;
    this.length += records.length;
    return this.length;
  }

  private async segmentFor(bytes: number): Promise<OpenSegment> {
    const { current } = this;
    if (current !== undefined && current.size + bytes <= this.segmentBytes) return current;
    if (current !== undefined && current.size === 0) return current;
    await this.letGo();
    const first = this.length;
    const path = join(this.folder, segmentName(first));
    try {
      // appears whole and durable, so that no crash leaves a gap between segments
      await replaceFile(path, new Uint8Array(0), this.openFile);
      const next: OpenSegment = { first, path, file: await this.openFile(path, WRITABLE), size: 0 };
      if (this.segments.at(-1) !== first) this.segments.push(first);
      this.current = next;
      return next;
    } catch (error) {
      throw this.inWords(error);
    }
  }

  private async continue(segment: { first: number; path: string; size: number }): Promise<void> {
    const { first, path, size } = segment;
    const file = await this.openFile(path, WRITABLE);
    await file.truncate(size);
    await file.datasync();
    this.current = { first, path, file, size };
  }

  private async compactNow({ at, text }: Snapshot): Promise<void> {
    this.demandOwner();
    if (at > this.length) throw new RangeError("a snapshot stands for records that are there");
    const body = Buffer.from(text, "utf8");
    const head = Buffer.from(`${crc32(body).toString(16).padStart(8, "0")} ${at}\n`, "latin1");
    try {
      await replaceFile(this.snapshotPath(at), Buffer.concat([head, body]), this.openFile);
    } catch (error) {
      throw this.inWords(error);
    }
    await this.inTurn(async () => {
      this.demandOwner();
      const old = this.newest;
      this.newest = { at, text };
      if (old !== undefined && old.at !== at) await rm(this.snapshotPath(old.at), { force: true });
      await this.forgetBefore(at);
    });
  }

  /** Removes segments that hold nothing behind `at`; oldest first, so that no gap appears. */
  private async forgetBefore(at: number): Promise<void> {
    if (at === this.length) await this.letGo();
    while (this.segments.length > 0) {
      const end = this.segments[1] ?? (this.current === undefined ? this.length : undefined);
      if (end === undefined || end > at) return;
      await rm(join(this.folder, segmentName(this.segments.shift() as number)), { force: true });
    }
  }

  private async loadSnapshot(names: ReadonlyArray<string>): Promise<Snapshot | undefined> {
    const numbers = names.flatMap((name) => Number(snapshotPattern.exec(name)?.[1] ?? Number.NaN));
    const found = numbers.filter((at) => Number.isFinite(at)).sort((a, b) => b - a);
    const [at, ...older] = found;
    if (at === undefined) return undefined;
    const path = this.snapshotPath(at);
    const bytes = await readFile(path);
    const end = bytes.indexOf(0x0a);
    const body = bytes.subarray(end + 1);
    const head = `${crc32(body).toString(16).padStart(8, "0")} ${at}`;
    if (end < 0 || bytes.toString("latin1", 0, end) !== head) {
      throw new JournalError("corrupt", `${path} is damaged; restore it from a copy`);
    }
    for (const old of older) await rm(this.snapshotPath(old), { force: true });
    return { at, text: body.toString("utf8") };
  }

  private snapshotPath(at: number): string {
    return join(this.folder, `snapshot-${String(at).padStart(15, "0")}.json`);
  }

  private gap(end: number, next: number): JournalError {
    const words = `${this.folder} misses records ${end} to ${next - 1}; restore it from a copy`;
    return new JournalError("corrupt", words);
  }

  private inWords(error: unknown): unknown {
    if (error instanceof JournalError) return error;
    if (isFull(error)) {
      const words = `the disk of ${this.folder} is full; free some space and it goes on`;
      return new JournalError("full", words, { cause: error });
    }
    const code = codeOf(error);
    if (code === undefined) return error;
    return new JournalError("down", `${this.folder} cannot be written: ${code}`, { cause: error });
  }
}
