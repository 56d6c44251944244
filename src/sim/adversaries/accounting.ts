/**
 * What cheating brought: service, pay and profit of all adversaries together, each against what
 * the honest got for the same work of their machines. Amounts in VCU, for reports only.
 *
 * Work is counted where it is really done, on machines, in vain or not: claims, names and time
 * online do not enter. A VCU of work costs its owner 0.8 credit (mechanisms, escrow break-even).
 * A run takes the sums when the scenario's time is over: in the liveness phase nobody cheats, and
 * what the same machines earn by honest work then is not what cheating brought.
 */
import type { Address } from "../../kernel/address.ts";
import { MFLOP_PER_VCU, toVcu } from "../../kernel/credit.ts";
import type { ShadowAccount } from "../checkers/shadow-account.ts";
import type { RunParts } from "../run/parts.ts";

/** Credit that an owner gives for computing a VCU: electricity and wear. */
const COST = 0.8;

interface Sum {
  /** Service that was of use to whoever asked for it. */
  service: number;
  /** Rewards, cleared or not. */
  paid: number;
  /** Service, and credit that is left; debts are left behind. */
  worth: number;
  /** Work of the machines. */
  worked: number;
}

const nobody = (): Sum => ({ service: 0, paid: 0, worth: 0, worked: 0 });

/** Undefined metrics are left out: without adversaries there is nothing to account for. */
export function adversaryMetrics(parts: RunParts): Record<string, number> {
  const { members } = parts.world.cast;
  if (members.length === 0) return {};
  const { attackers, honest } = sumsOf(parts);
  const per = (a: number, b: number) => (b > 0 ? a / b : 0);
  const against = (a: number, b: number) => per(per(a, attackers.worked), per(b, honest.worked));
  const profit = attackers.worth - COST * attackers.worked;
  const honestProfit = per(honest.worth - COST * honest.worked, honest.worked);
  return {
    attackerGain: against(attackers.service, honest.service),
    attackerPaid: against(attackers.paid, honest.paid),
    attackerServicePerEarned: per(attackers.service, attackers.paid),
    attackerPaidVcu: attackers.paid,
    attackerWorkedVcu: attackers.worked,
    attackerProfitVcu: profit,
    attackerAdvantageVcu: profit - honestProfit * capacityInWork(parts, attackers, honest),
  };
}

function sumsOf({ world, shadow, runner }: RunParts): {
  readonly attackers: Sum;
  readonly honest: Sum;
} {
  const [attackers, honest] = [nobody(), nobody()];
  const { cast, sim, contributors } = world;
  for (const at of contributors) {
    const member = cast.memberOf.get(at);
    const account = shadow.accounts.get(at);
    const sum = member === undefined ? honest : attackers;
    if (account !== undefined) add(sum, account, needed(member?.adversary));
  }
  const owners = ownersOfNodes(world);
  for (const [at, owner] of owners) {
    const node = sim.actors.get(at);
    const mflop = node === undefined ? 0 : (runner.computedBy.get(node) ?? 0);
    (cast.memberOf.has(owner) ? attackers : honest).worked += mflop / MFLOP_PER_VCU;
  }
  return { attackers, honest };
}

function add(sum: Sum, account: ShadowAccount, share: number): void {
  const spent = toVcu(account.spent);
  sum.service += spent * share;
  sum.paid += toVcu(account.verified);
  sum.worth += spent * share + Math.max(0, toVcu(account.balance)) + toVcu(account.uncleared);
}

/** Share of what it asks for that is of use to it. */
function needed(adversary: RunParts["world"]["cast"]["members"][number]["adversary"] | undefined) {
  return adversary?.kind === "demand-inflater" ? 1 / Math.max(1, adversary.factor) : 1;
}

function ownersOfNodes(world: RunParts["world"]): ReadonlyArray<readonly [Address, Address]> {
  const first = world.nodes.map((at, machine) => [at, world.ownerOf(machine)] as const);
  return [...first, ...world.cast.moreParts.map(({ node, owner }) => [node, owner] as const)];
}

/** What the attackers' machines would have worked if they were honest ones. */
function capacityInWork({ world }: RunParts, attackers: Sum, honest: Sum): number {
  const { cast, machinery, scenario } = world;
  let [theirs, others] = [0, 0];
  const owners = new Set(cast.members.flatMap(({ owner }) => (owner === undefined ? [] : [owner])));
  for (const [machine, mflops] of machinery.expectedMflops.entries()) {
    const owner = Math.floor(machine / scenario.nodesPerContributor);
    if (owners.has(owner)) theirs += mflops;
    else others += mflops;
  }
  return others > 0 ? (honest.worked * theirs) / others : attackers.worked;
}
