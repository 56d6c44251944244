/** On-chain metadata of TEP-64: a dictionary from sha256(key) to 0x00 and bytes in snake form. */
import { createHash } from "node:crypto";
import { type Builder, beginCell, type Cell, Dictionary } from "@ton/core";

export function onChainMetadata(values: Readonly<Record<string, string | Buffer>>): Cell {
  const entries = Dictionary.empty(Dictionary.Keys.Buffer(32), Dictionary.Values.Cell());
  for (const [key, value] of Object.entries(values)) {
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    const name = createHash("sha256").update(key).digest();
    entries.set(name, withBytes(beginCell().storeUint(0, 8), bytes).endCell());
  }
  return beginCell().storeUint(0, 8).storeDict(entries).endCell();
}

/** What does not fit goes on in a reference. */
function withBytes(cell: Builder, bytes: Buffer): Builder {
  const room = Math.floor(cell.availableBits / 8);
  cell.storeBuffer(bytes.subarray(0, room));
  const rest = bytes.subarray(room);
  return rest.length === 0 ? cell : cell.storeRef(withBytes(beginCell(), rest).endCell());
}
