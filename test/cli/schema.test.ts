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

interface Kind {
  readonly additionalProperties: boolean;
  readonly properties: Readonly<Record<string, { readonly pattern?: string }>>;
}

test("networks and economies: every group is closed, durations are patterns", () => {
  const { else: network, then: economy } = scenarioSchema() as unknown as Record<string, Kind>;
  for (const kind of [network, economy]) {
    expect(kind?.additionalProperties).toBe(false);
    expect("24h").toMatch(new RegExp(kind?.properties.until?.pattern ?? "^$"));
  }
  expect(network?.properties).toHaveProperty("nodes");
  expect(economy?.properties).toHaveProperty("shocks");
});
