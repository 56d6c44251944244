/** From what was seen in a run to its result: metrics, checks, verdict. */

import type { AuditorContext } from "../../actors/auditor/state.ts";
import type { Address } from "../../kernel/address.ts";
import type { ChartState } from "../../kernel/chart.ts";
import { toVcu } from "../../kernel/credit.ts";
import { adversaryMetrics } from "../adversaries/accounting.ts";
import { builtInChecks } from "../checkers/checks.ts";
import { wilson } from "../compare/interval.ts";
import { nearest } from "../scenario/nearest-key.ts";
import { ScenarioError } from "../scenario/scenario-error.ts";
import type { Check } from "../scenario/schema.ts";
import { atlasOf } from "./atlas.ts";
import { chainChecks, chainMetrics } from "./chain.ts";
import { type Account, accountsOf, classTotals, fairness } from "./fairness.ts";
import { rewardMetrics } from "./issued.ts";
import { closing, type RunParts } from "./parts.ts";
import type { CheckResult, Histogram, RunResult } from "./result.ts";
import { trainingMetrics } from "./training.ts";
import { waits } from "./waits.ts";
import { AUDITOR } from "./world.ts";
import { worstOff } from "./worst-off.ts";

const POINTS_MAX = 2_000;
const SECOND_US = 1_000_000;

export function summarise(parts: RunParts): RunResult {
  const { world, findings, injector, sampler, collector, inputs } = parts;
  const { scenario, sim } = world;
  const accounts = accountsOf(parts);
  const metrics = metricsOf(parts, accounts);
  const worst = worstOff(parts, accounts);
  const checks = [
    ...builtInChecks.map((name) => builtIn(name, parts)),
    ...chainChecks(parts),
    ...scenario.checks.map((check) => declared(check, metrics)),
  ];
  return {
    scenario: scenario.name,
    description: scenario.description,
    seed: inputs.seed,
    hash: sim.hash.digest(),
    virtualMs: Math.round((sim.nowUs - world.startUs) / 1_000),
    events: sim.events,
    metrics,
    checks,
    violations: findings.violations,
    verdict: checks.every(({ pass }) => pass) ? "pass" : "fail",
    series: sampler.series(),
    histograms: [waitHistogram(parts)],
    classes: classTotals(accounts),
    contributors: thinned(accounts),
    costs: parts.runner.costs.bySize(),
    atlas: atlasOf(world, parts.traffic.bytes, parts.traffic.edgeHosts),
    ...(worst === undefined ? {} : { worstOff: worst }),
    faults: injector.records,
    refusals: [...collector.refusals]
      .map(([reason, count]) => ({ reason, count }))
      .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1)),
    unhandled: [...sim.unhandled].map(([what, count]) => ({ what, count })),
  };
}

