/**
 * Who did what with which token. Each line holds the hash of the line before, so that a line that
 * is
 * changed, taken out or put in breaks the chain behind it. Files are rotated, the chain goes on.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../outcome.ts";
import { AppendFile, type AppendOptions, cutTornTail } from "./append-file.ts";

export interface AuditEntry {
  readonly atUs: number;
  readonly request: string;
  readonly remote: string;
  readonly token: string | null;
  readonly role: string | null;
  readonly contributor: string | null;
  /** Such as "job.submit". */
  readonly action: string;
  /** What it was done to, such as a job's id. */
  readonly target: string;
  /** "done", "recovered" when it was found done after a crash, or the code of the refusal. */
  readonly outcome: string;
}

/** What is written: an entry with its place in the chain. */
export interface AuditLine extends AuditEntry {
  readonly n: number;
  readonly prev: string;
}

export const GENESIS = "0".repeat(64);
const ROTATE_BYTES = 16 * 1_048_576;
const DIGITS = 12;
const fileName = /^audit-(\d{12})\.log$/;

/** Line n as it is kept: the hash of its JSON, a blank, the JSON. */
function lineText(line: AuditLine): { readonly text: string; readonly hash: string } {
  const json = JSON.stringify(line);
  const hash = hashOf(json);
  return { text: `${hash} ${json}\n`, hash };
}

export function hashOf(json: string): string {
  return createHash("sha256").update(json).digest("hex");
}

/** The log's files, oldest first; each is named by the number of its first line. */
export function auditFiles(folder: string): ReadonlyArray<string> {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => fileName.test(name))
    .sort()
    .map((name) => join(folder, name));
}

type Write = NonNullable<AppendOptions["write"]>;

export class AuditLog {
  private readonly folder: string;
  private readonly rotateBytes: number;
  private file: AppendFile;
  private lines: number;
  private last: string;
  private closing: Promise<void> = Promise.resolve();
  /** Where the chain stands on the disk. */
  private kept: { readonly lines: number; readonly last: string };
  private readonly write: AppendOptions["write"];

  private constructor(
    at: { readonly folder: string; readonly rotateBytes: number; readonly write?: Write },
    path: string,
    { lines, last }: { readonly lines: number; readonly last: string },
  ) {
    this.folder = at.folder;
    this.rotateBytes = at.rotateBytes;
    this.write = at.write;
    this.lines = lines;
    this.last = last;
    this.kept = { lines, last };
    this.file = this.fileAt(path);
  }

  private fileAt(path: string, after: Promise<void> = Promise.resolve()): AppendFile {
    const lost = (error: unknown) => this.lost(file, error);
    const options = { after, lost, ...(this.write === undefined ? {} : { write: this.write }) };
    const file: AppendFile = new AppendFile(path, options);
    return file;
  }

  /** Lines were not written: the chain goes on behind the last one that was. */
  private lost(file: AppendFile, error: unknown): void {
    this.lines = this.kept.lines;
    this.last = this.kept.last;
    // the newer file is named by a line that comes earlier now: the next start puts that right
    if (file !== this.file) this.file.break(error);
  }

  /** Goes on behind the last line; refuses a log whose last line is not what it says. */
  static async open(folder: string, rotateBytes = ROTATE_BYTES, write?: Write): Promise<AuditLog> {
    const newest = auditFiles(folder).at(-1);
    const torn = newest === undefined ? 0 : cutTornTail(newest);
    const end = endOf(folder);
    const path = newest ?? pathOf(folder, end.lines + 1);
    const log = new AuditLog(
      { folder, rotateBytes, ...(write === undefined ? {} : { write }) },
      path,
      end,
    );
    if (torn > 0) await log.append(recovered(torn));
    return log;
  }

  get head(): { readonly lines: number; readonly head: string } {
    return { lines: this.lines, head: this.last };
  }

  /** Resolves once the line is on the disk. */
  async append(entry: AuditEntry): Promise<void> {
    const n = this.lines + 1;
    const { text, hash } = lineText({ n, prev: this.last, ...entry });
    this.lines = n;
    this.last = hash;
    const written = this.file.append(text);
    if (this.file.size >= this.rotateBytes) this.rotate();
    await written;
    this.kept = { lines: n, last: hash };
  }

  async close(): Promise<void> {
    await this.file.close();
    await this.closing;
  }

  /** The next line begins a new file; what waits for the full one is written first. */
  private rotate(): void {
    const full = this.file;
    this.closing = full.close();
    this.file = this.fileAt(pathOf(this.folder, this.lines + 1), this.closing);
  }
}

function pathOf(folder: string, firstLine: number): string {
  return join(folder, `audit-${String(firstLine).padStart(DIGITS, "0")}.log`);
}

function recovered(bytes: number): AuditEntry {
  return {
    atUs: Date.now() * 1_000,
    request: "",
    remote: "",
    token: null,
    role: null,
    contributor: null,
    action: "audit.recover",
    target: `${bytes} bytes`,
    outcome: "done",
  };
}

/** Number and hash of the last line. */
function endOf(folder: string): { readonly lines: number; readonly last: string } {
  for (const path of [...auditFiles(folder)].reverse()) {
    const text = readFileSync(path, "utf8").trimEnd();
    if (text === "") continue;
    const line = text.slice(text.lastIndexOf("\n") + 1);
    const json = line.slice(65);
    const hash = line.slice(0, 64);
    if (hashOf(json) !== hash) {
      throw new CommandError(
        `the last line of ${path} was changed; ` +
          "run pingo audit verify and keep the file as evidence",
        { code: "audit", field: path },
      );
    }
    return { lines: (JSON.parse(json) as AuditLine).n, last: hash };
  }
  return { lines: 0, last: GENESIS };
}
