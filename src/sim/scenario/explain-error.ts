/** Why a scenario is none: one sentence that names the place and says what to write there. */
import { Option, ParseResult, SchemaAST } from "effect";
import { parseDuration } from "../../kernel/duration.ts";
import { childAt, dotted, type Key, nearest, presentTypes } from "./nearest-key.ts";

/** A fault of a file before anyone knows which file and line it is in. */
export interface Complaint {
  readonly path: ReadonlyArray<Key>;
  readonly sentence: string;
  readonly allowed?: ReadonlyArray<string> | undefined;
}

const LISTED_MAX = 12;

/** "unknown key nods; did you mean nodes?" */
export function unknownKeyComplaint(
  path: ReadonlyArray<Key>,
  known: ReadonlyArray<string>,
): Complaint {
  const near = nearest(String(path.at(-1)), known);
  const parent = path.slice(0, -1);
  const within = parent.length === 0 ? "a scenario" : dotted(parent);
  const hint =
    near === undefined
      ? `${within} has the keys ${listed(known)}`
      : `did you mean ${dotted([...parent, near])}?`;
  return { path, sentence: `unknown key ${dotted(path)}; ${hint}`, allowed: known };
}

function listed(known: ReadonlyArray<string>): string {
  const rest = known.length - LISTED_MAX;
  const first = known.slice(0, LISTED_MAX).join(", ");
  return rest > 0 ? `${first} and ${rest} more` : known.join(", ");
}

/** The first fault that decoding found, in words of the file's author. */
export function decodeComplaint(
  ast: SchemaAST.AST,
  raw: unknown,
  error: ParseResult.ParseError,
): Complaint {
  const issues = ParseResult.ArrayFormatter.formatErrorSync(error).filter(
    ({ message }) => !message.startsWith("Expected undefined"),
  );
  const issue = issues[0];
  if (issue === undefined) return { path: [], sentence: "the scenario cannot be read" };
  const path = issue.path.filter((key): key is Key => typeof key !== "symbol");
  const found = placeAt(ast, raw, path);
  const field = path.length === 0 ? "the scenario" : dotted(path);
  const expected = found.ast && expectation(found.ast);
  if (issue._tag === "Missing") {
    return { path, sentence: `${field} is missing${missingHint(path, expected)}` };
  }
  const ownWords = issue.message.startsWith("Expected ") ? undefined : issue.message;
  if (ownWords !== undefined && !ownWords.startsWith("expected ")) {
    return { path, sentence: `${field}: ${ownWords}` };
  }
  if (isEndlessTime(found)) {
    return { path, sentence: `${field} is longer than 285 years; give a shorter time` };
  }
  if (isNegativeTime(found)) {
    return { path, sentence: `${field} is negative; give a time such as "6h"` };
  }
  const wanted = expected?.words ?? ownWords?.replace(/^expected /, "") ?? "something else";
  const sentence = `${field} must be ${wanted}, not ${shown(found.value)}`;
  const near = expected?.allowed && nearest(String(found.value), expected.allowed);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  return { path, sentence: sentence + hint, allowed: expected?.allowed };
}

function missingHint(path: ReadonlyArray<Key>, expected: Expectation | undefined): string {
  if (path.length === 1 && path[0] === "until") {
    return ", so the run would never end; say how long it lasts, such as until: 24h";
  }
  return expected === undefined ? "" : `; give ${expected.words}`;
}

interface Place {
  readonly ast: SchemaAST.AST | undefined;
  readonly value: unknown;
}

/** Schema and value at a path; the schema is undefined where the path leaves what it knows. */
function placeAt(ast: SchemaAST.AST, raw: unknown, path: ReadonlyArray<Key>): Place {
  let place: Place = { ast, value: raw };
  for (const key of path) {
    const { value } = place;
    const inner = value instanceof Object ? (value as Record<Key, unknown>)[key] : undefined;
    place = { ast: place.ast && childAt(place.ast, value, key), value: inner };
  }
  return place;
}

function isNegativeTime({ ast, value }: Place): boolean {
  if (ast === undefined || !isDuration(ast)) return false;
  return (typeof value === "number" && value < 0) || /^\s*-/.test(String(value));
}

/** Beyond the whole numbers that a clock of microseconds can tell apart. */
function isEndlessTime({ ast, value }: Place): boolean {
  if (ast === undefined || !isDuration(ast)) return false;
  return (parseDuration(String(value)) ?? 0) > Number.MAX_SAFE_INTEGER;
}

