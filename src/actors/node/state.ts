/**
 * A node's memory. Most nodes of a network are idle, and a million of them must fit into one
 * simulation: the context is flat and small, and idle nodes share one empty list of runs.
 */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import type { Decision } from "../../kernel/chart.ts";

export const NodeInput = Schema.Struct({
  owner: Address,
  edges: Schema.Array(Address),
  slots: Schema.Int,
  /** Speed of one slot, MFLOP per second. */
  slotMflops: Schema.Int,
  probation: Schema.Boolean,
  /** True: the machine is up from the beginning, without a word from the host. */
  starts: Schema.Boolean,
  /** The network (/24) that its line is seen in, set by the environment; "" is unknown. */
  network: Schema.String,
});
export type NodeInput = typeof NodeInput.Type;

/** One attempt that this node holds a lease on. */
export const Run = Schema.Struct({
  attempt: Schema.String,
  task: Schema.String,
  job: Address,
  content: Schema.String,
  mflop: Schema.Int,
  memoryMib: Schema.Int,
  inputBytes: Schema.Int,
  outputBytes: Schema.Int,
  token: Schema.Int,
  leaseUs: Schema.Int,
  /** Work that a checkpoint keeps, MFLOP. */
  doneMflop: Schema.Int,
  /** When it was taken: the same attempt may come back to the node that gave it back. */
  takenUs: Schema.Int,
  /** How often it was started before: each start is a call of the runner with a key of its own. */
  restarts: Schema.Int,
  /** "stopping": the abort is under way; "held": the owner needs the machine. */
  phase: Schema.Literal("running", "stopping", "held"),
});
export type Run = typeof Run.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function withRun(old: Run, change: Partial<Run>): Run {
  return {
    attempt: change.attempt ?? old.attempt,
    task: change.task ?? old.task,
    job: change.job ?? old.job,
    content: change.content ?? old.content,
    mflop: change.mflop ?? old.mflop,
    memoryMib: change.memoryMib ?? old.memoryMib,
    inputBytes: change.inputBytes ?? old.inputBytes,
    outputBytes: change.outputBytes ?? old.outputBytes,
    token: change.token ?? old.token,
    leaseUs: change.leaseUs ?? old.leaseUs,
    doneMflop: change.doneMflop ?? old.doneMflop,
    takenUs: change.takenUs ?? old.takenUs,
    restarts: change.restarts ?? old.restarts,
    phase: change.phase ?? old.phase,
  };
}

/** A result that the job has a commitment to and has not asked for yet. */
export const SealedResult = Schema.Struct({
  attempt: Schema.String,
  task: Schema.String,
  job: Address,
  token: Schema.Int,
  digest: Schema.String,
});
export type SealedResult = typeof SealedResult.Type;

const Probe = Schema.Struct({
  sentUs: Schema.Int,
  waiting: Schema.Int,
  nearest: Schema.NullOr(Address),
  rttUs: Schema.Int,
});

/** A round trip to another node that the edge has asked for. */
const Errand = Schema.Struct({ node: Address, probe: Schema.Int, sentUs: Schema.Int });

export const NodeContext = Schema.Struct({
  owner: Address,
  edges: Schema.Array(Address),
  slots: Schema.Int,
  slotMflops: Schema.Int,
  probation: Schema.Boolean,
  /** The owner was suspended: take nothing more. */
  drain: Schema.Boolean,
  /** The machine's owner uses it now. */
  busy: Schema.Boolean,
  /** The edge that has, or shall have, this node in its directory. */
  edge: Schema.NullOr(Address),
  rttUs: Schema.Int,
  /** Rounds of Pings so far; Pongs of an earlier round are too late. */
  rounds: Schema.Int,
  probe: Schema.NullOr(Probe),
  network: Schema.String,
  errand: Schema.NullOr(Errand),
  runs: Schema.Array(Run),
  /** Oldest first; results of jobs that never ask leave when there are too many. */
  sealed: Schema.Array(SealedResult),
});
export type NodeContext = typeof NodeContext.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function withNode(old: NodeContext, change: Partial<NodeContext>): NodeContext {
  return {
    owner: change.owner ?? old.owner,
    edges: change.edges ?? old.edges,
    slots: change.slots ?? old.slots,
    slotMflops: change.slotMflops ?? old.slotMflops,
    probation: change.probation ?? old.probation,
    drain: change.drain ?? old.drain,
    busy: change.busy ?? old.busy,
    edge: change.edge === undefined ? old.edge : change.edge,
    rttUs: change.rttUs ?? old.rttUs,
    rounds: change.rounds ?? old.rounds,
    probe: change.probe === undefined ? old.probe : change.probe,
    network: change.network ?? old.network,
    errand: change.errand === undefined ? old.errand : change.errand,
    runs: change.runs ?? old.runs,
    sealed: change.sealed ?? old.sealed,
  };
}
export type Decided = Decision<NodeContext>;

export const noRuns: ReadonlyArray<Run> = Object.freeze([]);
export const noSealed: ReadonlyArray<SealedResult> = Object.freeze([]);

export function newNode(input: NodeInput): NodeContext {
  const { owner, edges, slots, slotMflops, probation, network } = input;
  return {
    owner,
    edges,
    slots,
    slotMflops,
    probation,
    drain: false,
    busy: false,
    edge: null,
    rttUs: 0,
    rounds: 0,
    probe: null,
    network,
    errand: null,
    runs: noRuns,
    sealed: noSealed,
  };
}
