/** The gateway's network when the shards run in its own process: it reads their views. */
import type {
  DemandArrived,
  DemandWithdrawn,
  TrainingWanted,
} from "../../actors/contributor/messages.ts";
import { type ContributorContext, earns } from "../../actors/contributor/state.ts";
import { debtLimit } from "../../actors/ledger/account.ts";
import type { LedgerContext } from "../../actors/ledger/state.ts";
import { type Address, address, idOf } from "../../kernel/address.ts";
import { inVcu } from "../../kernel/credit.ts";
import type { Seen } from "../../live/view.ts";
import type { Network } from "../live/network.ts";
import { LEDGER } from "../live/plan.ts";
import { type Contributor, type CreditLine, contributorsView } from "../live/views/contributors.ts";
import { type Demand, demandKey, demandsView } from "../live/views/demands.ts";
import { type Job, jobKey, jobsView } from "../live/views/jobs.ts";
import { nodesView, stateOfNode } from "../live/views/nodes.ts";
import { type Training, trainingKey, trainingsView } from "../live/views/trainings.ts";
import { jobLines } from "./job-lines.ts";
import { localChainHandle } from "./local-chain-handle.ts";
import type {
  ContributorFacts,
  CreditFacts,
  DemandName,
  JobFacts,
  NetworkHandle,
  NodeFacts,
  TaskFacts,
} from "./network-handle.ts";
import { networkMetrics } from "./network-metrics.ts";
import { factsOfTraining, linesOfTraining, roundsOf } from "./training-facts.ts";

/** Tells the gateway of deliveries; `openNetwork` is given {@link DemandWatch.seen}. */
export class DemandWatch {
  private readonly listeners = new Set<(name: DemandName) => void>();
  private nameOf: (at: Address) => DemandName | undefined = () => undefined;

  /** Where jobs and training runs are looked up once the network is open. */
  attach(nameOf: (at: Address) => DemandName | undefined): void {
    this.nameOf = nameOf;
  }

  readonly seen = ({ actor, delivery }: Seen): void => {
    if (this.listeners.size === 0) return;
    if (actor.startsWith("contributor/")) {
      const { demand } = delivery.message as { readonly demand?: unknown };
      if (typeof demand === "number") this.tell({ contributor: actor, demand });
      return;
    }
    const message = delivery.message as { readonly attempt?: unknown };
    const isJob = actor.startsWith("job/") || actor.startsWith("training/");
    const at = isJob ? actor : jobNamedBy(message);
    const name = at === undefined ? undefined : this.nameOf(at);
    if (name !== undefined) this.tell(name);
  };

  listen(heard: (name: DemandName) => void): { readonly stop: () => void } {
    this.listeners.add(heard);
    return { stop: () => void this.listeners.delete(heard) };
  }

  private tell(name: DemandName): void {
    for (const heard of this.listeners) heard(name);
  }
}

/** The edge hears of a job's attempts by their ids: `<edge>.<number>.<task>.<drawn>`. */
function jobNamedBy(message: { readonly attempt?: unknown }): Address | undefined {
  if (typeof message.attempt !== "string") return undefined;
  const [edge, number] = message.attempt.split(".");
  return number === undefined ? undefined : address("job", `${edge}.${number}`);
}

/** Undefined also for jobs of the commons, which nobody asked for. */
function demandNameOf(known: Job | Training | undefined): DemandName | undefined {
  if (known === undefined || ("commons" in known && known.commons)) return undefined;
  return { contributor: known.requester, demand: known.demand };
}

export function localNetwork(network: Network, watch: DemandWatch, called: string): NetworkHandle {
  const jobAt = (at: Address) => firstOf(network.views(jobsView), (v) => v.byAddress.get(at));
  const trainingAt = (at: Address) =>
    firstOf(network.views(trainingsView), (view) => view.byAddress.get(at));
  watch.attach((at) => demandNameOf(jobAt(at) ?? trainingAt(at)));
  const jobOf = ({ contributor, demand }: DemandName) =>
    firstOf(network.views(jobsView), (view) => view.byDemand.get(jobKey(contributor, demand)));
  const trainingOf = ({ contributor, demand }: DemandName) =>
    firstOf(network.views(trainingsView), (view) =>
      view.byDemand.get(trainingKey(contributor, demand)),
    );
  const demandOf = ({ contributor, demand }: DemandName) =>
    firstOf(network.views(demandsView), (view) => view.byKey.get(demandKey(contributor, demand)));
  const contributors = () =>
    network.views(contributorsView).flatMap((view) => [...view.byAddress.values()]);
  const contributorAt = (id: string) =>
    firstOf(network.views(contributorsView), (view) =>
      view.byAddress.get(address("contributor", id)),
    );
  return {
    name: called,
    blobs: network.blobs,
    // handed over again after a crash, it is there already
    hand: async (contributor: Address, message: DemandArrived | TrainingWanted) => {
      if (demandOf({ contributor, demand: message.demand }) !== undefined) return;
      await network.tell({ to: contributor, port: "requester", message });
    },
    // a job heeds its requester only
    cancel: async (job) => {
      const to = (jobAt(job) ?? trainingAt(job))?.requester;
      if (to === undefined) return;
      const message: DemandWithdrawn = { type: "DemandWithdrawn", job };
      await network.tell({ to, port: "requester", message });
    },
    highestDemand: async (contributor) =>
      firstOf(network.views(demandsView), (view) => view.highest.get(contributor)) ?? 0,
    job: async (name) => {
      const training = trainingOf(name);
      if (training !== undefined) return factsOfTraining(training);
      return factsOf(demandOf(name), jobOf(name));
    },
    tasks: async (name) => {
      const training = trainingOf(name);
      if (training !== undefined) return roundsOf(training);
      const job = jobOf(name);
      return job === undefined ? undefined : tasksOf(job);
    },
    log: async (name) => {
      const training = trainingOf(name);
      const known = training === undefined ? jobOf(name) : linesOfTraining(training);
      return jobLines(demandOf(name), known);
    },
    onJob: (heard) => watch.listen(heard),
    nodes: async () =>
      network.views(nodesView).flatMap((view) => [...view.byAddress.values()].map(nodeFacts)),
    contributors: async () => contributors().map((each) => contributorFacts(network, each)),
    contributor: async (id) => {
      const known = contributorAt(id);
      if (known !== undefined) return contributorFacts(network, known);
      // one that has asked for no account yet is there all the same
      const isHere = network.stateOf(address("contributor", id)) !== undefined;
      return isHere ? contributorFacts(network, newcomer(id)) : undefined;
    },
    credit: async (id) => (contributorAt(id)?.lines ?? []).map(creditFacts),
    metrics: async () => networkMetrics(network),
    chain: localChainHandle(network),
  };
}