function metricsOf(parts: RunParts, accounts: ReadonlyArray<Account>): Record<string, number> {
  const { world, collector, settlement, runner, shadow, sampler, people } = parts;
  const { sim } = world;
  const { seed } = parts.inputs;
  const edge = world.edges[0] as Address;
  const ratio = (a: number, b: number) => (b === 0 ? 0 : a / b);
  const stands = standings(parts);
  const { busy, available, up, departures, abruptDepartures } = parts.atEnd ?? closing(parts);
  const audit = sim.actors.get(AUDITOR)?.state as ChartState<AuditorContext> | undefined;
  const metrics: Record<string, number> = {
    demands: collector.demands,
    asks: collector.asks,
    settled: collector.settled,
    failed: collector.failed,
    refused: collector.refused,
    activeContributors: stands.active,
    suspended: stands.suspended,
    tasks: world.guarded ? settlement.accepted : runner.executions,
    executions: runner.executions,
    redundancy: ratio(runner.executions, world.guarded ? settlement.accepted : runner.executions),
    wrongDigests: runner.wrongDigests + world.stage.lies,
    wrongAccepted: settlement.wrongAccepted,
    wrongFinal: settlement.wrongFinal,
    corrections: settlement.corrections,
    acceptedErrorRate: ratio(settlement.wrongFinal, settlement.accepted),
    acceptedErrorAtDelivery: ratio(settlement.wrongAccepted, settlement.accepted),
    wrongPaid: settlement.wrongPaid,
    ...acceptedErrors(settlement),
    slashed: people.slashed,
    preempted: people.preempted,
    stragglersReplaced: people.stragglers,
    attemptsLost: collector.attemptsLost,
    servedVcu: accounts.reduce((sum, { spent }) => sum + spent, 0),
    commonsVcu: toVcu(shadow.minted - shadow.burned),
    ...waits(parts, accounts),
    queueMean: sampler.meanQueue(),
    ...fairness(parts, accounts),
    ...overheads(parts),
    ...(parts.cheatedAtEnd ?? adversaryMetrics(parts)),
    mintedVcu: toVcu(shadow.minted),
    burnedVcu: toVcu(shadow.burned),
    disputes: audit?.context.disputed ?? 0,
    availability: up / world.nodes.length,
    utilisation: ratio(busy, available),
    departures,
    abruptDepartures,
    messages: sim.messages,
    duplicatesDropped: sim.duplicatesDropped,
    deadLetters: sim.deadLetters,
    deliveries: sim.deliveries,
    ...rewardMetrics(world),
    ...chainMetrics(world, parts.chain),
    ...trainingMetrics(sim, { scenario: world.scenario, seed, edge, trainer: parts.trainer }),
  };
  return Object.fromEntries(Object.entries(metrics).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Wilson's 95 % interval of the share of accepted tasks whose result was wrong. */
function acceptedErrors({ wrongAccepted, accepted }: RunParts["settlement"]) {
  const { low, high } = wilson(wrongAccepted, accepted);
  return { acceptedErrorLow: low, acceptedErrorHigh: high };
}

/** What it takes beside the work that counts, and what travels. */
function overheads({ runner: { costs } }: RunParts) {
  const { verification, churn, transfer, factor, usefulVcu } = costs.total();
  return {
    usefulVcu,
    overheadVerification: verification,
    overheadChurn: churn,
    overheadTransfer: transfer,
    costFactor: factor,
    inputBytes: costs.inputBytes,
    transferMeanS: costs.fetchUs / Math.max(1, costs.fetches) / SECOND_US,
    outputBytes: costs.outputBytes,
  };
}

function standings({ world }: RunParts): { active: number; suspended: number } {
  let active = 0;
  let suspended = 0;
  for (const at of world.contributors) {
    const state = world.sim.actors.get(at)?.state as { at: string } | undefined;
    if (state?.at === "active") active++;
    else if (state?.at === "suspended") suspended++;
  }
  return { active, suspended };
}

function builtIn(name: (typeof builtInChecks)[number], parts: RunParts): CheckResult {
  const { world, findings, injector } = parts;
  const { scenario, sim } = world;
  switch (name) {
    case "unhandled": {
      const value = [...sim.unhandled]
        .filter(([what]) => !scenario.allowUnhandled.includes(what))
        .reduce((sum, [, count]) => sum + count, 0);
      return { name, value, bound: "= 0 unhandled messages", pass: value === 0 };
    }
    case "faults-fired": {
      const silent = injector.records.filter(({ fired }) => fired === 0).length;
      return { name, value: silent, bound: "= 0 faults that never happened", pass: silent === 0 };
    }
    case "adversaries-acted": {
      const { idle } = world.stage;
      return { name, value: idle, bound: "= 0 idle adversaries", pass: idle === 0 };
    }
    default: {
      const value = findings.count(name);
      return { name, value, bound: "= 0 violations", pass: value === 0 };
    }
  }
}

function declared(check: Check, metrics: Readonly<Record<string, number>>): CheckResult {
  const value = metrics[check.metric];
  if (value === undefined) {
    const known = Object.keys(metrics);
    throw new ScenarioError(
      `checks: there is no metric "${check.metric}"; did you mean ` +
        `"${nearest(check.metric, known)}"?`,
      "checks.metric",
      known,
    );
  }
  const { min, max } = check;
  const bound = [
    ...(min === undefined ? [] : [`>= ${min}`]),
    ...(max === undefined ? [] : [`<= ${max}`]),
  ].join(" and ");
  const pass = (min === undefined || value >= min) && (max === undefined || value <= max);
  return { name: check.metric, value, bound, pass };
}

/** One, two, five and so on, from a millisecond to ten days; counts between, in seconds. */
function waitHistogram({ collector }: RunParts): Histogram {
  const bounds: number[] = [0];
  for (let decade = 1_000; decade < 1e12; decade *= 10) {
    bounds.push(decade, 2 * decade, 5 * decade);
  }
  return {
    name: "waiting time",
    unit: "s",
    bounds: bounds.map((us) => us / SECOND_US),
    counts: collector.wait.countsBetween(bounds),
  };
}

function thinned(accounts: ReadonlyArray<Account>): RunResult["contributors"] {
  const step = Math.max(1, Math.ceil(accounts.length / POINTS_MAX));
  return accounts.filter((_, i) => i % step === 0);
}
