import { createUser } from "@nats-io/nkeys";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Address } from "../../kernel/address.ts";
import type { Parcel } from "../../live/bus.ts";
import { edgeShard } from "../../live/shard.ts";
import { isSignedBy, openEnvelope, rowOf, seal } from "./envelope.ts";
import { publicKeyOf, signerOf, verifierOf } from "./keys.ts";
import { Names } from "./names.ts";

const user = createUser();
const seed = new TextDecoder().decode(user.getSeed());
const sign = signerOf(seed);
const verify = verifierOf(publicKeyOf(seed));
const e1 = edgeShard("e1");
const node = { role: "node", id: "n1" } as const;
const subject = new Names().inbox(e1, node);

const parcels = fc.array(
  fc.record({
    from: fc.constant("node/n1" as Address),
    to: fc.constantFrom("edge/e1" as Address, "job/e1.j7" as Address),
    n: fc.nat(),
    message: fc.jsonValue(),
  }),
  { minLength: 1, maxLength: 8 },
);

describe("Envelope", () => {
  it("any parcels: come out as they went in", () => {
    fc.assert(
      fc.property(parcels, (sent: ReadonlyArray<Parcel>) => {
        const { payload } = seal(subject, sent.map(rowOf), sign);
        const whole = JSON.parse(JSON.stringify(sent)) as ReadonlyArray<Parcel>;
        expect(openEnvelope(payload, node, e1)).toEqual(whole);
      }),
    );
  });

  it("any bit changed: the signature does not hold", async () => {
    await fc.assert(
      fc.asyncProperty(parcels, fc.nat(), fc.integer({ min: 0, max: 7 }), async (sent, at, bit) => {
        const sealed = seal(subject, sent.map(rowOf), sign);
        expect(await isSignedBy(verify, subject, sealed)).toBe(true);
        const payload = Buffer.from(sealed.payload);
        const index = at % payload.length;
        payload[index] = (payload[index] ?? 0) ^ (1 << bit);
        expect(await isSignedBy(verify, subject, { ...sealed, payload })).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  it("another subject: the signature does not hold", async () => {
    const sealed = seal(subject, [], sign);
    const elsewhere = new Names().inbox(edgeShard("e2"), node);
    expect(await isSignedBy(verify, elsewhere, sealed)).toBe(false);
  });

  it("any bytes: are opened or refused, and nothing is thrown", () => {
    const known = /^(malformed|impersonated|misdirected)$/;
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const opened = openEnvelope(Buffer.from(text), node, e1);
        expect(typeof opened === "string" && known.test(opened)).toBe(true);
      }),
    );
  });
});

describe("Keys", () => {
  it("agree with nkeys, which is slower, on every signature", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect(user.verify(bytes, sign(bytes))).toBe(true);
        expect(await verify(bytes, user.sign(bytes))).toBe(true);
        expect(await verify(bytes, user.sign(bytes).slice(0, 63))).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  it("what is no key: refused in a sentence that does not show it", () => {
    expect(() => signerOf("SUSECRET")).toThrow(/holds no nkey seed/);
    expect(() => signerOf("SUSECRET")).not.toThrow(/SECRET/);
    expect(() => verifierOf(`U${"A".repeat(55)}`)).toThrow(/is not an nkey/);
  });
});
