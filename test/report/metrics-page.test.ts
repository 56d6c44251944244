import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { catalogue } from "../../src/sim/metrics/catalogue.ts";
import { metricsPage } from "../../tools/write-metrics.ts";

test("docs/metrics.md is current: else run npx tsx tools/write-metrics.ts", () => {
  expect(readFileSync("docs/metrics.md", "utf8")).toBe(metricsPage());
});

test("every metric has one line and its name once", () => {
  const page = metricsPage();
  for (const { name } of catalogue) {
    expect(page.split(`\n| \`${name}\` |`).length, name).toBe(2);
  }
});
