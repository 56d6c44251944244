/**
 * A schema's encoding without its checks, for values of our own whose types are already what they
 * should be. `Schema.encodeSync` visits and copies every part of a value; here a part that encodes
 * as itself is given as it is, so that a large state is written down at the price of its maps.
 */
import { SchemaAST as AST, Effect, Option, ParseResult, Schema } from "effect";

type Step = (value: unknown) => unknown;
type Fields = Record<PropertyKey, unknown>;
/** Step of each part of a schema that was met; undefined where values encode as themselves. */
type Steps = Map<AST.AST, Step | undefined>;

const same: Step = (value) => value;

/**
 * What `Schema.encodeSync(schema)` gives for a value of the schema's type; for another value it
 * gives anything, or throws. The result shares parts with the value, which must not be changed.
 */
export function encoderOf<A, I>(schema: Schema.Schema<A, I>): (value: A) => I {
  return (stepOf(schema.ast, new Map()) ?? same) as (value: unknown) => never;
}

function stepOf(ast: AST.AST, steps: Steps): Step | undefined {
  if (steps.has(ast)) return steps.get(ast);
  const step = makeStep(ast, steps);
  steps.set(ast, step);
  return step;
}

function makeStep(ast: AST.AST, steps: Steps): Step | undefined {
  switch (ast._tag) {
    case "TypeLiteral":
      return ofFields(ast, steps);
    case "TupleType":
      return ofItems(ast, steps);
    case "Union":
      return ofUnion(ast, steps);
    case "Refinement":
      return stepOf(ast.from, steps);
    case "Transformation":
      return ofTransformation(ast, steps);
    case "Suspend":
    case "Declaration":
      return isPlain(ast) ? undefined : checked(ast);
    default:
      return undefined;
  }
}

/** A class of its own: one without parameters is persisted as it is. */
function isPlain(ast: AST.AST): boolean {
  return ast._tag === "Declaration" && ast.typeParameters.length === 0;
}

/** For what is rare here: the library's own way. */
function checked(ast: AST.AST): Step {
  return Schema.encodeUnknownSync(Schema.make(ast));
}

function ofFields(ast: AST.TypeLiteral, steps: Steps): Step | undefined {
  const changed: Array<readonly [PropertyKey, Step]> = [];
  for (const { name, type } of ast.propertySignatures) {
    const step = stepOf(type, steps);
    if (step !== undefined) changed.push([name, step]);
  }
  const indexed = ast.indexSignatures.some(({ type }) => stepOf(type, steps) !== undefined);
  if (indexed) return checked(ast);
  if (changed.length === 0) return undefined;
  return (value) => {
    const fields = { ...(value as Fields) };
    for (const [name, step] of changed) {
      if (Object.hasOwn(fields, name)) fields[name] = step(fields[name]);
    }
    return fields;
  };
}

function ofItems(ast: AST.TupleType, steps: Steps): Step | undefined {
  const items = ast.elements.map(({ type }) => stepOf(type, steps));
  const [rest, ...behind] = ast.rest.map(({ type }) => stepOf(type, steps));
  if (behind.some((step) => step !== undefined)) return checked(ast);
  if (rest === undefined && items.every((step) => step === undefined)) return undefined;
  return (value) =>
    (value as ReadonlyArray<unknown>).map((item, i) => {
      const step = i < items.length ? items[i] : rest;
      return step === undefined ? item : step(item);
    });
}

function ofUnion(ast: AST.Union, steps: Steps): Step | undefined {
  const members = ast.types.map((type) => ({
    step: stepOf(type, steps),
    isOne: ParseResult.is(Schema.make(AST.typeAST(type))),
  }));
  if (members.every(({ step }) => step === undefined)) return undefined;
  return (value) => {
    const step = members.find(({ isOne }) => isOne(value))?.step;
    return step === undefined ? value : step(value);
  };
}

function ofTransformation(ast: AST.Transformation, steps: Steps): Step | undefined {
  const first = stepOf(ast.to, steps) ?? same;
  const last = stepOf(ast.from, steps) ?? same;
  const { transformation } = ast;
  switch (transformation._tag) {
    case "ComposeTransformation":
      return (value) => last(first(value));
    case "TypeLiteralTransformation": {
      const { propertySignatureTransformations: moved } = transformation;
      return (value) => last(withMoved({ ...(first(value) as Fields) }, moved));
    }
    case "FinalTransformation":
      return (value) => {
        const encoded = first(value);
        const made = transformation.encode(encoded, {}, ast, value);
        return last(Effect.runSync(made as Effect.Effect<unknown>));
      };
  }
}

type Moved = AST.TypeLiteralTransformation["propertySignatureTransformations"];

/** Fields that are renamed, or left out where they hold what is put in by default. */
function withMoved(fields: Fields, moved: Moved): Fields {
  for (const { from, to, encode } of moved) {
    const value = encode(Object.hasOwn(fields, to) ? Option.some(fields[to]) : Option.none());
    delete fields[to];
    if (Option.isSome(value)) fields[from] = value.value;
  }
  return fields;
}
