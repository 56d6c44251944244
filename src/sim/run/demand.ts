/** Who asks for how much: demand in proportion to what one is expected to give. */
import type { Address } from "../../kernel/address.ts";
import type { Region } from "../scenario/faults.ts";
import type { WorkloadContext } from "../workload/workload.ts";
import type { RunInputs } from "./inputs.ts";
import type { World } from "./world.ts";

/** All that an arrival process must know, but the content of a trace. */
export function demandOf(inputs: RunInputs, world: World): Omit<WorkloadContext, "trace"> {
  const { scenario, machinery, contributors, owners, places } = world;
  const executions = inputs.demandExecutions ?? world.executions;
  const perContributor = scenario.nodesPerContributor;
  const own = new Float64Array(contributors.length);
  for (const [machine, mflops] of machinery.expectedMflops.entries()) {
    const at = Math.floor(machine / perContributor);
    own[at] = (own[at] as number) + mflops;
  }
  const capacity = own.reduce((sum, each) => sum + each, 0);
  const weights = withAdversaries(own, world, capacity / owners);
  const regions = regionsOf(world);
  return {
    seed: inputs.seed,
    startUs: world.startUs,
    requesters: {
      weights,
      regions,
      region: Uint32Array.from(contributors, (_, c) => {
        const machine = machineOf(world, c);
        const region = places.regionOfSite[places.siteOfMachine[machine] as number] as Region;
        return regions.findIndex(({ name }) => name === region);
      }),
    },
    // A task that several owners must agree on takes that many runs of the same size.
    capacityMflops: capacity / executions,
    contributors: contributors.length,
  };
}

/** Where a contributor lives: at its first machine, or at the place of one who has none. */
function machineOf({ contributors, cast, owners, scenario }: World, c: number): number {
  const part = cast.identityOf.get(contributors[c] as Address)?.parts[0];
  if (part !== undefined) return part.machine;
  return c < owners ? c * scenario.nodesPerContributor : scenario.nodes + c - owners;
}

/**
 * What adversaries ask for: a multiple of what they would if honest, divided among their names.
 * Who has no machine of account is measured by the mean.
 */
function withAdversaries(own: Float64Array, { contributors, cast }: World, mean: number) {
  return own.map((honest, c) => {
    const at = contributors[c] as Address;
    const member = cast.memberOf.get(at);
    if (member === undefined) return honest;
    const { adversary, owner } = member;
    const isBare = owner === undefined || adversary.kind === "token";
    const whole = isBare ? mean : (own[owner] as number);
    return whole * adversary.demand * (cast.identityOf.get(at)?.demandShare ?? 1);
  });
}

/** Continents that have machines, each with the mean local time of its machines. */
function regionsOf({ places }: World): ReadonlyArray<{ name: Region; utcOffsetMinutes: number }> {
  const sums = new Map<Region, { minutes: number; machines: number }>();
  for (const site of places.siteOfMachine) {
    const region = places.regionOfSite[site] as Region;
    const sum = sums.get(region) ?? { minutes: 0, machines: 0 };
    sum.minutes += places.offsetOfSite[site] as number;
    sum.machines += 1;
    sums.set(region, sum);
  }
  return [...sums]
    .map(([name, { minutes, machines }]) => ({
      name,
      utcOffsetMinutes: Math.round(minutes / machines),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
