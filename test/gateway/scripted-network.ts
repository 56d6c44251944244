/**
 * A network behind the gateway that does what a test tells it to: the gateway itself is the real
 * one.
 */
import { createHash } from "node:crypto";
import type { DemandArrived, TrainingWanted } from "../../src/actors/contributor/messages.ts";
import type {
  ContributorFacts,
  CreditFacts,
  DemandName,
  JobFacts,
  LogFacts,
  NetworkHandle,
  NodeFacts,
  TaskFacts,
} from "../../src/app/gateway/network-handle.ts";
import { PlanError, type Planner } from "../../src/app/gateway/planner.ts";
import { type Address, idOf } from "../../src/kernel/address.ts";
import { priceOf } from "../../src/kernel/credit.ts";
import type { BlobId, Blobs } from "../../src/live/blobs.ts";

interface Demand {
  readonly name: DemandName;
  readonly message: DemandArrived;
  job: JobFacts;
  tasks: Array<TaskFacts>;
  lines: Array<LogFacts>;
}

export class ScriptedNetwork implements NetworkHandle {
  readonly name = "test";
  readonly kept = new Map<string, Uint8Array>();
  readonly demands = new Map<string, Demand>();
  readonly accounts = new Map<string, ContributorFacts>();
  readonly moved = new Map<string, Array<CreditFacts>>();
  readonly cancelled: Array<Address> = [];
  readonly machines: Array<NodeFacts> = [];
  /** While true nothing can be handed over. */
  down = false;
  private readonly listeners = new Set<(name: DemandName) => void>();

  constructor(...contributors: ReadonlyArray<string>) {
    for (const id of contributors) this.accounts.set(id, accountOf(id));
  }

  readonly blobs: Blobs = {
    put: async (bytes) => {
      const id = createHash("sha256").update(bytes).digest("hex") as BlobId;
      this.kept.set(id, bytes);
      return id;
    },
    get: async (id) => this.kept.get(id),
    has: async (id) => this.kept.has(id),
  };

  readonly hand = async (
    contributor: Address,
    message: DemandArrived | TrainingWanted,
  ): Promise<void> => {
    if (this.down) throw new Error("the bus is down");
    const name = { contributor, demand: message.demand };
    if (message.type !== "DemandArrived") throw new Error("this network trains nothing");
    const tasks = message.tasks.map(() => waitingTask);
    const job: JobFacts = {
      job: `job/e0.${this.demands.size + 1}` as Address,
      state: "waiting",
      reason: "",
      running: 0,
      done: 0,
      spent: 0n,
      endedUs: null,
    };
    const lines = [{ atUs: 1, actor: contributor, what: "was asked for work" }];
    this.demands.set(keyOf(name), { name, message, job, tasks, lines });
    this.tell(name);
  };

  readonly cancel = async (job: Address): Promise<void> => {
    this.cancelled.push(job);
    const demand = [...this.demands.values()].find((each) => each.job.job === job);
    if (demand !== undefined) this.change(demand.name, { state: "settled", endedUs: 9 });
  };

  readonly highestDemand = async (contributor: Address) =>
    Math.max(
      0,
      ...[...this.demands.values()]
        .filter(({ name }) => name.contributor === contributor)
        .map(({ name }) => name.demand),
    );
  readonly job = async (name: DemandName) => this.demands.get(keyOf(name))?.job;
  readonly tasks = async (name: DemandName) => this.demands.get(keyOf(name))?.tasks;
  readonly log = async (name: DemandName) => ({
    lines: this.demands.get(keyOf(name))?.lines ?? [],
    dropped: 0,
  });
  readonly onJob = (heard: (name: DemandName) => void) => {
    this.listeners.add(heard);
    return { stop: () => void this.listeners.delete(heard) };
  };
  readonly nodes = async () => this.machines;
  readonly contributors = async () => [...this.accounts.values()];
  readonly contributor = async (id: string) => this.accounts.get(id);
  readonly credit = async (id: string) => this.moved.get(id) ?? [];
  readonly metrics = async () => [
    {
      name: "pingo_deliveries_total",
      help: "Deliveries that were journalled.",
      kind: "counter" as const,
      samples: [{ labels: { shard: "core" }, value: 3 }],
    },
  ];

  /** One task of a demand has a believed result. */
  async finishTask(name: DemandName, index: number, result: string): Promise<void> {
    const demand = this.demands.get(keyOf(name));
    if (demand === undefined) throw new Error(`no demand ${keyOf(name)}`);
    const digest = await this.blobs.put(Buffer.from(result));
    demand.tasks[index] = { state: "done", digest, executions: 2, nodes: ["n1", "n2"] };
    const done = demand.tasks.filter(({ state }) => state === "done").length;
    const spent = demand.job.spent + priceOf(demand.message.tasks[index] ?? 0);
    this.change(name, { state: "running", done, spent });
  }

  change(name: DemandName, change: Partial<JobFacts>): void {
    const demand = this.demands.get(keyOf(name));
    if (demand === undefined) throw new Error(`no demand ${keyOf(name)}`);
    demand.job = { ...demand.job, ...change };
    this.tell(name);
  }

  private tell(name: DemandName): void {
    for (const heard of this.listeners) heard(name);
  }
}

function keyOf({ contributor, demand }: DemandName): string {
  return `${idOf(contributor)}.${demand}`;
}

const waitingTask: TaskFacts = { state: "waiting", digest: null, executions: 0, nodes: [] };

function accountOf(id: string): ContributorFacts {
  return {
    id,
    state: "active",
    credential: "valid",
    balance: 5_000_000_000n,
    earned: 7_000_000_000n,
    mayOwe: 0n,
    earning: false,
    validResults: 20,
    wrongResults: 0,
    rule: "",
  };
}

/** Plans `{ kind: echo, words: [...] }`, or one task for each line of the file `model`. */
export const wordPlanner: Planner = {
  plan: async (job, files, blobs) => {
    const { kind, words, model } = job;
    if (kind !== "echo") {
      throw new PlanError("kind must be echo", "kind", ["echo"]);
    }
    const lines =
      typeof model === "string" ? await linesOf(files.get(model), blobs) : (words as string[]);
    return {
      name: "words",
      kind: "echo",
      work: {
        tasks: lines.map((word) => ({ content: word, mflop: 36_000_000 })),
        inputBytes: 10,
        outputBytes: 10,
        memoryMib: 64,
      },
      assembly: { count: lines.length },
    };
  },
  assemble: async (_assembly, digests, { blobs }) => {
    const parts = await Promise.all(
      digests.map(async (digest) =>
        digest === null ? null : Buffer.from((await blobs.get(digest as BlobId))!).toString(),
      ),
    );
    return { bytes: Buffer.from(JSON.stringify(parts)), contentType: "application/json" };
  },
};

async function linesOf(id: BlobId | undefined, blobs: Blobs): Promise<ReadonlyArray<string>> {
  const bytes = id === undefined ? undefined : await blobs.get(id);
  if (bytes === undefined) throw new PlanError("the model is not uploaded", "model");
  return Buffer.from(bytes).toString("utf8").split("\n");
}
