/**
 * Where a live journal is read from: the state folder of a network, the folder of one of its
 * shards, or one file that holds all of it. Nothing is locked, repaired or written, so the network
 * may run.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { crc32, gunzipSync, gzipSync } from "node:zlib";
import { firstOfSegment, readSegment, recordsOf } from "../../adapters/store/segment.ts";
import { JournalError, type Snapshot } from "../../live/journal.ts";
import type { ShardId } from "../../live/shard.ts";
import { inWords, makeFolderOf, readText } from "../files.ts";
import { type NetworkConfig, networkConfig, parseNetworkFile } from "../live/config.ts";
import { CommandError } from "../outcome.ts";

/** The journal of one shard with what its actors were made from. */
export interface LiveJournal {
  /** Where it was read from. */
  readonly name: string;
  readonly shard: ShardId;
  /** Keys of the network's configuration, as its file has them. */
  readonly network: Readonly<Record<string, unknown>>;
  readonly config: NetworkConfig;
  readonly snapshot: Snapshot | undefined;
  /** Behind the snapshot, oldest first. */
  readonly records: ReadonlyArray<string>;
  /** Snapshot that the live shell made behind the last record, where there is one. */
  readonly outcome: string | undefined;
}

/** First line of the file that holds a whole journal; records follow, one a line. */
interface Head {
  readonly pingo: "journal";
  readonly format: number;
  readonly shard: ShardId;
  readonly network: Readonly<Record<string, unknown>>;
  readonly snapshot: Snapshot | null;
  readonly records: number;
  readonly outcome: string | null;
}

const FORMAT = 1;
const CONFIG = "network.yaml";
const snapshotPattern = /^snapshot-(\d{15})\.json$/;

/** True for folders, and for files that begin as a journal's does. */
export function isLiveJournal(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  return found.isDirectory() || path.endsWith(".journal.gz");
}

export async function readLiveJournals(path: string): Promise<ReadonlyArray<LiveJournal>> {
  try {
    if (!statSync(path).isDirectory()) return [readExport(path)];
    const journals = join(path, "journals");
    if (!existsSync(journals)) return [await readFolder(path)];
    const shards = readdirSync(journals, { withFileTypes: true })
      .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
      .sort();
    return await Promise.all(shards.map((shard) => readFolder(join(journals, shard))));
  } catch (error) {
    if (error instanceof JournalError) throw new CommandError(error.message, { code: "file" });
    throw inWords(error, `read the journal ${path}`);
  }
}

async function readFolder(path: string): Promise<LiveJournal> {
  const folder = resolve(path);
  const names = readdirSync(folder);
  const firsts = names.flatMap((name) => firstOfSegment(name) ?? []).sort((a, b) => a - b);
  const snapshot = newestSnapshot(folder, names);
  if (firsts.length === 0 && snapshot === undefined) {
    const words = `${path} holds no journal; name a network's folder, or one in its journals`;
    throw new CommandError(words, { code: "file" });
  }
  const from = snapshot?.at ?? 0;
  const records: string[] = [];
  for (const [i, first] of firsts.entries()) {
    const { appends } = await readSegment(folder, first, i === firsts.length - 1);
    const all = appends.flatMap((append) => recordsOf(append));
    if (first + all.length <= from) continue;
    if (first > from + records.length) {
      const missing = `${from + records.length} to ${first - 1}`;
      throw new CommandError(`${path} misses records ${missing}; restore it from a copy`, {
        code: "file",
      });
    }
    records.push(...all.slice(Math.max(0, from - first)));
  }
  const file = join(dirname(dirname(folder)), CONFIG);
  const network = parseNetworkFile(readText(file, "the network file"), file);
  const config = networkConfig(network, file);
  const shard = basename(folder) as ShardId;
  return { name: path, shard, network, config, snapshot, records, outcome: undefined };
}

function newestSnapshot(folder: string, names: ReadonlyArray<string>): Snapshot | undefined {
  const name = names
    .filter((each) => snapshotPattern.test(each))
    .sort()
    .at(-1);
  if (name === undefined) return undefined;
  const path = join(folder, name);
  const bytes = readFileSync(path);
  const end = bytes.indexOf(0x0a);
  const body = bytes.subarray(end + 1);
  const at = Number(snapshotPattern.exec(name)?.[1]);
  if (bytes.toString("latin1", 0, end) !== `${crc32(body).toString(16).padStart(8, "0")} ${at}`) {
    throw new CommandError(`${path} is damaged; restore it from a copy`, { code: "file" });
  }
  return { at, text: body.toString("utf8") };
}

function readExport(path: string): LiveJournal {
  const [first = "", ...records] = textOf(path)
    .split("\n")
    .filter((line) => line !== "");
  const { shard, network, snapshot, outcome, records: count } = headOf(first, path);
  if (records.length !== count) {
    throw new CommandError(
      `${path} counts ${count} records and holds ${records.length}; write it again`,
      { code: "file" },
    );
  }
  return {
    name: path,
    shard,
    network,
    config: networkConfig(network, path),
    snapshot: snapshot ?? undefined,
    records,
    outcome: outcome ?? undefined,
  };
}

function textOf(path: string): string {
  try {
    return gunzipSync(readFileSync(path)).toString("utf8");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!code.startsWith("Z_")) throw error;
    throw new CommandError(`${path} is cut or changed; write it again`, { code: "file" });
  }
}

function headOf(line: string, path: string): Head {
  let head: Partial<Head> | null = null;
  try {
    head = JSON.parse(line) as Partial<Head> | null;
  } catch {
    // said below
  }
  if (head?.pingo !== "journal" || typeof head.shard !== "string") {
    throw new CommandError(
      `${path} is no live journal; replay takes what it wrote with --export itself`,
      { code: "file" },
    );
  }
  if ((head.format ?? 0) > FORMAT) {
    throw new CommandError(`${path} is of a newer PinGo; install that version`, { code: "file" });
  }
  return head as Head;
}

/** One compressed file that holds the journal, and where the live shell or a replay came to. */
export function writeExport(path: string, journal: Omit<LiveJournal, "name" | "config">): void {
  const { shard, network, snapshot = null, records, outcome = null } = journal;
  const head: Head = {
    pingo: "journal",
    format: FORMAT,
    shard,
    network,
    snapshot,
    records: records.length,
    outcome,
  };
  try {
    makeFolderOf(path);
    const text = [JSON.stringify(head), ...records].map((line) => `${line}\n`).join("");
    writeFileSync(path, gzipSync(text, { level: 9 }));
  } catch (error) {
    throw inWords(error, `write ${path}`);
  }
}
