/**
 * The trace hash folds (time, receiver, message id, canonical bytes of the message) of every
 * delivery in order: two runs with one hash took the same path. Canonical means: fields by sorted
 * name, numbers as int32 or as the two words of their double, text as UTF-16 code units, each
 * with a tag. The fold is two 32-bit lanes of multiply, rotate and xor; it detects accidents, not
 * adversaries.
 */
import { Schema, SchemaAST } from "effect";

const TAG_INT = 1;
const TAG_DOUBLE = 2;
const TAG_TEXT = 3;
const TAG_BIG = 4;
const TAG_TRUE = 5;
const TAG_FALSE = 6;
const TAG_NULL = 7;
const TAG_ARRAY = 8;
const TAG_STRUCT = 9;

/** How to walk a value: `undefined` means by its run-time shape. */
interface Plan {
  readonly keys: ReadonlyArray<string>;
  readonly fields: ReadonlyArray<Plan | undefined>;
}

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
    switch (typeof value) {
      case "number":
        this.number(value);
        return;
      case "string":
        this.text(value);
        return;
      case "boolean":
        this.word(value ? TAG_TRUE : TAG_FALSE);
        return;
      case "bigint":
        this.big(value);
        return;
      case "object":
        if (value === null) this.word(TAG_NULL);
        else if (Array.isArray(value)) this.array(value);
        else this.struct(value as Record<string, unknown>, plan);
        return;
      default:
        this.word(TAG_NULL);
    }
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

  private array(values: ReadonlyArray<unknown>): void {
    this.word(TAG_ARRAY + (values.length << 4));
    for (const value of values) this.value(value);
  }

  private struct(value: Record<string, unknown>, plan: Plan | undefined): void {
    this.word(TAG_STRUCT);
    const keys = plan === undefined ? Object.keys(value).sort() : plan.keys;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      if (plan === undefined) this.text(key);
      this.value(value[key], plan?.fields[i]);
    }
  }

  /** Sixteen hexadecimal digits. */
  digest(): string {
    const hex = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.a) + hex(this.b);
  }
}

/** Plans of a protocol's variants, by message type. */
export class MessagePlans {
  private readonly plans = new Map<string, Plan>();

  // biome-ignore lint/suspicious/noExplicitAny: any protocol's schema
  constructor(messages: Schema.Schema<any, any>) {
    for (const ast of variantsOf(Schema.typeSchema(messages).ast)) {
      const plan = planOf(ast);
      const type = ast.propertySignatures.find((field) => field.name === "type")?.type;
      if (plan !== undefined && type?._tag === "Literal") this.plans.set(`${type.literal}`, plan);
    }
  }

  of(type: string): Plan | undefined {
    return this.plans.get(type);
  }
}

function variantsOf(ast: SchemaAST.AST): ReadonlyArray<SchemaAST.TypeLiteral> {
  if (SchemaAST.isUnion(ast)) return ast.types.flatMap(variantsOf);
  return SchemaAST.isTypeLiteral(ast) ? [ast] : [];
}

function planOf(ast: SchemaAST.AST): Plan | undefined {
  if (!SchemaAST.isTypeLiteral(ast)) return undefined;
  const fields = ast.propertySignatures
    .map((field) => ({ key: String(field.name), plan: planOf(field.type) }))
    .sort((x, y) => (x.key < y.key ? -1 : 1));
  return { keys: fields.map((f) => f.key), fields: fields.map((f) => f.plan) };
}
