/** `pingo gateway token create|list|revoke`. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Role } from "../../adapters/http/shapes.ts";
import { DAY } from "../../kernel/duration.ts";
import { gatewayUrl, keepToken } from "../client/credentials.ts";
import { readText } from "../files.ts";
import { networkConfig, parseNetworkFile } from "../live/config.ts";
import { defaultFolder } from "../live/state-folder.ts";
import { CommandError, Exit } from "../outcome.ts";
import { note, print, printJson } from "../terminal/print.ts";
import { tableLines } from "../terminal/table.ts";
import { nowUs } from "./guard.ts";
import { type LocalFlags, localFiles } from "./local-files.ts";
import { type Token, Tokens } from "./tokens.ts";

export interface CreateFlags extends LocalFlags {
  readonly role: Role;
  readonly contributor?: string;
  readonly for: number;
  readonly note: string;
  readonly keepFor?: string;
}

const LONGEST_US = 365 * DAY;

export function createToken(flags: CreateFlags): Exit {
  const { role, contributor = null, for: forUs, keepFor } = flags;
  if (role === "requester" && contributor === null) {
    throw new CommandError("a requester works on a contributor's account; add --contributor", {
      field: "contributor",
    });
  }
  if (contributor !== null && !/^[a-z0-9-]{1,40}$/.test(contributor)) {
    throw new CommandError(
      `${JSON.stringify(contributor)} is no contributor's id; ` +
        "it has lower case letters, digits, dashes",
      { field: "contributor" },
    );
  }
  if (contributor !== null) checkIsHere(contributor, flags.dir ?? defaultFolder());
  if (forUs > LONGEST_US) {
    throw new CommandError("a token is valid for 365d at the longest; give --for 365d or less", {
      field: "for",
    });
  }
  const tokens = new Tokens(localFiles(flags).tokens);
  const wanted = { role, contributor, note: flags.note, nowUs: nowUs(), forUs };
  const { token, secret } = tokens.create(wanted);
  if (keepFor !== undefined) keepToken(gatewayUrl(keepFor), secret);
  if (flags.json === true) printJson({ ...shown(token), secret });
  else {
    print(secret);
    note(`Token ${token.id} (${role}) is valid until ${day(token.expiresUs)}. Keep the secret: it`);
    note("is not shown again. Clients take it from PINGO_TOKEN_FILE or PINGO_TOKEN.");
  }
  return Exit.fine;
}

/** A token for somebody who is not there would be refused at its first request only. */
function checkIsHere(contributor: string, folder: string): void {
  const file = join(folder, "network.yaml");
  if (!existsSync(file)) return;
  const config = networkConfig(parseNetworkFile(readText(file, "the network"), file), file);
  const known = [...new Set([config.requester, ...config.machines.map(({ owner }) => owner)])];
  if (known.includes(contributor)) return;
  throw new CommandError(
    `there is no contributor ${contributor}: no machine of ${file} is theirs; known are ` +
      known.join(", "),
    { field: "contributor", allowed: known },
  );
}

export function listTokens(flags: LocalFlags): Exit {
  const tokens = new Tokens(localFiles(flags).tokens).list();
  if (flags.json === true) {
    printJson({ tokens: tokens.map(shown) });
    return Exit.fine;
  }
  if (tokens.length === 0) print("No tokens. Make one with: pingo gateway token create");
  const columns = ["token", "role", "contributor", "state", "note"].map((title) => ({ title }));
  const rows = tokens.map((token) => [
    token.id,
    token.role,
    token.contributor ?? "",
    stateOf(token),
    token.note,
  ]);
  if (tokens.length > 0) for (const line of tableLines(columns, rows)) print(line);
  return Exit.fine;
}

export function revokeToken(id: string, flags: LocalFlags & { readonly reason: string }): Exit {
  const tokens = new Tokens(localFiles(flags).tokens);
  const revoked = tokens.revoke(id, flags.reason, nowUs());
  if (revoked === undefined) {
    throw new CommandError(`there is no token ${id}; see pingo gateway token list`, {
      field: "id",
    });
  }
  if (flags.json === true) printJson(shown(revoked));
  else print(`Token ${id} is revoked: ${revoked.revoked?.reason}.`);
  return Exit.fine;
}

/** Without the hash: it is of no use to anybody who reads a list. */
function shown(token: Token): Omit<Token, "hash"> {
  const { id, role, contributor, note: what, createdUs, expiresUs, revoked } = token;
  return { id, role, contributor, note: what, createdUs, expiresUs, revoked };
}

function stateOf({ revoked, expiresUs }: Token): string {
  if (revoked !== null) return `revoked: ${revoked.reason}`;
  return `${expiresUs <= nowUs() ? "expired" : "valid until"} ${day(expiresUs)}`;
}

function day(us: number): string {
  return new Date(us / 1_000).toISOString().slice(0, 16).replace("T", " ");
}
