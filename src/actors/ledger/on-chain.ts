/**
 * A ledger with a treasurer: it tells of every change of standing and of every posted epoch, hears
 * how credentials stand on chain, and asks for a valid one before it holds a price in escrow. In
 * all else it is the ledger that it was, and a network without a chain has the one without this.
 */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import type { Behaviour, Step } from "../../kernel/behaviour.ts";
import type { ChartState } from "../../kernel/chart.ts";
import { type Command, noCommands, reply, send } from "../../kernel/command.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { DAY, formatDuration } from "../../kernel/duration.ts";
import type { Claim } from "../../kernel/policies/rewards.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import type { StandingChanged } from "../contributor/messages.ts";
import type { ReserveRefused } from "../job/messages.ts";
import type { ClaimsPosted, CredentialWanted, StandingSeen } from "../treasurer/messages.ts";
import { CredentialOnChain, LedgerMessage, type Reserve } from "./messages.ts";
import type { LedgerContext, LedgerInput } from "./state.ts";

/** How long what was seen on chain is believed while the chain cannot be asked. */
const BELIEVED_US = DAY;
/** What was seen longer ago is asked for again when its owner wants something. */
const FRESH_US = DAY / 24;

const ChainedMessage = Schema.Union(...LedgerMessage.members, CredentialOnChain);
type ChainedMessage = typeof ChainedMessage.Type;

const OnChain = Schema.Struct({ seen: versionedMap(Address, CredentialOnChain) });
type OnChain = typeof OnChain.Type;

const unseen = (): OnChain => ({ seen: VersionedMap.empty() });
/** A ledger may have kept its books before there was a chain. */
const Kept = Schema.optionalWith(OnChain, { default: unseen });

export interface ChainRule<S> {
  readonly treasurer: Address;
  /** False: credentials are shown, and nobody is refused for want of one. */
  readonly isRequired: boolean;
  /** The newest epoch of rewards; null where there is none. */
  readonly posted: (
    state: S,
  ) => { readonly epoch: number; readonly claims: ReadonlyArray<Claim> } | null;
}

type Ledger<S> = Behaviour<S, LedgerMessage, LedgerInput>;
export type OnChainState<S> = S & { readonly onChain: OnChain };

export function withTreasurer<S extends ChartState<LedgerContext>>(
  ledger: Ledger<S>,
  rule: ChainRule<S>,
): Behaviour<OnChainState<S>, ChainedMessage, LedgerInput> {
  const withChain = (step: Step<S>, onChain: OnChain): Step<OnChainState<S>> => {
    return { ...step, state: { ...step.state, onChain } };
  };
  return {
    ...ledger,
    State: Schema.extend(ledger.State, Schema.Struct({ onChain: Kept })) as Schema.Schema<
      OnChainState<S>,
      unknown
    >,
    Message: ChainedMessage,
    init: (input) => withChain(ledger.init(input), unseen()),
    step: (before, delivery) => {
      if (delivery.type === "CredentialOnChain") return heedChain(before, delivery, rule);
      const step = ledger.step(before, delivery);
      if (delivery.type === "Reserve" && rule.isRequired && isNew(before, step.state, delivery)) {
        const verdict = judge(before.onChain, delivery);
        if (verdict.refusal !== undefined) {
          const commands = [reply(verdict.refusal), ...wish(verdict, delivery, rule)];
          return { state: before, commands, handled: true };
        }
        const commands = [...step.commands, ...wish(verdict, delivery, rule)];
        return withChain({ ...step, commands }, before.onChain);
      }
      const told = newsOf(before, step, rule);
      return withChain({ ...step, commands: [...step.commands, ...told] }, before.onChain);
    },
  };
}

/** Only the treasurer's word counts, and the newest look. */
function heedChain<S>(
  state: OnChainState<S>,
  { from, message }: Delivery<CredentialOnChain>,
  { treasurer }: ChainRule<S>,
): Step<OnChainState<S>> {
  if (from !== treasurer) return { state, commands: noCommands, handled: false };
  const seen = state.onChain.seen.set(message.owner, message);
  return { state: { ...state, onChain: { seen } }, commands: noCommands, handled: true };
}

/** True if the ledger would hold this price for the first time, and not for the commons. */
function isNew(
  before: ChartState<LedgerContext>,
  after: ChartState<LedgerContext>,
  { from, message }: Delivery<Reserve>,
): boolean {
  const { commons } = before.context.input;
  if (message.commons && message.requester === commons) return false;
  return !before.context.books.escrows.has(from) && after.context.books.escrows.has(from);
}

interface Verdict {
  readonly refusal: ReserveRefused | undefined;
  readonly isFresh: boolean;
}

function judge({ seen }: OnChain, { message, atUs }: Delivery<Reserve>): Verdict {
  const known = seen.get(message.requester);
  const isFresh = known !== undefined && atUs - known.seenUs <= FRESH_US;
  const rule = objection(known, atUs);
  if (rule === undefined) return { refusal: undefined, isFresh };
  const numbers = { have: nanoVcu(0n), need: message.amount };
  return {
    refusal: { type: "ReserveRefused", reason: "no-credential", rule, ...numbers },
    isFresh: false,
  };
}

/** Why what was seen on chain does not entitle; undefined when it does. */
function objection(known: CredentialOnChain | undefined, atUs: number): string | undefined {
  const asks = "the network asks for a valid credential on chain";
  if (known === undefined || known.seenUs === 0) {
    return `${asks}, and none was seen; link a wallet, claim the voucher, and hand it in again`;
  }
  switch (known.state) {
    case "none":
      return `${asks}, and this wallet has none; claim the voucher and hand it in again`;
    case "lapsed":
      return `${asks}, and this one has lapsed; contribute, claim the new voucher and try again`;
    case "revoked":
      return `${asks}, and this one was ended for good`;
    case "valid":
      break;
  }
  if (atUs >= known.untilUs) {
    return `${asks}, and this one has lapsed; contribute, claim the new voucher and try again`;
  }
  if (atUs - known.seenUs <= BELIEVED_US) return undefined;
  return (
    `${asks}, and this one was last seen ${formatDuration(atUs - known.seenUs)} ago; ` +
    `${formatDuration(BELIEVED_US)} is as long as it is believed; try again when the chain answers`
  );
}

/** Whoever is not sure of a credential asks for it. */
function wish<S>(
  { isFresh }: Verdict,
  { message }: Delivery<Reserve>,
  { treasurer }: ChainRule<S>,
): ReadonlyArray<Command> {
  if (isFresh) return noCommands;
  const wanted: CredentialWanted = { type: "CredentialWanted", owner: message.requester };
  return [send(treasurer, wanted)];
}

/** What the treasurer must know of this step. */
function newsOf<S extends ChartState<LedgerContext>>(
  before: S,
  { state, commands }: Step<S>,
  { treasurer, posted }: ChainRule<S>,
): ReadonlyArray<Command> {
  const news: Array<Command> = [];
  for (const command of commands) {
    if (command.command !== "Send" || command.message.type !== "StandingChanged") continue;
    const changed = command.message as StandingChanged;
    const { sequence, credential, earned } = changed;
    const seen: StandingSeen = {
      type: "StandingSeen",
      owner: command.to,
      sequence,
      state: changed.state,
      credential,
      earned,
    };
    news.push(send(treasurer, seen));
  }
  const epoch = posted(state);
  if (epoch !== null && epoch.epoch !== posted(before)?.epoch) {
    const claims: ClaimsPosted = { type: "ClaimsPosted", epoch: epoch.epoch, claims: epoch.claims };
    news.push(send(treasurer, claims));
  }
  return news;
}
