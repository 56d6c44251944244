/** What the machines of a run can be expected to do, for workloads given as a share of it. */
import type { Address } from "../../kernel/address.ts";
import type { HostModel } from "../hosts/availability.ts";
import type { AvailabilityTrace } from "../hosts/availability-trace.ts";
import { classAvailability, idleShare } from "../hosts/closed-form.ts";
import type { HostsConfig } from "../hosts/config.ts";

/** A node and the machine that it is on. */
export interface NodePlace {
  readonly address: Address;
  readonly host: number;
}

/** What one node offers: slots, and the speed of one in MFLOP per second. */
export interface Power {
  readonly slots: number;
  readonly slotMflops: number;
}

/** MFLOP/s of each machine, its absences and its owner's use taken off; slots and speed as well. */
export interface Machinery {
  readonly slots: Uint16Array;
  readonly slotMflops: Float64Array;
  readonly expectedMflops: Float64Array;
}

export function machinery(
  model: HostModel,
  config: HostsConfig,
  trace: AvailabilityTrace | undefined,
): Machinery {
  const slots = new Uint16Array(model.count);
  const slotMflops = new Float64Array(model.count);
  const expectedMflops = new Float64Array(model.count);
  const free = idleShare(config);
  for (let h = 0; h < model.count; h++) {
    const draw = model.draw(h);
    slots[h] = draw.slots;
    slotMflops[h] = draw.slotMflops;
    const up = availabilityOf(draw.hostClass, config, trace);
    expectedMflops[h] = draw.slots * draw.slotMflops * up * free;
  }
  return { slots, slotMflops, expectedMflops };
}

function availabilityOf(
  hostClass: ReturnType<HostModel["classOf"]>,
  config: HostsConfig,
  trace: AvailabilityTrace | undefined,
): number {
  if (hostClass === "constant") return 1;
  if (hostClass !== "trace") return classAvailability(config, hostClass);
  return trace === undefined ? 1 : meanOf(trace);
}

/** Share of up time over the hosts of a trace, up to its last end. */
function meanOf(trace: AvailabilityTrace): number {
  let up = 0;
  let last = 0;
  for (let i = 0; i < trace.startUs.length; i++) {
    up += (trace.endUs[i] as number) - (trace.startUs[i] as number);
    last = Math.max(last, trace.endUs[i] as number);
  }
  return last === 0 ? 0 : up / (last * trace.hosts.length);
}
