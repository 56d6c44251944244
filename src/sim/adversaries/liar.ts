/**
 * Wrong results. When a liar lies is a rule of its own (`Lies`); the rest is the same for all: the
 * digest is changed before the honest node sees the outcome of its run, or the run is not computed
 * at all and the answer comes when an honest machine would have had it.
 */
import type { NodeContext, Run } from "../../actors/node/state.ts";
import { Stream } from "../../kernel/entropy.ts";
import { rightDigest } from "../environment/model-runner.ts";
import type { AdversaryOf } from "../scenario/adversaries.ts";
import {
  altered,
  type Bend,
  fromRunner,
  isOwnOutcome,
  outcomeIn,
  pretending,
  runOf,
  succeeded,
} from "./bend.ts";
import { acted, honestUs, type Role } from "./role.ts";
import { sharedDraw } from "./stage.ts";

/** Whether to lie about a content, asked once per result. */
export type Lies = (content: string, atUs: number) => boolean;

export interface Manner {
  readonly lies: Lies;
  /** All of the group say the same. */
  readonly isShared: boolean;
  readonly computes: boolean;
}

export function liar(role: Role, manner: Manner): Bend<NodeContext> {
  const { stage, board, self, contributor } = role;
  const wrongDigest = (content: string) =>
    `x${rightDigest(`${content}|${manner.isShared ? `group ${role.member.entry}` : self}`)}`;
  /** What it says about a content; the group sticks to its first word where it speaks as one. */
  const digestOf = (content: string, atUs: number): string => {
    const said = manner.isShared ? board.said.get(content) : undefined;
    const isLie = said?.isLie ?? manner.lies(content, atUs);
    const digest = said?.digest ?? (isLie ? wrongDigest(content) : rightDigest(content));
    if (said === undefined) board.said.set(content, { digest, isLie, by: contributor });
    if (isLie) {
      acted(role);
      board.lies++;
    } else {
      board.honestResults.set(contributor, (board.honestResults.get(contributor) ?? 0) + 1);
    }
    return digest;
  };
  return {
    before: (delivery, { context }) => {
      const outcome = outcomeIn(delivery);
      if (outcome === undefined) return delivery;
      if (isOwnOutcome(delivery)) return fromRunner(delivery, outcome);
      const run = runOf(context, outcome.key);
      if (run === undefined || !outcome.outcome.ok || stage.isOver) return delivery;
      const digest = digestOf(run.content, delivery.atUs);
      return altered(delivery, succeeded(outcome.key, digest, run.mflop));
    },
    after: (commands, delivery, context) => {
      holdAll(role, context.runs);
      if (manner.computes || stage.isOver) return commands;
      return pretending(commands, ({ request }) => {
        const { content, mflop, doneMflop } = request;
        // Only a lie spares the work: for the truth it has to compute.
        const said = manner.isShared ? board.said.get(content) : undefined;
        if (!(said?.isLie ?? manner.lies(content, delivery.atUs))) return undefined;
        return {
          digest: digestOf(content, delivery.atUs),
          delayUs: honestUs(role, mflop - doneMflop),
        };
      });
    },
  };
}

function holdAll({ board, self }: Role, runs: ReadonlyArray<Run>): void {
  for (const { content } of runs) board.hold(content, self);
}

export function lowQuality(role: Role, params: AdversaryOf<"low-quality">): Bend<NodeContext> {
  const stream = new Stream(role.stage.seed, `adversaries/lies/${role.self}`);
  const lies = () => stream.unit() < params.chance;
  return liar(role, { lies, isShared: false, computes: true });
}

export function saboteur(
  role: Role,
  { rate, digests, computes }: AdversaryOf<"saboteur">,
): Bend<NodeContext> {
  const lies = (content: string) => sharedDraw(content, role.stage.seed) < rate;
  return liar(role, { lies, isShared: digests === "shared", computes: computes === "yes" });
}

export function colluder(role: Role, params: AdversaryOf<"colluder">): Bend<NodeContext> {
  const { when, digests, computes } = params;
  return liar(role, {
    lies: liesWhen(role, params),
    isShared: digests === "shared",
    // Whether the group holds enough copies shows only while they run.
    computes: computes === "yes" || when === "strategic",
  });
}

function liesWhen(role: Role, params: AdversaryOf<"colluder">): Lies {
  const { board, stage, contributor } = role;
  switch (params.when) {
    case "always":
      return () => true;
    case "rate":
      return (content) => sharedDraw(content, stage.seed) < params.rate;
    case "sleeper":
      return () => (board.honestResults.get(contributor) ?? 0) >= params.after;
    case "onoff":
      return (_, atUs) => Math.floor((atUs - stage.startUs) / Math.max(1, params.period)) % 2 === 1;
    case "strategic":
      return (content) => board.copies(content) >= params.hold;
  }
}

/**
 * An oracle of its own tells it, with some chance, that a task is a check: then it says what the
 * other member said who has the task, or the truth.
 */
export function checkRecogniser(
  role: Role,
  { recognises, rate }: AdversaryOf<"check-recogniser">,
): Bend<NodeContext> {
  const { board, stage, self } = role;
  const oracle = new Stream(stage.seed, `adversaries/oracle/${self}`);
  const lies = (content: string) => {
    const isSeen = board.copies(content) > 1 || board.said.has(content);
    if (isSeen && oracle.unit() < recognises) return board.said.get(content)?.isLie ?? false;
    return sharedDraw(content, stage.seed) < rate;
  };
  return liar(role, { lies, isShared: true, computes: true });
}
