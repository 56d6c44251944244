import fc from "fast-check";
import { expect, test } from "vitest";
import { Stream } from "../../kernel/entropy.ts";
import { CursorStream, firstKey, secondKey } from "./cursor-stream.ts";

test("cursor: continues exactly the stream of its name", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.string(), fc.nat(50), (seed, name, skip) => {
      const stream = new Stream(seed, name);
      for (let i = 0; i < skip; i++) stream.word();
      const cursor = new CursorStream();
      cursor.seek(firstKey(seed, name), secondKey(seed, name), skip);
      expect(cursor.unit()).toBe(stream.unit());
      expect(cursor.int(1000)).toBe(stream.int(1000));
      expect(cursor.position).toBe(stream.position);
    }),
  );
});
