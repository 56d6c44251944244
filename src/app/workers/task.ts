/** What parents ask of workers, and what these answer. Plain data: it goes through JSON. */
import type { Override } from "../../sim/scenario/overrides.ts";
import type { Failure, Judged } from "../../sim/swarm/judge.ts";
import type { Shrunk } from "../../sim/swarm/shrink.ts";
import type { ErrorReport, Exit } from "../outcome.ts";

/** One cell of a sweep or of a comparison. */
export interface SweepTask {
  readonly kind: "sweep";
  readonly file: string;
  readonly seed: number;
  readonly overrides: ReadonlyArray<Override>;
  /** Name of a set of rules that takes the place of the scenario's policies. */
  readonly rules?: string;
}
export interface SweepAnswer {
  readonly hash: string;
  readonly events: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly missed: ReadonlyArray<string>;
  readonly exit: Exit;
}

/** One drawn run; `twice` compares two in one process. */
export interface SwarmTask {
  readonly kind: "swarm";
  readonly seed: number;
  readonly defect?: string;
  readonly twice: boolean;
}
export interface SwarmAnswer extends Omit<Judged, "failure"> {
  readonly failure: Failure | null;
  /** Hash of the second run, when there was one. */
  readonly again: string | null;
}

export interface ShrinkTask {
  readonly kind: "shrink";
  readonly seed: number;
  readonly defect?: string;
  readonly tries: number;
  readonly seconds: number;
}
export interface ShrinkAnswer {
  readonly shrunk: Shrunk | null;
}

export type Task = SweepTask | SwarmTask | ShrinkTask;
export interface AnswerOf {
  readonly sweep: SweepAnswer;
  readonly swarm: SwarmAnswer;
  readonly shrink: ShrinkAnswer;
}

export type Reply =
  | { readonly ok: true; readonly answer: AnswerOf[Task["kind"]] }
  | { readonly ok: false; readonly error: ErrorReport };
