/**
 * Where an actor lives: `kind/id`, independent of machine, process and transport. How an address
 * maps to a subject or to an array index is the shell's business.
 */
import { Schema } from "effect";
import { invariant } from "./invariant.ts";

const pattern = /^[a-z]+\/[a-z0-9.-]+$/;

/** `kind/id`, both lower case; the id may hold digits, dots and dashes. */
export const Address = Schema.String.pipe(
  Schema.pattern(pattern, { message: () => "expected an address such as node/n12" }),
  Schema.brand("Address"),
);
export type Address = typeof Address.Type;

/** Builds an address from its parts without decoding; both parts are the caller's own words. */
export function address(kind: string, id: string | number): Address {
  return `${kind}/${id}` as Address;
}

/** The part before the slash: the behaviour's kind, or `port` for outcomes and the environment. */
export function kindOf(of: Address): string {
  const slash = of.indexOf("/");
  invariant(slash > 0, `address without a kind: ${of}`);
  return of.slice(0, slash);
}

/** The part after the slash. */
export function idOf(of: Address): string {
  return of.slice(of.indexOf("/") + 1);
}

/** Messages from ports and from the environment (owner, requester) come from these addresses. */
export function portAddress(port: string): Address {
  return address("port", port);
}

/** True for `port/…`: such senders have no counter, so the mailbox keeps no mark for them. */
export function isPort(of: Address): boolean {
  return of.startsWith("port/");
}
