/** The treasurer of a scenario that has a chain. */
import { livePace, type TreasurerInput } from "../../actors/treasurer/state.ts";
import { makeTreasurer } from "../../actors/treasurer/treasurer.ts";
import { type Address, address } from "../../kernel/address.ts";
import type { AnyBehaviour } from "../../kernel/behaviour.ts";
import { rootOfWallets } from "../../policies/rewards/wallet-claims.ts";
import type { ActorSpec } from "../core/simulator.ts";
import type { Scenario } from "../scenario/schema.ts";

export const TREASURER = address("treasurer", "t0");

/** The behaviour of kind `treasurer`; none without a chain. */
export function treasurerBehaviours({ chain }: Scenario): ReadonlyArray<AnyBehaviour> {
  return chain === undefined ? [] : [makeTreasurer({ rootOf: rootOfWallets })];
}

export function treasurerSpecs(
  { chain }: Scenario,
  at: { readonly ledger: Address; readonly host: number },
): ReadonlyArray<ActorSpec> {
  if (chain === undefined) return [];
  const input: TreasurerInput = { ledger: at.ledger, pace: livePace };
  return [{ address: TREASURER, host: at.host, input }];
}
