/**
 * Trace hashes of the shipped scenarios, shortened: a hash that differs means that some delivery
 * came at another time, in another order or with another content. Where that was meant,
 * UPDATE_GOLDENS=1 npx vitest run test/scenarios/golden.test.ts writes golden.json anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runToEnd, scenarioNamed, shipped } from "./shipped.ts";

interface Golden {
  readonly scenario: string;
  readonly seed: number;
  readonly until: string;
  readonly events: number;
  readonly hash: string;
}

const file = join(import.meta.dirname, "golden.json");
const goldens = JSON.parse(readFileSync(file, "utf8")) as ReadonlyArray<Golden>;
const updates = process.env.UPDATE_GOLDENS === "1";

function measured({ scenario, seed, until }: Golden): Golden {
  const { events, hash } = runToEnd(scenarioNamed(scenario, { until }).scenario, seed);
  return { scenario, seed, until, events, hash };
}

test.runIf(updates)(
  "golden.json is written anew",
  () => {
    writeFileSync(file, `${JSON.stringify(goldens.map(measured), null, 2)}\n`);
  },
  300_000,
);

test.skipIf(updates).each(goldens)(
  "$scenario, seed $seed, until $until",
  (golden) => {
    expect(measured(golden)).toEqual(golden);
  },
  120_000,
);

test("every shipped scenario has a golden hash", () => {
  expect(shipped.filter((name) => !goldens.some(({ scenario }) => scenario === name))).toEqual([]);
});

test("another seed gives another hash", () => {
  const [steady] = goldens.filter(({ scenario }) => scenario === "steady");
  const short = { ...(steady as Golden), until: "20min" };
  expect(measured({ ...short, seed: 8 }).hash).not.toBe(measured(short).hash);
});
