/** What each answer of the chain leads to. */
import { noCommands } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { ChainOutcome, Wallet } from "../../kernel/ports/chain.ts";
import { VersionedMap } from "../../kernel/versioned-map.ts";
import { answered, intentOf, postpone, want } from "./asks.ts";
import { heedLook, keepVoucher, wantLook } from "./credentials.ts";
import type { EscrowJudged } from "./messages.ts";
import { endRoot } from "./roots.ts";
import type { Ask, Decided, TreasurerContext, TreasurerRules } from "./state.ts";

type Value = Extract<ChainOutcome["outcome"], { readonly ok: true }>["value"];

/** Verdicts that each half of the memory holds; the escrow itself takes one only. */
const VERDICTS_KEPT = 2_048;

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
    const { request } = ask;
    return {
      context:
        request.type === "PublishRoot"
          ? endRoot(noted, request.epoch, { at: "refused", rules })
          : noted,
      commands: noCommands,
    };
  };
}

interface Asked {
  readonly ask: Ask;
  readonly rules: TreasurerRules;
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
    case "SettleEscrow":
    case "ReadRewards":
      break;
  }
  return { context, commands: noCommands };
}

/** The first verdict on an escrow is brought to it; a second one, the same or not, is not. */
export function judgeEscrow(
  context: TreasurerContext,
  { message }: Delivery<EscrowJudged>,
): Decided {
  const { escrow, verdict, job, result } = message;
  const { young, old } = context.verdicts;
  const known = young.get(escrow) ?? old.get(escrow);
  if (known !== undefined) {
    const declined = context.declined + (known === verdict ? 0 : 1);
    return { context: { ...context, declined }, commands: noCommands };
  }
  const verdicts =
    young.size < VERDICTS_KEPT
      ? { young: young.set(escrow, verdict), old }
      : { young: VersionedMap.of<Wallet, typeof verdict>([[escrow, verdict]]), old: young };
  const intent = `escrow/${escrow}`;
  const request = { type: "SettleEscrow", intent, job, escrow, result, verdict } as const;
  return {
    context: want({ ...context, verdicts }, intent, { request, owner: null }),
    commands: noCommands,
  };
}
