/** Which waiting task is placed next. Implementations: src/policies/scheduling. */
import { Schema } from "effect";
import { Address } from "../address.ts";
import { NanoVcu } from "../credit.ts";

/** The ledger's word on a requester when its job was admitted. */
export const Standing = Schema.Struct({
  /** Free credit, nano-VCU. */
  balance: NanoVcu,
  /** Verified work in its whole life, nano-VCU. */
  earned: NanoVcu,
  /** Work that it had others do in its whole life, nano-VCU. */
  spent: NanoVcu,
  /** Verified work per hour that it was online lately, nano-VCU: the w of the credit rule. */
  rate: NanoVcu,
});
export type Standing = typeof Standing.Type;

/** One wanted execution of one task. */
export const Work = Schema.Struct({
  /** Attempt id, unique. */
  attempt: Schema.String,
  task: Schema.String,
  job: Address,
  requester: Address,
  standing: Standing,
  /** Commons work fills capacity that no requester asked for. */
  commons: Schema.Boolean,
  /** What is computed: equal contents have equal right results, whatever the task is called. */
  content: Schema.String,
  mflop: Schema.Int,
  /** Memory that a run needs, MiB; a run is charged by its dominant resource. */
  memoryMib: Schema.Int,
  inputBytes: Schema.Int,
  outputBytes: Schema.Int,
  /** Fencing token: the result must carry it. */
  token: Schema.Int,
  /** Owners who may not run it: the requester and those who run another copy of the task. */
  exclude: Schema.Array(Address),
  /** When the edge queued it, microseconds. */
  queuedUs: Schema.Int,
});
export type Work = typeof Work.Type;

export interface SchedulingPolicy<P, S> {
  readonly name: string;
  readonly summary: string;
  // biome-ignore lint/suspicious/noExplicitAny: the encoded side differs per policy
  readonly Params: Schema.Schema<P, any>;
  // biome-ignore lint/suspicious/noExplicitAny: the encoded side differs per policy
  readonly State: Schema.Schema<S, any>;
  readonly init: (params: P) => S;
  readonly add: (state: S, work: Work) => S;
  /** The work to place next, or undefined when nothing waits. */
  readonly next: (state: S) => Work | undefined;
  /** `work` was placed (or given up when `placed` is false): it leaves the queue. */
  readonly take: (state: S, work: Work, placed: boolean) => S;
  /** All waiting attempts of a task leave the queue. */
  readonly cancel: (state: S, task: string) => S;
  readonly size: (state: S) => number;
  /** One sentence with the rule and the numbers: why this attempt waits. */
  readonly explain: (state: S, attempt: string) => string;
}

// biome-ignore lint/suspicious/noExplicitAny: existential type, opened only by the edge
export type AnySchedulingPolicy = SchedulingPolicy<any, any>;
