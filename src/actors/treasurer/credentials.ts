/**
 * Credentials: who has which wallet, when issuers sign a voucher, and how a credential stands. The
 * ledger judges, the chain shows it; what was seen on chain goes back to the ledger for its gate.
 */
import type { Address } from "../../kernel/address.ts";
import { noCommands, send, startTimer } from "../../kernel/command.ts";
import { NANO_PER_VCU } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { DAY } from "../../kernel/duration.ts";
import type { CredentialShown, Voucher, Wallet } from "../../kernel/ports/chain.ts";
import type { CredentialOnChain } from "../ledger/messages.ts";
import { want } from "./asks.ts";
import type { CredentialWanted, LookDue, StandingSeen, WalletLinked } from "./messages.ts";
import {
  type Decided,
  type Owner,
  ownerOf,
  type TreasurerContext,
  walletOf,
  withOwner,
} from "./state.ts";

/** Wallets that one owner can have linked, one after the other. */
export const WALLETS_MOST = 8;
/** Looks for a voucher to be claimed; with doubling waits from 5 s on they take six hours. */
const LOOKS_MOST = 12;
const TIER_MOST = 9;

/** Why this wallet cannot be this owner's; undefined when it can. */
export function objectionToLink(
  context: TreasurerContext,
  owner: Address,
  wallet: Wallet,
): "of-another" | "given-up" | "too-many" | undefined {
  const { wallets } = ownerOf(context, owner);
  if (wallets.at(-1) === wallet) return undefined;
  const of = context.wallets.get(wallet)?.owner;
  if (of !== undefined) return of === owner ? "given-up" : "of-another";
  return wallets.length >= WALLETS_MOST ? "too-many" : undefined;
}

/**
 * From now on this is the owner's wallet. Rewards that were posted for an earlier one stay with it:
 * the new one begins at nothing, so nothing is claimed with both.
 */
export function linkWallet(
  context: TreasurerContext,
  { message, atUs }: Delivery<WalletLinked>,
): Decided {
  const { owner, wallet } = message;
  if (objectionToLink(context, owner, wallet) !== undefined) {
    return { context: { ...context, declined: context.declined + 1 }, commands: noCommands };
  }
  const known = ownerOf(context, owner);
  const former = walletOf(known);
  if (former === wallet) return { context: wantLook(context, owner), commands: noCommands };
  const entry = { owner, amount: nothing };
  let next: TreasurerContext = { ...context, wallets: context.wallets.set(wallet, entry) };
  next = withOwner(next, owner, {
    wallets: [...known.wallets, wallet],
    voucherDay: -1,
    voucher: null,
    move: null,
    look: null,
    looks: 0,
  });
  const held = known.look?.state === "valid" || known.look?.state === "lapsed";
  if (former !== undefined && held) {
    const untilDay = dayOf(atUs) + context.input.pace.voucherDays;
    const intent = `move/${former}/${wallet}`;
    const request = { type: "MoveCredential", intent, owner, from: former, wallet } as const;
    next = want(next, intent, { request: { ...request, untilDay }, owner });
  }
  next = wantVoucher(wantLook(next, owner), owner, atUs);
  // what was seen of the wallet before says nothing of this one
  const commands = known.look === null ? noCommands : [news(next, owner, unseen)];
  return { context: next, commands };
}

const nothing = 0n as Owner["allotted"];

/** The ledger's news of an owner: a voucher for who contributes, an end for whose rights ended. */
export function heedStanding(
  context: TreasurerContext,
  { message, atUs }: Delivery<StandingSeen>,
): Decided {
  const { owner, sequence, state, credential, earned } = message;
  const known = ownerOf(context, owner);
  if (sequence <= known.sequence) return { context, commands: noCommands };
  let next = withOwner(context, owner, { sequence, state, standing: credential, earned });
  if (state === "revoked") next = wantRevocations(next, owner);
  else next = wantVoucher(next, owner, atUs);
  return { context: next, commands: noCommands };
}

function wantRevocations(context: TreasurerContext, owner: Address): TreasurerContext {
  let next = context;
  for (const wallet of ownerOf(context, owner).wallets) {
    const intent = `revoke/${wallet}`;
    const request = { type: "RevokeCredential", intent, wallet } as const;
    next = want(next, intent, { request, owner });
  }
  return next;
}

