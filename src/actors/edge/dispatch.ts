/** Bringing waiting work and ready nodes together. */
import type { Address } from "../../kernel/address.ts";
import { send, startTimer } from "../../kernel/command.ts";
import { invariant } from "../../kernel/invariant.ts";
import type { Work } from "../../kernel/policies/scheduling.ts";
import { joinPool, poolSize } from "../../kernel/pool.ts";
import type { Assign } from "../node/messages.ts";
import { choose, isEligible, poolFor, recordOf, speedOf } from "./choose.ts";
import type { LeaseExpired, Retry } from "./messages.ts";
import { askBack, givesWay } from "./preempt.ts";
import { withEntry, withTask } from "./state.ts";
import { isReady, leaseKey, putNode, putTask, type Turn } from "./turn.ts";

/** Works set aside that a node with a free slot looks at. */
const ASIDE_LOOKS = 8;
/** Works set aside that join the queue again at once. */
const ASIDE_RETRIES = 64;

/** Places waiting work until there is none or no node for it. */
export function dispatch(turn: Turn): void {
  const { scheduling } = turn.rules;
  const { next, moment } = turn;
  for (;;) {
    const { state, work, pass, againUs } = scheduling.next(next.schedule, moment);
    next.schedule = state;
    if (work === undefined) {
      if (againUs !== undefined) startQuantum(turn, againUs);
      return;
    }
    // paid work comes first, so where the pool of commons work is asked for no paid work waits
    const pool = poolFor(turn, work);
    if (poolSize(pool) === 0) {
      if (!givesWay(work)) askBack(turn, work);
      return;
    }
    const node = choose(turn, pool, work);
    const placed = node !== undefined;
    next.schedule = scheduling.take(next.schedule, work, { placed, pass, moment });
    if (node === undefined) setAside(turn, work);
    else assign(turn, work, node);
  }
}

/** A node may have got a free slot: work set aside is older than what waits, so it goes first. */
export function serve(turn: Turn, node: Address): void {
  for (let looks = 0; looks < ASIDE_LOOKS; looks++) {
    const entry = turn.next.nodes.get(node);
    if (entry === undefined || !isReady(entry)) break;
    const work = takeAside(turn);
    if (work === undefined) break;
    const record = recordOf(turn, work);
    if (record === undefined) continue;
    const yields = givesWay(work) && waitsOther(turn);
    if (!yields && isEligible(turn, work, entry, record)) assign(turn, work, node);
    else putAside(turn, work);
  }
  dispatch(turn);
}

/** Time has passed: the oldest works set aside get another sample of nodes. */
export function retryAside(turn: Turn): void {
  for (let n = 0; n < ASIDE_RETRIES; n++) {
    const work = takeAside(turn);
    if (work === undefined) break;
    if (recordOf(turn, work) === undefined) continue;
    turn.next.schedule = turn.rules.scheduling.add(turn.next.schedule, work, turn.moment);
  }
  if (turn.next.aside.works.size > 0) startRetry(turn);
  dispatch(turn);
}

/** The timer rang: work that was held back has a new quantum. */
export function askAgain(turn: Turn): void {
  turn.next.againUs = 0;
  dispatch(turn);
}

function startQuantum(turn: Turn, againUs: number): void {
  const { next, atUs } = turn;
  if (next.againUs > atUs && next.againUs <= againUs) return;
  next.againUs = againUs;
  const retry: Retry = { type: "Retry", what: "quantum" };
  turn.commands.push(startTimer("retry/quantum", Math.max(1, againUs - atUs), retry));
}

/** True when work waits that does not give way to any other. */
function waitsOther(turn: Turn): boolean {
  const { work } = turn.rules.scheduling.next(turn.next.schedule, turn.moment);
  return work !== undefined && !givesWay(work);
}

/** Offers the attempt; the lease starts when the node says that it took it. */
function assign(turn: Turn, work: Work, node: Address): void {
  const { next, commands } = turn;
  const entry = next.nodes.get(node);
  invariant(entry !== undefined, "work goes to a node of the directory");
  const { attempt, task, job, content, mflop, memoryMib, inputBytes, outputBytes, token } = work;
  const { leaseFloorUs, leaseFactor, offerUs } = next.input.limits;
  const runUs = (mflop * 1_000_000) / Math.max(1, speedOf(entry));
  const leaseUs = Math.max(leaseFloorUs, Math.ceil(leaseFactor * runUs));
  const offer: Assign = {
    type: "Assign",
    attempt,
    task,
    job,
    content,
    mflop,
    memoryMib,
    inputBytes,
    outputBytes,
    token,
    leaseUs,
  };
  const expired: LeaseExpired = { type: "LeaseExpired", attempt };
  commands.push(send(node, offer), startTimer(leaseKey(attempt), offerUs, expired));
  const { requester, commons } = work;
  const isPreemptible = givesWay(work);
  next.attempts = next.attempts.set(attempt, {
    node,
    job,
    task,
    leaseUs,
    phase: "offered",
    requester,
    commons,
    mflop,
    memoryMib,
    inputBytes,
    startedUs: 0,
    work: isPreemptible ? work : null,
  });
  if (isPreemptible) next.preemptible = joinPool(next.preemptible, attempt);
  putNode(turn, node, withEntry(entry, { attempts: [...entry.attempts, attempt] }));
  putTask(turn, job, task, (record) => ({
    owners: [...record.owners, entry.owner],
    clusters: [...record.clusters, entry.cluster],
    open: [...record.open, attempt],
    waiting: record.waiting - 1,
  }));
  if (isOfCommons(turn, work)) next.commonsWaiting--;
}

/** Keeps work that no sampled node may run out of the way of the rest. */
function setAside(turn: Turn, work: Work): void {
  if (turn.next.aside.works.size === 0) startRetry(turn);
  putAside(turn, work);
}

function putAside(turn: Turn, work: Work): void {
  const { works, head, tail } = turn.next.aside;
  turn.next.aside = { works: works.set(tail, work), head, tail: tail + 1 };
}

/** The oldest work set aside leaves; whether its task still wants it is the caller's question. */
function takeAside(turn: Turn): Work | undefined {
  const { works, head, tail } = turn.next.aside;
  const work = works.get(head);
  if (work === undefined) return undefined;
  turn.next.aside = { works: works.delete(head), head: head + 1, tail };
  return work;
}

function startRetry(turn: Turn): void {
  const retry: Retry = { type: "Retry", what: "aside" };
  turn.commands.push(startTimer("retry/aside", turn.next.input.limits.offerUs, retry));
}

/** Adds a wish to the queue. */
export function enqueue(turn: Turn, work: Work): void {
  turn.next.schedule = turn.rules.scheduling.add(turn.next.schedule, work, turn.moment);
  putTask(turn, work.job, work.task, (record) => withTask(record, { waiting: record.waiting + 1 }));
  if (isOfCommons(turn, work)) turn.next.commonsWaiting++;
}

/** Also a further copy of commons work, which anybody may run, belongs to what is under way. */
function isOfCommons({ next }: Turn, { job }: Work): boolean {
  return next.jobs.get(job)?.commons === true;
}
