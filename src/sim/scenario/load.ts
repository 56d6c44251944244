/** Text of a file to a {@link Scenario}: YAML, overrides, unknown keys and types, in order. */
import { Either, Schema } from "effect";
import { type Document, isNode, type LineCounter } from "yaml";
import { type Complaint, decodeComplaint, unknownKeyComplaint } from "./explain-error.ts";
import { dotted, isRecord, type Key, unknownKey } from "./nearest-key.ts";
import { type Override, withOverrides } from "./overrides.ts";
import { readYaml, YamlError, type YamlFile } from "./read-yaml.ts";
import { ScenarioError } from "./scenario-error.ts";
import { Scenario } from "./schema.ts";

export interface ScenarioSource {
  /** Name of the file, for messages. */
  readonly file: string;
  readonly text: string;
  readonly overrides?: ReadonlyArray<Override>;
}

/** Longest scenario file, in characters; data belongs into trace files. */
const SCENARIO_MAX = 4_000_000;

/** Reads a scenario, or throws a {@link ScenarioError} of one sentence. */
export function loadScenario(source: ScenarioSource): Scenario {
  return loadAs(Scenario, source);
}

/** Reads a file of another kind in the way of scenarios: overrides, unknown keys, sentences. */
export function loadAs<A extends { readonly until: number }, I>(
  schema: Schema.Schema<A, I>,
  source: ScenarioSource,
): A {
  const { file, text } = source;
  if (text.length > SCENARIO_MAX) {
    throw new ScenarioError(`${file} is too long for a scenario; put data into a trace file`);
  }
  if (text.trim() === "") {
    throw new ScenarioError(`${file} is empty; a scenario needs at least name and until`);
  }
  const { value, document, lines } = yamlOf(file, text);
  const raw = withOverrides(schema.ast, rawOf(file, value), source.overrides ?? []);
  return decodeRaw(schema, raw, {
    file,
    lineOf: (path) => lineAt(document, lines, path),
    overrides: source.overrides ?? [],
  });
}

function yamlOf(file: string, text: string): YamlFile {
  try {
    return readYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const place = error.line === undefined ? file : `${file}:${error.line}`;
    throw new ScenarioError(`${place}: this is no YAML: ${error.message}`);
  }
}

function rawOf(file: string, raw: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(raw)) return raw;
  throw new ScenarioError(
    `${file} holds no keys; a scenario begins with lines such as "name: steady" and "until: 24h"`,
  );
}

interface Origin {
  readonly file: string;
  readonly lineOf: (path: ReadonlyArray<Key>) => number | undefined;
  readonly overrides: ReadonlyArray<Override>;
}

function decodeRaw<A extends { readonly until: number }, I>(
  schema: Schema.Schema<A, I>,
  raw: unknown,
  origin: Origin,
): A {
  const unknown = unknownKey(schema.ast, raw);
  if (unknown !== undefined) {
    throw located(unknownKeyComplaint(unknown.path, unknown.known), origin);
  }
  const decoded = Schema.decodeUnknownEither(schema, { errors: "all" })(raw);
  if (Either.isLeft(decoded)) {
    throw located(decodeComplaint(schema.ast, raw, decoded.left), origin);
  }
  if (decoded.right.until <= 0) {
    throw located({ path: ["until"], sentence: "until must be above zero" }, origin);
  }
  return decoded.right;
}

function located(complaint: Complaint, { file, lineOf, overrides }: Origin): ScenarioError {
  const field = dotted(complaint.path);
  const given = overrides.find(({ path }) => field === path || field.startsWith(`${path}.`));
  const line = lineOf(complaint.path);
  const unset = line === undefined ? file : `${file}:${line}`;
  const where = given === undefined ? unset : `--set ${given.path}=${given.value}`;
  return new ScenarioError(`${where}: ${complaint.sentence}`, field, complaint.allowed);
}

/** The line of the innermost part of a path that the file has. */
function lineAt(
  document: Document,
  lines: LineCounter,
  path: ReadonlyArray<Key>,
): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}
