/**
 * Issues rewards beside the books: when a ledger's epoch ends, what its accounts did since they
 * were last looked at is noted, and once a day the rewards rule issues for it and posts a root. It
 * changes no credit, so the books are the same with and without it. Only accounts that moved are
 * looked at, and only an audited ledger keeps the lines that name them: where nobody recounts,
 * nothing is issued.
 */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import type { Behaviour } from "../../kernel/behaviour.ts";
import type { ChartState } from "../../kernel/chart.ts";
import { NanoVcu, nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { type Did, type RewardsPolicy, RewardsState } from "../../kernel/policies/rewards.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import type { LedgerMessage } from "./messages.ts";
import type { LedgerContext, LedgerInput } from "./state.ts";

/** What an account had done in its whole life when it was last looked at. */
const Counted = Schema.Struct({ earned: NanoVcu, spent: NanoVcu });
type Counted = typeof Counted.Type;

const Rewards = Schema.Struct({ issue: RewardsState, counted: versionedMap(Address, Counted) });
type Rewards = typeof Rewards.Type;

/** A ledger may have kept its books before there were rewards. */
const Kept = Schema.optionalWith(Schema.NullOr(Rewards), { default: () => null });

/** A ledger's state and what it has issued; null before its first delivery. */
export interface IssuingState extends ChartState<LedgerContext> {
  readonly rewards: Rewards | null;
}

export interface RewardsRule<P> {
  readonly policy: RewardsPolicy<P>;
  readonly params: P;
}

type Ledger = Behaviour<ChartState<LedgerContext>, LedgerMessage, LedgerInput>;

/** A ledger that issues rewards; in all else the ledger that it was. */
export function withRewards<P>(
  ledger: Ledger,
  rule: RewardsRule<P>,
): Behaviour<IssuingState, LedgerMessage, LedgerInput> {
  return {
    ...ledger,
    State: Schema.extend(ledger.State, Schema.Struct({ rewards: Kept })) as Schema.Schema<
      IssuingState,
      unknown
    >,
    init: (input) => {
      const { state, commands, handled } = ledger.init(input);
      return { state: { ...state, rewards: null }, commands, handled };
    },
    step: (before, delivery) => {
      const { state, commands, handled } = ledger.step(before, delivery);
      const { at, context } = state;
      const known = before.rewards ?? begin(rule, delivery.atUs);
      const rewards = after({ before: before.context, context, rewards: known }, delivery, rule);
      return { state: { at, context, rewards }, commands, handled };
    },
  };
}

function begin<P>({ policy, params }: RewardsRule<P>, atUs: number): Rewards {
  return { issue: policy.init(params, atUs), counted: VersionedMap.empty() };
}

interface Change {
  readonly before: LedgerContext;
  readonly context: LedgerContext;
  readonly rewards: Rewards;
}

function after<P>(
  change: Change,
  { atUs, message }: Delivery<LedgerMessage>,
  { policy, params }: RewardsRule<P>,
): Rewards {
  const { before, context, rewards } = change;
  if (message.type === "Slash" && isSlashed(change, message.owner)) {
    const issue = policy.clawBack(params, rewards.issue, { owner: message.owner, atUs });
    return { issue, counted: rewards.counted };
  }
  if (context.epoch === before.epoch) return rewards;
  const { did, counted } = countMoved(change);
  const issue = policy.note(rewards.issue, did);
  return {
    issue: policy.isDue(params, issue, atUs) ? policy.close(params, issue, atUs) : issue,
    counted,
  };
}

/** True if the ledger counted the proof: a repeated one burns nothing more. */
function isSlashed({ before, context }: Change, owner: Address): boolean {
  const slashes = context.books.accounts.get(owner)?.slashes ?? 0;
  return slashes > (before.books.accounts.get(owner)?.slashes ?? 0);
}

/** Cleared work and used credit since each moved account was last looked at. */
function countMoved({ before, rewards }: Change): {
  readonly did: ReadonlyArray<Did>;
  readonly counted: Rewards["counted"];
} {
  const did: Array<Did> = [];
  const seen: Array<readonly [Address, Counted]> = [];
  for (const [owner] of before.books.lines.entries()) {
    const account = before.books.accounts.get(owner);
    if (account === undefined) continue;
    const { earned, spent } = account;
    const last = rewards.counted.get(owner);
    const worked = nanoVcu(earned - (last?.earned ?? 0n));
    const used = nanoVcu(spent - (last?.spent ?? 0n));
    if (worked === 0n && used === 0n) continue;
    did.push([owner, { worked, carried: nanoVcu(0n), used }]);
    seen.push([owner, { earned, spent }]);
  }
  return { did, counted: rewards.counted.setAll(seen) };
}
