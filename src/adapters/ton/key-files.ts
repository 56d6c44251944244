/**
 * Where the keys of a state folder lie when nobody names others. Each file is one holder's: on a
 * public network issuers' keys belong on three machines, and only their public halves come here.
 */
import { join } from "node:path";

/** Pays for the deployment, and as operator for what the network sends. */
export function operatorKeyFile(folder: string): string {
  return join(folder, "chain", "keys", "operator.key");
}

/** A contributor's own wallet: credential and rewards are for it. */
export function walletKeyFile(folder: string): string {
  return join(folder, "chain", "keys", "wallet.key");
}

/** Of the three who sign vouchers: 0, 1 or 2. */
export function issuerKeyFile(folder: string, issuer: number): string {
  return join(folder, "chain", "keys", `issuer-${issuer}.key`);
}
