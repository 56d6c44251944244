/**
 * The folder in which a network of one machine keeps everything, and what it is put together from.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { DeadLetterFile } from "../../adapters/store/dead-letter-file.ts";
import { FileBlobs } from "../../adapters/store/file-blobs.ts";
import { FileJournals } from "../../adapters/store/file-journal.ts";
import { FileLeases } from "../../adapters/store/file-leases.ts";
import { InProcessBus } from "../../live/in-process-bus.ts";
import { readText, writeWhole } from "../files.ts";
import { makePrivateFolder } from "../gateway/private-file.ts";
import { machinesFor, type NetworkConfig, networkConfig, parseNetworkFile } from "./config.ts";

/** Where state is kept when nobody says: PINGO_HOME, else a folder of the user. */
export function defaultFolder(): string {
  const { PINGO_HOME: own, XDG_STATE_HOME: states } = process.env;
  if (own !== undefined && own !== "") return own;
  if (states !== undefined && states !== "") return join(states, "pingo");
  return join(homedir(), ".pingo");
}

export interface StateFolder {
  readonly path: string;
  readonly config: NetworkConfig;
}

const HEAD = `# A PinGo network on this machine. The keys limits, access, policies and commons are
# those of scenario files. An actor keeps the settings that it first started with.
`;

/** A chain of its own, whose epochs of rewards are as long as one looks on. */
const ownChain = {
  limits: { epochUs: "60s" },
  policies: { rewards: { rule: "emission", epochUs: "60s" } },
  chain: { network: "local" },
};

/**
 * Reads the folder's configuration; writes one where there is none: of no machine for 0, and with
 * a local chain where that is wanted.
 */
export function openStateFolder(path: string, neighbours: number, hasChain = false): StateFolder {
  // journals hold everybody's jobs: other users of the machine have no business there
  makePrivateFolder(path);
  const file = join(path, "network.yaml");
  if (!existsSync(file)) {
    const machines = neighbours === 0 ? [] : machinesFor(neighbours);
    writeWhole(file, HEAD + stringify({ machines, ...(hasChain ? ownChain : {}) }));
  }
  const given = parseNetworkFile(readText(file, "the network file"), file);
  return { path, config: networkConfig(given, file) };
}

/** Name of this process among those that may own a shard. */
export function holderName(): string {
  return `${hostname()}-${process.pid}-${randomBytes(4).toString("hex")}`;
}

/** Whether this machine of the network was ever open here. */
export function hasJournal(path: string, node: string): boolean {
  return existsSync(join(path, "journals", `node-${node}`));
}

/** Stores and bus of a network that lives in one process. */
export function localParts(path: string) {
  const deadLetters = new DeadLetterFile(join(path, "dead-letters.jsonl"));
  return {
    holder: holderName(),
    bus: new InProcessBus(),
    journals: new FileJournals({ folder: join(path, "journals") }),
    leases: new FileLeases({ folder: join(path, "leases") }),
    blobs: new FileBlobs({ folder: join(path, "blobs") }),
    deadLetters,
  };
}
