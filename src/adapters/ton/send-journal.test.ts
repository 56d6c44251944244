import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MemoryJournal } from "../../../test/chain/memory-journal.ts";
import { openJournal } from "../../../test/chain/open-journal.ts";
import { SendJournal, type Signed } from "./send-journal.ts";

const WALLET = `0:${"1".repeat(64)}`;

const signed = (key: string, seqno: number): Signed => ({
  key,
  seqno,
  validUntil: 100 + seqno,
  hash: seqno.toString(16).padStart(64, "0"),
  boc: "te6cckEBAQEAAgAAAEysuc0=",
  holds: [{ place: 0, name: "a letter" }],
});
const held = (place: number) => ({ place, name: `letter ${place}` });
const landing = (n: number) => ({
  lt: String(n),
  hash: n.toString(16).padStart(64, "0"),
  departed: [{ place: 0, to: WALLET, createdLt: String(n) }],
  of: 1,
});

describe("Journal of sent messages", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pingo-send-journal-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("on disk: what was signed and what landed is there for the next owner", async () => {
    const path = join(folder, "one");
    const first = await SendJournal.open(await openJournal(path), WALLET);
    await first.signed(signed("a", 1));
    await first.signed(signed("b", 2));
    await first.landed("a", landing(7));
    await first.close();
    const next = await SendJournal.open(await openJournal(path), WALLET);
    expect(next.entry("a")?.sent).toEqual({
      lt: "7",
      hash: landing(7).hash,
      departures: [{ to: WALLET, createdLt: "7" }],
    });
    expect(next.entry("b")?.signed).toEqual([signed("b", 2)]);
    expect([next.lastSeqno, next.at(1)?.key, next.at(3)]).toEqual([2, "a", undefined]);
    await next.close();
    const other = await openJournal(path);
    await expect(SendJournal.open(other, `0:${"2".repeat(64)}`)).rejects.toThrow(
      `belongs to wallet ${WALLET}`,
    );
    await other.close();
  });

  test("thousands of records are folded, what is under way is kept however old", async () => {
    const disk = new MemoryJournal();
    const journal = await SendJournal.open(disk, WALLET);
    await journal.signed(signed("under way", 0));
    for (let n = 1; n <= 10_100; n++) {
      await journal.signed(signed(`k${n}`, n));
      await journal.landed(`k${n}`, landing(n));
    }
    const next = await SendJournal.open(disk.again(), WALLET);
    expect(next.entry("under way")?.signed).toHaveLength(1);
    expect(next.entry("k10100")?.sent?.lt).toBe("10100");
    expect(next.entry("k1")).toBeUndefined();
    expect([next.at(10_100)?.key, next.at(10), next.lastSeqno]).toEqual([
      "k10100",
      undefined,
      10_100,
    ]);
  });

  test("displaced: its number is free for others; reopened: as if never sent", async () => {
    const journal = await SendJournal.open(new MemoryJournal(), WALLET);
    await journal.signed(signed("a", 4));
    await journal.displaced("a");
    expect([journal.entry("a")?.signed, journal.at(4)]).toEqual([[], undefined]);
    await journal.signed(signed("a", 5));
    await journal.landed("a", landing(5));
    await journal.reopened("a");
    expect(journal.entry("a")).toBeUndefined();
  });

  test("some of a key's messages departed: the key is not done until all have", async () => {
    const journal = await SendJournal.open(new MemoryJournal(), WALLET);
    await journal.signed({ ...signed("a", 1), holds: [0, 1].map(held) });
    await journal.landed("a", { ...landing(1), of: 2 });
    expect(journal.entry("a")).toMatchObject({ signed: [], departed: [[0, { createdLt: "1" }]] });
    expect(journal.entry("a")?.sent).toBeUndefined();
    const rest = { place: 1, to: WALLET, createdLt: "2" };
    await journal.signed({ ...signed("a", 2), holds: [held(1)] });
    await journal.landed("a", { ...landing(2), departed: [rest], of: 2 });
    expect(journal.entry("a")?.sent?.departures.map(({ createdLt }) => createdLt)).toEqual([
      "1",
      "2",
    ]);
  });

  test("doubted: under way again, under its own number; too old, it stays landed", async () => {
    const disk = new MemoryJournal();
    const journal = await SendJournal.open(disk, WALLET);
    await journal.signed(signed("a", 1));
    await journal.landed("a", landing(1));
    await journal.doubted("a");
    expect(journal.entry("a")).toEqual({ key: "a", signed: [signed("a", 1)], departed: [] });
    await journal.landed("a", landing(2));
    for (let n = 2; n < 40; n++) await journal.signed(signed("other", n));
    await journal.doubted("a");
    const next = await SendJournal.open(disk.again(), WALLET);
    expect(next.entry("a")?.sent?.lt).toBe("2");
  });

  test("fenced: who opened it later is the only one that can write", async () => {
    const disk = new MemoryJournal();
    const first = await SendJournal.open(disk, WALLET);
    await SendJournal.open(disk.again(), WALLET);
    await expect(first.signed(signed("a", 1))).rejects.toMatchObject({ reason: "fenced" });
    expect(first.entry("a")).toBeUndefined();
  });
});
