/** Benchmarks rot unseen: this runs them all, tiny. No time is asserted. */
import { spawnSync } from "node:child_process";
import { beforeAll, expect, test } from "vitest";
import { build } from "./cli/built.ts";

// The comparison is run as users run it.
beforeAll(build, 120_000);

test("every benchmark still runs", { timeout: 240_000 }, () => {
  const { status, stdout, stderr } = spawnSync("npm", ["run", "--silent", "bench:smoke"], {
    encoding: "utf8",
  });
  expect({ status, stderr }).toMatchObject({ status: 0 });
  for (const name of [
    "chart-step",
    "phold",
    "idle-nodes",
    "first-light",
    "hundred-thousand",
    "local-chain",
    "compare",
  ]) {
    expect(stdout).toMatch(new RegExp(`^${name}: runs, hash [0-9a-f]{16}$`, "m"));
  }
});
