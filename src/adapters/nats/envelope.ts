/**
 * Parcels as they travel: several in one message, signed together by the key of the shard that
 * sends them. The signature covers the subject too, which names sender and receiver, so a message
 * is worth nothing in anybody else's inbox.
 */
import { type Address, isPort } from "../../kernel/address.ts";
import type { Parcel } from "../../live/bus.ts";
import { type ShardId, shardOf } from "../../live/shard.ts";
import type { Sign, Verify } from "./keys.ts";
import { ownerOf, type Principal, tokensOf } from "./names.ts";

/** Why a message is not believed. Counted, so that an attack shows. */
export type Refusal =
  | "unsigned"
  | "unknown"
  | "forged"
  | "impersonated"
  | "misdirected"
  | "malformed"
  | "replayed";

export interface Envelope {
  readonly payload: Uint8Array;
  /** Also the id by which the server drops what it was sent twice: nobody else can guess it. */
  readonly signature: string | undefined;
}

/** Each parcel as an array: the names of fields would be a third of a small message. */
type Row = readonly [from: string, to: string, n: number, message: unknown];

const FORMAT = 1;
const addressPattern = /^[a-z]+\/[a-z0-9.-]+$/;

export function seal(subject: string, rows: ReadonlyArray<string>, sign?: Sign): Envelope {
  const payload = Buffer.from(`{"v":${FORMAT},"parcels":[${rows.join(",")}]}`, "utf8");
  if (sign === undefined) return { payload, signature: undefined };
  return { payload, signature: sign(signedBytes(subject, payload)).toString("base64url") };
}

export function rowOf({ from, to, n, message }: Parcel): string {
  return JSON.stringify([from, to, n, message ?? null]);
}

function signedBytes(subject: string, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${subject}\n`, "utf8"), payload]);
}

export function isSignedBy(verify: Verify, subject: string, envelope: Envelope): Promise<boolean> {
  const signature = Buffer.from(envelope.signature ?? "", "base64url");
  return verify(signedBytes(subject, envelope.payload), signature);
}

/** A later version of PinGo wrote it: not refused, but kept until somebody understands it. */
export class NewerEnvelope extends Error {
  override readonly name = "NewerEnvelope";
}

/** The parcels of a message from `sender` to `shard`, or why they are not believed. */
export function openEnvelope(
  payload: Uint8Array,
  sender: Principal,
  shard: ShardId,
): ReadonlyArray<Parcel> | Refusal {
  let value: { readonly v?: unknown; readonly parcels?: unknown };
  try {
    value = JSON.parse(Buffer.from(payload).toString("utf8")) as typeof value;
  } catch {
    return "malformed";
  }
  if (typeof value !== "object" || value === null) return "malformed";
  if (typeof value.v === "number" && value.v > FORMAT) throw new NewerEnvelope();
  if (value.v !== FORMAT || !Array.isArray(value.parcels)) return "malformed";
  const parcels: Parcel[] = [];
  for (const row of value.parcels as ReadonlyArray<unknown>) {
    if (!isRow(row)) return "malformed";
    const [from, to, n, message] = row;
    if (!speaksFor(sender, from as Address)) return "impersonated";
    if (shardOf(to as Address) !== shard) return "misdirected";
    parcels.push({ from: from as Address, to: to as Address, n, message });
  }
  return parcels;
}

function isRow(row: unknown): row is Row {
  if (!Array.isArray(row) || row.length !== 4) return false;
  const [from, to, n] = row as ReadonlyArray<unknown>;
  const addresses = isAddress(from) && isAddress(to);
  return addresses && typeof n === "number" && Number.isSafeInteger(n) && n >= 0;
}

function isAddress(text: unknown): boolean {
  return typeof text === "string" && text.length <= 200 && addressPattern.test(text);
}

/** A shard's owner speaks for its actors, and nobody for a port: those stay within a process. */
function speaksFor(sender: Principal, from: Address): boolean {
  if (isPort(from)) return false;
  return tokensOf(ownerOf(shardOf(from))) === tokensOf(sender);
}
