/**
 * A treasurer takes everybody's news at all times. What it wants of the chain it asks for while the
 * chain answers; when it does not, everything waits, and one call at a time tries again.
 */
import { portAddress } from "../../kernel/address.ts";
import { chartSetup, type Decision, decide } from "../../kernel/chart.ts";
import { CHAIN } from "../../kernel/ports/chain.ts";
import {
  askAgain,
  dispatch,
  isAbsence,
  isAwaited,
  noteAbsence,
  pauseOf,
  probe,
  putBack,
} from "./asks.ts";
import { heedStanding, heedWish, linkWallet, lookNow } from "./credentials.ts";
import { judgeEscrow, lookAtEscrow, watchEscrow } from "./escrows.ts";
import { DESK, type TreasurerMessage } from "./messages.ts";
import { heedOutcome } from "./outcomes.ts";
import { heedClaims } from "./roots.ts";
import {
  newTreasurer,
  type TreasurerContext,
  type TreasurerInput,
  type TreasurerRules,
} from "./state.ts";

const desk = portAddress(DESK);
const chain = portAddress(CHAIN);

type Heed<D> = (context: TreasurerContext, delivery: D) => Decision<TreasurerContext>;

/** As `decide`, and what is wanted goes out. */
function decideAndAsk<D>(heed: Heed<D>) {
  return decide((context: TreasurerContext, delivery: D) => dispatch(heed(context, delivery)));
}

/** News in a state that asks the chain, or in one that lets it wait. */
function onNews(rules: TreasurerRules, act: typeof decideAndAsk) {
  return {
    WalletLinked: { guard: "isFromDesk" as const, actions: act(linkWallet) },
    EscrowWatched: { guard: "isFromDesk" as const, actions: act(watchEscrow) },
    EscrowJudged: { guard: "isFromDesk" as const, actions: act(judgeEscrow) },
    CredentialWanted: { guard: "isFromLedgerOrDesk" as const, actions: act(heedWish) },
    StandingSeen: { guard: "isFromLedger" as const, actions: act(heedStanding) },
    ClaimsPosted: { guard: "isFromLedger" as const, actions: act(heedClaims(rules)) },
    LookDue: { actions: act(lookNow) },
    AskDue: { actions: act(askAgain) },
    EscrowDue: { actions: act(lookAtEscrow) },
  };
}

export function treasurerMachine(rules: TreasurerRules) {
  return chartSetup<TreasurerContext, TreasurerMessage, TreasurerInput>()({
    guards: {
      isFromDesk: ({ event }) => event.from === desk,
      isFromLedger: ({ context, event }) => event.from === context.input.ledger,
      isFromLedgerOrDesk: ({ context, event }) =>
        event.from === context.input.ledger || event.from === desk,
      showsAbsence: ({ context, event }) =>
        event.type === "PortOutcome" &&
        event.from === chain &&
        isAwaited(context, event) &&
        isAbsence(event),
      isAwaited: ({ context, event }) =>
        event.type === "PortOutcome" && event.from === chain && isAwaited(context, event),
    },
    delays: { pause: ({ context }) => pauseOf(context) },
  }).createMachine({
    id: "treasurer",
    context: ({ input }) => newTreasurer(input),
    initial: "serving",
    states: {
      serving: {
        on: {
          ...onNews(rules, decideAndAsk),
          PortOutcome: [
            { guard: "showsAbsence", target: "away", actions: decide(noteAbsence) },
            { guard: "isAwaited", actions: decideAndAsk(heedOutcome(rules)) },
            // to a call that was given up
            {},
          ],
        },
      },
      away: {
        after: { pause: { target: "trying", actions: decide(probe) } },
        on: {
          ...onNews(rules, decide),
          PortOutcome: [
            { guard: "showsAbsence", actions: decide(putBack) },
            {
              guard: "isAwaited",
              target: "serving",
              actions: decideAndAsk(heedOutcome(rules)),
            },
            {},
          ],
        },
      },
      trying: {
        on: {
          ...onNews(rules, decide),
          PortOutcome: [
            { guard: "showsAbsence", target: "away", actions: decide(noteAbsence) },
            {
              guard: "isAwaited",
              target: "serving",
              actions: decideAndAsk(heedOutcome(rules)),
            },
            {},
          ],
        },
      },
    },
  });
}
