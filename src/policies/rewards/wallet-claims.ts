/**
 * Claims of wallets under the tree of claims.ts: what a treasurer posts and what an owner proves. A
 * leaf has the wallet's own hash, so the contract pays whoever holds its key.
 */
import { invariant } from "../../kernel/invariant.ts";
import type { Wallet, WalletClaim } from "../../kernel/ports/chain.ts";
import { hexOf, type Leaf, type Neighbour, proofOf, rootOf } from "./claims.ts";

/** Workchain and hash of a raw address. */
export function leafOfWallet({ wallet, cumulative }: WalletClaim): Leaf {
  const hex = wallet.slice(2);
  const hash = Uint8Array.from({ length: 32 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
  return { workchain: 0, hash, cumulative };
}

/** 64 hexadecimal digits; the order of the claims is the order of the leaves. */
export function rootOfWallets(claims: ReadonlyArray<WalletClaim>): string {
  return hexOf(rootOf(claims.map(leafOfWallet)));
}

/** The proof that this wallet's claim is under the root of all of them. */
export function proofOfWallet(
  claims: ReadonlyArray<WalletClaim>,
  wallet: Wallet,
): ReadonlyArray<Neighbour> {
  const index = claims.findIndex((claim) => claim.wallet === wallet);
  invariant(index >= 0, `${wallet} has no claim`);
  return proofOf(claims.map(leafOfWallet), index);
}
