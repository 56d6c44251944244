/** Who asks for how much: demand in proportion to what one is expected to give. */
import type { Region } from "../scenario/faults.ts";
import type { WorkloadContext } from "../workload/workload.ts";
import type { RunInputs } from "./inputs.ts";
import type { World } from "./world.ts";

/** All that an arrival process must know, but the content of a trace. */
export function demandOf(inputs: RunInputs, world: World): Omit<WorkloadContext, "trace"> {
  const { scenario, machinery, contributors, honest, places } = world;
  const executions = inputs.demandExecutions ?? world.executions;
  const perContributor = scenario.nodesPerContributor;
  const weights = new Float64Array(contributors.length);
  for (const [machine, mflops] of machinery.expectedMflops.entries()) {
    const at = Math.floor(machine / perContributor);
    weights[at] = (weights[at] as number) + mflops;
  }
  const capacity = weights.reduce((sum, each) => sum + each, 0);
  const wanted = scenario.adversaries.reduce((sum, each) => sum + each.demand * each.share, 0);
  const share = scenario.adversaries.reduce((sum, each) => sum + each.share, 0);
  const riderWeight = share === 0 ? 0 : (capacity / honest) * (wanted / share);
  weights.fill(riderWeight, honest);
  const regions = regionsOf(world);
  return {
    seed: inputs.seed,
    startUs: world.startUs,
    requesters: {
      weights,
      regions,
      region: Uint32Array.from(contributors, (_, c) => {
        const machine = c < honest ? c * perContributor : scenario.nodes + c - honest;
        const region = places.regionOfSite[places.siteOfMachine[machine] as number] as Region;
        return regions.findIndex(({ name }) => name === region);
      }),
    },
    // A task that several owners must agree on takes that many runs of the same size.
    capacityMflops: capacity / executions,
    contributors: contributors.length,
  };
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
