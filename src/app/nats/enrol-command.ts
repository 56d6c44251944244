/** `pingo gateway enrol`: an invitation for another machine; `expel`: its end. */
import { resolve } from "node:path";
import type { Principal } from "../../adapters/nats/names.ts";
import type { Trust } from "../../adapters/nats/trust.ts";
import { DenyList } from "../gateway/deny-list.ts";
import { nowUs } from "../gateway/guard.ts";
import { localFiles } from "../gateway/local-files.ts";
import { EDGE } from "../live/plan.ts";
import { defaultFolder, openStateFolder } from "../live/state-folder.ts";
import { CommandError, Exit } from "../outcome.ts";
import { print, printJson } from "../terminal/print.ts";
import { writeInvitation } from "./invitation.ts";
import { inWords } from "./keep-going.ts";
import { addMachine, networkKeys, removeMachine } from "./members.ts";
import { admitOne, expelOne, knownTrust } from "./operator-keys.ts";
import { publishFirst } from "./publish-settings.ts";

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
  const trust = operatorsTrust(folder);
  demandWelcome(flags, owner);
  openStateFolder(folder, 0);
  takeUp(folder);
  const url = flags.nats;
  const admit = async () => {
    const credentials = await admitOne({ folder, url }, trust, owner);
    await publishFirst({ folder, url }, trust, openStateFolder(folder, 0).config);
    return credentials;
  };
  const credentials = await admit().catch((error: unknown) => {
    throw inWords(error);
  });
  const out = resolve(flags.out ?? `${name}.invitation`);
  writeInvitation(out, { role, name, url, credentials, network: networkKeys(folder) });
  if (flags.json === true) printJson({ invitation: out, role, name });
  else print(`${out}: bring it to the machine of ${role} ${name} over a channel that you trust.`);
  return Exit.fine;
}

export function operatorsTrust(folder: string): Trust {
  const trust = knownTrust(folder);
  if (trust !== undefined) return trust;
  throw new CommandError(`${folder} has no operator's keys; make them with pingo nats init`);
}

/** Who was expelled is not let in again by mistake. */
function demandWelcome(flags: EnrolFlags, { role, id }: Principal): void {
  const denials = new DenyList(localFiles(flags).denyList).list();
  const found = denials.find(({ kind, value }) => kind === role && value === id);
  if (found === undefined) return;
  throw new CommandError(
    `${role} ${id} was expelled: ${found.reason}; to let it in again: ` +
      `pingo gateway deny remove ${role} ${id}`,
    { code: "expelled", field: "name" },
  );
}

export interface ExpelFlags {
  readonly nats: string;
  readonly reason: string;
  readonly dir?: string;
  readonly json?: boolean;
}

/** Its key counts no more, its connection ends, and its name is kept with the reason. */
export async function expelPart(
  principal: Principal & { readonly role: "node" | "edge" },
  flags: ExpelFlags,
): Promise<Exit> {
  const { role, id } = principal;
  const { nats: url, reason } = flags;
  const folder = flags.dir ?? defaultFolder();
  const trust = operatorsTrust(folder);
  const known = await expelOne({ folder, url }, trust, principal).catch((error: unknown) => {
    throw inWords(error);
  });
  if (!known) {
    throw new CommandError(`no ${role} ${id} is let in here; see the machines of network.yaml`, {
      field: "name",
    });
  }
  const denial = { kind: role, value: id, reason, sinceUs: nowUs(), untilUs: null };
  new DenyList(localFiles(flags).denyList).add(denial);
  if (role === "node") removeMachine(folder, id);
  if (flags.json === true) printJson({ expelled: denial });
  else print(`The ${role} ${id} is cut off: ${reason}. What it held goes to others.`);
  return Exit.fine;
}
