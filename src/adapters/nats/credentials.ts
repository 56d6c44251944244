/**
 * What lets one principal in: the token that the operator signed, and the seed of its key. Kept in
 * a file of its own in the form that NATS tools use, readable by its owner only.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { decode } from "@nats-io/jwt";
import { BadKey, publicKeyOf } from "./keys.ts";
import { type Principal, principalOf, tokensOf } from "./names.ts";

const MS = 1_000;

export interface Credentials {
  readonly principal: Principal;
  readonly jwt: string;
  /** Secret: never logged, never sent. */
  readonly seed: string;
}

export function credentialsText({ jwt, seed }: Credentials): string {
  return [
    "-----BEGIN NATS USER JWT-----",
    jwt,
    "------END NATS USER JWT------",
    "",
    "This seed is secret: whoever has it is this principal.",
    "-----BEGIN USER NKEY SEED-----",
    seed,
    "------END USER NKEY SEED------",
    "",
  ].join("\n");
}

/** Rejects what is no credentials file in one sentence that never shows its content. */
export function parseCredentials(text: string, where: string): Credentials {
  const jwt = /BEGIN NATS USER JWT-+\s+(\S+)/.exec(text)?.[1];
  const seed = /BEGIN USER NKEY SEED-+\s+(S[A-Z2-7]+)/.exec(text)?.[1];
  if (jwt === undefined || seed === undefined) {
    throw new BadKey(`${where} is no credentials file: ask the operator for a new one.`);
  }
  let claims: { readonly name: string; readonly sub: string };
  try {
    claims = decode(jwt);
  } catch (cause) {
    throw new BadKey(`The token in ${where} is damaged: ask the operator for a new one.`, {
      cause,
    });
  }
  const [role = "", id = ""] = claims.name.split(".");
  const principal = principalOf(role, id);
  if (principal === undefined || publicKeyOf(seed) !== claims.sub) {
    throw new BadKey(`Token and key in ${where} do not belong together: ask for a new file.`);
  }
  return { principal, jwt, seed };
}

export function readCredentials(path: string): Credentials {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new BadKey(`The credentials file ${path} cannot be read: check the path.`, { cause });
  }
  return parseCredentials(text, path);
}

export function writeCredentials(path: string, credentials: Credentials): void {
  writeFileSync(path, credentialsText(credentials), { mode: 0o600 });
}

/** The key that signed the token: nobody but the operator has it. */
export function issuerOf({ jwt }: Credentials): string {
  return decode(jwt).iss;
}

/**
 * Why a server refused it, in its words, or that its time is over: a server says that only to
 * whoever is connected in that second, and afterwards no more than that it knows nobody so named.
 */
export function refusalOf(error: Error, credentials: Credentials | undefined): string {
  const exp = credentials && decode(credentials.jwt).exp;
  if (exp === undefined || Date.now() < exp * MS) return error.message;
  return `the token expired at ${new Date(exp * MS).toISOString()}`;
}

/** The name in a token: as in subjects. */
export function claimName(principal: Principal): string {
  return tokensOf(principal);
}
