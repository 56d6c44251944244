/**
 * A contributor's memory and decisions. It knows the ledger's word on it only as a copy: what it
 * refuses spares a round trip, and what it lets through the ledger judges again.
 */
import { Schema } from "effect";
import { Address, kindOf, portAddress } from "../../kernel/address.ts";
import type { Decision } from "../../kernel/chart.ts";
import { type Command, noCommands, publish, send, startTimer } from "../../kernel/command.ts";
import { inVcu, NanoVcu, nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { MINUTE } from "../../kernel/duration.ts";
import { invariant } from "../../kernel/invariant.ts";
import { Limits } from "../../kernel/limits.ts";
import type { SubmitJob, SubmitTraining } from "../edge/messages.ts";
import type { Appeal } from "../ledger/messages.ts";
import type { OwnerStanding } from "../node/messages.ts";
import {
  type AccountOpened,
  Credential,
  type DemandAnswered,
  type DemandArrived,
  type DemandWithdrawn,
  type EarningEnded,
  type JobFailed,
  type JobRefused,
  type JobSettled,
  type NodesChanged,
  type RefusalReason,
  type ResultCorrected,
  type StandingChanged,
  type StandingState,
  type TrainingWanted,
} from "./messages.ts";

export const ContributorInput = Schema.Struct({
  edges: Schema.Array(Address),
  ledger: Address,
  nodes: Schema.Array(Address),
  limits: Schema.typeSchema(Limits),
  /**
   * "account": the ledger keeps books and lets everybody in at once. "open": no ledger takes part,
   * and whoever has found an edge may use the network.
   */
  gate: Schema.Literal("credit", "account", "open"),
  /** Whoever lacks credit for a job has its machines earn some with work of the commons. */
  earns: Schema.optionalWith(Schema.Boolean, { exact: true }),
});
export type ContributorInput = typeof ContributorInput.Type;

/** The ledger's last word; shared by all contributors until the ledger says otherwise. */
const StandingCopy = Schema.Struct({
  credential: Credential,
  balance: NanoVcu,
  earned: NanoVcu,
  validResults: Schema.Int,
  wrongResults: Schema.Int,
  evidence: Schema.Array(Schema.String),
});
type StandingCopy = typeof StandingCopy.Type;

export const ContributorContext = Schema.Struct({
  input: ContributorInput,
  /** Nearest edge; null until one has answered. */
  edge: Schema.NullOr(Address),
  /** Number of the round of Pings in flight. */
  probe: Schema.Int,
  /** The ledger's count of changes; older news are ignored. */
  sequence: Schema.Int,
  standing: StandingCopy,
  /** True while suspended: the evidence is looked at again once per suspension. */
  appealed: Schema.Boolean,
  /** What the nodes believe of their owner; they start with "probation". */
  told: Schema.Literal("probation", "member", "earning", "drained"),
});
export type ContributorContext = typeof ContributorContext.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
function withContributor(
  old: ContributorContext,
  change: Partial<ContributorContext>,
): ContributorContext {
  return {
    input: change.input ?? old.input,
    edge: change.edge === undefined ? old.edge : change.edge,
    probe: change.probe ?? old.probe,
    sequence: change.sequence ?? old.sequence,
    standing: change.standing ?? old.standing,
    appealed: change.appealed ?? old.appealed,
    told: change.told ?? old.told,
  };
}

type Decided = Decision<ContributorContext>;

const nothingKnown: StandingCopy = {
  credential: "none",
  balance: nanoVcu(0n),
  earned: nanoVcu(0n),
  validResults: 0,
  wrongResults: 0,
  evidence: [],
};

export function newContributor(input: ContributorInput): ContributorContext {
  return {
    input,
    edge: null,
    probe: 0,
    sequence: 0,
    standing: nothingKnown,
    appealed: false,
    told: "probation",
  };
}

/** Asks every edge at once: all Pings leave together, so the first Pong is the nearest edge's. */
export function probeEdges(context: ContributorContext): Decided {
  const probe = context.probe + 1;
  const ping = { type: "Ping", probe };
  return {
    context: withContributor(context, { probe }),
    commands: context.input.edges.map((edge) => send(edge, ping)),
  };
}

/** Only edges that were asked may become the contributor's edge. */
export function isOwnEdge(context: ContributorContext, from: Address): boolean {
  return context.input.edges.includes(from);
}

export function keepEdge(context: ContributorContext, delivery: { from: Address }): Decided {
  return {
    context: withContributor(context, { edge: delivery.from }),
    commands: [send(context.input.ledger, { type: "OpenAccount" })],
  };
}

export function keepEdgeOpenly(context: ContributorContext, delivery: { from: Address }): Decided {
  return tellNodes(withContributor(context, { edge: delivery.from }), "member");
}

export function beginProbation(
  context: ContributorContext,
  delivery: Delivery<AccountOpened>,
): Decided {
  const { sequence } = delivery.message;
  return { context: withContributor(context, { sequence }), commands: noCommands };
}

export function isNews(context: ContributorContext, delivery: Delivery<StandingChanged>): boolean {
  return delivery.message.sequence > context.sequence;
}

const toldIn: Readonly<Record<StandingState, ContributorContext["told"]>> = {
  probation: "probation",
  active: "member",
  suspended: "drained",
  revoked: "drained",
};

/**
 * Copies the ledger's word; nodes hear of it only when it changes what they may do. Whoever is
 * suspended appeals at once: it costs nothing, and honest work is found right again.
 */
export function heedStanding(
  context: ContributorContext,
  delivery: Delivery<StandingChanged>,
): Decided {
  const { sequence, state, credential, balance, earned, validResults, wrongResults, evidence } =
    delivery.message;
  const standing = { credential, balance, earned, validResults, wrongResults, evidence };
  const appealed = state === "suspended";
  const heeded = withContributor(context, { sequence, standing, appealed });
  const isEarning = state === "active" && context.told === "earning";
  const told = tellNodes(heeded, isEarning ? "earning" : toldIn[state]);
  if (!appealed || context.appealed) return told;
  const appeal: Appeal = { type: "Appeal" };
  return {
    context: told.context,
    commands: [...told.commands, send(context.input.ledger, appeal)],
  };
}

function tellNodes(context: ContributorContext, told: ContributorContext["told"]): Decided {
  if (told === context.told) return { context, commands: noCommands };
  const message = wordToNodes(told);
  return {
    context: withContributor(context, { told }),
    commands: context.input.nodes.map((node) => send(node, message)),
  };
}

/** Its machines take work of the commons: it is new, or lacks credit. */
export function earns({ told }: Pick<ContributorContext, "told">): boolean {
  return told === "probation" || told === "earning";
}

function wordToNodes(told: ContributorContext["told"]): OwnerStanding {
  return { type: "OwnerStanding", probation: earns({ told }), drain: told === "drained" };
}

/** New machines begin by believing that their owner is in probation; they hear when it is not. */
export function changeNodes(
  context: ContributorContext,
  delivery: Delivery<NodesChanged>,
): Decided {
  const { input, told } = context;
  const nodes = [...new Set(delivery.message.nodes)];
  const message = wordToNodes(told);
  const added = told === "probation" ? [] : nodes.filter((node) => !input.nodes.includes(node));
  return {
    context: withContributor(context, { input: { ...input, nodes } }),
    commands: added.map((node) => send(node, message)),
  };
}

/** Whether the job is this contributor's the job knows: it heeds nobody else. */
export function withdrawDemand(
  context: ContributorContext,
  delivery: Delivery<DemandWithdrawn>,
): Decided {
  const { job } = delivery.message;
  const type = kindOf(job) === "training" ? "EndTraining" : "CancelJob";
  return { context, commands: [send(job, { type })] };
}

/** Hands the demand to the edge; whether there is credit for it the ledger says. */
export function submitDemand(
  context: ContributorContext,
  delivery: Delivery<DemandArrived>,
): Decided {
  const { edge } = context;
  invariant(edge !== null, "an active contributor has an edge");
  const { demand, tasks, inputBytes, outputBytes, memoryMib, contents } = delivery.message;
  const sizes = { inputBytes, outputBytes, memoryMib };
  const job: SubmitJob = { type: "SubmitJob", demand, tasks, ...sizes, contents };
  return withoutEarning(context, send(edge, job));
}

export function submitTraining(
  context: ContributorContext,
  delivery: Delivery<TrainingWanted>,
): Decided {
  const { edge } = context;
  invariant(edge !== null, "an active contributor has an edge");
  const { demand, run } = delivery.message;
  const training: SubmitTraining = { type: "SubmitTraining", demand, run };
  return withoutEarning(context, send(edge, training));
}

/** Whether there is enough now the answer will tell: till then machines are free for other work. */
function withoutEarning(context: ContributorContext, submission: Command): Decided {
  if (context.told !== "earning") return { context, commands: [submission] };
  const { context: next, commands } = tellNodes(context, "member");
  const cancel: Command = { command: "CancelTimer", key: EARNING };
  return { context: next, commands: [...commands, cancel, submission] };
}

function ruleOfApplicant({ input, edge, probe }: ContributorContext): string {
  const rule = "only who has an account may hand in jobs";
  return edge === null
    ? `${rule}; none of ${input.edges.length} edges has answered probe ${probe} so far`
    : `${rule}; ${input.ledger} has not opened one yet`;
}

function ruleOfProbation({ input, sequence, standing }: ContributorContext): string {
  const { probationResults, probationMilliVcu } = input.limits;
  const work = inVcu(BigInt(probationMilliVcu) * 1_000_000n);
  return (
    `probation ends at ${probationResults} verified results and ${work} of verified work; ` +
    `${standing.validResults} and ${inVcu(standing.earned)} are known here (news ${sequence})`
  );
}

function ruleOfSuspension({ input, sequence, standing }: ContributorContext): string {
  const { wrongResults, validResults, evidence } = standing;
  return (
    `${input.limits.suspendAfterWrong} wrong results and more than a fifth of all suspend; ` +
    `${wrongResults} of ${wrongResults + validResults} were wrong (news ${sequence}): ` +
    evidence.join(", ")
  );
}

function ruleOfRevocation({ input, sequence, standing }: ContributorContext): string {
  return (
    `${input.ledger} ended this contributor's rights for good (news ${sequence}): ` +
    standing.evidence.join(", ")
  );
}

type Refuse = (
  context: ContributorContext,
  delivery: Delivery<DemandArrived | TrainingWanted>,
) => Decided;

function refuseDemand(reason: RefusalReason, rule: (of: ContributorContext) => string): Refuse {
  return (context, { message: { demand } }) => {
    const words = `${reason}: ${rule(context)}`;
    return { context, commands: [answer(demand, "refused", words, nanoVcu(0n))] };
  };
}

export const refuseApplicant = refuseDemand("not-a-contributor", ruleOfApplicant);
export const refuseInProbation = refuseDemand("in-probation", ruleOfProbation);
export const refuseSuspended = refuseDemand("suspended", ruleOfSuspension);
export const refuseRevoked = refuseDemand("revoked", ruleOfRevocation);

export function passRefusal(context: ContributorContext, delivery: Delivery<JobRefused>): Decided {
  const { demand, reason, rule } = delivery.message;
  const isShort = reason === "insufficient-credit" && context.input.earns === true;
  const begun = isShort ? earn(context) : { context, commands: noCommands };
  const words = `${reason}: ${rule}`;
  return {
    context: begun.context,
    commands: [answer(demand, "refused", words, nanoVcu(0n)), ...begun.commands],
  };
}

/** How long machines earn for one refusal: long enough for a small job, and for no surprise. */
const EARN_US = 10 * MINUTE;
const EARNING = "earning";

/** As newcomers do, its machines take work of the commons; each further refusal starts anew. */
function earn(context: ContributorContext): Decided {
  if (context.told !== "member" && context.told !== "earning") {
    return { context, commands: noCommands };
  }
  const told = tellNodes(context, "earning");
  const ended: EarningEnded = { type: "EarningEnded" };
  return {
    context: told.context,
    commands: [...told.commands, startTimer(EARNING, EARN_US, ended)],
  };
}

export function endEarning(context: ContributorContext): Decided {
  return context.told === "earning"
    ? tellNodes(context, "member")
    : { context, commands: noCommands };
}

export function passResult(context: ContributorContext, delivery: Delivery<JobSettled>): Decided {
  const { demand, spent } = delivery.message;
  return { context, commands: [answer(demand, "settled", "", spent)] };
}

export function passFailure(context: ContributorContext, delivery: Delivery<JobFailed>): Decided {
  const { demand, reason, spent } = delivery.message;
  return { context, commands: [answer(demand, "failed", reason, spent)] };
}

/** Tells whoever shows the results; a demand is answered only once. */
export function noteCorrection(
  context: ContributorContext,
  delivery: Delivery<ResultCorrected>,
): Decided {
  return { context, commands: [publish("corrected", delivery.message)] };
}

const requester = portAddress("requester");

function answer(
  demand: number,
  outcome: DemandAnswered["answer"],
  reason: string,
  spent: NanoVcu,
): Command {
  const message: DemandAnswered = {
    type: "DemandAnswered",
    demand,
    answer: outcome,
    reason,
    spent,
  };
  return send(requester, message);
}
