/**
 * Under which name each adversary is known now: it wakes the nodes of all names that a machine
 * shows at once, and moves those that leave a name behind on to the next.
 */
import type { Address } from "../../kernel/address.ts";
import { Down, type Hosted } from "../core/hosted.ts";
import type { Simulator } from "../core/simulator.ts";
import type { Machines } from "../environment/machines.ts";
import { SharedCpu } from "../environment/shared-cpu.ts";
import type { NodePlace, Power } from "../run/expected-capacity.ts";
import type { Cast, Member } from "./cast.ts";
import type { Stage } from "./stage.ts";

interface Parts {
  readonly sim: Simulator;
  readonly cast: Cast;
  readonly stage: Stage;
}

export class Names {
  private readonly sim: Simulator;
  private readonly cast: Cast;
  private readonly machines: Machines;
  /** Place of the present name in a chain of names. */
  private readonly present = new Map<Member, number>();

  constructor({ sim, cast, stage }: Parts, machines: Machines) {
    this.sim = sim;
    this.cast = cast;
    this.machines = machines;
    stage.rotate = (contributor) => this.rotate(contributor);
    for (const member of cast.members) {
      if (member.isChain) this.rest(member);
      else this.showAll(member);
    }
  }

  /** The contributor that asks when this one's people want something. */
  now(contributor: Hosted): Hosted {
    const member = this.cast.memberOf.get(contributor.address);
    const place = member === undefined ? undefined : this.present.get(member);
    const identity = place === undefined ? undefined : member?.identities[place];
    return identity === undefined ? contributor : this.sim.actor(identity.contributor);
  }

  /** Later names of a chain do nothing until their turn comes. */
  private rest(member: Member): void {
    this.present.set(member, 0);
    for (const { parts } of member.identities.slice(1)) {
      for (const { node } of parts) this.sim.actor(node).down |= Down.off;
    }
  }

  private showAll({ identities }: Member): void {
    if (identities.length < 2) return;
    for (const [i, { machine }] of (identities[0]?.parts ?? []).entries()) {
      const nodes = identities.flatMap(({ parts }) => parts[i]?.node ?? []);
      this.machines.share(
        machine,
        nodes.map((at) => this.sim.actor(at)),
      );
    }
  }

  /** False when the contributor is not its member's present name, or the last one. */
  private rotate(contributor: Address): boolean {
    const member = this.cast.memberOf.get(contributor);
    const place = member === undefined ? undefined : this.present.get(member);
    if (member === undefined || place === undefined) return false;
    const next = member.identities[place + 1];
    if (next === undefined || member.identities[place]?.contributor !== contributor) return false;
    this.present.set(member, place + 1);
    // After the step in which the member decided so.
    this.sim.schedule(this.sim.nowUs, () => {
      for (const { node, machine } of next.parts) {
        this.machines.become(machine, this.sim.actor(node));
      }
    });
    return true;
  }
}

/** The processor behind each node of machines that are shown as many. */
export function cpusOf({
  sim,
  cast,
  powerOf,
}: Pick<Parts, "sim" | "cast"> & {
  readonly powerOf: (node: NodePlace) => Power;
}): (node: { readonly address: Address }) => SharedCpu | undefined {
  const cpus = new Map<Address, SharedCpu>();
  for (const { adversary, identities } of cast.members) {
    if (adversary.kind !== "sybil-one-cpu") continue;
    for (const [i, { node, machine }] of (identities[0]?.parts ?? []).entries()) {
      const { slots, slotMflops } = powerOf({ address: node, host: machine });
      const cpu = new SharedCpu(sim, { all: slots * slotMflops, slot: slotMflops });
      for (const { parts } of identities) {
        const part = parts[i];
        if (part !== undefined) cpus.set(part.node, cpu);
      }
    }
  }
  return ({ address }) => cpus.get(address);
}
