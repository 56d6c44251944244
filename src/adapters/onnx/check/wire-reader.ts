/**
 * Reads Protocol Buffers' wire format from bytes that nobody vouches for: every length is compared
 * with what is there before it is used, and nothing is copied.
 */
import { ModelRefused } from "./model-refused.ts";

export interface Field {
  readonly number: number;
  /** Of a varint, as a signed 64-bit integer. */
  readonly integer: bigint;
  /** Of a length-delimited, 32-bit or 64-bit field. */
  readonly bytes: Uint8Array;
  readonly wire: Wire;
}

export type Wire = 0 | 1 | 2 | 5;
const none = new Uint8Array();

/**
 * The fields of one message; `what` names it in refusals. A field that is not among `repeated` and
 * comes twice is refused: other readers would merge the two, and see another model than this one.
 */
export function* fieldsOf(
  bytes: Uint8Array,
  what: string,
  repeated: ReadonlyArray<number> = [],
): Generator<Field> {
  const reader = new Reader(bytes, what);
  const seen = new Set<number>();
  while (!reader.atEnd) {
    const field = reader.field();
    if (seen.has(field.number) && !repeated.includes(field.number)) {
      throw new ModelRefused(`${what} has its field ${field.number} twice`);
    }
    seen.add(field.number);
    yield field;
  }
}

/** Integers of a packed field. */
export function packedIntegers(bytes: Uint8Array, what: string): ReadonlyArray<bigint> {
  const reader = new Reader(bytes, what);
  const all: bigint[] = [];
  while (!reader.atEnd) all.push(reader.varint());
  return all;
}

class Reader {
  private readonly bytes: Uint8Array;
  private readonly what: string;
  private at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.bytes = bytes;
    this.what = what;
  }

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  varint(): bigint {
    let low = 0;
    let value = 0n;
    for (let n = 0; n < 10; n++) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw this.cut();
      // the first four bytes fit a number: most tags and lengths end here
      if (n < 4) low |= (byte & 127) << (7 * n);
      else value |= BigInt(byte & 127) << BigInt(7 * n);
      if (byte < 128) return BigInt.asIntN(64, value | BigInt(low));
    }
    throw new ModelRefused(`the model is not an ONNX file: a number in ${this.what} has no end`);
  }

  field(): Field {
    const tag = Number(this.varint());
    const number = Math.floor(tag / 8);
    const wire = (tag & 7) as Wire;
    if (number < 1) {
      throw new ModelRefused(`the model is not an ONNX file: field 0 in ${this.what}`);
    }
    switch (wire) {
      case 0:
        return { number, wire, integer: this.varint(), bytes: none };
      case 1:
        return { number, wire, integer: 0n, bytes: this.take(8) };
      case 2:
        return { number, wire, integer: 0n, bytes: this.take(Number(this.varint())) };
      case 5:
        return { number, wire, integer: 0n, bytes: this.take(4) };
      default:
        throw new ModelRefused(
          `the model is not an ONNX file: wire type ${String(wire)} in ${this.what}`,
        );
    }
  }

  private take(length: number): Uint8Array {
    if (length < 0 || length > this.bytes.length - this.at) throw this.cut();
    return this.bytes.subarray(this.at, (this.at += length));
  }

  private cut(): ModelRefused {
    return new ModelRefused(`the model is cut off or not an ONNX file: ${this.what} has no end`);
  }
}
