/**
 * Runs before each test file. Property tests draw the same cases each time, so a red test is red
 * for everybody; PINGO_FRESH_SEED=1 lets them draw new ones, and fast-check prints its seed.
 */
import fc from "fast-check";

if (process.env.PINGO_FRESH_SEED === undefined) {
  fc.configureGlobal({ seed: 20261122 });
}
