/**
 * The client of a contract that somebody else deployed. Clients that deploy are made of code and
 * data; one that only reads and writes to what is there needs no more than the address.
 */
import type { Address, Contract } from "@ton/core";

export function clientAt<C extends Contract>(of: { readonly prototype: C }, address: Address): C {
  return Object.assign(Object.create(of.prototype as object) as C, { address });
}
