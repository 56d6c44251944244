/**
 * Credibility voting with blind checks: a result is believed when the group that reported it is
 * right with probability `theta`, whoever lies (formulas: group-credibility.ts).
 *
 * A check is a second execution of a task that one owner's word would have decided. It is drawn
 * after the result is there, so that nothing tells it from other work, and before anybody has seen
 * it, so that there is nothing to copy. What only one owner said is never counted for that owner.
 */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import { pick } from "../../kernel/entropy.ts";
import {
  isWithheld,
  type Judgement,
  type Lesson,
  type Question,
  type ReportedResult,
  type VerificationPolicy,
} from "../../kernel/policies/verification.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import { agree, ResultClass } from "./agreement.ts";
import { credibilityOf, groupCredibilities } from "./group-credibility.ts";
import { type Group, groupsOf, votesOf } from "./voting.ts";

const Share = Schema.Number.pipe(Schema.greaterThan(0), Schema.lessThan(1));
const Chance = Schema.Number.pipe(Schema.between(0, 1));
const Count = Schema.Int.pipe(Schema.positive());
const optional = <A, I>(schema: Schema.Schema<A, I>, fallback: A, description: string) =>
  Schema.optionalWith(schema.annotations({ description }), {
    default: () => fallback,
    exact: true,
  });

export const CredibilityParams = Schema.Struct({
  theta: optional(Share, 0.99, "A result is believed when it is right with this probability."),
  f: optional(Share, 0.35, "Share of bad workers that is reckoned with."),
  q: optional(Chance, 0.05, "Chance of a check of what one owner's word would decide."),
  qYoung: optional(Chance, 0.1, "The same while the owner has survived less than `young` checks."),
  young: optional(Count, 20, "Checks until an owner is no longer young."),
  limit: optional(Count, 8, "Results after which the likeliest is believed, or none."),
  results: optional(ResultClass, "bitwise", "How exactly results of honest machines agree."),
  rtol: optional(Schema.NonNegative, 1e-6, "Relative bound where they do not agree bitwise."),
});
export type CredibilityParams = typeof CredibilityParams.Type;

/** k: survived checks; odd: mismatches among the last `seen` in classes that tolerate some. */
const Standing = Schema.Struct({ k: Schema.Int, seen: Schema.Int, odd: Schema.Int });
type Standing = typeof Standing.Type;

export const CredibilityState = Schema.Struct({
  owners: versionedMap(Address, Standing),
  /** Credibility of the usual voter of late: tells how many more votes a task will need. */
  typical: Schema.Number,
});
export type CredibilityState = typeof CredibilityState.Type;

/** An appeal is decided at this probability, and never by one owner. */
const THETA_STRICT = 0.9999;
/** Mismatches that are forgiven, in so many results, where machines may differ honestly. */
const ODD_MAX = 2;
const ODD_WINDOW = 200;
/** Weight of the newest voter in `typical`. */
const RECENT = 1 / 64;
const MILLION = 1_000_000;
/** Nobody asks for more at once. */
const FURTHER_MOST = 16;

const unknownOwner: Standing = { k: 0, seen: 0, odd: 0 };

export const credibility: VerificationPolicy<CredibilityParams, CredibilityState> = {
  name: "credibility",
  summary: "a result is believed when those who report it are right with probability theta",
  Params: CredibilityParams,
  State: CredibilityState,
  judges: true,
  guaranteed: false,
  slashes: true,
  init: ({ f }) => ({ owners: VersionedMap.empty(), typical: 1 - f }),
  executions: () => 1,
  owners: ({ limit }) => limit,
  copiesFor,
  judge,
  learn,
};

/** Checks that an owner has survived. */
export function survived({ owners }: CredibilityState, owner: Address): number {
  return (owners.get(owner) ?? unknownOwner).k;
}

interface Tally {
  readonly votes: ReadonlyArray<ReportedResult>;
  readonly groups: ReadonlyArray<Group>;
  readonly credibilities: ReadonlyArray<number>;
  /** Index of the likeliest group; of equals the one with the lower digest. */
  readonly best: number;
}

function tallyOf(
  params: CredibilityParams,
  state: CredibilityState,
  results: ReadonlyArray<ReportedResult>,
): Tally {
  // what is never shown can only be compared bit by bit
  const shown =
    params.results === "bitwise" ? results : results.filter(({ digest }) => !isWithheld(digest));
  const votes = votesOf(shown);
  const groups = groupsOf(votes, (a, b) => agree(a, b, params.results, params.rtol));
  const members = groups.map((group) =>
    group.votes.map(({ owner }) => credibilityOf(survived(state, owner), params.f)),
  );
  const credibilities = groupCredibilities(members);
  const best = credibilities.reduce(
    (at, credible, i) => (credible > (credibilities[at] ?? 0) ? i : at),
    0,
  );
  return { votes, groups, credibilities, best };
}

