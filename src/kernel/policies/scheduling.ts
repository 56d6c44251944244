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
  /** Its job was admitted on debt: it gets what nobody else wants, and gives way. */
  onDebt: Schema.Boolean,
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

/** What the edge knows when it asks. */
export interface Moment {
  /** Microseconds. */
  readonly atUs: number;
  /** Speed of an owner's nodes that are present at this edge, MFLOP per second; 0 without any. */
  readonly capacityOf: (owner: Address) => number;
}

/** By which part of the rule a work goes next; "any" where the rule has no parts. */
export const Pass = Schema.Literal(
  "guarantee",
  "credit",
  "leftover",
  "scavenger",
  "commons",
  "any",
);
export type Pass = typeof Pass.Type;

export interface Next<S> {
  /** Rules that count by quanta turn the page here. */
  readonly state: S;
  /** The work to place next, or undefined when nothing may be placed now. */
  readonly work: Work | undefined;
  readonly pass: Pass;
  /** When to ask again although nothing happened: work waits for its next quantum. */
  readonly againUs: number | undefined;
}

export interface Taking {
  /** False: it was given up here, because no node may run it now. */
  readonly placed: boolean;
  /** What `next` said. */
  readonly pass: Pass;
  readonly moment: Moment;
}

/** What the edge remembers of a placed work when it leaves its node, however that came. */
export interface Ended {
  readonly requester: Address;
  readonly commons: boolean;
  readonly mflop: number;
  readonly memoryMib: number;
}

export interface SchedulingPolicy<P, S> {
  readonly name: string;
  readonly summary: string;
  /** "credit": the ledger admits who can pay; "open": everybody is admitted, books are kept. */
  readonly admission: "credit" | "open";
  // biome-ignore lint/suspicious/noExplicitAny: the encoded side differs per policy
  readonly Params: Schema.Schema<P, any>;
  // biome-ignore lint/suspicious/noExplicitAny: the encoded side differs per policy
  readonly State: Schema.Schema<S, any>;
  readonly init: (params: P) => S;
  readonly add: (state: S, work: Work, moment: Moment) => S;
  readonly next: (state: S, moment: Moment) => Next<S>;
  /** `work` leaves the queue. */
  readonly take: (state: S, work: Work, taking: Taking) => S;
  /** For rules that count what runs; called once for each placed work. */
  readonly ended?: (state: S, ended: Ended) => S;
  /** All waiting attempts of a task leave the queue. */
  readonly cancel: (state: S, task: string, moment: Moment) => S;
  readonly size: (state: S) => number;
  /** One sentence with the rule and the numbers: why this attempt waits. */
  readonly explain: (state: S, attempt: string) => string;
}

// biome-ignore lint/suspicious/noExplicitAny: existential type, opened only by the edge
export type AnySchedulingPolicy = SchedulingPolicy<any, any>;
