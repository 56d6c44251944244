/** `pingo job result`: to a file, or to stdout for the next program. */
import { writeFileSync } from "node:fs";
import { extname } from "node:path";
import type { ResultFormat } from "../../adapters/http/shapes.ts";
import type { PinGo } from "../client/pingo.ts";
import { inWords } from "../files.ts";
import { Exit } from "../outcome.ts";
import { err, note, print, printJson } from "../terminal/print.ts";
import { type AskFlags, asked } from "./asked.ts";

export interface ResultFlags extends AskFlags {
  readonly out?: string;
  readonly format?: ResultFormat;
}

export async function result(id: string, flags: ResultFlags): Promise<Exit> {
  return asked(flags, (pingo) => saveResult(pingo, id, flags));
}

export async function saveResult(pingo: PinGo, id: string, flags: ResultFlags): Promise<Exit> {
  const format = flags.format ?? formatOf(flags.out);
  const { bytes, partial } = await pingo.result(id, format);
  if (partial) note(`${err.yellow("partial:")} tasks of job ${id} have no result yet`);
  if (flags.out === undefined) {
    process.stdout.write(bytes);
    return Exit.fine;
  }
  try {
    writeFileSync(flags.out, bytes);
  } catch (error) {
    throw inWords(error, `write ${flags.out}`);
  }
  if (flags.json !== true) print(`${flags.out}: ${bytes.length} bytes`);
  else printJson({ job: id, file: flags.out, bytes: bytes.length, partial });
  return Exit.fine;
}

/** Lines and columns of a result that are shown unasked. */
const SHOWN_LINES = 12;
const SHOWN_COLUMNS = 90;

/** The beginning of a result, for whoever waited for it; all of it is one command away. */
export async function showResult(pingo: PinGo, id: string): Promise<void> {
  const { bytes } = await pingo.result(id, "json");
  const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
  for (const line of lines.slice(0, SHOWN_LINES)) {
    print(line.length <= SHOWN_COLUMNS ? line : `${line.slice(0, SHOWN_COLUMNS - 2)} …`);
  }
  if (lines.length > SHOWN_LINES) print("…");
}

/** What the file's name asks for. */
function formatOf(path: string | undefined): ResultFormat | undefined {
  switch (path === undefined ? "" : extname(path)) {
    case ".json":
      return "json";
    case ".npy":
      return "npy";
    case ".bin":
      return "bin";
    default:
      return undefined;
  }
}
