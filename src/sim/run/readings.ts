/** Quantities over time that only some runs have: adversaries' accounts, credibility of owners. */
import type { VerifierContext } from "../../actors/verifier/state.ts";
import { type Address, address } from "../../kernel/address.ts";
import type { ChartState } from "../../kernel/chart.ts";
import { toVcu } from "../../kernel/credit.ts";
import {
  type CredibilityState,
  credibility,
  survived,
} from "../../policies/verification/credibility.ts";
import { credibilityOf } from "../../policies/verification/group-credibility.ts";
import type { ShadowLedger } from "../checkers/shadow-ledger.ts";
import type { Reading } from "../metrics/sampler.ts";
import { quantileOfRanked } from "../metrics/shares.ts";
import { choosePolicy, verificationPolicies } from "./policy-table.ts";
import type { World } from "./world.ts";

/** Owners of a class that a point of a series looks at. */
const OWNERS_MAX = 500;

export function readingsOf(world: World, shadow: ShadowLedger): ReadonlyArray<Reading> {
  const bad = world.contributors.filter((at) => world.cast.memberOf.has(at));
  return [...accountsOver(shadow, bad), ...credibilityOver(world, bad)];
}

/** What adversaries were paid and what they were served: the second beyond the first is profit. */
function accountsOver(shadow: ShadowLedger, bad: ReadonlyArray<Address>): ReadonlyArray<Reading> {
  if (bad.length === 0) return [];
  const sum = (key: "earned" | "spent") => () =>
    bad.reduce((total, at) => total + toVcu(shadow.accounts.get(at)?.[key] ?? 0n), 0);
  return [
    { name: "adversaries earned", unit: "VCU", read: sum("earned") },
    { name: "adversaries were served", unit: "VCU", read: sum("spent") },
  ];
}

/** Only the credibility rule counts survived checks. */
function credibilityOver(world: World, bad: ReadonlyArray<Address>): ReadonlyArray<Reading> {
  const { verification } = world.scenario.policies;
  if (verification.rule !== credibility.name) return [];
  const { params } = choosePolicy("verification", verificationPolicies, verification);
  const { f } = params as { readonly f: number };
  const names = Array.from({ length: world.scenario.verifiers }, (_, v) =>
    address("verifier", `v${v}`),
  );
  const honest = world.contributors.filter((at) => !world.cast.memberOf.has(at));
  /** Ascending; worked out once for all that is read at one time. */
  const ranking = (owners: ReadonlyArray<Address>): (() => ReadonlyArray<number>) => {
    const some = owners.slice(0, OWNERS_MAX);
    let atUs = -1;
    let ranked: ReadonlyArray<number> = [];
    return () => {
      if (atUs === world.sim.nowUs) return ranked;
      atUs = world.sim.nowUs;
      const states = names.map((at) => {
        const { state } = world.sim.actor(at);
        return (state as ChartState<VerifierContext<CredibilityState>>).context.policy;
      });
      ranked = some
        .map((owner) => credibilityOf(mostSurvived(states, owner), f))
        .sort((x, y) => x - y);
      return ranked;
    };
  };
  const reading = (name: string, of: () => ReadonlyArray<number>, q: number): Reading => ({
    name,
    unit: "credibility",
    read: () => quantileOfRanked(of(), q),
  });
  const ofHonest = ranking(honest);
  const ofBad = ranking(bad);
  return [
    reading("least of honest owners", ofHonest, 0),
    reading("median of honest owners", ofHonest, 0.5),
    reading("greatest of honest owners", ofHonest, 1),
    ...(bad.length === 0
      ? []
      : [
          reading("median of adversaries", ofBad, 0.5),
          reading("greatest of adversaries", ofBad, 1),
        ]),
  ];
}

function mostSurvived(states: ReadonlyArray<CredibilityState>, owner: Address): number {
  let most = 0;
  for (const state of states) most = Math.max(most, survived(state, owner));
  return most;
}
