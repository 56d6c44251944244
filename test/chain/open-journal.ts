/** A journal in a folder of its own, as the program gives one to a wallet's sender. */
import { FileJournals } from "../../src/adapters/store/file-journal.ts";
import type { Journal } from "../../src/live/journal.ts";
import type { FencingToken } from "../../src/live/leases.ts";
import type { ShardId } from "../../src/live/shard.ts";

export function openJournal(folder: string): Promise<Journal> {
  return new FileJournals({ folder }).open("wallet" as ShardId, 1 as FencingToken);
}
