/**
 * Writes Protocol Buffers' wire format, as far as ONNX files need it: varints, 32-bit floats and
 * length-delimited fields (https://protobuf.dev/programming-guides/encoding/).
 */

const VARINT = 0;
const DELIMITED = 2;
const FIXED32 = 5;

export class WireWriter {
  private readonly parts: Uint8Array[] = [];
  private length = 0;
  private readonly text = new TextEncoder();

  /** An integer; negative ones take ten bytes, as the format wants it. */
  int(field: number, value: number | bigint): this {
    this.push(varint(BigInt((field << 3) | VARINT)));
    return this.push(varint(BigInt.asUintN(64, BigInt(value))));
  }

  float(field: number, value: number): this {
    this.push(varint(BigInt((field << 3) | FIXED32)));
    return this.push(new Uint8Array(new Float32Array([value]).buffer));
  }

  string(field: number, value: string): this {
    return this.bytes(field, this.text.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.push(varint(BigInt((field << 3) | DELIMITED)));
    this.push(varint(BigInt(value.length)));
    return this.push(value);
  }

  /** A message within the message. */
  message(field: number, write: (inner: WireWriter) => void): this {
    const inner = new WireWriter();
    write(inner);
    return this.bytes(field, inner.done());
  }

  /** Integers in one field, one varint behind the other. */
  packed(field: number, values: ReadonlyArray<number>): this {
    const inner = new WireWriter();
    for (const value of values) inner.push(varint(BigInt.asUintN(64, BigInt(value))));
    return this.bytes(field, inner.done());
  }

  done(): Uint8Array {
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  private push(bytes: Uint8Array): this {
    this.parts.push(bytes);
    this.length += bytes.length;
    return this;
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
