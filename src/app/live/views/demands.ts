/** What requesters asked for and what they were answered: a view of the contributors. */
import type {
  DemandAnswered,
  DemandArrived,
  TrainingWanted,
} from "../../../actors/contributor/messages.ts";
import { type Address, kindOf, portAddress } from "../../../kernel/address.ts";
import type { View } from "../../../live/view.ts";

export interface Demand {
  readonly contributor: Address;
  /** The requester's own number of it. */
  readonly demand: number;
  readonly askedUs: number;
  /** Metered size of each task, or of each round of a training run, MFLOP. */
  readonly tasks: ReadonlyArray<number>;
  /** Undefined while it is not answered. */
  answer: DemandAnswered["answer"] | undefined;
  /** Why it failed or was refused: the reason, and the rule with its numbers. */
  reason: string;
  spent: bigint;
  answeredUs: number;
}

export interface Demands {
  /** By contributor and number. */
  readonly byKey: Map<string, Demand>;
  /** Highest number so far, by contributor. */
  readonly highest: Map<Address, number>;
}

/** Answered demands that are kept; the oldest go first. */
const KEPT = 10_000;
const requester = portAddress("requester");

export function demandKey(contributor: Address, demand: number): string {
  return `${contributor}#${demand}`;
}

export const demandsView: View<Demands> = {
  name: "demands",
  version: 1,
  empty: () => ({ byKey: new Map(), highest: new Map() }),
  fold: (view, { actor, delivery, step }) => {
    if (kindOf(actor) !== "contributor") return view;
    if (delivery.type === "DemandArrived" && delivery.from === requester) {
      ask(view, actor, delivery.message as DemandArrived, delivery.atUs);
    }
    if (delivery.type === "TrainingWanted" && delivery.from === requester) {
      ask(view, actor, asTasks(delivery.message as TrainingWanted), delivery.atUs);
    }
    for (const command of step.commands) {
      if (command.command === "Send" && command.to === requester) {
        answer(view, actor, command.message as DemandAnswered, delivery.atUs);
      }
    }
    return view;
  },
  save: ({ byKey, highest }) => ({
    demands: [...byKey.values()].map((each) => ({ ...each })),
    highest: [...highest],
  }),
  load: (saved) => {
    const { demands, highest } = saved as {
      readonly demands: ReadonlyArray<Demand>;
      readonly highest: ReadonlyArray<readonly [Address, number]>;
    };
    const byKey = new Map(demands.map((each) => [demandKey(each.contributor, each.demand), each]));
    return { byKey, highest: new Map(highest) };
  },
};

type Asked = Pick<DemandArrived, "demand" | "tasks">;

function asTasks({ demand, run }: TrainingWanted): Asked {
  const { rounds, workers, steps, stepMflop } = run;
  return { demand, tasks: Array.from({ length: rounds }, () => workers * steps * stepMflop) };
}

function ask(view: Demands, contributor: Address, asked: Asked, askedUs: number): void {
  const { demand, tasks } = asked;
  view.highest.set(contributor, Math.max(demand, view.highest.get(contributor) ?? 0));
  const key = demandKey(contributor, demand);
  if (view.byKey.has(key)) return;
  view.byKey.set(key, {
    contributor,
    demand,
    askedUs,
    tasks,
    answer: undefined,
    reason: "",
    spent: 0n,
    answeredUs: 0,
  });
  forgetOldest(view);
}

function answer(view: Demands, contributor: Address, told: DemandAnswered, atUs: number): void {
  const known = view.byKey.get(demandKey(contributor, told.demand));
  if (known === undefined || known.answer !== undefined) return;
  known.answer = told.answer;
  known.reason = told.reason;
  known.spent = told.spent;
  known.answeredUs = atUs;
}

/** A map keeps the order of its keys' coming: the first answered one is the oldest. */
function forgetOldest({ byKey }: Demands): void {
  if (byKey.size <= KEPT) return;
  for (const [key, { answer: answered }] of byKey) {
    if (answered === undefined) continue;
    byKey.delete(key);
    if (byKey.size <= KEPT) return;
  }
}
