/**
 * What another machine needs to take part: who it is, its credentials, where the server is, and the
 * network's rules. One file, made by the operator, readable by its owner only.
 */

import type { Credentials } from "../../adapters/nats/credentials.ts";
import { credentialsText, parseCredentials } from "../../adapters/nats/credentials.ts";
import { readText } from "../files.ts";
import { writePrivate } from "../gateway/private-file.ts";
import { type NetworkConfig, networkConfig } from "../live/config.ts";
import { CommandError } from "../outcome.ts";

export interface Invitation {
  readonly role: "node" | "edge";
  readonly name: string;
  readonly url: string;
  readonly credentials: Credentials;
  readonly config: NetworkConfig;
  /** What the configuration was made from: keys of the network's file, as they were written. */
  readonly given: Readonly<Record<string, unknown>>;
}

const FORMAT = 1;

export interface Invited {
  readonly role: Invitation["role"];
  readonly name: string;
  readonly url: string;
  readonly credentials: Credentials;
  /** Keys of the network's file, as they are written there. */
  readonly network: Readonly<Record<string, unknown>>;
}

export function writeInvitation(path: string, invited: Invited): void {
  const { role, name, url, network } = invited;
  const credentials = credentialsText(invited.credentials);
  const whole = { pingo: "invitation", format: FORMAT, role, name, url, network, credentials };
  writePrivate(path, `${JSON.stringify(whole, null, 2)}\n`);
}

/** Throws a sentence for what is no invitation, or not one of this role. */
export function readInvitation(path: string, role: Invitation["role"]): Invitation {
  const none = new CommandError(
    `${path} is no invitation; ask the operator for one: pingo gateway enrol ${role} NAME`,
    { code: "invitation", field: "invitation" },
  );
  let given: Record<string, unknown>;
  try {
    given = JSON.parse(readText(path, "the invitation")) as Record<string, unknown>;
  } catch (error) {
    throw error instanceof CommandError ? error : none;
  }
  if (given?.pingo !== "invitation") throw none;
  if (typeof given.format !== "number" || given.format > FORMAT) {
    throw new CommandError(`${path} is from a later version of PinGo; update this one`, {
      code: "newer",
    });
  }
  if (given.role !== role) {
    throw new CommandError(
      `${path} is for an ${String(given.role)}; use it with pingo ${String(given.role)}`,
      { code: "invitation" },
    );
  }
  const { name, url, credentials } = given;
  if (typeof name !== "string" || typeof url !== "string" || typeof credentials !== "string") {
    throw none;
  }
  const network = given.network as Readonly<Record<string, unknown>>;
  return {
    role,
    name,
    url,
    credentials: parseCredentials(credentials, path),
    config: networkConfig(network, path),
    given: network,
  };
}
