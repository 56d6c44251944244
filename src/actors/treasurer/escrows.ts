/**
 * Escrows that name this network's verifiers. A contract pays the worker when its verifiers are
 * silent, so silence would pay a cheat: each escrow is watched until it is over, what is submitted
 * is judged by the result that the network verified, and where it verified none by the middle of
 * the judging time, the submission is wrong.
 */
import { noCommands, startTimer } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { HOUR, MINUTE } from "../../kernel/duration.ts";
import type { EscrowShown, Wallet } from "../../kernel/ports/chain.ts";
import { VersionedMap } from "../../kernel/versioned-map.ts";
import { want } from "./asks.ts";
import type { EscrowDue, EscrowJudged, EscrowWatched } from "./messages.ts";
import type { Decided, EscrowCase, EscrowEnd, TreasurerContext } from "./state.ts";

/** Escrows that are over, in each half of the memory; the contract itself takes one verdict. */
const ENDS_KEPT = 2_048;
/** Looks for an escrow that was never made or paid; with doubling waits they take half a day. */
const LOOKS_MOST = 14;
/** Looks in a judging time: a submission is seen in its first quarter. */
const LOOKS_A_VERDICT = 4;

const stranger: EscrowCase = {
  job: null,
  verified: "",
  verdict: null,
  submitted: "",
  looks: 0,
  refusals: 0,
};

/** Undefined for an escrow that this network does not remember to be over. */
export function endOf(
  { verdicts }: Pick<TreasurerContext, "verdicts">,
  escrow: Wallet,
): EscrowEnd | undefined {
  return verdicts.young.get(escrow) ?? verdicts.old.get(escrow);
}

export function watchEscrow(
  context: TreasurerContext,
  { message: { escrow } }: Delivery<EscrowWatched>,
): Decided {
  if (endOf(context, escrow) !== undefined) return { context, commands: noCommands };
  const known = context.escrows.get(escrow) ?? stranger;
  const next = withCase(context, escrow, { ...known, looks: 0 });
  return { context: wantEscrow(next, escrow), commands: noCommands };
}

/** The first result stands; a second one, the same or not, changes nothing. */
export function judgeEscrow(
  context: TreasurerContext,
  { message: { job, escrow, result } }: Delivery<EscrowJudged>,
): Decided {
  if (endOf(context, escrow) !== undefined) return { context, commands: noCommands };
  const known = context.escrows.get(escrow) ?? stranger;
  if (known.verified === result) return { context, commands: noCommands };
  if (known.verified !== "" || known.verdict !== null) {
    return { context: { ...context, declined: context.declined + 1 }, commands: noCommands };
  }
  const next = withCase(context, escrow, { ...known, job, verified: result, looks: 0 });
  return { context: wantEscrow(next, escrow), commands: noCommands };
}

export function lookAtEscrow(
  context: TreasurerContext,
  { message: { escrow } }: Delivery<EscrowDue>,
): Decided {
  const known = context.escrows.get(escrow);
  if (known === undefined) return { context, commands: noCommands };
  const next = withCase(context, escrow, { ...known, looks: known.looks + 1 });
  return { context: wantEscrow(next, escrow), commands: noCommands };
}

/** A look, unless its verdict is on the way. */
function wantEscrow(context: TreasurerContext, escrow: Wallet): TreasurerContext {
  if (context.asks.has(verdictOn(escrow))) return context;
  const request = { type: "ReadEscrow", escrow } as const;
  return want(context, `see/${escrow}`, { request, owner: null });
}

/** Intent of the verdict. */
export function verdictOn(escrow: Wallet): string {
  return `escrow/${escrow}`;
}