/** Has issuers sign for who contributes and has a wallet, once in a voucher's life. */
export function wantVoucher(
  context: TreasurerContext,
  owner: Address,
  atUs: number,
): TreasurerContext {
  const known = ownerOf(context, owner);
  const wallet = walletOf(known);
  const epoch = dayOf(atUs);
  const { voucherDays } = context.input.pace;
  const isDue = known.voucherDay < 0 || epoch - known.voucherDay >= voucherDays;
  if (wallet === undefined || known.standing !== "valid" || !isDue) return context;
  if (known.state === "revoked") return context;
  const intent = `credential/${wallet}/${epoch}`;
  const untilDay = epoch + voucherDays;
  const request = { type: "IssueCredential", intent, owner, wallet, epoch, untilDay } as const;
  const asked = withOwner(context, owner, { voucherDay: epoch });
  return want(asked, intent, { request: { ...request, tier: tierOf(known) }, owner });
}

/** Digits of the whole VCU that were earned: 0 below one, 1 below ten. */
function tierOf({ earned }: Owner): number {
  const whole = earned / NANO_PER_VCU;
  return whole <= 0n ? 0 : Math.min(TIER_MOST, whole.toString().length);
}

function dayOf(atUs: number): number {
  return Math.floor(atUs / DAY);
}

/** Issuers signed: the owner can claim, and now and then we look whether it did. */
export function keepVoucher(
  context: TreasurerContext,
  asked: { readonly owner: Address; readonly wallet: Wallet; readonly kind: "voucher" | "move" },
  voucher: Voucher,
): Decided {
  const { owner, wallet, kind } = asked;
  // the owner has another wallet meanwhile
  if (walletOf(ownerOf(context, owner)) !== wallet) return { context, commands: noCommands };
  const change = kind === "voucher" ? { voucher } : { move: voucher };
  const next = withOwner(context, owner, { ...change, looks: 0 });
  return { context: next, commands: [lookLater(next, owner)] };
}

function lookLater(context: TreasurerContext, owner: Address) {
  const { looks } = ownerOf(context, owner);
  const message: LookDue = { type: "LookDue", owner };
  return startTimer(
    `look/${owner}`,
    context.input.pace.lookUs * (1 << Math.min(looks, LOOKS_MOST)),
    message,
  );
}

export function lookNow(context: TreasurerContext, { message }: Delivery<LookDue>): Decided {
  const { owner } = message;
  const { looks } = ownerOf(context, owner);
  const counted = withOwner(context, owner, { looks: looks + 1 });
  return { context: wantLook(counted, owner), commands: noCommands };
}

/** Looks at the owner's credential, unless that was done a moment ago; a voucher may be due too. */
export function heedWish(
  context: TreasurerContext,
  { message, atUs }: Delivery<CredentialWanted>,
): Decided {
  const { owner } = message;
  const { look } = ownerOf(context, owner);
  const isFresh = look !== null && atUs - look.seenUs < context.input.pace.freshUs;
  const next = wantVoucher(context, owner, atUs);
  return { context: isFresh ? next : wantLook(next, owner), commands: noCommands };
}

export function wantLook(context: TreasurerContext, owner: Address): TreasurerContext {
  const wallet = walletOf(ownerOf(context, owner));
  if (wallet === undefined) return context;
  const request = { type: "ReadCredential", wallet } as const;
  return want(context, `look/${wallet}`, { request, owner });
}

/** What the chain shows of a wallet goes to the ledger; an unclaimed voucher is sought again. */
export function heedLook(
  context: TreasurerContext,
  asked: { readonly owner: Address; readonly wallet: Wallet },
  { shown, atUs }: { readonly shown: CredentialShown; readonly atUs: number },
): Decided {
  const { owner, wallet } = asked;
  const known = ownerOf(context, owner);
  if (walletOf(known) !== wallet) return { context, commands: noCommands };
  const { voucher, move, voucherDay, looks } = known;
  const isClaimed = voucher === null || shown.epoch >= voucherDay;
  const isMoved = move === null || shown.state !== "none";
  const next = withOwner(context, owner, {
    look: { ...shown, seenUs: atUs },
    voucher: isClaimed ? null : voucher,
    move: isMoved ? null : move,
  });
  const told = news(next, owner, { ...shown, seenUs: atUs });
  const waits = (!isClaimed || !isMoved) && looks < LOOKS_MOST;
  return { context: next, commands: waits ? [told, lookLater(next, owner)] : [told] };
}

const unseen = { state: "none", untilUs: 0, seenUs: 0 } as const;

function news(
  { input }: TreasurerContext,
  owner: Address,
  { state, untilUs, seenUs }: Pick<CredentialOnChain, "state" | "untilUs" | "seenUs">,
) {
  const message: CredentialOnChain = { type: "CredentialOnChain", owner, state, untilUs, seenUs };
  return send(input.ledger, message);
}
