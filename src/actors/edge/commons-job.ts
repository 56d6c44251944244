/** Commons jobs: work for capacity that nobody asked for, and for those who have yet to earn. */
import { type Address, address, idOf } from "../../kernel/address.ts";
import { spawn, startTimer } from "../../kernel/command.ts";
import { wordInHex } from "../../kernel/hex.ts";
import { poolSize } from "../../kernel/pool.ts";
import { VersionedMap } from "../../kernel/versioned-map.ts";
import { poolFor } from "./choose.ts";
import type { Recheck, Retry } from "./messages.ts";
import { type EdgeContext, withJob } from "./state.ts";
import { draw, type Turn } from "./turn.ts";

/** On whose behalf commons jobs run. */
const commonsRequester: Address = address("contributor", "commons");

/** What a job is spawned with; the same fields as the job's own input. */
export interface Submission {
  readonly requester: Address;
  readonly commons: boolean;
  readonly demand: number;
  readonly tasks: ReadonlyArray<number>;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly memoryMib: number;
  /** null: each task has a content of its own. */
  readonly contents: ReadonlyArray<string> | null;
  readonly exclude: ReadonlyArray<Address>;
}

/** Opens a commons job when a node has nothing else to do and none is under way. */
export function openCommons(turn: Turn): void {
  const { next } = turn;
  const { mode, taskMflop, tasksPerJob } = next.input.commons;
  if (mode === "off" || next.closed || next.commonsRests) return;
  if (next.commonsWaiting > 0 || next.commonsAnnounced > 0) return;
  if (poolSize(poolFor(turn, { commons: true })) === 0) return;
  const tasks = Array.from({ length: tasksPerJob }, () => taskMflop);
  const announced = tasksPerJob * (next.input.verifier === null ? 1 : next.input.executions);
  next.commonsAnnounced += announced;
  openJob(turn, announced, {
    requester: commonsRequester,
    commons: true,
    demand: next.opened,
    tasks,
    inputBytes: 0,
    outputBytes: 0,
    memoryMib: 0,
    contents: null,
    exclude: [],
  });
}

/** What the verifier doubts is paid by the commons, but no node needs to be a newcomer for it. */
export function openRecheck(turn: Turn, recheck: Recheck): void {
  const { contents, tasks, inputBytes, outputBytes, memoryMib, exclude } = recheck;
  openJob(turn, 0, {
    requester: commonsRequester,
    commons: true,
    demand: turn.next.opened,
    tasks,
    inputBytes,
    outputBytes,
    memoryMib,
    contents,
    exclude,
  });
}

/** Words that make a job's name are drawn from this many. */
const WORDS = 0x1_0000_0000;

/**
 * Drawn, 64 bits: the name tells neither whose job it is nor which was opened before which, so a
 * node cannot tell a repetition from work that nobody has done yet.
 */
function jobName(turn: Turn): Address {
  const word = () => wordInHex(draw(turn, WORDS));
  return address("job", `${idOf(turn.next.input.edge)}.${word()}${word()}`);
}

/** Spawns a job under an address that no other job of any edge has. */
export function openJob(turn: Turn, announced: number, submission: Submission): void {
  const { next } = turn;
  const { edge, ledger, verifier, executions, limits, gate } = next.input;
  const { requester, commons } = submission;
  const job = jobName(turn);
  next.opened++;
  const fills = commons && submission.contents === null;
  next.jobs = next.jobs.set(job, { commons: fills, announced, tasks: VersionedMap.empty() });
  const input = {
    job,
    requester,
    edge,
    ledger: gate === "open" ? null : ledger,
    verifier,
    commons,
    demand: submission.demand,
    tasks: submission.tasks,
    inputBytes: submission.inputBytes,
    outputBytes: submission.outputBytes,
    memoryMib: submission.memoryMib,
    executions,
    contents: submission.contents,
    exclude: submission.exclude,
    limits,
  };
  turn.commands.push(spawn(job, input));
}

/** A commons job asked for one of the executions that it announced. */
export function noteAsked(turn: Turn, job: Address): void {
  const known = turn.next.jobs.get(job);
  if (known === undefined || known.announced === 0) return;
  turn.next.jobs = turn.next.jobs.set(job, withJob(known, { announced: known.announced - 1 }));
  turn.next.commonsAnnounced--;
}

/** A job ended. One that never asked for its work was refused: the next one has to wait. */
export function forgetJob(turn: Turn, job: Address): void {
  const { next } = turn;
  const known = next.jobs.get(job);
  if (known === undefined) return;
  next.jobs = next.jobs.delete(job);
  if (known.announced === 0) return;
  next.commonsAnnounced -= known.announced;
  next.commonsRests = true;
  const retry: Retry = { type: "Retry", what: "commons" };
  turn.commands.push(startTimer("retry/commons", next.input.limits.joinUs, retry));
}

export function endRest(context: EdgeContext): EdgeContext {
  return { ...context, commonsRests: false };
}
