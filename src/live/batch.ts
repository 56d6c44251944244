/** What one append makes durable, and what may be seen of it afterwards. */
import type { Address } from "../kernel/address.ts";
import type { PortCall } from "../kernel/command.ts";
import type { Message } from "../kernel/message.ts";
import type { Receipt } from "./intake.ts";
import type { Letter } from "./snapshot.ts";
import type { Seen } from "./view.ts";

export interface Batch {
  readonly texts: string[];
  readonly seen: Seen[];
  readonly letters: Letter[];
  readonly calls: Array<readonly [Address, PortCall]>;
  readonly published: Array<readonly [string, Message]>;
  readonly receipts: Receipt[];
}

export function newBatch(): Batch {
  return { texts: [], seen: [], letters: [], calls: [], published: [], receipts: [] };
}
