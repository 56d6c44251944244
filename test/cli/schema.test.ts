/** The published JSON Schema is the one that the code makes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scenarioSchema } from "../../tools/write-schema.ts";
import { root } from "./built.ts";

test("scenarios/scenario.schema.json is current; npx tsx tools/write-schema.ts writes it", () => {
  const committed = readFileSync(join(root, "scenarios/scenario.schema.json"), "utf8");
  expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(scenarioSchema())));
});

test("it closes every group, and words durations as patterns", () => {
  const schema = scenarioSchema() as {
    readonly additionalProperties: boolean;
    readonly properties: Readonly<Record<string, { readonly pattern?: string }>>;
  };
  expect(schema.additionalProperties).toBe(false);
  expect("24h").toMatch(new RegExp(schema.properties.until?.pattern ?? "^$"));
});
