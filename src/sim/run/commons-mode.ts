/** What a network's rule for commons work means to its edges and to its contributors. */
import type { EdgeInput } from "../../actors/edge/state.ts";
import type { Scenario } from "../scenario/schema.ts";

type Mode = Scenario["commons"]["mode"];

/** Whoever lacks credit for a job says so to its machines, and these to the edge. */
export function earning(mode: Mode): { readonly earns?: boolean } {
  return mode === "needy" ? { earns: true } : {};
}

/** To an edge a machine that has to earn is a newcomer's, whatever the reason. */
export function edgeMode(mode: Mode): EdgeInput["commons"]["mode"] {
  return mode === "needy" ? "probation" : mode;
}
