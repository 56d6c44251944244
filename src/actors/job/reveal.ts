/**
 * Commit and reveal: a node that has a result commits to it and shows it when all of its round
 * have committed, or when waiting for them takes too long. So nobody can copy another's result.
 */
import { type Command, cancelTimer, send, startTimer } from "../../kernel/command.ts";
import { commitmentTo } from "../../kernel/commitment.ts";
import type { Reveal } from "../node/messages.ts";
import type { ResultReported, RevealDue } from "./messages.ts";
import { type OpenAttempt, type Task, withOpenAttempt, withTask } from "./state.ts";

/** One step's commands and what they are written down with. */
export interface Round {
  readonly task: Task;
  readonly commands: ReadonlyArray<Command>;
}

function revealKey(attempt: string): string {
  return `reveal/${attempt}`;
}

/** Attempts with a commitment that nobody was asked to reveal. */
function isSilent({ sealed, revealing }: OpenAttempt): boolean {
  return sealed !== null && !revealing;
}

/** Asks all sealed attempts to reveal when as many as are wanted have committed. */
export function turnRound(id: string, task: Task, revealUs: number): Round {
  const sealed = task.open.filter((each) => each.sealed !== null).length;
  const isComplete = task.results.length + sealed >= task.wanted;
  if (!isComplete || !task.open.some(isSilent)) return { task, commands: [] };
  const commands: Array<Command> = [];
  const open = task.open.map((each) => {
    if (!isSilent(each)) return each;
    commands.push(...ask(id, each, revealUs));
    return withOpenAttempt(each, { revealing: true });
  });
  return { task: withTask(task, { open }), commands };
}

/** Asks one node to reveal, and waits for it so long. */
export function ask(
  id: string,
  { attempt, sealed }: OpenAttempt,
  revealUs: number,
): ReadonlyArray<Command> {
  const reveal: Reveal = { type: "Reveal", attempt };
  return [...(sealed === null ? [] : [send(sealed.node, reveal)]), wait(id, attempt, revealUs)];
}

/** Rings when a seal, or a reveal, was waited for long enough. */
export function wait(id: string, attempt: string, revealUs: number): Command {
  const due: RevealDue = { type: "RevealDue", task: id, attempt };
  return startTimer(revealKey(attempt), revealUs, due);
}

export function noLongerWait(attempt: string): Command {
  return cancelTimer(revealKey(attempt));
}

/** True when the reported result is the one that its owner had committed to. */
export function opens(
  { sealed }: OpenAttempt,
  { task, owner, nonce = "", digest }: ResultReported,
): boolean {
  return sealed?.commit === commitmentTo({ worker: owner, task, nonce, digest });
}
