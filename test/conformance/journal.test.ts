/** What every journal promises, tried on files and over a live server. */
import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { NatsJournals } from "../../src/adapters/nats/journal.ts";
import { headersOf, partsOf } from "../../src/adapters/nats/journal-entry.ts";
import { FileJournals } from "../../src/adapters/store/file-journal.ts";
import type { Journal, Journals, Snapshot } from "../../src/live/journal.ts";
import type { FencingToken } from "../../src/live/leases.ts";
import { edgeShard } from "../../src/live/shard.ts";
import { skipNats } from "../nats/test-server.ts";
import { type Arm, Networks, openerOf, withFolder } from "./arms.ts";

/** Journals, and the accidents that may befall them. */
interface Kept {
  readonly journals: Journals;
  /** Leaves behind what an owner wrote half of before it died. */
  readonly tear: () => Promise<void>;
  /** Spoils a record in the middle. */
  readonly spoil: () => Promise<void>;
}

const shard = edgeShard("e1");
const networks = new Networks();
afterAll(() => networks.end());

const arms: ReadonlyArray<Arm<Kept>> = [
  {
    name: "files",
    skip: false,
    open: () =>
      withFolder((folder) => {
        const segment = async () => {
          const names = await readdir(join(folder, shard));
          return join(folder, shard, names.filter((name) => name.endsWith(".log")).sort()[0] ?? "");
        };
        return {
          journals: new FileJournals({ folder }),
          tear: async () => appendFile(await segment(), '0badc0de {"n":99'),
          spoil: async () => {
            const path = await segment();
            const text = await readFile(path, "latin1");
            await writeFile(path, text.replace('{"n":1}', '{"n":7}'), "latin1");
          },
        };
      }),
  },
  {
    name: "NATS",
    skip: skipNats,
    open: async () => {
      const { link, names, provisioner } = await networks.open();
      const journals = new NatsJournals(link, {
        names,
        provision: (each) => provisioner.shard(each),
      });
      const { client } = link;
      return {
        port: {
          journals,
          tear: async () => {
            const records = ["9".repeat(1_500_000)];
            const [half] = partsOf(1 as FencingToken, 3, records);
            if (half === undefined) throw new Error("there is a first part");
            const options = { headers: headersOf(half.place) };
            await client.publish(names.journal(shard), half.bytes, options);
          },
          spoil: async () => {
            await client.publish(names.journal(shard), "neither record nor header");
          },
        },
        end: async () => {},
      };
    },
  },
];

const token = (value: number) => value as FencingToken;
const record = (n: number) => JSON.stringify({ n });
const recordsTo = (count: number, from = 0) =>
  Array.from({ length: count - from }, (_, i) => record(from + i));

async function all(journal: Journal, from = 0): Promise<ReadonlyArray<string>> {
  const records: string[] = [];
  for await (const each of journal.read(from)) records.push(each);
  return records;
}