/** A duration is known by the pattern that it publishes. */
function isDuration(ast: SchemaAST.AST): boolean {
  if (ast._tag === "Union") return presentTypes(ast).every(isDuration);
  if (ast._tag === "Refinement") return isDuration(ast.from);
  if (ast._tag !== "Transformation") return false;
  const { pattern } = Option.getOrElse(
    SchemaAST.getJSONSchemaAnnotation(ast),
    () => ({}),
  ) as Bounds;
  return pattern?.includes("ms") === true;
}

interface Expectation {
  readonly words: string;
  readonly allowed?: ReadonlyArray<string>;
}

interface Bounds {
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly type?: string;
  readonly pattern?: string;
  readonly minItems?: number;
}

/** What may stand at a place, in words. */
function expectation(ast: SchemaAST.AST): Expectation | undefined {
  if (isDuration(ast)) return { words: 'a duration such as "250ms", "6h" or "2d"' };
  switch (ast._tag) {
    case "StringKeyword":
      return { words: "a text" };
    case "NumberKeyword":
      return { words: "a number" };
    case "BooleanKeyword":
      return { words: "true or false", allowed: ["true", "false"] };
    case "Literal":
      return { words: String(ast.literal), allowed: [String(ast.literal)] };
    case "TypeLiteral":
      return { words: "a group of keys" };
    case "TupleType":
      return { words: ast.elements.length > 0 ? "a list with an item or more" : "a list" };
    case "Transformation":
      return expectation(ast.from);
    case "Union":
      return expectedOfUnion(ast);
    case "Refinement":
      return bounded(ast);
    default:
      return undefined;
  }
}

function expectedOfUnion(ast: SchemaAST.Union): Expectation | undefined {
  const parts = presentTypes(ast).map(expectation);
  if (parts.length === 1) return parts[0];
  if (parts.some((part) => part === undefined)) return undefined;
  const words = [...new Set(parts.map((part) => part?.words ?? ""))];
  const last = words.pop() ?? "";
  const text = words.length === 0 ? last : `${words.join(", ")} or ${last}`;
  const allowed = parts.flatMap((part) => part?.allowed ?? []);
  return allowed.length === 0 ? { words: text } : { words: text, allowed };
}

/** Refinements of refinements together: of two bounds the narrower one counts. */
function bounded(ast: SchemaAST.Refinement): Expectation {
  const bounds: Array<readonly [Bounds, SchemaAST.Refinement]> = [];
  let inner: SchemaAST.AST = ast;
  for (; inner._tag === "Refinement"; inner = inner.from) {
    const annotated = SchemaAST.getJSONSchemaAnnotation(inner);
    bounds.unshift([Option.getOrElse(annotated, () => ({})), inner]);
  }
  const base = expectation(inner);
  const isWhole = bounds.some(([{ type }]) => type === "integer");
  const words = isWhole ? "a whole number" : (base?.words ?? "a value");
  const of = (name: "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum") =>
    bounds.flatMap(([each]) => each[name] ?? []);
  const [least] = of("minimum").sort((a, b) => b - a);
  const [most] = of("maximum").sort((a, b) => a - b);
  const range =
    least !== undefined && most !== undefined
      ? [`from ${counted(least)} to ${counted(most)}`]
      : [
          ...(least === undefined ? [] : [`at least ${counted(least)}`]),
          ...(most === undefined ? [] : [`at most ${counted(most)}`]),
        ];
  const limits = [
    ...range,
    ...of("exclusiveMinimum").map((bound) => `above ${counted(bound)}`),
    ...of("exclusiveMaximum").map((bound) => `below ${counted(bound)}`),
    ...bounds.flatMap(([{ pattern }, at]) =>
      pattern === undefined ? [] : [patternWords(at, pattern)],
    ),
  ];
  if (limits.length === 0) return { ...base, words };
  return { words: `${words} ${limits.join(" and ")}` };
}

/** Large numbers with commas: nobody counts zeros. */
const counted = (bound: number) =>
  Math.abs(bound) < 10_000 || Math.abs(bound) > 1e15
    ? String(bound)
    : String(bound).replace(/\B(?=(\d{3})+$)/g, ",");

/** A schema with a message of its own says it better than its pattern does. */
function patternWords(ast: SchemaAST.Refinement, pattern: string): string {
  if (pattern === "^[a-z0-9-]+$") return "of lower case, digits and dashes";
  const message = Option.getOrUndefined(SchemaAST.getMessageAnnotation(ast));
  const own = message?.({ actual: undefined } as unknown as ParseResult.ParseIssue);
  if (typeof own !== "string") return `like ${pattern}`;
  return own.replace(/^expected an? /, "that names ").replace("names actor", "names an actor");
}

const SHOWN_MAX = 40;

/** A value as a sentence shows it: short, on one line. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
