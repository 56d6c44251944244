import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { edgeShard, nodeShard } from "../../live/shard.ts";
import { Names, ownerOf, type Principal, principalOf, roles, tokensOf } from "./names.ts";
import { permissionsOf } from "./permissions.ts";

const id = fc.stringMatching(/^[a-z0-9.-]{1,20}$/);
const principal = fc.record({ role: fc.constantFrom(...roles), id }) as fc.Arbitrary<Principal>;
const names = new Names();

/** Whether a subject of a permission covers a subject that somebody uses. */
function covers(pattern: string, subject: string): boolean {
  const [wanted, given] = [pattern.split("."), subject.split(".")];
  for (const [i, token] of wanted.entries()) {
    if (token === ">") return given.length > i;
    if (given[i] === undefined || (token !== "*" && token !== given[i])) return false;
  }
  return wanted.length === given.length;
}

describe("Names", () => {
  it("any principal: has two tokens that no other has, and they lead back to it", () => {
    fc.assert(
      fc.property(principal, principal, (one, other) => {
        const tokens = tokensOf(one);
        expect(tokens).toMatch(/^[a-z]+\.[a-z0-9_-]+$/);
        const [role = "", label = ""] = tokens.split(".");
        expect(principalOf(role, label)).toEqual(one);
        const same = one.role === other.role && one.id === other.id;
        expect(tokensOf(other) === tokens).toBe(same);
      }),
    );
  });

  it("an inbox's subject: names its sender", () => {
    fc.assert(
      fc.property(id, principal, (edge, from) => {
        expect(names.senderIn(names.inbox(edgeShard(edge), from))).toEqual(from);
      }),
    );
  });

  it("what is no principal, network or topic: is refused", () => {
    expect(principalOf("root", "x")).toBeUndefined();
    expect(principalOf("node", "*")).toBeUndefined();
    expect(() => new Names("a.b")).toThrow(/cannot name a network/);
    expect(() => names.anyTopic("a.*")).toThrow(/is no topic/);
    expect(() => names.anyTopic("a..b")).toThrow(/is no topic/);
  });
});

describe("Permissions", () => {
  const field = principal.filter(({ role }) => role !== "operator" && role !== "core");

  it("anybody of the field: publishes into inboxes in its own name only", () => {
    fc.assert(
      fc.property(field, principal, id, (one, other, edge) => {
        const subject = names.inbox(edgeShard(edge), other);
        const may = permissionsOf(one, names).publish.some((each) => covers(each, subject));
        const itself = tokensOf(one) === tokensOf(other);
        expect(may).toBe(itself && (one.role === "node" || one.role === "edge"));
      }),
    );
  });

  it("anybody of the field: hears nobody else's answers, and no inbox at all", () => {
    fc.assert(
      fc.property(field, principal, (one, other) => {
        const heard = (subject: string) =>
          permissionsOf(one, names).subscribe.some((each) => covers(each, subject));
        const label = tokensOf(other).replace(".", "_");
        expect(heard(`_INBOX_${label}.x.1`)).toBe(tokensOf(one) === tokensOf(other));
        expect(heard(names.inbox(edgeShard("e1"), other))).toBe(false);
      }),
    );
  });

  it("anybody of the field: pulls from its own inbox and writes its own journal only", () => {
    fc.assert(
      fc.property(field, id, (one, other) => {
        const may = (subject: string) =>
          permissionsOf(one, names).publish.some((each) => covers(each, subject));
        for (const shard of [edgeShard(other), nodeShard(other)]) {
          const own = tokensOf(ownerOf(shard)) === tokensOf(one);
          const at = `${names.inboxStream(shard)}.${names.consumer(shard)}`;
          expect(may(`${names.hubApi}.CONSUMER.MSG.NEXT.${at}`)).toBe(own);
          expect(may(names.journal(shard))).toBe(own && one.role === "edge");
        }
        expect(may(`${names.hubApi}.CONSUMER.CREATE.${names.blobStream}.x`)).toBe(false);
        expect(may(`${names.hubApi}.STREAM.CREATE.X`)).toBe(false);
        expect(may("$JS.API.STREAM.CREATE.X")).toBe(false);
      }),
    );
  });
});
