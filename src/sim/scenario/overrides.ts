/** `--set path=value`: single values of a scenario replaced before it is decoded. */
import type { SchemaAST } from "effect";
import { parse } from "yaml";
import { unknownKeyComplaint } from "./explain-error.ts";
import { childAt, dotted, isRecord, type Key, keysAt, shapeOf } from "./nearest-key.ts";
import { ScenarioError } from "./scenario-error.ts";

/** A path such as `faults.0.for` and the text of its new value, which is read as YAML. */
export interface Override {
  readonly path: string;
  readonly value: string;
}

/** Reads "path=value"; the value may itself hold "=". */
export function parseOverride(text: string): Override {
  const equals = text.indexOf("=");
  const path = equals < 0 ? "" : text.slice(0, equals).trim();
  if (path === "") {
    throw new ScenarioError(
      `--set ${text} is no path=value; write for example --set policies.scheduling.rule=fcfs`,
      "set",
    );
  }
  return { path, value: text.slice(equals + 1).trim() };
}

/** The values of "a,b,c"; commas within brackets, braces or quotes do not part. */
export function splitValues(list: string): ReadonlyArray<string> {
  const values: string[] = [];
  let depth = 0;
  let quote = "";
  let from = 0;
  for (let i = 0; i < list.length; i++) {
    const letter = list[i] ?? "";
    if (quote !== "") {
      if (letter === quote) quote = "";
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === "[" || letter === "{") depth++;
    else if (letter === "]" || letter === "}") depth--;
    else if (letter === "," && depth === 0) {
      values.push(list.slice(from, i).trim());
      from = i + 1;
    }
  }
  values.push(list.slice(from).trim());
  return values;
}

/** The raw scenario with the overrides in it; the given one stays as it is. */
export function withOverrides(
  ast: SchemaAST.AST,
  raw: unknown,
  overrides: ReadonlyArray<Override>,
): unknown {
  return overrides.reduce<unknown>((value, override) => {
    const path = override.path.split(".");
    return replaced({ ast, override, path }, value, 0);
  }, raw);
}

interface Replacement {
  readonly override: Override;
  readonly path: ReadonlyArray<Key>;
  readonly ast: SchemaAST.AST;
}

function replaced(by: Replacement, value: unknown, depth: number): unknown {
  const { path, ast, override } = by;
  if (depth === path.length) return parsedValue(override);
  const key = path[depth] ?? "";
  const child = childAt(ast, value, key);
  if (child === undefined) throw unknownPath(by, value, depth);
  const inner = { ...by, ast: child };
  if (Array.isArray(value) || /^\d+$/.test(String(key))) {
    return replacedItem(inner, Array.isArray(value) ? value : [], depth);
  }
  const record = isRecord(value) ? value : {};
  return { ...record, [key]: replaced(inner, record[key], depth + 1) };
}

function replacedItem(by: Replacement, list: ReadonlyArray<unknown>, depth: number): unknown {
  const index = Number(by.path[depth]);
  if (index > list.length) {
    const at = dotted(by.path.slice(0, depth));
    const count = list.length;
    throw new ScenarioError(
      `--set ${by.override.path}: ${at} has ${count} items; use an index up to ${count}`,
      by.override.path,
    );
  }
  return [...list.slice(0, index), replaced(by, list[index], depth + 1), ...list.slice(index + 1)];
}

function unknownPath({ path, ast, override }: Replacement, value: unknown, depth: number): Error {
  const known = keysAt(ast, value);
  const at = path.slice(0, depth + 1);
  if (known !== undefined) {
    const { sentence, allowed = known } = unknownKeyComplaint(at, known);
    return new ScenarioError(`--set ${override.path}: ${sentence}`, override.path, allowed);
  }
  const parent = dotted(path.slice(0, depth));
  const isList = shapeOf(ast, value)._tag === "TupleType";
  const why = isList
    ? `${parent} is a list; name an item by its number, such as ${parent}.0`
    : `${parent} is a single value; write --set ${parent}=${override.value}`;
  return new ScenarioError(`--set ${override.path}: ${why}`, override.path);
}

function parsedValue({ path, value }: Override): unknown {
  try {
    return value === "" ? "" : parse(value);
  } catch {
    throw new ScenarioError(`--set ${path}: ${value} is no YAML value; put it in quotes`, path);
  }
}
