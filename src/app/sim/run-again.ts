/** The line that runs something again just as it was: its file, its seeds, and what was changed. */
import type { ScenarioFlags } from "./read-inputs.ts";

export function runAgain(
  command: "run" | "compare",
  file: string,
  flags: Pick<ScenarioFlags, "set" | "until">,
  more: ReadonlyArray<string>,
): string {
  const until = flags.until === undefined ? [] : ["--until", flags.until];
  const sets = (flags.set ?? []).flatMap((text) => ["--set", text]);
  const words = [file, ...more, ...until, ...sets].map(shellWord);
  return `npx pingo sim ${command} ${words.join(" ")}`;
}

/** What a shell takes for more than a word is quoted. */
function shellWord(word: string): string {
  return /^[\w./,:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
