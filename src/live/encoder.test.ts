import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Duration } from "../kernel/duration.ts";
import { emptyPool, joinPool, type Pool, poolSchema } from "../kernel/pool.ts";
import { VersionedMap, versionedMap } from "../kernel/versioned-map.ts";
import { encoderOf } from "./encoder.ts";

const Amounts = versionedMap(Schema.String, Schema.BigIntFromSelf);
const Running = Schema.Struct({ in: Schema.Literal("running"), who: poolSchema(Schema.String) });
const Ended = Schema.Struct({ in: Schema.Literal("ended"), why: Schema.String });
const State = Schema.Struct({
  amounts: Amounts,
  books: versionedMap(Schema.Int, Schema.Struct({ amounts: Amounts })),
  life: Schema.Union(Running, Ended),
  lives: Schema.Array(Schema.Union(Running, Ended, Schema.Null)),
  late: Schema.optionalWith(Amounts, { default: () => VersionedMap.empty<string, bigint>() }),
  perhaps: Schema.optionalWith(Amounts, { exact: true }),
  pair: Schema.Tuple(Schema.Int, Amounts),
  every: Duration,
  count: Schema.Int.pipe(Schema.between(0, 9)),
  named: Schema.Record({ key: Schema.String, value: Schema.Int }),
  deep: Schema.Record({ key: Schema.String, value: Amounts }),
  tail: Schema.Array(Schema.Struct({ n: Schema.Int })),
});

const amounts = fc
  .array(fc.tuple(fc.string(), fc.bigInt()))
  .map((entries) => VersionedMap.of<string, bigint>(entries));
const pool = fc.array(fc.string()).map((all) => all.reduce<Pool<string>>(joinPool, emptyPool()));
const life = fc.oneof(
  fc.record({ in: fc.constant("running" as const), who: pool }),
  fc.record({ in: fc.constant("ended" as const), why: fc.string() }),
);
const state: fc.Arbitrary<typeof State.Type> = fc
  .record({
    amounts,
    books: fc
      .array(fc.tuple(fc.nat(), fc.record({ amounts })))
      .map((entries) =>
        VersionedMap.of<number, { amounts: VersionedMap<string, bigint> }>(entries),
      ),
    life,
    lives: fc.array(fc.oneof(life, fc.constant(null))),
    late: amounts,
    pair: fc.tuple(fc.nat(), amounts),
    every: fc.nat(1_000_000).map((s) => s * 1_000_000),
    count: fc.nat(9),
    named: fc.dictionary(fc.string(), fc.nat()),
    deep: fc.dictionary(fc.string(), amounts),
    tail: fc.array(fc.record({ n: fc.nat() })),
  })
  .chain((made) => fc.option(amounts).map((p) => (p === null ? made : { ...made, perhaps: p })));

describe("Encoding without checks", () => {
  test("is what the schema says", () => {
    const [quick, checked] = [encoderOf(State), Schema.encodeSync(State)];
    const property = fc.property(state, (value) => {
      expect(quick(value)).toEqual(checked(value));
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("what encodes as itself is not copied", () => {
    const Plain = Schema.Struct({ a: Schema.Array(Schema.Struct({ n: Schema.Int })) });
    const plain = { a: [{ n: 1 }] };
    expect(encoderOf(Plain)(plain)).toBe(plain);
    const map = VersionedMap.of([["x", plain]]);
    const [[, held]] = encoderOf(versionedMap(Schema.String, Plain))(map) as [[string, unknown]];
    expect(held).toBe(plain);
  });

  test("a map that is changed afterwards: the encoding is of before", () => {
    const map = VersionedMap.of([["x", 1n]]);
    const encoded = encoderOf(Amounts)(map);
    let later = map;
    for (let n = 2n; n < 1_000n; n++) later = later.set("x", n);
    expect(encoded).toEqual([["x", 1n]]);
    expect(later.get("x")).toBe(999n);
  });
});
