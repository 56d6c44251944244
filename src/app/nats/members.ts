/** Takes machines of others up into the network's file, and notices when another process did. */
import { unwatchFile, watchFile } from "node:fs";
import { join } from "node:path";
import { isMap, isSeq, parseDocument } from "yaml";
import { readText } from "../files.ts";
import { writePrivate } from "../gateway/private-file.ts";
import { type NetworkConfig, networkConfig, parseNetworkFile } from "../live/config.ts";
import { CommandError } from "../outcome.ts";

export interface NewMachine {
  readonly node: string;
  readonly owner: string;
  readonly slots?: number | undefined;
  readonly slotMflops?: number | undefined;
}

const POLL_MS = 500;

function networkFile(folder: string): string {
  return join(folder, "network.yaml");
}

/** Keys of the file as they are written there: what an invitation carries. */
export function networkKeys(folder: string): Readonly<Record<string, unknown>> {
  const file = networkFile(folder);
  return parseNetworkFile(readText(file, "the network file"), file);
}

/** Comments of the file stay. A machine that is there already keeps its owner. */
export function addMachine(folder: string, machine: NewMachine): void {
  const file = networkFile(folder);
  const text = readText(file, "the network file");
  const config = networkConfig(parseNetworkFile(text, file), file);
  const known = config.machines.find(({ node }) => node === machine.node);
  if (known !== undefined) {
    if (known.owner === machine.owner) return;
    throw new CommandError(
      `machine ${machine.node} is ${known.owner}'s already; give the new one another name`,
      { code: "taken", field: "name" },
    );
  }
  const document = parseDocument(text);
  if (!isMap(document.contents))
    throw new CommandError(`${file} holds no keys; write machines: []`);
  const given = Object.fromEntries(Object.entries(machine).filter(([, v]) => v !== undefined));
  const machines = document.get("machines");
  if (isSeq(machines)) {
    machines.flow = false;
    machines.add(document.createNode(given));
  } else document.set("machines", [given]);
  const next = document.toString();
  // what cannot be read back is not written
  networkConfig(parseNetworkFile(next, file), file);
  writePrivate(file, next);
}

/** Comments of the file stay; false when no machine has this name. */
export function removeMachine(folder: string, node: string): boolean {
  const file = networkFile(folder);
  const document = parseDocument(readText(file, "the network file"));
  const machines = document.get("machines");
  if (!isSeq(machines)) return false;
  const at = machines.items.findIndex((each) => isMap(each) && each.get("node") === node);
  if (at < 0) return false;
  machines.delete(at);
  writePrivate(file, document.toString());
  return true;
}

/** Calls when the file says something else than before; one that cannot be read says nothing. */
export function watchMembers(
  folder: string,
  heard: (config: NetworkConfig) => void,
): { readonly stop: () => void } {
  const file = networkFile(folder);
  const look = () => {
    try {
      heard(networkConfig(networkKeys(folder), file));
    } catch {
      // half an edit of a person: the next one will do
    }
  };
  watchFile(file, { interval: POLL_MS }, look);
  return { stop: () => unwatchFile(file, look) };
}
