/** `pingo gateway enrol`: an invitation for another machine. */
import { resolve } from "node:path";
import type { Principal } from "../../adapters/nats/names.ts";
import { EDGE } from "../live/plan.ts";
import { defaultFolder, openStateFolder } from "../live/state-folder.ts";
import { CommandError, Exit } from "../outcome.ts";
import { print, printJson } from "../terminal/print.ts";
import { writeInvitation } from "./invitation.ts";
import { inWords } from "./keep-going.ts";
import { addMachine, networkKeys } from "./members.ts";
import { admitOne, knownTrust } from "./operator-keys.ts";

export interface EnrolFlags {
  readonly nats: string;
  readonly dir?: string;
  readonly out?: string;
  readonly json?: boolean;
}

export interface EnrolNodeFlags extends EnrolFlags {
  readonly owner: string;
  readonly slots?: number;
  readonly slotMflops?: number;
}

export async function enrolNode(node: string, flags: EnrolNodeFlags): Promise<Exit> {
  const { owner, slots, slotMflops } = flags;
  return await enrol({ role: "node", id: node }, flags, (folder) => {
    addMachine(folder, { node, owner, slots, slotMflops });
  });
}

export async function enrolEdge(edge: string, flags: EnrolFlags): Promise<Exit> {
  if (edge !== EDGE) {
    throw new CommandError(`contributors know one edge, ${EDGE}; give it this name`, {
      field: "name",
      allowed: [EDGE],
    });
  }
  return await enrol({ role: "edge", id: edge }, flags, () => {});
}

async function enrol(
  owner: Principal & { readonly role: "node" | "edge" },
  flags: EnrolFlags,
  takeUp: (folder: string) => void,
): Promise<Exit> {
  const { role, id: name } = owner;
  const folder = flags.dir ?? defaultFolder();
  if (!/^[a-z0-9-]{1,40}$/.test(name)) {
    throw new CommandError(`"${name}" is no name; use lower case letters, digits and dashes`);
  }
  const trust = knownTrust(folder);
  if (trust === undefined) {
    throw new CommandError(`${folder} has no operator's keys; make them with pingo nats init`);
  }
  openStateFolder(folder, 0);
  takeUp(folder);
  const url = flags.nats;
  const credentials = await admitOne({ folder, url }, trust, owner).catch((error: unknown) => {
    throw inWords(error);
  });
  const out = resolve(flags.out ?? `${name}.invitation`);
  writeInvitation(out, { role, name, url, credentials, network: networkKeys(folder) });
  if (flags.json === true) printJson({ invitation: out, role, name });
  else print(`${out}: bring it to the machine of ${role} ${name} over a channel that you trust.`);
  return Exit.fine;
}
