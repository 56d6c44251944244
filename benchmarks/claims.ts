/**
 * An epoch's tree of claims for half a million owners: the root that is published, and every
 * owner's proof, as the ledger gives them out. What the contract accepts is tested beside it.
 */
import { Stream } from "../src/kernel/entropy.ts";
import { sha256 } from "../src/kernel/sha256.ts";
import { hexOf, isUnder, type Leaf, levelsOf, proofIn } from "../src/policies/rewards/claims.ts";
import { TraceHash } from "../src/sim/core/trace-hash.ts";
import { cpuSeconds } from "./clock.ts";
import { flagsOf, numberText, printReport, type Report } from "./report.ts";

const OWNERS = 500_000;
const GOAL_SECONDS = 10;
const GOAL_MIB = 1024;
/** Proofs that are followed up to the root again, outside the measured time. */
const CHECKED = 1000;

function claimsOf(count: number): ReadonlyArray<Leaf> {
  const stream = new Stream(1, "benchmark/claims");
  const text = new TextEncoder();
  return Array.from({ length: count }, (_, n) => ({
    workchain: 0,
    hash: sha256(text.encode(`owner ${n}`)),
    cumulative: BigInt(Math.floor(stream.unit() * 1e15)),
  }));
}

function measure(count: number): Report {
  const claims = claimsOf(count);
  const start = cpuSeconds();
  const levels = levelsOf(claims);
  const root = levels.at(-1)?.[0] ?? new Uint8Array(32);
  const rooted = cpuSeconds();
  let neighbours = 0;
  for (let n = 0; n < count; n += 1) neighbours += proofIn(levels, n).length;
  const proven = cpuSeconds();
  const peakMib = process.resourceUsage().maxRSS / 1024;
  const step = Math.max(1, Math.floor(count / CHECKED));
  for (let n = 0; n < count; n += step) {
    if (!isUnder(root, claims[n]!, proofIn(levels, n))) throw new Error(`no proof of leaf ${n}`);
  }
  const hash = new TraceHash();
  hash.text(hexOf(root));
  hash.text(String(neighbours));
  return {
    benchmark: "claims",
    hash: hash.digest(),
    figures: [
      { name: "root and all proofs", value: proven - start, unit: "s", atMost: GOAL_SECONDS },
      { name: "peak memory of the process", value: peakMib, unit: "MiB", atMost: GOAL_MIB },
    ],
    table: [
      ["owners", "levels", "root s", "all proofs s", "neighbours a proof"],
      [
        numberText(count),
        String(levels.length - 1),
        numberText(rooted - start),
        numberText(proven - rooted),
        numberText(neighbours / count),
      ],
    ],
    notes: [`One proof in ${step} was followed up to the root again, not timed.`],
  };
}

const flags = flagsOf();
printReport(measure(flags.smoke ? 1000 : OWNERS), flags);
