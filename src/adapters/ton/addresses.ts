/** How accounts are written down and read: explorers' form by network, any form from a user. */
import { Address } from "@ton/core";
import { ChainError } from "./chain-error.ts";
import type { ChainNetwork } from "./networks.ts";

const SHOWN = 80;

/** A contract's address: coins for one that is not there come back. */
export function contractText(network: ChainNetwork, address: Address): string {
  return address.toString({ bounceable: true, testOnly: network === "testnet" });
}

/** A wallet's: coins stay there before its first message, too. */
export function walletText(network: ChainNetwork, address: Address): string {
  return address.toString({ bounceable: false, testOnly: network === "testnet" });
}

/** An account of the base chain in any of its forms; `field` names the setting or flag. */
export function parseAddress(text: string, field: string): Address {
  let address: Address;
  try {
    address = Address.parse(text.trim());
  } catch {
    const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    throw new ChainError(
      `${field} is "${shown}", which is no address of TON; one begins with EQ, UQ, kQ, 0Q or 0:`,
      field,
    );
  }
  if (address.workChain !== 0) {
    const chain = address.workChain;
    throw new ChainError(`${field} is on workchain ${chain}; name an account of chain 0`, field);
  }
  return address;
}
