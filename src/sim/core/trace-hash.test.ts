/** The trace hash: canonical where it must be, sensitive where it must be, the same for ever. */
import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Address } from "../../kernel/address.ts";
import { NanoVcu } from "../../kernel/credit.ts";
import { variant } from "../../kernel/message.ts";
import { MessagePlans, TraceHash } from "./trace-hash.ts";

const digestOf = (...values: ReadonlyArray<unknown>): string => {
  const hash = new TraceHash();
  for (const value of values) hash.value(value);
  return hash.digest();
};
const Paid = variant("Paid", {
  to: Address,
  amount: NanoVcu,
  line: Schema.Struct({ task: Schema.String, mflop: Schema.Int }),
});
const Noted = variant("Noted", { note: Schema.optional(Schema.String), by: Schema.String });
const Weighed = variant("Weighed", {
  rows: Schema.Array(Schema.Struct({ b: Schema.Int, a: Schema.String })),
  outcome: Schema.Union(
    Schema.Struct({ ok: Schema.Literal(true), value: Schema.Int }),
    Schema.Struct({ ok: Schema.Literal(false), reason: Schema.String }),
  ),
});
const Asked = variant("Asked", { n: Schema.Int });
const plans = new MessagePlans(Schema.Union(Paid, Asked, Noted, Weighed));
const planned = (message: { readonly type: string }): string => {
  const hash = new TraceHash();
  hash.value(message, plans.of(message.type));
  return hash.digest();
};

const paid = {
  type: "Paid",
  to: "node/n1",
  amount: 12_345_678_901_234_567_890n,
  line: { task: "t1", mflop: 7 },
};

describe("TraceHash: golden", () => {
  test("digests are part of the format: golden traces depend on them", () => {
    expect(new TraceHash().digest()).toBe("2545f4916c078965");
    expect(planned(paid)).toBe("28f0b9030cab081d");
    expect(digestOf(0, -1, 0.1, "text", true, null, [1, [2]], { b: 1n, a: -5n })).toBe(
      "72c22b267ebe4f4f",
    );
  });
});

describe("TraceHash: canonical", () => {
  test("the order of keys does not matter, with a plan", () => {
    const { type, to, amount, line } = paid;
    const turned = { line: { mflop: line.mflop, task: line.task }, amount, to, type };
    expect(planned(turned)).toBe(planned(paid));
  });

  test("the order of keys does not matter, without a plan", () => {
    expect(digestOf({ b: { y: 1, x: 2 }, a: 3 })).toBe(digestOf({ a: 3, b: { x: 2, y: 1 } }));
  });

  test("the order of keys does not matter in lists and unions", () => {
    const one = { type: "Weighed", rows: [{ b: 1, a: "x" }], outcome: { ok: true, value: 3 } };
    const two = { outcome: { value: 3, ok: true }, rows: [{ a: "x", b: 1 }], type: "Weighed" };
    expect(planned(two)).toBe(planned(one));
    const failed = { ...one, outcome: { ok: false, reason: "late" } };
    const turned = { ...one, outcome: { reason: "late", ok: false } };
    expect(planned(failed)).toBe(planned(turned));
    expect(planned(failed)).not.toBe(planned(one));
  });

  test("a variant has a plan unless a field may be absent; strangers have none", () => {
    expect(["Paid", "Asked", "Weighed"].every((type) => plans.of(type) !== undefined)).toBe(true);
    expect([plans.of("Noted"), plans.of("Stranger")]).toEqual([undefined, undefined]);
  });

  test("a field that may be absent is folded when it is there", () => {
    const bare = planned({ type: "Noted", by: "a" } as never);
    expect(planned({ by: "a", type: "Noted" } as never)).toBe(bare);
    expect(planned({ type: "Noted", by: "a", note: "" } as never)).not.toBe(bare);
  });

  test("zero has no sign", () => {
    expect(digestOf(-0)).toBe(digestOf(0));
  });
});

/** Values of messages, without the float's many zeros and NaNs. */
const value = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.integer(),
    fc.maxSafeInteger(),
    fc.string(),
    fc.boolean(),
    fc.bigInt(),
    fc.double({ noNaN: true }).filter((n) => !Object.is(n, -0)),
  ),
  any: fc.oneof(
    { maxDepth: 3 },
    tie("leaf"),
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 3 }), tie("any"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).any;

describe("TraceHash: sensitive", () => {
  test("one changed bit of a number changes the digest", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat({ max: 31 }), (n, bit) => {
        expect(digestOf(n ^ (1 << bit))).not.toBe(digestOf(n));
      }),
    );
  });

  test("one changed bit of a big amount changes the digest", () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.nat({ max: 200 }), (n, bit) => {
        expect(digestOf(n ^ (1n << BigInt(bit)))).not.toBe(digestOf(n));
      }),
    );
  });

  test("one changed character changes the digest", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), (text, at) => {
        const place = at % text.length;
        const other = text[place] === "x" ? "y" : "x";
        const changed = `${text.slice(0, place)}${other}${text.slice(place + 1)}`;
        expect(digestOf(changed)).not.toBe(digestOf(text));
      }),
    );
  });

  test("values that differ have different digests", () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        fc.pre(fc.stringify(a) !== fc.stringify(b));
        expect(digestOf(a)).not.toBe(digestOf(b));
      }),
    );
  });

  test("kinds are told apart", () => {
    const alike = [0, 0n, "", "0", false, true, null, [], {}, [0], ["0"], { a: 0 }, 1, 1n, "1"];
    const digests = alike.map((each) => digestOf(each));
    expect(new Set(digests).size).toBe(alike.length);
  });

  test("where text and lists end is part of the digest", () => {
    const alike = [["ab"], ["a", "b"], ["", "ab"], ["ab", ""], [["a"], "b"], [["a", "b"]]];
    expect(new Set(alike.map((each) => digestOf(each))).size).toBe(alike.length);
  });

  test("where a struct ends is part of the digest", () => {
    expect(digestOf({ x: { a: 1 }, y: 2 })).not.toBe(digestOf({ x: { a: 1, y: 2 } }));
  });

  test("the order of deliveries is part of the digest", () => {
    expect(digestOf(1, 2)).not.toBe(digestOf(2, 1));
    expect(digestOf("a", "b")).not.toBe(digestOf("b", "a"));
  });

  test("integers of up to 53 bits are told apart", () => {
    const far = 1_767_571_200_000_000;
    const digests = [far, far + 1, far + 2 ** 32, far - 2 ** 32, 1].map((us) => {
      const hash = new TraceHash();
      hash.integer(us);
      return hash.digest();
    });
    expect(new Set(digests).size).toBe(digests.length);
  });
});
