/**
 * The trace hash folds (time, receiver, message id, canonical bytes of the message) of every
 * delivery in order: two runs with one hash took the same path. Canonical means: fields by sorted
 * name, numbers as int32 or as the two words of their double, text as UTF-16 code units, each
 * with a tag. The fold is two 32-bit lanes of multiply, rotate and xor; it detects accidents, not
 * adversaries.
 */
import { Schema, SchemaAST } from "effect";
import { hashText } from "../../kernel/entropy.ts";

const TAG_INT = 1;
const TAG_DOUBLE = 2;
const TAG_TEXT = 3;
const TAG_BIG = 4;
const TAG_TRUE = 5;
const TAG_FALSE = 6;
const TAG_NULL = 7;
const TAG_ARRAY = 8;
const TAG_STRUCT = 9;

/**
 * How to walk a value; `undefined` means by its run-time shape. A struct has its keys sorted, an
 * array the plan of its items, a union of structs one plan per member, told apart by a literal.
 */
type Plan =
  | {
      readonly kind: "struct";
      readonly keys: ReadonlyArray<string>;
      readonly fields: ReadonlyArray<Plan | undefined>;
    }
  | { readonly kind: "array"; readonly item: Plan }
  /** A field that the schema fixes: one word stands for it. */
  | { readonly kind: "literal"; readonly word: number }
  | {
      readonly kind: "union";
      readonly tag: string;
      readonly members: ReadonlyArray<{ readonly literal: unknown; readonly plan: Plan }>;
    };

const double = new Float64Array(1);
const doubleWords = new Uint32Array(double.buffer);

export class TraceHash {
  private a = 0x2545f491;
  private b = 0x6c078965;

  word(w: number): void {
    const a = Math.imul(this.a ^ w, 0x85ebca6b);
    this.a = (a << 13) | (a >>> 19);
    const b = Math.imul(this.b + w, 0xc2b2ae35);
    this.b = ((b << 17) | (b >>> 15)) ^ a;
  }

  /** An integer of up to 53 bits. */
  integer(value: number): void {
    this.word(value | 0);
    this.word(Math.floor(value / 4294967296));
  }

  text(value: string): void {
    const length = value.length;
    this.word(TAG_TEXT + (length << 4));
    for (let i = 0; i < length; i += 2) {
      this.word(value.charCodeAt(i) | ((i + 1 < length ? value.charCodeAt(i + 1) : 0) << 16));
    }
  }

  /** Folds one value; `plan` spares sorting the keys of every object. */
  value(value: unknown, plan?: Plan): void {
    // not a switch: the engine tests each kind in place, and would make a text of it for a switch
    if (typeof value === "number") this.number(value);
    else if (typeof value === "string") {
      if (plan?.kind === "literal") this.word(plan.word);
      else this.text(value);
    } else if (typeof value === "object") {
      if (value === null) this.word(TAG_NULL);
      else if (Array.isArray(value)) this.array(value, plan);
      else this.struct(value as Record<string, unknown>, plan);
    } else if (typeof value === "boolean") this.word(value ? TAG_TRUE : TAG_FALSE);
    else if (typeof value === "bigint") this.big(value);
    else this.word(TAG_NULL);
  }

  private number(value: number): void {
    if ((value | 0) === value) {
      this.word(TAG_INT);
      this.word(value);
      return;
    }
    double[0] = value;
    this.word(TAG_DOUBLE);
    this.word(doubleWords[0] as number);
    this.word(doubleWords[1] as number);
  }

  private big(value: bigint): void {
    this.word(TAG_BIG + (value < 0n ? 16 : 0));
    let rest = value < 0n ? -value : value;
    do {
      this.word(Number(BigInt.asUintN(32, rest)));
      rest >>= 32n;
    } while (rest > 0n);
  }

  private array(values: ReadonlyArray<unknown>, plan: Plan | undefined): void {
    this.word(TAG_ARRAY + (values.length << 4));
    const item = plan?.kind === "array" ? plan.item : undefined;
    for (let i = 0; i < values.length; i++) this.value(values[i], item);
  }

