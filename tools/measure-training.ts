/**
 * Measures aggregation rules against attacks on learning and prints the tables of docs/training.md.
 * npx tsx tools/measure-training.ts SEEDS [ours|rules]; 20 seeds take some minutes.
 */
import { Schema } from "effect";
import type { AnyAggregationPolicy } from "../src/kernel/policies/aggregation.ts";
import { centeredClipping } from "../src/policies/aggregation/centered-clipping.ts";
import { krum, multiKrum } from "../src/policies/aggregation/krum.ts";
import { mean } from "../src/policies/aggregation/mean.ts";
import { median, trimmedMean } from "../src/policies/aggregation/median.ts";
import { type Attack, attacks } from "../src/sim/learning/attacks.ts";
import { runTrial, type TrialResult } from "../src/sim/learning/harness.ts";
import { Learner } from "../src/sim/learning/learner.ts";

const WORKERS = 16;
const seeds = Number(process.argv[2] ?? 20);
const part = process.argv[3] ?? "all";
const learners = Array.from({ length: seeds }, (_, seed) => new Learner(seed + 1, WORKERS));

interface Rule {
  readonly name: string;
  readonly rule: AnyAggregationPolicy;
  readonly params: unknown;
  readonly canary: boolean;
}

const plain = (rule: AnyAggregationPolicy, more: object = {}, name = rule.name): Rule => ({
  name,
  rule,
  params: Schema.decodeUnknownSync(rule.Params)(more),
  canary: false,
});
const ours: Rule = { ...plain(centeredClipping), name: "clipping, canary", canary: true };
const rules: ReadonlyArray<Rule> = [
  plain(mean),
  plain(median),
  plain(trimmedMean),
  plain(krum),
  plain(multiKrum),
  plain(centeredClipping, { alike: 0 }, "clipping, plain"),
  plain(centeredClipping, {}, "clipping, alike"),
  ours,
];

function trials({ rule, params, canary }: Rule, attack: Attack, bad: number) {
  const rest = { rule, params, canary, attack, bad, workers: WORKERS, rounds: 25, steps: 30 };
  return learners.map((learner, i) => runTrial(learner, { ...rest, seed: i + 1 }));
}

const average = (values: ReadonlyArray<number>) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const accuracyOf = (results: ReadonlyArray<TrialResult>) =>
  average(results.map(({ accuracy }) => accuracy));

/** Half of the 95 % interval of a mean of paired differences. */
function halfWidth(values: ReadonlyArray<number>): number {
  const centre = average(values);
  const variance = values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (values.length - 1);
  return 2.09 * Math.sqrt(variance / values.length);
}

const line = (...cells: ReadonlyArray<string>) => console.log(`| ${cells.join(" | ")} |`);
const dashes = (n: number) => Array.from({ length: n }, () => "---");
const three = (x: number) => x.toFixed(3);

const clean = trials(plain(mean), "none", 0);
const cheats = attacks.filter((attack) => attack !== "none");
console.log(`clean accuracy, mean: ${three(accuracyOf(clean))}`);

if (part !== "rules") {
  line("attack", "0 of 16", "2 of 16", "3 of 16", "5 of 16", "backdoor rate at 5");
  line(...dashes(6));
  for (const attack of ["none", ...cheats] as const) {
    const cells: string[] = [];
    let backdoor = 0;
    for (const bad of attack === "none" ? [0] : [2, 3, 5]) {
      const results = trials(ours, attack, bad);
      const drops = results.map(({ accuracy }, i) => (clean[i] as TrialResult).accuracy - accuracy);
      cells.push(`${three(average(drops))} ± ${three(halfWidth(drops))}`);
      backdoor = average(results.map((each) => each.backdoor));
    }
    if (attack === "none") line(attack, ...cells, "", "", "", backdoor.toFixed(2));
    else line(attack, "", ...cells, backdoor.toFixed(2));
  }
}

if (part !== "ours") {
  line("5 of 16 bad", ...rules.map(({ name }) => name));
  line(...dashes(rules.length + 1));
  for (const attack of attacks) {
    const bad = attack === "none" ? 0 : 5;
    line(attack, ...rules.map((rule) => three(accuracyOf(trials(rule, attack, bad)))));
  }
}
