/** Generated pages and pictures are those that the code gives, and what they claim is so. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { kindOf } from "../../src/kernel/address.ts";
import { Run } from "../../src/sim/run/run.ts";
import { Scenario } from "../../src/sim/scenario/schema.ts";
import { chartPictures, protocolPage, sendersOf } from "../../tools/write-protocol.ts";
import { smallWorld } from "../determinism/small-world.ts";

const docs = resolve(import.meta.dirname, "../../docs");
const remedy = "after a change of charts or messages: npx tsx tools/write-protocol.ts";

describe("docs/protocol.md", () => {
  test("is current", () => {
    expect(readFileSync(join(docs, "protocol.md"), "utf8") === protocolPage(), remedy).toBe(true);
  });

  test("names every sender that a run shows", () => {
    const scenario = Schema.decodeUnknownSync(Scenario)(smallWorld);
    const run = new Run({ scenario, seed: 1, files: new Map(), hashing: false });
    const seen = new Map<string, Set<string>>();
    run.onDelivery = ({ from, type, to }) => {
      // Ports and timers speak for themselves.
      if (from.startsWith("port/") || from === to) return;
      const senders = seen.get(type) ?? new Set();
      seen.set(type, senders.add(kindOf(from as never)));
    };
    while (!run.advance(1e6));
    expect(seen.size).toBeGreaterThan(25);
    for (const [type, senders] of seen) {
      expect(sendersOf(type), type).toEqual(expect.arrayContaining([...senders]));
    }
  });
});

describe("docs/charts", () => {
  test("are current, one for each actor", async () => {
    const pictures = await chartPictures();
    expect(readdirSync(join(docs, "charts")).sort()).toEqual([...pictures.keys()].sort());
    for (const [file, picture] of pictures) {
      const drawn = readFileSync(join(docs, "charts", file), "utf8");
      expect(drawn === picture, `${file}: ${remedy}`).toBe(true);
    }
  });
});
