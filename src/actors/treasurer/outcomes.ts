/** What each answer of the chain leads to. */
import { noCommands } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { ChainOutcome } from "../../kernel/ports/chain.ts";
import { answered, intentOf, postpone } from "./asks.ts";
import { heedLook, keepVoucher, wantLook } from "./credentials.ts";
import { endEscrow, heedEscrow, heedNo } from "./escrows.ts";
import { endRoot } from "./roots.ts";
import type { Ask, Decided, TreasurerContext, TreasurerRules } from "./state.ts";

type Value = Extract<ChainOutcome["outcome"], { readonly ok: true }>["value"];

/** Takes the answer to a call that is under way; the chain was reached. */
export function heedOutcome(rules: TreasurerRules) {
  return (context: TreasurerContext, delivery: Delivery<ChainOutcome>): Decided => {
    const { outcome, key } = delivery.message;
    const intent = intentOf(key);
    const ask = context.asks.get(intent) as Ask;
    if (outcome.ok) return heedValue(answered(context, intent), { ask, rules }, delivery);
    if (outcome.reason !== "refused") return postpone(context, intent);
    const { refused } = context;
    const noted = { ...answered(context, intent), refused: refused + 1, lastRefused: intent };
    return heedRefusal(noted, { ask, rules });
  };
}

interface Asked {
  readonly ask: Ask;
  readonly rules: TreasurerRules;
}

/** What the chain will never take; it is counted and named by then. */
function heedRefusal(context: TreasurerContext, { ask: { request }, rules }: Asked): Decided {
  switch (request.type) {
    case "PublishRoot": {
      const next = endRoot(context, request.epoch, { at: "refused", rules });
      return { context: next, commands: noCommands };
    }
    case "SettleEscrow":
    case "ReadEscrow":
      return heedNo(context, request.escrow, request.type === "SettleEscrow");
    default:
      return { context, commands: noCommands };
  }
}

/** A value of another kind than was asked for is left aside: a port's fault changes nothing. */
function heedValue(
  context: TreasurerContext,
  { ask, rules }: Asked,
  { atUs, message }: Delivery<ChainOutcome>,
): Decided {
  const { outcome } = message;
  const { request, owner } = ask;
  const value: Value | undefined = outcome.ok ? outcome.value : undefined;
  switch (request.type) {
    case "IssueCredential":
    case "MoveCredential": {
      if (owner === null || value?.type !== "Voucher") break;
      const kind = request.type === "IssueCredential" ? "voucher" : "move";
      return keepVoucher(context, { owner, wallet: request.wallet, kind }, value);
    }
    case "ReadCredential": {
      if (owner === null || value?.type !== "CredentialShown") break;
      return heedLook(context, { owner, wallet: request.wallet }, { shown: value, atUs });
    }
    case "RevokeCredential":
      if (owner === null) break;
      return { context: wantLook(context, owner), commands: noCommands };
    case "PublishRoot": {
      const next = endRoot(context, request.epoch, { at: "landed", rules });
      return { context: next, commands: noCommands };
    }
    case "SettleEscrow": {
      if (value?.type !== "Landed") break;
      // nothing was left to do: another verdict or its time came first
      const end = value.transaction === "" ? "over" : "settled";
      return { context: endEscrow(context, request.escrow, end), commands: noCommands };
    }
    case "ReadEscrow": {
      if (value?.type !== "EscrowShown") break;
      return heedEscrow(context, request.escrow, value);
    }
    case "ReadRewards":
      break;
  }
  return { context, commands: noCommands };
}
