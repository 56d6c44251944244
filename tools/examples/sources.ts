/** Lines of this project's own files, for the text example. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Stream } from "../../src/kernel/entropy.ts";
import { LINE_WIDTH, lineKinds } from "./text.ts";

export interface Lines {
  readonly texts: ReadonlyArray<string>;
  /** Places in `lineKinds`. */
  readonly labels: ReadonlyArray<number>;
}

const places: Readonly<Record<(typeof lineKinds)[number], readonly [string, string]>> = {
  prose: ["docs", ".md"],
  code: ["src", ".ts"],
  settings: ["scenarios", ".yaml"],
};

/** So many lines of each kind, in an order that the seed draws; no line is there twice. */
export function drawLines(each: number, seed: number): Lines {
  const stream = new Stream(seed, "lines");
  const all = lineKinds.flatMap((kind, label) => {
    const [folder, ending] = places[kind];
    const texts = [...new Set(filesUnder(folder, ending).flatMap(linesOf))];
    return shuffled(stream, texts)
      .slice(0, each)
      .map((text) => ({ text, label }));
  });
  const mixed = shuffled(stream, all);
  return { texts: mixed.map(({ text }) => text), labels: mixed.map(({ label }) => label) };
}

function filesUnder(folder: string, ending: string): ReadonlyArray<string> {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return filesUnder(path, ending);
      return name.endsWith(ending) ? [path] : [];
    });
}

/** Plain lines that say something; tables and links of prose are no prose. */
function linesOf(path: string): ReadonlyArray<string> {
  return readFileSync(path, "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.length >= 12 && /^[\x20-\x7e]*$/.test(line))
    .filter((line) => !/^(\/?\*|\/\/|#|\||<|```)/.test(line))
    .map((line) => line.slice(0, LINE_WIDTH));
}

function shuffled<T>(stream: Stream, items: ReadonlyArray<T>): ReadonlyArray<T> {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = stream.int(i + 1);
    [all[i], all[j]] = [all[j] as T, all[i] as T];
  }
  return all;
}
