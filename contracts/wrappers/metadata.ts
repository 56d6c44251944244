/** On-chain metadata of TEP-64: a dictionary from sha256(key) to 0x00 and text in snake form. */
import { createHash } from "node:crypto";
import { beginCell, type Cell, Dictionary } from "@ton/core";

export function onChainMetadata(texts: Readonly<Record<string, string>>): Cell {
  const entries = Dictionary.empty(Dictionary.Keys.Buffer(32), Dictionary.Values.Cell());
  for (const [key, text] of Object.entries(texts)) {
    const value = beginCell().storeUint(0, 8).storeStringTail(text).endCell();
    entries.set(createHash("sha256").update(key).digest(), value);
  }
  return beginCell().storeUint(0, 8).storeDict(entries).endCell();
}
