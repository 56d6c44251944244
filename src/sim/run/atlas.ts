/** Where the machines stand and what travels between them and their edges, for a map. */
import type { Atlas } from "./result.ts";
import type { World } from "./world.ts";

/** Arcs that a map shows. */
const FLOWS_MAX = 60;

/** `bytes` by machine, both ways; `hosts` is the network host of the edge that each one uses. */
export function atlasOf(
  { places, nodes, edges, hostOfEdge }: World,
  bytes: Float64Array,
  hosts: Uint32Array,
): Atlas {
  const { sites, siteOfMachine, siteOfEdge } = places;
  const machines = sites.map(() => 0);
  const flows = new Map<string, { from: number; to: number; bytes: number }>();
  for (let h = 0; h < nodes.length; h++) {
    const to = siteOfMachine[h] as number;
    machines[to] = (machines[to] as number) + 1;
    const from = siteOfEdge[hostOfEdge.indexOf(hosts[h] as number)];
    const moved = bytes[h] as number;
    if (from === undefined || moved === 0 || from === to) continue;
    const key = `${from}-${to}`;
    const flow = flows.get(key) ?? { from, to, bytes: 0 };
    flow.bytes += moved;
    flows.set(key, flow);
  }
  return {
    cities: sites.map(({ name, latitude, longitude }, i) => ({
      name,
      latitude,
      longitude,
      machines: machines[i] as number,
      edges: siteOfEdge.filter((site) => site === i).length,
    })),
    edges: edges.length,
    flows: [...flows.values()]
      .sort((a, b) => b.bytes - a.bytes || a.from - b.from || a.to - b.to)
      .slice(0, FLOWS_MAX),
  };
}