/** What the chain shows of an escrow decides what is signed, or when to look again. */
export function heedEscrow(context: TreasurerContext, escrow: Wallet, shown: EscrowShown): Decided {
  const known = context.escrows.get(escrow);
  if (known === undefined) return { context, commands: noCommands };
  const isThere = shown.state !== "absent" && shown.state !== "awaiting";
  if (shown.state === "done" || (isThere && shown.leftUs < 0)) {
    const end = endShown(known, shown);
    return { context: endEscrow(context, escrow, end), commands: noCommands };
  }
  if (!isThere && known.looks >= LOOKS_MOST) {
    // somebody may make it after all, and say so again
    return { context: forgotten(context, escrow), commands: noCommands };
  }
  const verdict = known.verdict ?? verdictFor(known, shown);
  if (verdict === null) return { context, commands: [lookLater(context, escrow, shown)] };
  const submitted = known.verdict === null ? shown.result : known.submitted;
  const decided = withCase(context, escrow, { ...known, verdict, submitted });
  const intent = verdictOn(escrow);
  const request = { type: "SettleEscrow", intent, escrow, result: submitted, verdict } as const;
  return { context: want(decided, intent, { request, owner: null }), commands: noCommands };
}

/** Of an escrow that takes no verdict of ours any more. */
function endShown({ refusals }: EscrowCase, { state }: EscrowShown): EscrowEnd["end"] {
  if (state !== "submitted") return "over";
  return refusals > 0 ? "refused" : "late";
}

/**
 * An endpoint may refuse for reasons of its own, such as a key that it does not know any more: as
 * long as there is time it is tried again. The contract takes one verdict, however often one comes.
 */
export function heedNo(context: TreasurerContext, escrow: Wallet, isVerdict: boolean): Decided {
  const known = context.escrows.get(escrow);
  if (known === undefined) return { context, commands: noCommands };
  const refusals = known.refusals + (isVerdict ? 1 : 0);
  const next = withCase(context, escrow, { ...known, refusals });
  return { context: next, commands: [lookLater(next, escrow, unseen)] };
}

/** How much time is left is not known then: it may be little. */
const unseen = { state: "absent", judgeUs: 20 * MINUTE, leftUs: 0 } as const;

/** Null while it is too early to say. */
function verdictFor(
  { verified }: EscrowCase,
  { state, result, leftUs, judgeUs }: EscrowShown,
): EscrowCase["verdict"] {
  if (state !== "submitted") return null;
  if (verified !== "") return verified === result ? "good" : "wrong";
  return leftUs <= judgeUs / 2 ? "wrong" : null;
}

/** Soon after news, then more and more seldom, and at the middle of the judging time. */
function lookLater(
  context: TreasurerContext,
  escrow: Wallet,
  shown: Pick<EscrowShown, "state" | "judgeUs" | "leftUs">,
) {
  const { lookUs } = context.input.pace;
  const { state, judgeUs, leftUs } = shown;
  const looks = context.escrows.get(escrow)?.looks ?? 0;
  const longest = judgeUs > 0 ? Math.max(lookUs, Math.floor(judgeUs / LOOKS_A_VERDICT)) : HOUR;
  let waitUs = Math.min(longest, lookUs * (1 << Math.min(looks, LOOKS_MOST)));
  if (state === "submitted") {
    waitUs = Math.min(waitUs, Math.max(lookUs, leftUs - Math.floor(judgeUs / 2)));
  }
  const due: EscrowDue = { type: "EscrowDue", escrow };
  return startTimer(`escrow/${escrow}`, waitUs, due);
}

/** From now on nothing is asked or signed about it. */
export function endEscrow(
  context: TreasurerContext,
  escrow: Wallet,
  end: EscrowEnd["end"],
): TreasurerContext {
  const known = context.escrows.get(escrow);
  if (known === undefined) return context;
  const { young, old } = context.verdicts;
  const ended: EscrowEnd = { verdict: known.verdict, end };
  const verdicts =
    young.size < ENDS_KEPT
      ? { young: young.set(escrow, ended), old }
      : { young: VersionedMap.of<Wallet, EscrowEnd>([[escrow, ended]]), old: young };
  return { ...forgotten(context, escrow), verdicts };
}

function forgotten(context: TreasurerContext, escrow: Wallet): TreasurerContext {
  return { ...context, escrows: context.escrows.delete(escrow) };
}

function withCase(context: TreasurerContext, escrow: Wallet, change: EscrowCase) {
  return { ...context, escrows: context.escrows.set(escrow, change) };
}
