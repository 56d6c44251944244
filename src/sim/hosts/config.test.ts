import { Either, JSONSchema, Schema } from "effect";
import { expect, test } from "vitest";
import { DAY, HOUR } from "../../kernel/duration.ts";
import { HostsConfig } from "./config.ts";

const decode = Schema.decodeUnknownEither(HostsConfig);

test("config: an empty object is the standard mixture", () => {
  const config = Either.getOrThrow(decode({}));
  expect(config.mixture).toEqual({ diurnal: 0.45, random: 0.3, office: 0.15, always: 0.1 });
  expect(config.cap).toBe(30 * DAY);
  expect(config.lifetime).toBeUndefined();
});

test("config: a missing weight is zero, a missing duration its default", () => {
  const config = Either.getOrThrow(
    decode({ mixture: { always: 1 }, cap: "48h", ownerUse: { busyMean: "1h" } }),
  );
  expect(config.mixture).toEqual({ diurnal: 0, random: 0, office: 0, always: 1 });
  expect(config.cap).toBe(48 * HOUR);
  expect(config.ownerUse.busyMean).toBe(HOUR);
  expect(config.ownerUse.enabled).toBe(true);
});

test.each([
  [{ mixture: {} }, "at least one weight"],
  [{ kind: "trace" }, "needs the key trace"],
  [{ abruptShare: 2 }, "abruptShare"],
  [{ cap: "0s" }, "above zero"],
  [{ classes: { diurnal: { jitterHours: 5 } } }, "jitterHours"],
  [{ ownerUse: { throttleMin: 0.9, throttleMax: 0.5 } }, "throttleMin"],
])("config: %j is refused", (input, why) => {
  const refused = decode(input);
  expect(Either.isLeft(refused) && String(refused.left)).toContain(why);
});

test("config: a JSON Schema comes of it, with every key described", () => {
  const text = JSON.stringify(JSONSchema.make(HostsConfig));
  for (const key of ["mixture", "cap", "donated", "ownerUse", "abruptShare", "lifetime"]) {
    expect(text).toContain(`"${key}"`);
  }
  expect(text).toContain("Share of departures without a goodbye");
});
