/** The keys that a schema knows at each place of a file, and the one spelled most like a word. */
import { SchemaAST } from "effect";

/** The candidate that needs the fewest edits; undefined when all are too far to be meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestEdits = Math.max(2, Math.ceil(word.length / 2)) + 1;
  for (const candidate of candidates) {
    const edits = editsBetween(lower, candidate.toLowerCase());
    if (edits < bestEdits) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
function editsBetween(a: string, b: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const edits = Math.min(
        (row[j - 1] ?? 0) + 1,
        (previous[j] ?? 0) + 1,
        (previous[j - 1] ?? 0) + (same ? 0 : 1),
      );
      row.push(swapped ? Math.min(edits, (older[j - 2] ?? 0) + 1) : edits);
    }
    older = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}

export type Key = string | number;

/** "faults.0.for". */
export function dotted(path: ReadonlyArray<PropertyKey>): string {
  return path.map(String).join(".");
}

/** The schema of what a file holds, below transformations, filters and "or nothing". */
export function shapeOf(ast: SchemaAST.AST, value: unknown): SchemaAST.AST {
  switch (ast._tag) {
    case "Refinement":
      return shapeOf(ast.from, value);
    case "Transformation":
      return shapeOf(ast.from, value);
    case "Suspend":
      return shapeOf(ast.f(), value);
    case "Union":
      return shapeOfUnion(ast, value);
    default:
      return ast;
  }
}

function shapeOfUnion(ast: SchemaAST.Union, value: unknown): SchemaAST.AST {
  const present = presentTypes(ast);
  const [only] = present;
  if (only !== undefined && present.length === 1) return shapeOf(only, value);
  return present.map((type) => shapeOf(type, value)).find((type) => isOfKind(type, value)) ?? ast;
}

/** The members of a union but for "nothing". */
export function presentTypes(ast: SchemaAST.Union): ReadonlyArray<SchemaAST.AST> {
  return ast.types.filter((type) => type._tag !== "UndefinedKeyword");
}

/** Whether the literal keys of a member, its `kind`, are those of the value. */
function isOfKind(ast: SchemaAST.AST, value: unknown): boolean {
  if (ast._tag !== "TypeLiteral" || !isRecord(value)) return false;
  const kinds = ast.propertySignatures.filter(({ type }) => type._tag === "Literal");
  return (
    kinds.length > 0 &&
    kinds.every(({ name, type }) => {
      return type._tag === "Literal" && value[String(name)] === type.literal;
    })
  );
}

/** The keys known at a place; undefined where any key, or none, is allowed. */
export function keysAt(ast: SchemaAST.AST, value: unknown): ReadonlyArray<string> | undefined {
  const shape = shapeOf(ast, value);
  if (shape._tag === "Union") {
    const lists = presentTypes(shape).map((type) => keysAt(type, value) ?? []);
    const keys = new Set(lists.flat());
    return keys.size === 0 ? undefined : [...keys];
  }
  if (shape._tag !== "TypeLiteral" || shape.indexSignatures.length > 0) return undefined;
  return shape.propertySignatures.map(({ name }) => String(name));
}

/** The schema of a key or of a list's item; undefined when there is no such place. */
export function childAt(ast: SchemaAST.AST, value: unknown, key: Key): SchemaAST.AST | undefined {
  const shape = shapeOf(ast, value);
  switch (shape._tag) {
    case "TypeLiteral":
      return (
        shape.propertySignatures.find(({ name }) => name === String(key))?.type ??
        shape.indexSignatures[0]?.type
      );
    case "TupleType": {
      if (!/^\d+$/.test(String(key))) return undefined;
      return (shape.elements[Number(key)] ?? shape.rest[0])?.type;
    }
    case "Union":
      return childOfUnion(shape, key);
    default:
      return undefined;
  }
}

/** As long as the kind is unknown, its own key has the kinds of all members. */
function childOfUnion(ast: SchemaAST.Union, key: Key): SchemaAST.AST | undefined {
  const children = presentTypes(ast).flatMap((type) => childAt(type, undefined, key) ?? []);
  const areKinds = children.length > 1 && children.every(({ _tag }) => _tag === "Literal");
  return areKinds ? SchemaAST.Union.make(children) : children[0];
}

export interface UnknownKey {
  readonly path: ReadonlyArray<Key>;
  readonly known: ReadonlyArray<string>;
}

/** The first key of a value, in reading order, that its schema does not know. */
export function unknownKey(
  ast: SchemaAST.AST,
  value: unknown,
  path: ReadonlyArray<Key> = [],
): UnknownKey | undefined {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      const child = childAt(ast, value, i);
      const found = child && unknownKey(child, item, [...path, i]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const known = keysAt(ast, value);
  for (const [key, item] of Object.entries(value)) {
    if (known !== undefined && !known.includes(key)) return { path: [...path, key], known };
    const child = childAt(ast, value, key);
    const found = child && unknownKey(child, item, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