function firstOf<V, A>(views: ReadonlyArray<V>, read: (view: V) => A | undefined): A | undefined {
  for (const view of views) {
    const found = read(view);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A job that never came to be was refused to the demand; else the job itself knows best. */
function factsOf(demand: Demand | undefined, job: Job | undefined): JobFacts | undefined {
  if (job !== undefined) return jobFacts(job);
  if (demand === undefined) return undefined;
  const { answer, reason, spent, answeredUs } = demand;
  return {
    job: null,
    state: answer ?? "waiting",
    reason,
    running: 0,
    done: 0,
    spent,
    endedUs: answer === undefined ? null : answeredUs,
  };
}

function jobFacts(job: Job): JobFacts {
  let running = 0;
  for (const { outcome, startedUs } of job.attempts.values()) {
    if (outcome === "" && startedUs > 0) running += 1;
  }
  const { reason, accepted, spent, endedUs } = job;
  const ended = endedUs === 0 ? null : endedUs;
  const state = stateOf(job);
  return { job: job.job, state, reason, running, done: accepted.size, spent, endedUs: ended };
}

function stateOf({ state }: Job): JobFacts["state"] {
  switch (state) {
    case "submitted":
      return "waiting";
    case "running":
    case "verifying":
    case "closing":
      return "running";
    default:
      return state;
  }
}

function tasksOf(job: Job): ReadonlyArray<TaskFacts> {
  const isOver = job.endedUs > 0;
  const tasks = job.tasks.map(() => ({ nodes: new Set<string>(), running: false, ran: 0 }));
  for (const { task, node, startedUs, outcome } of job.attempts.values()) {
    const known = tasks[task];
    if (known === undefined || startedUs === 0) continue;
    known.nodes.add(idOf(node));
    if (outcome === "done") known.ran += 1;
    if (outcome === "") known.running = true;
  }
  return tasks.map(({ nodes, running, ran }, index) => {
    const digest = job.accepted.get(index)?.digest ?? null;
    const state = digest !== null ? "done" : isOver ? "given-up" : running ? "running" : "waiting";
    return { state, digest, executions: ran, nodes: [...nodes] };
  });
}

function nodeFacts(node: Parameters<typeof stateOfNode>[0]): NodeFacts {
  const { slots, slotMflops, open, done } = node;
  return {
    id: idOf(node.node),
    owner: idOf(node.owner),
    state: stateOfNode(node),
    edge: idOf(node.edge),
    slots,
    slotMflops,
    running: open.size,
    done,
  };
}

function newcomer(id: string): Contributor {
  return { contributor: address("contributor", id), openedUs: 0, standing: undefined, lines: [] };
}

/** The ledger's own books where they are in this process, else what it last told. */
function contributorFacts(
  network: Network,
  { contributor, openedUs, standing }: Contributor,
): ContributorFacts {
  const ledger = network.stateOf(LEDGER) as { readonly context: LedgerContext } | undefined;
  const account = ledger?.context.books.accounts.get(contributor);
  const limits = ledger?.context.input.limits;
  const actor = network.stateOf(contributor) as
    | { readonly context: ContributorContext }
    | undefined;
  return {
    id: idOf(contributor),
    state: account?.state ?? standing?.state ?? (openedUs > 0 ? "probation" : "applicant"),
    credential: account?.credential ?? standing?.credential ?? "none",
    balance: account?.balance ?? standing?.balance ?? 0n,
    earned: account?.earned ?? standing?.earned ?? 0n,
    mayOwe: account === undefined || limits === undefined ? 0n : debtLimit(account, limits),
    earning: actor !== undefined && earns(actor.context),
    validResults: account?.validResults ?? standing?.validResults ?? 0,
    wrongResults: account?.wrongResults ?? standing?.wrongResults ?? 0,
    rule: standing?.rule ?? "",
  };
}

function creditFacts({ atUs, what, amount, job, task, cause }: CreditLine): CreditFacts {
  const about = job === "" ? "" : ` ${what === "earned" ? "by" : "for"} ${job}`;
  const which = task === "" ? "" : `, task ${task}`;
  const words = amount === 0n ? what : `${what} ${inVcu(amount < 0n ? -amount : amount)}`;
  return { atUs, amount, what: `${words}${about}${which} (${cause})` };
}
