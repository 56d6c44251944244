/**
 * Runs before each test file. Property tests draw the same cases each time, so a red test is red
 * for everybody; PINGO_FRESH_SEED=1 lets them draw new ones, and fast-check prints its seed.
 * What a file leaves in the machine's temporary folder goes with it, also what tests that fail and
 * the programs that they start leave there.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll } from "vitest";

if (process.env.PINGO_FRESH_SEED === undefined) {
  fc.configureGlobal({ seed: 20261122 });
}

const machines = tmpdir();
const own = mkdtempSync(join(machines, "pingo-tests-"));
process.env.TMPDIR = own;
afterAll(() => {
  process.env.TMPDIR = machines;
  try {
    rmSync(own, { recursive: true, force: true, maxRetries: 5 });
  } catch {
    // a process that is still ending writes there: no reason to call the tests bad
  }
});
