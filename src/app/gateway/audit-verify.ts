/** Checks the chain of an audit log from its first line to its last. */
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import { type AuditLine, auditFiles, GENESIS, hashOf } from "./audit-log.ts";

export interface AuditVerdict {
  readonly files: number;
  readonly lines: number;
  /** Number of the first line that is there: above 1 when older files were put away. */
  readonly first: number;
  readonly head: string;
  /** The first place at which the chain breaks. */
  readonly bad: BadLine | undefined;
  /** Whether a hash that somebody noted before is in the chain; undefined: nobody asked. */
  readonly hasNoted: boolean | undefined;
}

export interface BadLine {
  readonly file: string;
  /** Line of the file, from 1. */
  readonly line: number;
  readonly why: string;
}

interface Chain {
  n: number;
  prev: string;
  first: number;
  lines: number;
  noted: string | undefined;
  hasNoted: boolean;
}

/** `noted`: a hash that must still be in the chain. A chain that was made anew lacks it. */
export async function verifyAudit(folder: string, noted?: string): Promise<AuditVerdict> {
  const files = auditFiles(folder);
  const chain: Chain = { n: 0, prev: GENESIS, first: 0, lines: 0, noted, hasNoted: false };
  for (const path of files) {
    let at = 0;
    const lines = createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Infinity });
    for await (const text of lines) {
      at += 1;
      const why = link(chain, text);
      if (why !== undefined) {
        lines.close();
        return verdict(files, chain, { file: basename(path), line: at, why });
      }
    }
  }
  return verdict(files, chain, undefined);
}

function verdict(
  files: ReadonlyArray<string>,
  chain: Chain,
  bad: BadLine | undefined,
): AuditVerdict {
  const { lines, first, prev, noted } = chain;
  const hasNoted = noted === undefined ? undefined : chain.hasNoted;
  return { files: files.length, lines, first, head: prev, bad, hasNoted };
}

/** A hash can be made of anything: what it was made of need not be a line. */
function lineIn(json: string): AuditLine | undefined {
  try {
    const line = JSON.parse(json) as AuditLine | null;
    return Number.isSafeInteger(line?.n) && typeof line?.prev === "string" ? line : undefined;
  } catch {
    return undefined;
  }
}

/** Adds a line to the chain, or says why it is none. */
function link(chain: Chain, text: string): string | undefined {
  const hash = text.slice(0, 64);
  const json = text.slice(65);
  if (hashOf(json) !== hash) return "its text is not the one that its hash was made of";
  const line = lineIn(json);
  if (line === undefined) return "it is no line of an audit log";
  if (chain.lines === 0) {
    chain.first = line.n;
    if (line.n === 1 && line.prev !== GENESIS) return "it is called the first and names another";
  } else {
    if (line.n !== chain.n + 1) return `it is number ${line.n} and follows number ${chain.n}`;
    if (line.prev !== chain.prev) return "it names another line before it";
  }
  chain.n = line.n;
  chain.prev = hash;
  chain.hasNoted ||= hash === chain.noted;
  chain.lines += 1;
  return undefined;
}
