/** From a member's part to the behaviours of its actors. */
import type { ContributorContext } from "../../actors/contributor/state.ts";
import type { NodeContext } from "../../actors/node/state.ts";
import type { AnyBehaviour } from "../../kernel/behaviour.ts";
import { demandInflater, hoarder } from "./asker.ts";
import { type Bend, bent } from "./bend.ts";
import { capacityFaker, coordinateLiar } from "./claims.ts";
import { copier } from "./copier.ts";
import { freeRider } from "./free-rider.ts";
import { idler, stragglerFlood } from "./idler.ts";
import { checkRecogniser, colluder, liar, lowQuality, saboteur } from "./liar.ts";
import { cherryPicker, epochBuncher } from "./picker.ts";
import { acted, type Role } from "./role.ts";
import { rotator, whitewasher } from "./rotation.ts";
import { selfDealerAsks, selfDealerWorks } from "./self-dealer.ts";
import { slowRoller } from "./slow-roller.ts";
import { sharedDraw } from "./stage.ts";

/** The contributor's software as this adversary has it; the honest one for most. */
export function contributorBehaviour(honest: AnyBehaviour, role: Role): AnyBehaviour {
  if (role.member.adversary.kind === "free-rider") return freeRider(honest, () => acted(role));
  const bend = askingOf(role);
  return bend === undefined ? honest : bent(honest, bend);
}

function askingOf(role: Role): Bend<ContributorContext> | undefined {
  const { adversary } = role.member;
  switch (adversary.kind) {
    case "hoarder":
      return hoarder(role, adversary);
    case "demand-inflater":
      return demandInflater(role, adversary);
    case "self-dealer":
      return selfDealerAsks(role);
    case "rotator":
      return rotator(role, adversary);
    case "whitewasher":
      return whitewasher(role, adversary);
    default:
      return undefined;
  }
}

/** A node's software as this adversary has it. */
export function nodeBehaviour(honest: AnyBehaviour, role: Role): AnyBehaviour {
  return bent(honest, workingOf(role));
}

function workingOf(role: Role): Bend<NodeContext> {
  const { adversary } = role.member;
  switch (adversary.kind) {
    case "idler":
      return idler(role, adversary);
    case "straggler-flood":
      return stragglerFlood(role, adversary);
    case "slow-roller":
      return slowRoller(role, adversary);
    case "low-quality":
      return lowQuality(role, adversary);
    case "colluder":
      return colluder(role, adversary);
    case "saboteur":
      return saboteur(role, adversary);
    case "check-recogniser":
      return checkRecogniser(role, adversary);
    case "copier":
      return copier(role, adversary);
    case "cherry-picker":
      return cherryPicker(role, adversary);
    case "epoch-buncher":
      return epochBuncher(role, adversary);
    case "self-dealer":
      return selfDealerWorks(role, adversary);
    case "capacity-faker":
      return capacityFaker(role, adversary);
    case "coordinate-liar":
      return coordinateLiar(role, adversary);
    case "whitewasher": {
      const { seed } = role.stage;
      const lies = (content: string) => sharedDraw(content, seed) < adversary.chance;
      return liar(role, { lies, isShared: false, computes: false });
    }
    default:
      return present(role);
  }
}

/** Kinds whose deed is to be there, under many names or with little. */
function present(role: Role): Bend<NodeContext> {
  const isDeed = ["token", "sybil-split", "sybil-one-cpu", "invitation-farmer"].includes(
    role.member.adversary.kind,
  );
  return {
    after: (commands, delivery) => {
      if (isDeed && delivery.type === "Welcome") acted(role);
      return commands;
    },
  };
}