function judge(
  params: CredibilityParams,
  state: CredibilityState,
  results: ReadonlyArray<ReportedResult>,
  question: Question,
): Judgement {
  const tally = tallyOf(params, state, results);
  const { votes, groups, credibilities, best } = tally;
  const group = groups[best];
  if (group === undefined) return { verdict: "more", executions: 1 };
  const credible = credibilities[best] ?? 0;
  const theta = thetaFor(params, question);
  const isEnough = credible >= theta && !(question.strict && votes.length === 1);
  if (isEnough) return accepted(group);
  const left = params.limit - results.length;
  if (left > 0) {
    const executions = Math.min(left, Math.max(1, missing(credible, theta, state.typical)));
    return { verdict: "more", executions };
  }
  // so many looked at it that waiting for certainty costs more than it brings: likelier than not
  return !question.strict && votes.length > 1 && credible > 0.5
    ? accepted(group)
    : { verdict: "rejected", reason: "no-agreement" };
}

function accepted({ digest, votes }: Group): Judgement {
  return { verdict: "accepted", digest, agreed: votes.map(({ attempt }) => attempt) };
}

function thetaFor({ theta }: CredibilityParams, { strict }: Question): number {
  return strict ? Math.max(theta, THETA_STRICT) : theta;
}

/** Copies until the owners, if they all agree, are believed; one more where a check is drawn. */
function copiesFor(
  params: CredibilityParams,
  state: CredibilityState,
  owners: ReadonlyArray<Address>,
  question: Question,
): number {
  const voters = [...new Set(owners)];
  const [only] = voters;
  if (only === undefined) return 1;
  const members = voters.map((owner) => credibilityOf(survived(state, owner), params.f));
  const credible = groupCredibilities([members])[0] ?? 0;
  const wanted = missing(credible, thetaFor(params, question), state.typical);
  const isAlone = wanted === 0 && voters.length === 1;
  const more = isAlone && isChecked(params, state, only, question) ? 1 : wanted;
  return Math.max(0, Math.min(more, params.limit - owners.length));
}

/** True when one owner's word shall be looked at once more. */
function isChecked(
  params: CredibilityParams,
  state: CredibilityState,
  owner: Address,
  { entropy, strict }: Question,
): boolean {
  const q = survived(state, owner) < params.young ? params.qYoung : params.q;
  return strict || pick(entropy, 0, MILLION) < q * MILLION;
}

/** Further votes that a group needs when they agree with it and are of the usual kind. */
function missing(credible: number, theta: number, typical: number): number {
  let odds = credible / (1 - credible);
  let count = 0;
  // against all else, each vote at the odds of its credibility
  while (odds / (1 + odds) < theta && count < FURTHER_MOST) {
    odds *= typical / (1 - typical);
    count++;
  }
  return count;
}

/**
 * A group of two owners or more that was accepted has survived a check by one another. Who is
 * contradicted by a group that is right with probability theta is proven wrong: it starts anew.
 */
function learn(
  params: CredibilityParams,
  state: CredibilityState,
  results: ReadonlyArray<ReportedResult>,
  judgement: Judgement,
): Lesson<CredibilityState> {
  if (judgement.verdict !== "accepted") return { state, proven: [] };
  const { votes, groups, credibilities } = tallyOf(params, state, results);
  const at = groups.findIndex(({ digest }) => digest === judgement.digest);
  const group = groups[at];
  if (group === undefined) return { state, proven: [] };
  const isProof = group.votes.length > 1 && (credibilities[at] ?? 0) >= params.theta;
  const proven: Array<Address> = [];
  let { owners, typical } = state;
  for (const vote of votes) {
    const before = owners.get(vote.owner) ?? unknownOwner;
    typical += (credibilityOf(before.k, params.f) - typical) * RECENT;
    const agrees = group.votes.includes(vote);
    const after = agrees ? upheld(before, group) : contradicted(before, isProof, params.results);
    if (after !== before) owners = owners.set(vote.owner, after);
    if (isProof && after === unknownOwner) proven.push(vote.owner);
  }
  return { state: { owners, typical }, proven };
}

function upheld(before: Standing, group: Group): Standing {
  if (group.votes.length < 2) return before;
  const isOver = before.seen + 1 >= ODD_WINDOW;
  return {
    k: before.k + 1,
    seen: isOver ? 0 : before.seen + 1,
    odd: isOver ? 0 : before.odd,
  };
}

/** Proof costs everything, but for the first odd results where machines may differ honestly. */
function contradicted(before: Standing, isProof: boolean, results: ResultClass): Standing {
  if (!isProof) return before;
  if (results !== "bitwise" && before.odd < ODD_MAX) {
    return { k: before.k, seen: before.seen + 1, odd: before.odd + 1 };
  }
  return unknownOwner;
}
