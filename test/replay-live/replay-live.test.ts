/**
 * Journals that a live network wrote, replayed: the recorded ones in test/fixtures/journals are
 * what today's actors must still make the same of. Where a change of an actor was meant,
 * UPDATE_JOURNALS=1 npx vitest run test/replay-live records them anew.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FileJournals } from "../../src/adapters/store/file-journal.ts";
import { liveBehaviours } from "../../src/app/live/behaviours.ts";
import { machinesFor } from "../../src/app/live/config.ts";
import { Exit } from "../../src/app/outcome.ts";
import { replay } from "../../src/app/sim/replay-command.ts";
import { replayJournal } from "../../src/app/sim/replay-live-run.ts";
import {
  type LiveJournal,
  readLiveJournals,
  writeExport,
} from "../../src/app/sim/replay-live-source.ts";
import { CORE, edgeShard, nodeShard, type ShardId } from "../../src/live/shard.ts";
import {
  demandOf,
  openSmall,
  placeOf,
  quick,
  removeFolder,
  scratchFolder,
  submit,
  until,
  YOU,
} from "../live/small-network.ts";
import { type Recording, RecordingJournals } from "./recording-journals.ts";

const fixtures = join(import.meta.dirname, "../fixtures/journals");
const files = readdirSync(fixtures).filter((name) => name.endsWith(".journal.gz"));
const kept: ReadonlyArray<ShardId> = [CORE, edgeShard("e0"), nodeShard("n1")];
const updates = process.env.UPDATE_JOURNALS === "1";
const NEIGHBOURS = 3;
const network = { machines: machinesFor(NEIGHBOURS), ...quick };

let folder: string;
beforeEach(async () => {
  folder = await scratchFolder();
});
afterEach(() => removeFolder(folder));

/** Two lives of a network: newcomers earn, ask for two jobs; it is stopped and asked again. */
async function recordAll(): Promise<ReadonlyMap<ShardId, Recording>> {
  const recordings = new Map<ShardId, Recording>();
  const life = async (demands: ReadonlyArray<number>) => {
    const journals = new FileJournals({ folder: join(folder, "journals") });
    const parts = { journals: new RecordingJournals(journals, recordings) };
    const msOf = () => 20;
    const live = await openSmall({ folder, neighbours: NEIGHBOURS, msOf, parts });
    try {
      await until(() => placeOf(live, YOU) === "active", "a place among contributors");
      for (const demand of demands) {
        await submit(live, demand, [100, 200, 300].slice(0, demand));
        await until(() => demandOf(live, YOU, demand)?.answer !== undefined, `job ${demand}`);
        expect(demandOf(live, YOU, demand)?.answer).toBe("settled");
      }
    } finally {
      await live.close();
    }
  };
  await life([1, 2]);
  await life([3]);
  return recordings;
}

function journalOf(shard: ShardId, { records, snapshot: outcome }: Recording) {
  return { shard, network, snapshot: undefined, records, outcome };
}

function replayed(journal: LiveJournal) {
  return replayJournal(journal, liveBehaviours(journal.config).behaviours);
}

async function readOne(path: string): Promise<LiveJournal> {
  const [journal] = await readLiveJournals(path);
  if (journal === undefined) throw new Error(`nothing in ${path}`);
  return journal;
}

test.runIf(updates)("journals are recorded anew", async () => {
  const recordings = await recordAll();
  for (const shard of kept) {
    const recording = recordings.get(shard);
    if (recording === undefined) throw new Error(`${shard} wrote nothing`);
    writeExport(join(fixtures, `${shard}.journal.gz`), journalOf(shard, recording));
  }
});

describe("Replay of a live journal", () => {
  test.each(files)("%s leads to the states that the live shell came to", async (file) => {
    const journal = await readOne(join(fixtures, file));
    const { divergence, actors, deliveries, records } = replayed(journal);
    expect(divergence).toBeUndefined();
    expect(records).toBe(journal.records.length);
    expect(deliveries).toBeGreaterThan(20);
    expect(new Set(actors.map((each) => each.recorded))).toEqual(new Set(["same"]));
  });

  test("every kind of shard is among the recorded ones", () => {
    expect(files.map((file) => file.slice(0, -".journal.gz".length)).sort()).toEqual([...kept]);
  });

  test("of a network's own folder, as it was left behind", async () => {
    const live = await openSmall({ folder, neighbours: NEIGHBOURS });
    await until(() => placeOf(live, YOU) === "active", "a place among contributors");
    // read while the network runs: what is written by then is there, and nothing is disturbed
    writeFileSync(join(folder, "network.yaml"), JSON.stringify(network));
    const journals = await readLiveJournals(folder);
    await live.close();
    expect(journals.map(({ shard }) => shard)).toContain("edge-e0");
    for (const journal of journals) {
      const { divergence, actors } = replayed(journal);
      expect(divergence, journal.shard).toBeUndefined();
      for (const { recorded } of actors) expect(recorded).toBe("none");
    }
    // stopped, it leaves a snapshot of each shard and nothing behind it
    for (const journal of await readLiveJournals(folder)) {
      expect(journal.snapshot?.at).toBeGreaterThan(0);
      expect(replayed(journal)).toMatchObject({ divergence: undefined, deliveries: 0 });
    }
  });
});

