/**
 * The tree of claims that a contract on TON checks: leaf = sha256(00 | workchain int8 | address
 * hash 32 bytes | cumulative uint128), node = sha256(01 | left | right), integers big-endian. The
 * first byte keeps a node from being shown as a leaf (RFC 6962, 2.1). A node without a neighbour
 * moves up unchanged, so no two lists of leaves have one root.
 */
import type { Address } from "../../kernel/address.ts";
import { invariant } from "../../kernel/invariant.ts";
import type { Claim } from "../../kernel/policies/rewards.ts";
import { sha256 } from "../../kernel/sha256.ts";

/** Who may claim, as the chain knows it. */
export interface Payee {
  /** -1 or 0. */
  readonly workchain: number;
  /** 32 bytes. */
  readonly hash: Uint8Array;
}

export interface Leaf extends Payee {
  readonly cumulative: bigint;
}

/** One level of a proof: the neighbour and the side on which it stands. */
export interface Neighbour {
  readonly side: "left" | "right";
  readonly hash: Uint8Array;
}

const LEAF_BYTES = 50;
const MOST = (1n << 128n) - 1n;

/** Without a wallet linked to it an owner's hash is that of its address' text. */
export function payeeOf(owner: Address): Payee {
  return { workchain: 0, hash: sha256(new TextEncoder().encode(owner)) };
}

export function leafHash({ workchain, hash, cumulative }: Leaf): Uint8Array {
  invariant(hash.length === 32, "an address hash has 32 bytes");
  invariant(cumulative >= 0n && cumulative <= MOST, "a cumulative claim has 128 bits");
  const bytes = new Uint8Array(LEAF_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt8(1, workchain);
  bytes.set(hash, 2);
  view.setBigUint64(34, cumulative >> 64n);
  view.setBigUint64(42, cumulative & ((1n << 64n) - 1n));
  return sha256(bytes);
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(65);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 33);
  return sha256(bytes);
}

/** Hash of the top; 32 zero bytes when there are no leaves. */
export function rootOf(leaves: ReadonlyArray<Leaf>): Uint8Array {
  let level = leaves.map(leafHash);
  while (level.length > 1) level = above(level);
  return level[0] ?? new Uint8Array(32);
}

function above(level: ReadonlyArray<Uint8Array>): Array<Uint8Array> {
  const nodes: Array<Uint8Array> = [];
  for (let n = 0; n < level.length; n += 2) {
    const left = level[n];
    const right = level[n + 1];
    if (left !== undefined) nodes.push(right === undefined ? left : nodeHash(left, right));
  }
  return nodes;
}

/** Every level of a tree, the leaves' first: proofs of all claims without hashing again. */
export type Levels = ReadonlyArray<ReadonlyArray<Uint8Array>>;

export function levelsOf(leaves: ReadonlyArray<Leaf>): Levels {
  let level = leaves.map(leafHash);
  const levels = [level];
  while (level.length > 1) {
    level = above(level);
    levels.push(level);
  }
  return levels;
}

/** The neighbours on the way from a leaf to the root. */
export function proofIn(levels: Levels, index: number): ReadonlyArray<Neighbour> {
  invariant(index >= 0 && index < (levels[0]?.length ?? 0), `no leaf ${index}`);
  const proof: Array<Neighbour> = [];
  let at = index;
  for (const level of levels) {
    const isRight = at % 2 === 1;
    const hash = level[isRight ? at - 1 : at + 1];
    if (hash !== undefined) proof.push({ side: isRight ? "left" : "right", hash });
    at = at >> 1;
  }
  return proof;
}

/** One proof of a small tree; for many, `levelsOf` once and `proofIn` for each. */
export function proofOf(leaves: ReadonlyArray<Leaf>, index: number): ReadonlyArray<Neighbour> {
  return proofIn(levelsOf(leaves), index);
}

/** True if the leaf is under the root: what the contract computes. */
export function isUnder(root: Uint8Array, leaf: Leaf, proof: ReadonlyArray<Neighbour>): boolean {
  let hash = leafHash(leaf);
  for (const { side, hash: other } of proof) {
    hash = side === "left" ? nodeHash(other, hash) : nodeHash(hash, other);
  }
  return hexOf(hash) === hexOf(root);
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The leaves of claims, in the claims' order. */
export function leavesOf(claims: ReadonlyArray<Claim>): ReadonlyArray<Leaf> {
  return claims.map(({ owner, cumulative }) => ({ ...payeeOf(owner), cumulative }));
}

/** Claims by address hash: an order that nobody chooses. */
export function inTreeOrder(claims: ReadonlyArray<Claim>): ReadonlyArray<Claim> {
  const keyed = claims.map((claim) => ({ claim, key: hexOf(payeeOf(claim.owner).hash) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ claim }) => claim);
}
