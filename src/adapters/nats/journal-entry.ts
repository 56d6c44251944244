/**
 * How a group of journal records lies in a stream: one message, or several where it is larger than
 * a message may be. Each says in its headers how many records lie before the group and in it, so
 * any one of them tells where the journal stands.
 */
import { createHash } from "node:crypto";
import { headers, type MsgHdrs } from "@nats-io/transport-node";
import { JournalError } from "../../live/journal.ts";
import type { FencingToken } from "../../live/leases.ts";
import { MAX_PAYLOAD } from "./server-config.ts";

/** A message's place in the journal. */
export interface Place {
  readonly token: FencingToken;
  /** Records before the group, and in it; none in the mark that an owner sets when it opens. */
  readonly at: number;
  readonly count: number;
  readonly part: number;
  readonly parts: number;
}

export interface Part {
  readonly place: Place;
  readonly bytes: Uint8Array;
  /** The same text at the same place has the same id: sent twice it is kept once. */
  readonly id: string;
}

/** Room for headers in what the server calls payload. */
const PART_BYTES = MAX_PAYLOAD - 4_096;
/** Half the space would be lost to a group that never fits. */
const GROUP_BYTES = 64 * MAX_PAYLOAD;
const FORMAT = "1";
const HEADER = "Pingo-Journal";

export function partsOf(
  token: FencingToken,
  at: number,
  records: ReadonlyArray<string>,
): ReadonlyArray<Part> {
  const bytes = Buffer.from(records.join("\n"), "utf8");
  if (bytes.length > GROUP_BYTES) {
    throw new JournalError("full", `${bytes.length} bytes are too many for one append`);
  }
  const parts = Math.max(1, Math.ceil(bytes.length / PART_BYTES));
  return Array.from({ length: parts }, (_, part) => {
    const piece = bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
    const place = { token, at, count: records.length, part, parts };
    const digest = createHash("sha256").update(piece).digest("base64url");
    return { place, bytes: piece, id: `${token}.${at}.${part}.${records.length}.${digest}` };
  });
}

export function headersOf({ token, at, count, part, parts }: Place): MsgHdrs {
  const made = headers();
  made.set(HEADER, [FORMAT, token, at, count, part, parts].join(" "));
  return made;
}

/** Rejects what is no place of ours; `where` names the message. */
export function placeOf(from: MsgHdrs, where: string): Place {
  const [format, ...fields] = from.get(HEADER).split(" ");
  const numbers = fields.map(Number);
  if (format !== FORMAT && /^[0-9]+$/.test(format ?? "")) {
    throw new JournalError("newer", `${where} was written by a later version of PinGo`);
  }
  if (numbers.length !== 5 || !numbers.every((each) => Number.isSafeInteger(each) && each >= 0)) {
    throw new JournalError("corrupt", `${where} is no journal record; put back a copy of it`);
  }
  const [token = 0, at = 0, count = 0, part = 0, parts = 0] = numbers;
  return { token: token as FencingToken, at, count, part, parts };
}

/** Records behind the group when this is its last part, before it when the rest never came. */
export function endOf({ at, count, part, parts }: Place): number {
  return part === parts - 1 ? at + count : at;
}

/** Puts parts together again, in the stream's order, and refuses what does not fit. */
export class Groups {
  private readonly where: string;
  private pending: Uint8Array[] = [];
  private expected: number | undefined;

  constructor(where: string) {
    this.where = where;
  }

  /** The records of the group that this part completes; none for a mark or an unfinished group. */
  add(place: Place, bytes: Uint8Array): ReadonlyArray<string> {
    // a new group begins: what its owner did not finish before it died was never accepted
    if (place.part === 0) this.pending = [];
    if (place.part !== this.pending.length) throw this.corrupt("a part is missing");
    if (this.expected !== undefined && place.at !== this.expected) {
      throw this.corrupt(`record ${this.expected} is missing`);
    }
    this.expected ??= place.at;
    this.pending.push(bytes);
    if (place.part < place.parts - 1) return [];
    const text = Buffer.concat(this.pending).toString("utf8");
    this.pending = [];
    this.expected = place.at + place.count;
    if (place.count === 0) return [];
    const records = text.split("\n");
    if (records.length !== place.count) throw this.corrupt(`${place.count} records were expected`);
    return records;
  }

  private corrupt(why: string): JournalError {
    const words = `${this.where} cannot be read: ${why}; put back a copy of it`;
    return new JournalError("corrupt", words);
  }
}
