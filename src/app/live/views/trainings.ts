/**
 * The lives of training runs that contributors handed in, told from the deliveries of an edge and
 * its runs: how far they are, who had a part in which round, what was paid, why they ended.
 */
import type { SubmitTraining } from "../../../actors/edge/messages.ts";
import type { JobClosed, ReserveRefused, ResultReported } from "../../../actors/job/messages.ts";
import type { Settle } from "../../../actors/ledger/messages.ts";
import type { TrainingContext, TrainingInput } from "../../../actors/training/state.ts";
import { type Address, kindOf } from "../../../kernel/address.ts";
import type { Delivery } from "../../../kernel/delivery.ts";
import type { Seen, View } from "../../../live/view.ts";

/** One round: which nodes brought an update, and when the last one came. */
export interface Round {
  readonly nodes: Address[];
  atUs: number;
}

export interface Training {
  readonly training: Address;
  readonly edge: Address;
  readonly requester: Address;
  readonly demand: number;
  readonly rounds: number;
  readonly workers: number;
  readonly submittedUs: number;
  /** Chart state of the run, such as "collecting". */
  at: string;
  /** Rounds that are over, also those that brought nothing. */
  round: number;
  /** Executions that are asked for. */
  open: number;
  used: number;
  late: number;
  dropped: number;
  /** Blob of the state after the last round that moved the parameters; empty at first. */
  state: string;
  readonly byRound: Round[];
  admittedUs: number;
  endedUs: number;
  refused: boolean;
  /** Why it was refused or failed. */
  reason: string;
  spent: bigint;
  refunded: bigint;
}

export interface Trainings {
  readonly byAddress: Map<Address, Training>;
  readonly byDemand: Map<string, Training>;
}

/** Runs that have ended and are kept; the oldest go first. */
const KEPT = 1_000;

export function trainingKey(requester: Address, demand: number): string {
  return `${requester}#${demand}`;
}

export const trainingsView: View<Trainings> = {
  name: "trainings",
  version: 1,
  empty: () => ({ byAddress: new Map(), byDemand: new Map() }),
  fold: (view, seen) => {
    const kind = kindOf(seen.actor);
    if (kind === "edge") foldEdge(view, seen);
    else if (kind === "training") foldTraining(view, seen);
    return view;
  },
  save: ({ byAddress }) =>
    [...byAddress.values()].map((each) => ({
      ...each,
      byRound: each.byRound.map((round) => ({ ...round, nodes: [...round.nodes] })),
    })),
  load: (saved) => {
    const view: Trainings = { byAddress: new Map(), byDemand: new Map() };
    for (const each of saved as ReadonlyArray<Training>) keep(view, each);
    return view;
  },
};

function keep(view: Trainings, training: Training): void {
  view.byAddress.set(training.training, training);
  view.byDemand.set(trainingKey(training.requester, training.demand), training);
}

function foldEdge(view: Trainings, { actor: edge, delivery, step }: Seen): void {
  if (delivery.type !== "SubmitTraining") return;
  const { demand, run } = delivery.message as SubmitTraining;
  for (const command of step.commands) {
    if (command.command !== "Spawn" || kindOf(command.address) !== "training") continue;
    const training = command.address;
    if (view.byAddress.has(training)) continue;
    const { requester } = command.input as TrainingInput;
    const { rounds, workers } = run;
    const of = { training, edge, requester, demand, rounds, workers };
    keep(view, { ...of, submittedUs: delivery.atUs, ...untouched() });
    forgetOldest(view);
  }
}

function untouched() {
  return {
    at: "opening",
    round: 0,
    open: 0,
    used: 0,
    late: 0,
    dropped: 0,
    state: "",
    byRound: [],
    admittedUs: 0,
    endedUs: 0,
    refused: false,
    reason: "",
    spent: 0n,
    refunded: 0n,
  };
}

function foldTraining(view: Trainings, { actor, delivery, step }: Seen): void {
  const training = view.byAddress.get(actor);
  if (training === undefined) return;
  const { at, context } = step.state as { readonly at: string; readonly context: TrainingContext };
  const wasOpen = training.open;
  training.round = context.round;
  training.open = context.open.length;
  training.used = context.used;
  training.late = context.late;
  training.dropped = context.dropped;
  training.state = context.state;
  heed(training, delivery);
  if (delivery.type === "ResultReported" && training.open < wasOpen) {
    noteUpdate(training, delivery as Delivery<ResultReported>);
  }
  for (const command of step.commands) {
    if (command.command !== "Send") continue;
    if (command.message.type === "Settle") {
      const { each, payees } = command.message as Settle;
      training.spent += each * BigInt(payees.length);
    }
    if (command.to === training.requester) heedAnswer(training, command.message, delivery.atUs);
  }
  training.at = at;
}

function heed(training: Training, { type, message, atUs }: Delivery): void {
  if (type === "Reserved" && training.admittedUs === 0) training.admittedUs = atUs;
  if (type === "ReserveRefused") {
    const { reason, rule } = message as ReserveRefused;
    training.refused = true;
    training.reason = `${reason}: ${rule}`;
  }
  if (type === "JobClosed") {
    const { spent, refunded } = message as JobClosed;
    training.spent = spent;
    training.refunded = refunded;
  }
}

/** The round is the last part of the task's id. */
function noteUpdate(
  { byRound, rounds }: Training,
  { from, message, atUs }: Delivery<ResultReported>,
): void {
  // a round may be several tasks; attempts are named by their round and their number in it
  const round = Number(message.attempt.split(".").at(-2));
  if (!Number.isSafeInteger(round) || round > rounds) return;
  while (byRound.length <= round) byRound.push({ nodes: [], atUs: 0 });
  const known = byRound[round];
  if (known === undefined) return;
  known.nodes.push(from);
  known.atUs = atUs;
}

const whys: Readonly<Record<string, string>> = {
  "attempts-exhausted": "attempts-exhausted: eight rounds in a row brought no update",
  deadline: "deadline: the ledger did not answer in time",
};

/** A run tells its requester once, at its end. */
function heedAnswer(training: Training, message: { readonly type: string }, atUs: number): void {
  training.endedUs = atUs;
  if (message.type !== "JobFailed") return;
  const { reason } = message as { readonly type: string; readonly reason: string };
  training.reason = whys[reason] ?? reason;
}

function forgetOldest({ byAddress, byDemand }: Trainings): void {
  if (byAddress.size <= KEPT) return;
  for (const [at, training] of byAddress) {
    if (training.endedUs === 0) continue;
    byAddress.delete(at);
    byDemand.delete(trainingKey(training.requester, training.demand));
    if (byAddress.size <= KEPT) return;
  }
}
