/**
 * YAML that a person wrote, as plain data. What a parser says is meant for programmers, so faults
 * become sentences here; what would never end or fill the memory is a fault, too.
 */
import { type Document, LineCounter, parseDocument } from "yaml";

export interface YamlFile {
  readonly value: unknown;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** Why a text is no YAML, and in which line where that is known. */
export class YamlError extends Error {
  override readonly name = "YamlError";
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

/** Longest text, in characters; data belongs into files that it names. */
const LENGTH_MAX = 4_000_000;

export function readYaml(text: string): YamlFile {
  if (text.length > LENGTH_MAX) {
    throw new YamlError("it is longer than four million letters; put data into files of their own");
  }
  if (text.startsWith("\uFFFD") || text.includes("\u0000")) {
    throw new YamlError("it is no text in UTF-8; save it as such");
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    throw new YamlError(inWords(broken.message), lines.linePos(broken.pos[0]).line);
  }
  return { value: plainOf(document), document, lines };
}

function plainOf(document: Document): unknown {
  let value: unknown;
  let isEndless = false;
  try {
    value = document.toJS();
    isEndless = holdsItself(value);
  } catch (error) {
    throw new YamlError(inWords(error instanceof Error ? error.message : String(error)));
  }
  if (!isEndless) return value;
  throw new YamlError("an anchor (&) holds an alias (*) of itself; write the values out");
}

function inWords(message: string): string {
  if (message.includes("call stack")) return "it is nested too deeply";
  if (message.includes("multiple documents")) {
    return "it holds several documents; remove the line --- and what follows it";
  }
  if (message.includes("alias count")) {
    return "its aliases (*) stand for too many values; write the values out";
  }
  return message.replace(/\s+/g, " ").replace(/[.:]$/, "");
}

/** Looks at each object once, however many aliases share it. */
function holdsItself(
  value: unknown,
  above: Set<object> = new Set(),
  done: Set<object> = new Set(),
): boolean {
  if (typeof value !== "object" || value === null || done.has(value)) return false;
  if (above.has(value)) return true;
  above.add(value);
  const holds = Object.values(value).some((inner) => holdsItself(inner, above, done));
  above.delete(value);
  done.add(value);
  return holds;
}
