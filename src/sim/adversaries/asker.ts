/**
 * Strategies of asking: the hoarder saves its demands for one burst, the demand inflater asks for
 * more than it needs. What they need is what their people wanted: only that counts as service.
 */
import type { DemandArrived } from "../../actors/contributor/messages.ts";
import type { ContributorContext } from "../../actors/contributor/state.ts";
import { isPort, portAddress } from "../../kernel/address.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { AdversaryOf } from "../scenario/adversaries.ts";
import { altered, type Bend, later } from "./bend.ts";
import { acted, type Role } from "./role.ts";

const requester = portAddress("requester");

function demandIn(delivery: Delivery): DemandArrived | undefined {
  return delivery.type === "DemandArrived" ? (delivery.message as DemandArrived) : undefined;
}

export function hoarder(role: Role, { saveFor }: AdversaryOf<"hoarder">): Bend<ContributorContext> {
  const { startUs, endUs } = role.stage;
  const burstUs = Math.min(startUs + saveFor, endUs);
  return {
    before: (delivery) => {
      const demand = demandIn(delivery);
      if (demand === undefined) return delivery;
      if (!isPort(delivery.from)) return altered(delivery, demand, requester);
      if (role.stage.isOver || delivery.atUs >= burstUs) return delivery;
      acted(role);
      return later(`demand/${demand.demand}`, delivery, burstUs - delivery.atUs);
    },
  };
}

export function demandInflater(
  role: Role,
  { factor }: AdversaryOf<"demand-inflater">,
): Bend<ContributorContext> {
  return {
    before: (delivery) => {
      const demand = demandIn(delivery);
      if (demand === undefined || role.stage.isOver) return delivery;
      const { tasks } = demand;
      const count = Math.min(role.limits.tasksPerJob, Math.round(tasks.length * factor));
      if (count <= tasks.length) return delivery;
      acted(role);
      const more = Array.from({ length: count }, (_, i) => tasks[i % tasks.length] as number);
      const inflated: DemandArrived = { ...demand, tasks: more };
      return altered(delivery, inflated);
    },
  };
}
