import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { PartialFile } from "./partial-file.ts";
import { tensor } from "./tensor.ts";

const folder = mkdtempSync(join(tmpdir(), "pingo-partial-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const row = (n: number) => ({ y: tensor("float32", [1], [n]) });
let files = 0;
const fresh = () => join(folder, `p${files++}`);

describe("Partial file", () => {
  test("frames are there for the next process, in order", () => {
    const path = fresh();
    const first = new PartialFile(path, "all");
    first.keep({ runs: 1, tensors: row(1) });
    first.keep({ runs: 3, tensors: row(2) });
    expect(new PartialFile(path, "all").frames).toEqual([
      { runs: 1, tensors: row(1) },
      { runs: 3, tensors: row(2) },
    ]);
  });

  test("killed as it wrote: the frame before it is the last, and the next goes there", () => {
    const path = fresh();
    new PartialFile(path, "all").keep({ runs: 1, tensors: row(1) });
    const whole = readFileSync(path);
    new PartialFile(path, "all").keep({ runs: 2, tensors: row(2) });
    const both = readFileSync(path);
    for (let length = whole.length; length < both.length; length++) {
      writeFileSync(path, both.subarray(0, length));
      const again = new PartialFile(path, "all");
      expect(again.frames.map(({ runs }) => runs)).toEqual([1]);
    }
    new PartialFile(path, "all").keep({ runs: 5, tensors: row(5) });
    expect(new PartialFile(path, "all").frames.map(({ runs }) => runs)).toEqual([1, 5]);
  });

  test("a byte that a disk changed ends what is believed", () => {
    const path = fresh();
    const file = new PartialFile(path, "all");
    file.keep({ runs: 1, tensors: row(1) });
    const end = readFileSync(path).length;
    file.keep({ runs: 2, tensors: row(2) });
    const bytes = readFileSync(path);
    bytes[end + 30] = (bytes[end + 30] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect(new PartialFile(path, "all").frames).toHaveLength(1);
  });

  test("where each frame stands for all, only the last is kept", () => {
    const path = fresh();
    const file = new PartialFile(path, "last");
    file.keep({ runs: 1, tensors: row(1) });
    const { length } = readFileSync(path);
    file.keep({ runs: 2, tensors: row(2) });
    expect(readFileSync(path)).toHaveLength(length);
    expect(new PartialFile(path, "last").frames.map(({ runs }) => runs)).toEqual([2]);
  });

  test("a file that is nothing of the kind is as if it were not there", () => {
    const path = fresh();
    appendFileSync(path, "not a frame at all, but long enough to look like one");
    expect(new PartialFile(path, "all").frames).toEqual([]);
  });
});