for (const arm of arms) {
  describe.skipIf(arm.skip)(`Journal, ${arm.name}`, () => {
    const open = openerOf(arm);

    it("what was appended: is read again, from any record on", async () => {
      const { journals } = await open();
      const journal = await journals.open(shard, token(1));
      expect(await journal.append(0, recordsTo(3))).toBe(3);
      expect(await journal.append(3, recordsTo(8, 3))).toBe(8);
      expect(await all(journal)).toEqual(recordsTo(8));
      expect(await all(journal, 5)).toEqual(recordsTo(8, 5));
      expect(await all(journal, 8)).toEqual([]);
      await journal.close();
    });

    it("opened again: everything is there, and it goes on behind it", async () => {
      const { journals } = await open();
      const first = await journals.open(shard, token(1));
      await first.append(0, recordsTo(3));
      await first.close();
      const second = await journals.open(shard, token(2));
      expect(await all(second)).toEqual(recordsTo(3));
      expect(await second.append(3, [record(3)])).toBe(4);
      await second.close();
    });

    it("an append that expects another length: is fenced and changes nothing", async () => {
      const { journals } = await open();
      const journal = await journals.open(shard, token(1));
      await journal.append(0, recordsTo(2));
      const wrong = journal.append(1, [record(9)]);
      await expect(wrong).rejects.toMatchObject({ name: "JournalError", reason: "fenced" });
      expect(await all(journal)).toEqual(recordsTo(2));
      await journal.close();
    });

    it("no text of one line: the append is refused", async () => {
      const { journals } = await open();
      const journal = await journals.open(shard, token(1));
      await expect(journal.append(0, ['{"n":1}\n{"n":2}'])).rejects.toThrow(TypeError);
      await journal.close();
    });

    it("a later owner opens it: every append of the one before is fenced", async () => {
      const { journals } = await open();
      const old = await journals.open(shard, token(1));
      await old.append(0, recordsTo(2));
      const young = await journals.open(shard, token(2));
      await expect(old.append(2, [record(66)])).rejects.toMatchObject({ reason: "fenced" });
      expect(await young.append(2, [record(2)])).toBe(3);
      expect(await all(young)).toEqual(recordsTo(3));
      await young.close();
    });

    it("two owners append at once: exactly one wins", async () => {
      const { journals } = await open();
      const old = await journals.open(shard, token(1));
      await old.append(0, recordsTo(1));
      const young = await journals.open(shard, token(2));
      const raced = await Promise.allSettled([
        old.append(1, ['"old"']),
        young.append(1, ['"young"']),
      ]);
      expect(raced.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      expect(await all(young)).toHaveLength(2);
      await young.close();
    });

    it("a stale token: cannot open what a later owner has opened", async () => {
      const { journals } = await open();
      const young = await journals.open(shard, token(5));
      const stale = journals.open(shard, token(4));
      await expect(stale).rejects.toMatchObject({ reason: "fenced" });
      expect(await young.append(0, [record(0)])).toBe(1);
      await young.close();
    });

    it("compacted: the snapshot is kept, what it stands for goes, the rest stays", async () => {
      const { journals } = await open();
      const journal = await journals.open(shard, token(1));
      expect(await journal.latest()).toBeUndefined();
      await journal.append(0, recordsTo(3));
      await journal.append(3, recordsTo(6, 3));
      await journal.compact({ at: 3, text: '{"state":3}' });
      await journal.append(6, recordsTo(7, 6));
      await journal.close();
      const again = await journals.open(shard, token(2));
      expect(await again.latest()).toEqual({ at: 3, text: '{"state":3}' });
      expect(await all(again, 3)).toEqual(recordsTo(7, 3));
      expect(await again.append(7, [record(7)])).toBe(8);
      await again.close();
    });

    it("compacted to its end: opened again, it knows how long it is", async () => {
      const { journals } = await open();
      const journal = await journals.open(shard, token(1));
      await journal.append(0, recordsTo(4));
      await journal.compact({ at: 4, text: "{}" });
      await journal.close();
      const again = await journals.open(shard, token(2));
      expect(await all(again, 4)).toEqual([]);
      expect(await again.append(4, [record(4)])).toBe(5);
      expect(await all(again, 4)).toEqual([record(4)]);
      await again.close();
    });

    it("three megabytes in one append, and a snapshot of five: come back whole", async () => {
      const { journals } = await open();
      const journal = await journals.open(shard, token(1));
      const large = ["a", "é", "c"].map((letter) => JSON.stringify(letter.repeat(1_000_000)));
      await journal.append(0, large);
      await journal.append(3, [record(3)]);
      const snapshot: Snapshot = { at: 2, text: JSON.stringify("ü".repeat(2_500_000)) };
      await journal.compact(snapshot);
      await journal.close();
      const again = await journals.open(shard, token(2));
      expect(await again.latest()).toEqual(snapshot);
      expect(await all(again, 2)).toEqual([...large.slice(2), record(3)]);
      await again.close();
    });

    it("torn: what was written half is not there, the record before it is the last", async () => {
      const { journals, tear } = await open();
      const journal = await journals.open(shard, token(1));
      await journal.append(0, recordsTo(3));
      await journal.close();
      await tear();
      const again = await journals.open(shard, token(2));
      expect(await all(again)).toEqual(recordsTo(3));
      expect(await again.append(3, [record(3)])).toBe(4);
      expect(await all(again)).toEqual(recordsTo(4));
      await again.close();
    });

    it("spoilt: says so instead of leaving records out", async () => {
      const { journals, spoil } = await open();
      const journal = await journals.open(shard, token(1));
      for (let n = 0; n < 3; n++) await journal.append(n, [record(n)]);
      await journal.close();
      await spoil();
      const reading = async () => {
        const again = await journals.open(shard, token(2));
        try {
          return await all(again);
        } finally {
          await again.close();
        }
      };
      await expect(reading()).rejects.toMatchObject({ reason: "corrupt" });
    });

    it("any appends, snapshots and new owners: it holds what a list would", async () => {
      const step = fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 1, max: 5 }) },
        { weight: 1, arbitrary: fc.constant("compact" as const) },
        { weight: 1, arbitrary: fc.constant("open" as const) },
      );
      const { journals } = await open();
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
          const own = edgeShard(`p${++run}`);
          let owner = 1;
          let journal = await journals.open(own, token(owner));
          const model: string[] = [];
          let snapshot: Snapshot | undefined;
          for (const each of steps) {
            if (each === "open") {
              await journal.close();
              journal = await journals.open(own, token(++owner));
            } else if (each === "compact") {
              snapshot = { at: Math.floor(model.length / 2), text: `"${model.length}"` };
              await journal.compact(snapshot);
            } else {
              const records = Array.from({ length: each }, (_, i) => record(model.length + i));
              const length = await journal.append(model.length, records);
              model.push(...records);
              expect(length).toBe(model.length);
            }
          }
          expect(await journal.latest()).toEqual(snapshot);
          const from = snapshot?.at ?? 0;
          expect(await all(journal, from)).toEqual(model.slice(from));
          await journal.close();
        }),
        { numRuns: 20 },
      );
    });
  });
}
