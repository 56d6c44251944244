/**
 * What every workload is: a process that says when the next job arrives, from whom and how large.
 * The answer is one scratch object per process; it holds until the next call.
 */

/** The time of an arrival that never comes. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** One job. */
export interface Arrival {
  /** Instant, µs since the epoch; {@link NEVER} when no job comes any more. */
  atUs: number;
  /** Index into the requesters; -1 when the process knows none and the caller chooses. */
  requester: number;
  /** Index of the region that the demand comes from; -1 when the process does not tell. */
  region: number;
  /** Tasks of the job, at least 1. */
  tasks: number;
  /** Integer MFLOP of each task; its length is `tasks`. */
  readonly mflopPerTask: Array<number>;
  /** Bytes that each task reads. */
  inputBytes: number;
  /** Bytes that each task writes. */
  outputBytes: number;
  /** Memory that each run needs, MiB. */
  memoryMib: number;
}

/** A source of jobs. Owned by one reader, who asks with a time that does not go back. */
export interface ArrivalProcess {
  /**
   * The job after the one of the last call, never before `nowUs`. Each call takes a job off the
   * process; `atUs` is {@link NEVER} when none is left.
   */
  next(nowUs: number): Arrival;
  /**
   * Tells that a job of `requester` is finished. A closed loop answers with that client's next
   * job; open processes do not wait for answers and return undefined.
   */
  completed(requester: number, nowUs: number): Arrival | undefined;
}

/** A fresh scratch arrival that says "never". */
export function noArrival(): Arrival {
  return {
    atUs: NEVER,
    requester: -1,
    region: -1,
    tasks: 1,
    mflopPerTask: [1],
    inputBytes: 0,
    outputBytes: 0,
    memoryMib: 0,
  };
}