  private struct(value: Record<string, unknown>, plan: Plan | undefined): void {
    if (plan?.kind === "union") {
      this.struct(value, memberFor(plan, value));
      return;
    }
    if (plan?.kind === "struct") {
      this.word(TAG_STRUCT);
      const { keys, fields } = plan;
      for (let i = 0; i < keys.length; i++) this.value(value[keys[i] as string], fields[i]);
      return;
    }
    const keys = Object.keys(value).sort();
    this.word(TAG_STRUCT + (keys.length << 4));
    for (const key of keys) {
      this.text(key);
      this.value(value[key]);
    }
  }

  /** Sixteen hexadecimal digits. */
  digest(): string {
    const hex = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.a) + hex(this.b);
  }
}

function memberFor(
  { tag, members }: Extract<Plan, { kind: "union" }>,
  value: Record<string, unknown>,
): Plan | undefined {
  for (const member of members) if (member.literal === value[tag]) return member.plan;
  return undefined;
}

/** Plans of a protocol's variants, by message type. */
export class MessagePlans {
  private readonly plans = new Map<string, Plan>();

  // biome-ignore lint/suspicious/noExplicitAny: any protocol's schema
  constructor(messages: Schema.Schema<any, any>) {
    for (const ast of structsOf(Schema.typeSchema(messages).ast)) {
      const plan = planOf(ast);
      const type = literalOf(ast, "type");
      if (plan !== undefined && type !== undefined) this.plans.set(String(type), plan);
    }
  }

  of(type: string): Plan | undefined {
    return this.plans.get(type);
  }
}

function structsOf(ast: SchemaAST.AST): ReadonlyArray<SchemaAST.TypeLiteral> {
  if (SchemaAST.isUnion(ast)) return ast.types.flatMap(structsOf);
  return SchemaAST.isTypeLiteral(ast) ? [ast] : [];
}

function literalOf(ast: SchemaAST.TypeLiteral, key: string): SchemaAST.LiteralValue | undefined {
  const type = ast.propertySignatures.find((field) => field.name === key)?.type;
  return type?._tag === "Literal" ? type.literal : undefined;
}

function planOf(ast: SchemaAST.AST): Plan | undefined {
  if (SchemaAST.isUnion(ast)) return unionOf(ast);
  if (ast._tag === "Literal" && typeof ast.literal === "string") {
    return { kind: "literal", word: hashText(ast.literal) };
  }
  if (SchemaAST.isTupleType(ast)) {
    const rest = ast.elements.length === 0 ? ast.rest[0]?.type : undefined;
    const item = rest === undefined ? undefined : planOf(rest);
    return item === undefined ? undefined : { kind: "array", item };
  }
  // A key that may be absent, or any key: only the value itself knows.
  if (!SchemaAST.isTypeLiteral(ast) || ast.indexSignatures.length > 0) return undefined;
  if (ast.propertySignatures.some((field) => field.isOptional)) return undefined;
  const fields = ast.propertySignatures
    .map((field) => ({ key: String(field.name), plan: planOf(field.type) }))
    .sort((x, y) => (x.key < y.key ? -1 : 1));
  return { kind: "struct", keys: fields.map((f) => f.key), fields: fields.map((f) => f.plan) };
}

/** Only for structs that one literal field tells apart. */
function unionOf(ast: SchemaAST.Union): Plan | undefined {
  const structs = structsOf(ast);
  const tag = structs[0]?.propertySignatures.find((field) => field.type._tag === "Literal")?.name;
  if (tag === undefined || structs.length !== ast.types.length) return undefined;
  const members = structs.flatMap((struct) => {
    const plan = planOf(struct);
    const literal = literalOf(struct, String(tag));
    return plan === undefined || literal === undefined ? [] : [{ literal, plan }];
  });
  return members.length === structs.length
    ? { kind: "union", tag: String(tag), members }
    : undefined;
}