describe("Replay of a live journal that is not as it was", () => {
  const changed = async (change: (records: string[]) => string[]) => {
    const journal = await readOne(join(fixtures, "edge-e0.journal.gz"));
    return replayed({ ...journal, records: change([...journal.records]) });
  };
  const indexOf = (records: ReadonlyArray<string>, words: string) =>
    records.findIndex((record) => record.includes(words));

  test("a message that its sender does not send so: record, actor and field", async () => {
    let index = -1;
    const { divergence } = await changed((records) => {
      index = indexOf(records, '"type":"PlaceTask"');
      const message = records[index] as string;
      records[index] = message.replace(/"mflop":\d+/, '"mflop":1');
      return records;
    });
    expect(divergence).toMatchObject({
      record: index + 1,
      actor: "edge/e0",
      what: "PlaceTask",
      recorded: "1",
    });
    expect(divergence?.field).toContain("mflop");
  });

  test("a delivery that comes twice is not taken twice", async () => {
    const { divergence } = await changed((records) => {
      const index = indexOf(records, '"type":"AttemptStarted"');
      records.splice(index, 0, records[index] as string);
      return records;
    });
    expect(divergence).toMatchObject({ what: "AttemptStarted", field: "fate", replayed: "stale" });
  });

  test("other entropy leads to another state", async () => {
    const { divergence } = await changed((records) =>
      records.map((record) =>
        record.replace(/"entropy":\d+/, (found) => `${found.slice(0, 10)}${found.length}`),
      ),
    );
    expect(divergence).toBeDefined();
  });

  test("an end that is missing shows in the states", async () => {
    const { divergence } = await changed((records) => {
      const last = records.findLastIndex((record) => record.includes('"what":"message"'));
      return records.slice(0, last);
    });
    expect(divergence).toBeDefined();
    expect(["state", "mailbox"]).toContain(divergence?.what);
  });
});

describe("pingo sim replay of a live journal", () => {
  const run = async (path: string) => {
    const said = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    try {
      const exit = await replay(path, { json: true });
      return { exit, said: JSON.parse(said.mock.calls.map(([text]) => text).join("")) as unknown };
    } finally {
      said.mockRestore();
    }
  };

  test("ends with 0 where all is as it was, and says what each actor came to", async () => {
    const { exit, said } = await run(join(fixtures, "core.journal.gz"));
    expect(exit).toBe(Exit.fine);
    expect(said).toMatchObject({ equal: true, divergence: null, shards: [{ shard: "core" }] });
  });

  test("ends with 12 where it is not, and says where", async () => {
    const journal = await readOne(join(fixtures, "node-n1.journal.gz"));
    const path = join(folder, "other.journal.gz");
    writeExport(path, { ...journal, records: journal.records.slice(0, -1) });
    const { exit, said } = await run(path);
    expect(exit).toBe(Exit.notDeterministic);
    expect(said).toMatchObject({ equal: false, divergence: { actor: "node/n1" } });
  });
});

describe("Replay of what is no live journal says so", () => {
  test("a folder without one", async () => {
    await expect(readLiveJournals(folder)).rejects.toThrow(/holds no journal; name a network's/);
  });

  test("a file that is cut", async () => {
    const whole = readFileSync(join(fixtures, "node-n1.journal.gz"));
    const path = join(folder, "cut.journal.gz");
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    await expect(readLiveJournals(path)).rejects.toThrow(/is cut or changed; write it again/);
  });

  test("a file that counts more records than it holds", async () => {
    const journal = await readOne(join(fixtures, "node-n1.journal.gz"));
    const path = join(folder, "less.journal.gz");
    writeExport(path, journal);
    const again = await readOne(path);
    expect(again.records).toEqual(journal.records);
    const lines = gunzipSync(readFileSync(path)).toString("utf8").trimEnd().split("\n");
    writeFileSync(path, gzipSync(`${lines.slice(0, -1).join("\n")}\n`));
    await expect(readLiveJournals(path)).rejects.toThrow(/counts \d+ records and holds \d+/);
  });
});
