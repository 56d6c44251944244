/**
 * Code that lives once, in a library on the masterchain: an account then holds its hash only. What
 * that saves and what it needs stands in docs/contracts.md.
 */
import { beginCell, Cell, Dictionary } from "@ton/core";

/** TVM's type of an exotic cell that stands for a library by its hash. */
const LIBRARY = 2;

/** Stands for `code` wherever code is deployed; runs only where its library is published. */
export function libraryCell(code: Cell): Cell {
  const bits = beginCell().storeUint(LIBRARY, 8).storeBuffer(code.hash(), 32).endCell().bits;
  return new Cell({ exotic: true, bits });
}

/** Published libraries as a chain knows them: by hash. */
export function librariesOf(...codes: ReadonlyArray<Cell>): Cell {
  const byHash = Dictionary.empty(Dictionary.Keys.Buffer(32), Dictionary.Values.Cell());
  for (const code of codes) byHash.set(code.hash(), code);
  return beginCell().storeDictDirect(byHash).endCell();
}
