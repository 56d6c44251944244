/**
 * How fast an edge chooses among a hundred thousand nodes: near placement through the index of
 * places, and one node drawn from all, in the same run. A decision is the choice, the change of the
 * node's entry as it takes the work, and the change of another that gets free.
 */

import { Schema } from "effect";
import { near } from "../src/policies/placement/near.ts";
import { random } from "../src/policies/placement/random.ts";
import { collectGarbage, cpuSeconds, median } from "./clock.ts";
import { type Directory, directoryOf, edgeRules } from "./placement/directory.ts";
import { type Flags, flagsOf, numberText, printReport, type Report } from "./report.ts";

const NODES = 100_000;
/** Decisions a second, set before measuring. */
const GOAL = 50_000;
const PASSES = 5;

interface Pace {
  readonly perSecond: number;
  readonly transferMs: number;
  readonly hash: number;
}

function paceOf(directory: Directory, decisions: number): Pace {
  directory.decide(Math.ceil(decisions / 4));
  const passes: Array<number> = [];
  let transferMs = 0;
  for (let pass = 0; pass < PASSES; pass++) {
    collectGarbage();
    const from = cpuSeconds();
    transferMs = directory.decide(decisions);
    passes.push(decisions / (cpuSeconds() - from));
  }
  return { perSecond: median(passes), transferMs, hash: directory.hash };
}

function measure({ smoke }: Flags): Report {
  const nodes = smoke ? 2_000 : NODES;
  const decisions = smoke ? 500 : 100_000;
  const ours = paceOf(
    directoryOf(nodes, edgeRules(near, Schema.decodeSync(near.Params)({}))),
    decisions,
  );
  const uniform = paceOf(directoryOf(nodes, edgeRules(random, {})), decisions);
  const row = (name: string, { perSecond, transferMs }: Pace) => [
    name,
    numberText(perSecond),
    numberText(transferMs),
  ];
  return {
    benchmark: "placement",
    hash: ((ours.hash ^ uniform.hash) >>> 0).toString(16).padStart(8, "0"),
    figures: [
      { name: "near", value: ours.perSecond, unit: "decisions/s", atLeast: GOAL },
      {
        name: "near against uniform",
        value: ours.perSecond / uniform.perSecond,
        unit: "times",
      },
      {
        name: "time of a 1 MB input, near against uniform",
        value: ours.transferMs / uniform.transferMs,
        unit: "times",
        atMost: 0.6,
      },
    ],
    table: [
      ["rule", "decisions/s", "mean input time, ms"],
      row("near", ours),
      row("random", uniform),
    ],
    notes: [
      `${numberText(nodes)} nodes in the directory, half of them at work, lines log-normal with ` +
        "a median of 40 Mbit/s (sigma .9), places drawn over 200 ms.",
      "Processor time, median of five passes.",
    ],
  };
}

printReport(measure(flagsOf()), flagsOf());
