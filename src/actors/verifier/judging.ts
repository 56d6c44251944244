/** A judgement: the policy's word on the results of a task, and all that follows from it. */
import { type Command, reply, send } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { isWithheld, type Judgement, type Lesson } from "../../kernel/policies/verification.ts";
import type { Verdict, Weighed } from "../job/messages.ts";
import type { Slash } from "../ledger/messages.ts";
import { keepEvidence, leaveOpen, resolve } from "./appeal.ts";
import type { Judge, Weigh } from "./messages.ts";
import { backtrack, remember } from "./solo.ts";
import {
  type Decided,
  type Doubt,
  type VerificationRule,
  type VerifierContext,
  withVerifier,
} from "./state.ts";

type Accepted = Extract<Judgement, { verdict: "accepted" }>;

/** Says how many copies more are wanted before any result of a task is shown. */
export function weigh<P, S>({ policy, params }: VerificationRule<P, S>) {
  return (context: VerifierContext<S>, { message, entropy }: Delivery<Weigh>): Decided<S> => {
    const { task, content, owners } = message;
    const strict = isAppealed(context, content);
    const more = policy.copiesFor(params, context.policy, owners, { task, entropy, strict });
    const weighed: Weighed = { type: "Weighed", task, more };
    return { context, commands: [reply(weighed)] };
  };
}

/** True while an owner's appeal waits for what this content turns out to be. */
function isAppealed<S>({ doubts }: VerifierContext<S>, content: string): boolean {
  return (doubts.get(content)?.accused.length ?? 0) > 0;
}

/** Judges all results of a task; what was finally judged is learned from. */
export function judge<P, S>({ policy, params }: VerificationRule<P, S>) {
  return (context: VerifierContext<S>, delivery: Delivery<Judge>): Decided<S> => {
    const { message, entropy } = delivery;
    const { task, work, results } = message;
    const doubt = context.doubts.get(work.content);
    const strict = isAppealed(context, work.content);
    const judged = policy.judge(params, context.policy, results, { task, entropy, strict });
    // what nobody has seen cannot be accepted, however credible its owner is
    const judgement: Judgement =
      judged.verdict === "accepted" && isWithheld(judged.digest)
        ? { verdict: "more", executions: 1 }
        : judged;
    const verdict = reply(verdictOf(message, judgement, policy.slashes));
    if (judgement.verdict === "more") return { context, commands: [verdict] };
    if (judgement.verdict === "rejected") {
      if (doubt === undefined) return { context, commands: [verdict] };
      const open = leaveOpen(context, work.content, doubt);
      return { context: open.context, commands: [verdict, ...open.commands] };
    }
    const lesson = policy.learn(params, context.policy, results, judgement);
    const after = conclude(context, message, { judgement, lesson, doubt, slashes: policy.slashes });
    return { context: after.context, commands: [verdict, ...after.commands] };
  };
}

interface Conclusion<S> {
  readonly judgement: Accepted;
  readonly lesson: Lesson<S>;
  readonly doubt: Doubt | undefined;
  readonly slashes: boolean;
}

function conclude<S>(
  context: VerifierContext<S>,
  message: Judge,
  { judgement, lesson, doubt, slashes }: Conclusion<S>,
): Decided<S> {
  const { digest, agreed } = judgement;
  const { task, work, results } = message;
  const commands: Array<Command> = [];
  let next = withVerifier(context, { policy: lesson.state });
  const contradicted = results.filter(({ attempt }) => !agreed.includes(attempt));
  if (contradicted.length > 0) next = keepEvidence(next, message, contradicted);
  if (doubt !== undefined) {
    const resolved = resolve(next, { content: work.content, digest }, doubt);
    next = resolved.context;
    commands.push(...resolved.commands);
  }
  const only =
    agreed.length === 1 ? results.find(({ attempt }) => attempt === agreed[0]) : undefined;
  if (slashes && only !== undefined) {
    const { requester, commons } = work;
    const before = (doubt?.told ?? []).map((each) => ({ ...each, digest }));
    const told = [...before, { task, requester, commons, digest }];
    next = remember(next, only.owner, { work, told });
  }
  for (const owner of lesson.proven) {
    const { ledger } = context.input;
    const slash: Slash = { type: "Slash", owner, task };
    if (ledger !== null) commands.push(send(ledger, slash));
    const traced = backtrack(next, owner);
    next = traced.context;
    commands.push(...traced.commands);
  }
  return { context: next, commands };
}

/** `slashes`: who is proven wrong is told to the ledger by the verifier, not by the job. */
function verdictOf(
  { task, results }: Judge,
  judgement: Judgement,
  slashes: boolean,
): typeof Verdict.Type {
  const { verdict } = judgement;
  if (verdict !== "accepted") {
    const executions = verdict === "more" ? judgement.executions : 0;
    return { type: "Verdict", task, verdict, digest: "", executions, agreed: [], wrong: [] };
  }
  const { digest, agreed } = judgement;
  const others = results.map(({ attempt }) => attempt).filter((id) => !agreed.includes(id));
  const wrong = slashes ? [] : others;
  return { type: "Verdict", task, verdict, digest, executions: 0, agreed, wrong };
}
