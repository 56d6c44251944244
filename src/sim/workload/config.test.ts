import { Either, JSONSchema, Schema } from "effect";
import { expect, test } from "vitest";
import { HOUR } from "../../kernel/duration.ts";
import { WorkloadConfig } from "./config.ts";

const decode = Schema.decodeUnknownEither(WorkloadConfig);

test("config: an empty object is a Poisson workload", () => {
  const config = Either.getOrThrow(decode({}));
  expect(config.kind).toBe("poisson");
  expect(config.tasks).toEqual({ mean: 10, distribution: "geometric", sigma: 1 });
  expect(config.taskVcu).toEqual({ mean: 0.1, distribution: "lognormal", sigma: 1 });
});

test("config: flash crowds are durations and a factor", () => {
  const config = Either.getOrThrow(decode({ flash: [{ at: "1h", for: "30m", factor: 8 }] }));
  expect(config.flash).toEqual([{ at: HOUR, for: HOUR / 2, factor: 8 }]);
});

test.each([
  [{ load: 0.5, rate: { jobsPerHour: 3 } }, "not both"],
  [{ kind: "trace" }, "needs the key trace"],
  [{ kind: "trace", trace: { file: "a" }, rate: { jobsPerHour: 1 } }, "not rate"],
  [{ kind: "closed", load: 1 }, "closed loop"],
  [{ kind: "closed", flash: [{ at: "1h", for: "1h", factor: 2 }] }, "open workload"],
  [{ tasks: { mean: 0.5 } }, "mean"],
])("config: %j is refused", (input, why) => {
  const refused = decode(input);
  expect(Either.isLeft(refused) && String(refused.left)).toContain(why);
});

test("config: a JSON Schema comes of it, with keys described", () => {
  const text = JSON.stringify(JSONSchema.make(WorkloadConfig));
  for (const key of ["load", "rate", "flash", "closed", "trace", "taskVcu"]) {
    expect(text).toContain(`"${key}"`);
  }
  expect(text).toContain("Flash crowds on top of any open workload");
});
