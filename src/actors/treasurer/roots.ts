/**
 * Roots of rewards. Amounts are cumulative and belong to wallets: what an owner may claim grows in
 * the leaf of its newest wallet only, so all leaves of an owner together are never more than the
 * ledger granted. One root is on its way at a time, and the next brings what came meanwhile.
 */
import { noCommands } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { nanoPingo } from "../../kernel/policies/rewards.ts";
import { want } from "./asks.ts";
import { wantVoucher } from "./credentials.ts";
import type { ClaimsPosted } from "./messages.ts";
import {
  type Decided,
  ownerOf,
  type PostedRoot,
  type TreasurerContext,
  type TreasurerRules,
  walletOf,
  withOwner,
} from "./state.ts";

/** The root in force, the one that waits on chain, and the one on its way. */
const ROOTS_KEPT = 3;

/** Who acted may claim so much; the time of a posting is also the time for new vouchers. */
export function heedClaims(rules: TreasurerRules) {
  return (context: TreasurerContext, { message, atUs }: Delivery<ClaimsPosted>): Decided => {
    const epoch = message.epoch + 1;
    if (epoch <= context.postedEpoch) return { context, commands: noCommands };
    let next: TreasurerContext = { ...context, postedEpoch: epoch };
    for (const { owner, cumulative } of message.claims) {
      const known = ownerOf(next, owner);
      if (cumulative > known.cumulative) next = withOwner(next, owner, { cumulative });
      next = wantVoucher(next, owner, atUs);
    }
    return { context: wantRoot(next, rules), commands: noCommands };
  };
}

/** Wants the newest root published, unless one is on its way or there is nothing new in it. */
function wantRoot(context: TreasurerContext, { rootOf }: TreasurerRules): TreasurerContext {
  const last = context.roots.at(-1);
  const epoch = context.postedEpoch;
  if (last?.at === "asked" || (last !== undefined && last.epoch >= epoch)) return context;
  const allotted = allot(context);
  const claims = allotted.wallets
    .entries()
    .filter(([, { amount }]) => amount > 0n)
    .map(([wallet, { amount }]) => [wallet, amount] as const);
  const total = nanoPingo(claims.reduce((sum, [, amount]) => sum + amount, 0n));
  if (total === (last?.total ?? 0n)) return context;
  const root = rootOf(claims.map(([wallet, cumulative]) => ({ wallet, cumulative })));
  const cap = capOf(allotted);
  const posted: PostedRoot = { epoch, root, cap, total, at: "asked", claims };
  const intent = `root/${epoch}`;
  const request = { type: "PublishRoot", intent, epoch, root, cap, total } as const;
  const roots = [...allotted.roots, posted].slice(-ROOTS_KEPT);
  return want({ ...allotted, roots }, intent, { request, owner: null });
}

/** Puts what owners were granted since the last root into the leaf of their wallet. */
function allot(context: TreasurerContext): TreasurerContext {
  let next = context;
  for (const [at, owner] of context.owners.entries()) {
    const wallet = walletOf(owner);
    const { cumulative, allotted } = owner;
    if (wallet === undefined || cumulative <= allotted) continue;
    const before = next.wallets.get(wallet)?.amount ?? 0n;
    const amount = nanoPingo(before + cumulative - allotted);
    next = { ...next, wallets: next.wallets.set(wallet, { owner: at, amount }) };
    next = withOwner(next, at, { allotted: cumulative });
  }
  return next;
}

/** All that was granted: who has no wallet yet shall be able to claim it later. */
function capOf({ owners }: TreasurerContext): PostedRoot["cap"] {
  let cap = 0n;
  for (const [, { cumulative }] of owners.entries()) cap += cumulative;
  return nanoPingo(cap);
}

/** The root on its way arrived, or never will; what was posted meanwhile follows. */
export function endRoot(
  context: TreasurerContext,
  epoch: number,
  { at, rules }: { readonly at: "landed" | "refused"; readonly rules: TreasurerRules },
): TreasurerContext {
  const roots = context.roots.map((root) => (root.epoch === epoch ? { ...root, at } : root));
  return wantRoot({ ...context, roots }, rules);
}
