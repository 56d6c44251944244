/** Evidence against owners, appeals against it, and what comes out when a content is run again. */
import type { Address } from "../../kernel/address.ts";
import { type Command, noCommands, publish, send } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { ResultCorrected } from "../contributor/messages.ts";
import type { Reexamined } from "../ledger/messages.ts";
import type { Judge, Reexamine } from "./messages.ts";
import { rechecks } from "./solo.ts";
import {
  type Accused,
  type Decided,
  type Doubt,
  type Told,
  type VerifierContext,
  withVerifier,
} from "./state.ts";

/** Pieces of evidence that are kept; older ones are nobody's burden any more. */
const EVIDENCE_KEPT = 4_096;

function evidenceKey(owner: Address, task: string): string {
  return `${owner} ${task}`;
}

/** Keeps the results of a task that its accepted digest contradicts. */
export function keepEvidence<S>(
  context: VerifierContext<S>,
  { task, work, results }: Judge,
  contradicted: ReadonlyArray<Judge["results"][number]>,
): VerifierContext<S> {
  let { evidence, evidenceKeys, evidenceCount } = context;
  const owners = results.map(({ owner }) => owner);
  for (const { owner, digest } of contradicted) {
    const place = evidenceCount % EVIDENCE_KEPT;
    const oldest = evidenceKeys.get(place);
    if (oldest !== undefined) evidence = evidence.delete(oldest);
    const key = evidenceKey(owner, task);
    evidence = evidence.set(key, { work, digest, owners });
    evidenceKeys = evidenceKeys.set(place, key);
    evidenceCount++;
  }
  return withVerifier(context, { evidence, evidenceKeys, evidenceCount });
}

/** Has the task executed again by owners who had no part in it; without evidence nothing holds. */
export function reexamine<S>(
  context: VerifierContext<S>,
  delivery: Delivery<Reexamine>,
): Decided<S> {
  const { owner, task } = delivery.message;
  const found = context.evidence.get(evidenceKey(owner, task));
  if (found === undefined) {
    return { context, commands: answers(context, [{ owner, task, digest: "" }], "") };
  }
  const { work, digest, owners } = found;
  const doubt = context.doubts.get(work.content);
  const accused: Accused = { owner, task, digest };
  const doubts = context.doubts.set(work.content, {
    told: doubt?.told ?? [],
    accused: [...(doubt?.accused ?? []), accused],
  });
  return { context: withVerifier(context, { doubts }), commands: rechecks([work], owners) };
}

/** A content that was in doubt has a result: corrects who was told otherwise, answers appeals. */
export function resolve<S>(
  context: VerifierContext<S>,
  { content, digest }: { readonly content: string; readonly digest: string },
  { told, accused }: Doubt,
): Decided<S> {
  const corrected = told.filter((each) => each.digest !== digest);
  const corrections = corrected.flatMap(({ task, requester, commons }: Told) => {
    const correction: ResultCorrected = { type: "ResultCorrected", task, content, digest };
    const word = publish("corrections", correction);
    return commons ? [word] : [send(requester, correction), word];
  });
  return {
    context: withVerifier(context, { doubts: context.doubts.delete(content) }),
    commands: [...corrections, ...answers(context, accused, digest)],
  };
}

/** No agreement on a content in doubt: what was told stands, and who is accused goes free. */
export function leaveOpen<S>(
  context: VerifierContext<S>,
  content: string,
  { accused }: Doubt,
): Decided<S> {
  const free = accused.map(({ owner, task }) => ({ owner, task, digest: "" }));
  return {
    context: withVerifier(context, { doubts: context.doubts.delete(content) }),
    commands: answers(context, free, ""),
  };
}

/** Upheld where the content's result is not what the accused had reported. */
function answers<S>(
  { input }: VerifierContext<S>,
  accused: ReadonlyArray<Accused>,
  digest: string,
): ReadonlyArray<Command> {
  const { ledger } = input;
  if (ledger === null) return noCommands;
  return accused.map((each) => {
    const { owner, task } = each;
    const upheld = each.digest !== digest;
    const answer: Reexamined = { type: "Reexamined", owner, task, upheld };
    return send(ledger, answer);
  });
}
