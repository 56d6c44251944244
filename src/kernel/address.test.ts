/** Addresses: kind/id and nothing else. */
import { Either, Schema } from "effect";
import { describe, expect, test } from "vitest";
import { Address, address, idOf, isPort, kindOf, portAddress } from "./address.ts";
import { InvariantViolation } from "./invariant.ts";

describe("Address: in a file or on the wire", () => {
  const accepts = (text: string) => Either.isRight(Schema.decodeUnknownEither(Address)(text));

  test.each(["node/n12", "job/e0.c3.7", "contributor/commons", "port/runner", "node/a-b.c"])(
    "%s is one",
    (text) => {
      expect(accepts(text)).toBe(true);
    },
  );

  test.each(["", "node", "node/", "/n1", "Node/n1", "node/N1", "node/n1/x", "node1/n", "node/n 1"])(
    '"%s" is none',
    (text) => {
      expect(accepts(text)).toBe(false);
    },
  );

  test("the refusal shows an example", () => {
    const refused = Schema.decodeUnknownEither(Address)("somewhere");
    expect(Either.isLeft(refused) && refused.left.message).toContain("such as node/n12");
  });
});

describe("Address: parts", () => {
  test("kind and id are what it was built from", () => {
    const at = address("node", 12);
    expect([at, kindOf(at), idOf(at)]).toEqual(["node/12", "node", "12"]);
  });

  test("only the first slash separates", () => {
    expect(idOf("job/a/b" as Address)).toBe("a/b");
  });

  test("an address without a kind is a bug of ours", () => {
    expect(() => kindOf("nowhere" as Address)).toThrow(InvariantViolation);
    expect(() => kindOf("/n1" as Address)).toThrow(InvariantViolation);
  });

  test("ports are told from actors by their kind", () => {
    expect(isPort(portAddress("runner"))).toBe(true);
    expect(isPort(address("portal", "p"))).toBe(false);
  });
});
