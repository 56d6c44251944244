/**
 * Runs before each test file. Property tests draw the same cases on every run, so a red test is red
 * for everybody; PINGO_FRESH_SEED=1 lets them draw new ones, and fast-check prints the seed it took.
 */
import fc from "fast-check";

if (process.env["PINGO_FRESH_SEED"] === undefined) {
  fc.configureGlobal({ seed: 20261122 });
}
