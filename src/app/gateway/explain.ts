/** Why a job is where it is, who ran it and what was paid: sentences with their numbers. */
import type { Explanation, Fact, JobStatus } from "../../adapters/http/shapes.ts";
import { idOf } from "../../kernel/address.ts";
import { inVcu } from "../../kernel/credit.ts";
import { formatDuration } from "../../kernel/duration.ts";
import type {
  ContributorFacts,
  CreditFacts,
  JobFacts,
  NodeFacts,
  TaskFacts,
  TrainingFacts,
} from "./network-handle.ts";

export interface Known {
  readonly status: JobStatus;
  readonly facts: JobFacts | undefined;
  readonly tasks: ReadonlyArray<TaskFacts> | undefined;
  readonly nodes: ReadonlyArray<NodeFacts>;
  readonly contributor: ContributorFacts | undefined;
  readonly credit: ReadonlyArray<CreditFacts>;
  readonly nowUs: number;
}

export function explain(known: Known): Explanation {
  return {
    job: known.status,
    facts: [
      age(known),
      ...whereItIs(known),
      ...whoRanIt(known),
      payment(known),
      ...moved(known),
      ...escrowOf(known),
      ...standing(known),
    ],
  };
}

function fact(what: string, numbers: Readonly<Record<string, string | number | bigint>>): Fact {
  return {
    what,
    numbers: Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, `${value}`])),
  };
}

function age({ status, nowUs }: Known): Fact {
  const until = status.endedUs ?? nowUs;
  const took = formatDuration(Math.max(0, until - status.acceptedUs));
  const how = status.endedUs === null ? "is under way for" : "ended after";
  return fact(
    `It was accepted at ${new Date(status.acceptedUs / 1_000).toISOString()} and ${how} ${took}.`,
    {
      acceptedUs: status.acceptedUs,
      ...(status.endedUs === null ? {} : { endedUs: status.endedUs }),
    },
  );
}

function whereItIs(known: Known): ReadonlyArray<Fact> {
  const { status, facts } = known;
  const { total, done, running } = status.tasks;
  switch (status.state) {
    case "accepted":
      return [
        fact(
          "The gateway has it on its disk and the contributor's actor has not taken it up yet.",
          {
            tasks: total,
          },
        ),
      ];
    case "waiting":
      return [waiting(known)];
    case "running":
      if (facts?.training !== undefined) return [rounds(known, facts.training)];
      return [
        fact(
          `${done} of ${total} tasks have a result that is believed and ` +
            `${running} executions are ` +
            "out; a result counts when the verifier believes the copies that agree.",
          { done, running, total },
        ),
      ];
    case "refused":
      return [fact(`It was refused: ${status.reason}.`, { price: status.price })];
    case "failed":
      return [
        fact(`It failed (${status.reason}) with ${done} of ${total} tasks done.`, { done, total }),
      ];
    case "cancelled":
      return [
        fact(`It was cancelled with ${done} of ${total} tasks done; those are paid.`, {
          done,
          total,
        }),
      ];
    case "settled":
      if (facts?.training !== undefined) return [rounds(known, facts.training)];
      return [
        fact(`All ${total} tasks have a believed result; the job ${nameOf(facts)} is settled.`, {
          total,
        }),
      ];
  }
}

/** What a training run has come to. */
function rounds({ status }: Known, { at, workers, used, late, dropped }: TrainingFacts): Fact {
  const { total, done, running } = status.tasks;
  const now =
    status.endedUs === null
      ? `; the run is ${at} round ${done + 1} with ${running} executions out`
      : "";
  return fact(
    `${done} of ${total} rounds of ${workers} workers are over${now}. ` +
      `${used} updates had a part in ` +
      `the parameters, ${late} came late and ${dropped} were left out.`,
    { done, total, workers, used, late, dropped },
  );
}

function nameOf(facts: JobFacts | undefined): string {
  const job = facts?.job ?? null;
  return job === null ? "" : idOf(job);
}

/** A job waits for its edge, for its escrow or for an idle node; the numbers tell which. */
function waiting({ status, facts, nodes }: Known): Fact {
  const own = nodes.filter(({ owner }) => owner === status.contributor).length;
  const others = nodes.length - own;
  const idle = nodes.filter(({ owner, state }) => owner !== status.contributor && state === "idle");
  const numbers = { nodes: nodes.length, own, idle: idle.length, price: status.price };
  if ((facts?.job ?? null) === null) {
    return fact(
      "It waits for the contributor's edge to open it and the ledger to hold its price.",
      {
        ...numbers,
      },
    );
  }
  if (others === 0) {
    return fact(
      "It waits for a node of another owner: a contributor's own nodes never run its work, and " +
        "there is no other node.",
      numbers,
    );
  }
  if (idle.length === 0) {
    return fact(
      `It waits for an idle node: none of the ${others} nodes of other owners is idle now.`,
      numbers,
    );
  }
  return fact(
    `${idle.length} of ${others} nodes of other owners are idle; the ledger is asked to hold ` +
      `${inVcu(status.price)}, then its tasks are placed by credit.`,
    numbers,
  );
}

function whoRanIt({ tasks, nodes, facts }: Known): ReadonlyArray<Fact> {
  if (tasks === undefined) return [];
  const byNode = new Map<string, number>();
  for (const task of tasks) {
    for (const node of task.nodes) byNode.set(node, (byNode.get(node) ?? 0) + 1);
  }
  return [...byNode].map(([node, count]) => {
    const owner = nodes.find(({ id }) => id === node)?.owner;
    const whose = owner === undefined ? "" : ` of ${owner}`;
    const what = facts?.training === undefined ? "tasks" : "rounds";
    const words = `Node ${node}${whose} had a part in ${count} of ${tasks.length} ${what}.`;
    return fact(words, { [what]: count });
  });
}

function payment({ status }: Known): Fact {
  const { price, spent, endedUs } = status;
  const held = price - spent;
  const words =
    endedUs === null
      ? `Its price is ${inVcu(price)}; ${inVcu(spent)} of it are paid for verified tasks so far.`
      : `Its price was ${inVcu(price)}: ${inVcu(spent)} were paid, ` +
        `${inVcu(held)} were not needed ` +
        "or came back.";
  return fact(words, { price, spent });
}

/** Lines of the account that name this job. */
function moved({ credit, facts }: Known): ReadonlyArray<Fact> {
  const name = nameOf(facts);
  if (name === "") return [];
  return credit
    .filter(({ what }) => what.includes(name))
    .map(({ amount, what, atUs }) => fact(`${inVcu(amount)}: ${what}.`, { amount, atUs }));
}

/** What pays who handed it in, besides credit that it spent. */
function escrowOf({ status: { escrow } }: Known): ReadonlyArray<Fact> {
  if (escrow === null) return [];
  const { address, state, verdict, what } = escrow;
  return [fact(what, { escrow: address, state, verdict: verdict ?? "none" })];
}

function standing({ contributor }: Known): ReadonlyArray<Fact> {
  if (contributor === undefined) return [];
  const { id, state, balance, earned, mayOwe, validResults, wrongResults, rule } = contributor;
  const why = rule === "" ? "" : `: ${rule}`;
  const numbers = { balance, earned, mayOwe, validResults, wrongResults };
  const now = `Contributor ${id} is ${state} with ${inVcu(balance)}${why}.`;
  if (!contributor.earning) return [fact(now, numbers)];
  return [fact(`${now} Its machines take public work to earn more.`, numbers)];
}
