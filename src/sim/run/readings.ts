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
import { quantileOf } from "../metrics/shares.ts";
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
  const values = (owners: ReadonlyArray<Address>) =>
    owners.slice(0, OWNERS_MAX).map((owner) => {
      const checks = names.map((at) => {
        const { state } = world.sim.actor(at);
        const { context } = state as ChartState<VerifierContext<CredibilityState>>;
        return survived(context.policy, owner);
      });
      return credibilityOf(Math.max(0, ...checks), f);
    });
  const reading = (name: string, owners: ReadonlyArray<Address>, q: number): Reading => ({
    name,
    unit: "credibility",
    read: () => quantileOf(values(owners), q),
  });
  return [
    reading("least of honest owners", honest, 0),
    reading("median of honest owners", honest, 0.5),
    reading("greatest of honest owners", honest, 1),
    ...(bad.length === 0
      ? []
      : [reading("median of adversaries", bad, 0.5), reading("greatest of adversaries", bad, 1)]),
  ];
}
