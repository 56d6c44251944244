import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ServerEvent, serverEvents } from "./event-stream.ts";

async function* cut(text: string, places: ReadonlyArray<number>): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))];
  let from = 0;
  for (const end of [...ends.sort((a, b) => a - b), bytes.length]) {
    yield bytes.subarray(from, end);
    from = end;
  }
}

async function read(source: AsyncIterable<Uint8Array>): Promise<ReadonlyArray<ServerEvent>> {
  const events: ServerEvent[] = [];
  for await (const event of serverEvents(source)) events.push(event);
  return events;
}

describe("Server-sent events", () => {
  test("events are the same however the line cuts them, comments are none", async () => {
    const word = fc.string({ unit: "grapheme", minLength: 1 }).map((text) => JSON.stringify(text));
    await fc.assert(
      fc.asyncProperty(fc.array(word), fc.array(fc.nat()), async (words, places) => {
        const text = words
          .map((data, id) => `: pulse\n\nevent: status\nid: ${id}\ndata: ${data}\n\n`)
          .join("");
        const events = await read(cut(text, places));
        expect(events).toEqual(words.map((data) => ({ event: "status", data })));
      }),
    );
  });

  test("an event without an end is not given out, one that never ends is given up", async () => {
    expect(await read(cut("event: status\ndata: 1\n", []))).toEqual([]);
    const endless = (async function* () {
      for (;;) yield new Uint8Array(100_000).fill(0x61);
    })();
    await expect(read(endless)).rejects.toThrow(/too long/);
  });
});
