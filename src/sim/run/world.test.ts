import { Schema } from "effect";
import { expect, test } from "vitest";
import { Scenario } from "../scenario/schema.ts";
import { buildWorld } from "./world.ts";

function promises(verification: object): boolean {
  const policies = { verification };
  const village = { name: "village", until: "1h", nodes: 4, policies };
  const scenario = Schema.decodeUnknownSync(Scenario)(village);
  return buildWorld({ scenario, seed: 1, files: new Map() }).guaranteed;
}

test("right results are promised where owners vote, not where one word is enough", () => {
  expect(promises({ rule: "quorum" })).toBe(true);
  expect(promises({ rule: "quorum", agree: 3 })).toBe(true);
  expect(promises({ rule: "quorum", agree: 1, limit: 2 })).toBe(false);
  expect(promises({ rule: "credibility" })).toBe(false);
});
