/**
 * Writes scenarios/scenario.schema.json from the schemas that decode scenarios, of networks and of
 * economies, so that an editor completes and checks what the command accepts. After a change:
 * npx tsx tools/write-schema.ts
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { JSONSchema, Option, type Schema, SchemaAST } from "effect";
import { EconomyScenario } from "../src/sim/economy/config.ts";
import { childAt, shapeOf } from "../src/sim/scenario/nearest-key.ts";
import { Scenario } from "../src/sim/scenario/schema.ts";

const path = "scenarios/scenario.schema.json";

type Json = Readonly<Record<string, unknown>>;

/**
 * The published JSON Schema, draft 7: the one that YAML editors know best. What a file is of is
 * said by its `kind`, so that a mistake is told in the words of one kind and not of both.
 */
export function scenarioSchema(): Json {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "PinGo scenario",
    if: { type: "object", properties: { kind: { const: "economy" } }, required: ["kind"] },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's word, and nobody awaits it
    then: schemaOf(EconomyScenario, "EconomyScenario"), // oxlint-disable-line unicorn/no-thenable
    else: schemaOf(Scenario, "Scenario"),
  };
}

function schemaOf<A, I>(schema: Schema.Schema<A, I>, identifier: string): Json {
  const made = JSONSchema.make(schema) as unknown as Json;
  const definitions = made.$defs as Readonly<Record<string, Json>>;
  return described(plain(definitions[identifier], definitions) as Json, schema.ast);
}

/**
 * Without references and one-part `allOf`: draft 7 ignores what stands beside a reference. Titles
 * that only repeat a bound go, too.
 */
function plain(node: unknown, definitions: Readonly<Record<string, Json>>): unknown {
  if (Array.isArray(node)) return node.map((item) => plain(item, definitions));
  if (typeof node !== "object" || node === null) return node;
  const { $ref, allOf, title, ...rest } = node as Json;
  const own = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, plain(value, definitions)]),
  );
  const named = typeof $ref === "string" ? definitions[$ref.replace("#/$defs/", "")] : undefined;
  const base = named === undefined ? {} : (plain(named, definitions) as Json);
  const parts = (Array.isArray(allOf) ? allOf : []).map((part) => plain(part, definitions));
  const isWord = typeof title === "string" && (title.includes(" ") || "const" in own);
  return Object.assign({}, base, ...parts, isWord ? { title } : {}, own);
}

/** Adds descriptions that a custom JSON form of a schema, such as a duration's, has lost. */
function described(node: Json, ast: SchemaAST.AST): Json {
  const shape = shapeOf(ast, undefined);
  if (shape._tag === "TupleType" && "items" in node) {
    const item = shape.rest[0]?.type;
    return item === undefined ? node : { ...node, items: described(node.items as Json, item) };
  }
  if (shape._tag === "Union" && Array.isArray(node.anyOf)) {
    const anyOf = (node.anyOf as ReadonlyArray<Json>).map((member, i) => {
      const type = shape.types[i];
      return type === undefined ? member : described(member, type);
    });
    return { ...node, anyOf };
  }
  if (shape._tag !== "TypeLiteral" || !("properties" in node)) return node;
  const properties = Object.entries(node.properties as Readonly<Record<string, Json>>);
  return { ...node, properties: Object.fromEntries(properties.map((each) => property(each, ast))) };
}

function property([key, node]: readonly [string, Json], ast: SchemaAST.AST): [string, Json] {
  const type = childAt(ast, undefined, key);
  if (type === undefined) return [key, node];
  const description = node.description ?? descriptionOf(type) ?? signature(ast, key);
  return [key, described(description === undefined ? node : { ...node, description }, type)];
}

function descriptionOf(ast: SchemaAST.AST): string | undefined {
  const own = Option.getOrUndefined(SchemaAST.getDescriptionAnnotation(ast));
  if (own !== undefined || ast._tag !== "Union") return own;
  return ast.types.map(descriptionOf).find((text) => text !== undefined);
}

/** A description of the key itself. */
function signature(ast: SchemaAST.AST, key: string): string | undefined {
  const shape = shapeOf(ast, undefined);
  if (shape._tag !== "TypeLiteral") return undefined;
  const found = shape.propertySignatures.find(({ name }) => name === key);
  return found && Option.getOrUndefined(SchemaAST.getDescriptionAnnotation(found));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(scenarioSchema(), null, 2));
  execFileSync("npx", ["biome", "format", "--write", path], { stdio: "inherit" });
}
