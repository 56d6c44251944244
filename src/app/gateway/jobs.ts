/**
 * Jobs at the gateway: accepted once they are on its disk, handed to the network until it has them,
 * followed to their end. What is shown of a job comes from the network's own views.
 */
import type { DemandArrived, TrainingWanted } from "../../actors/contributor/messages.ts";
import { refuse } from "../../adapters/http/problem.ts";
import type { Call, Result, SubmittedJob, Watching } from "../../adapters/http/service.ts";
import type {
  JobLog,
  JobOrder,
  JobPage,
  JobState,
  JobStatus,
  Paging,
  ResultFormat,
  TaskPage,
} from "../../adapters/http/shapes.ts";
import { address, idOf } from "../../kernel/address.ts";
import { type BlobId, blobId } from "../../live/blobs.ts";
import { hashOfValue } from "../job/demand-hash.ts";
import type { Escrows } from "./escrows.ts";
import type { Guard } from "./guard.ts";
import { nowUs } from "./guard.ts";
import type { Acceptance, Ending, JobRecord, JobRecords } from "./job-records.ts";
import { endingOf, statusOf } from "./job-status.ts";
import { KeptPlan } from "./kept-plan.ts";
import type { DemandName, JobFacts, NetworkHandle, TaskFacts } from "./network-handle.ts";
import { PlanError, type PlannedJob, type Planner } from "./planner.ts";
import { sizeOfPlan } from "./quote.ts";
import { resultHash } from "./result-hash.ts";
import { may } from "./roles.ts";
import { sharedAmong } from "./shared-among.ts";
import { Watchers } from "./watchers.ts";

export interface JobsParts {
  readonly network: NetworkHandle;
  readonly planner: Planner;
  readonly guard: Guard;
  readonly records: JobRecords;
  readonly escrows: Escrows;
  readonly report: (what: string, error: unknown) => void;
}

/** While the network cannot be reached. */
const AGAIN_MS = 2_000;

interface UnderWay {
  readonly body: string;
  readonly accepted: Promise<JobRecord>;
}

export class Jobs {
  readonly watchers: Watchers;
  private readonly parts: JobsParts;
  private readonly plans: KeptPlan;
  /** Idempotency keys whose first request is not answered yet. */
  private readonly underWay = new Map<string, UnderWay>();
  private readonly listening: { readonly stop: () => void };
  /** Jobs that were told to end by this process; told once. */
  private readonly cancelled = new Set<string>();
  private again: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(parts: JobsParts) {
    this.parts = parts;
    this.plans = new KeptPlan(parts.network.blobs);
    this.watchers = new Watchers(
      async (id) => {
        const record = parts.records.get(id);
        return record === undefined ? undefined : this.look(record);
      },
      (error) => parts.report("a watched job cannot be read", error),
    );
    this.listening = parts.network.onJob((name) => this.heard(name));
  }

  /**
   * After a start: hands over what was accepted before and the network never heard of. A crash
   * between a job's record and its line of the audit log left it without one, so it gets one now.
   */
  async begin(): Promise<number> {
    for (const record of this.parts.records.all()) {
      await this.parts.escrows.follow(record);
      const { ended, handed, id, accepted } = record;
      if (ended !== undefined || handed) continue;
      const { token, contributor } = accepted;
      await this.parts.guard.recovered({ token, contributor }, "job.submit", id);
    }
    return this.recover();
  }

  private async recover(): Promise<number> {
    let handed = 0;
    for (const record of this.parts.records.all()) {
      if (record.ended !== undefined) continue;
      if (!record.handed && (await this.facts(record)) === undefined) {
        await this.hand(record);
        handed += 1;
        continue;
      }
      if (!record.handed) await this.parts.records.noteHanded(record);
      // it may have ended while nobody was here to hear it
      await this.look(record);
    }
    return handed;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.again);
    this.listening.stop();
    this.watchers.close();
    await this.parts.records.close();
  }

  async submit(call: Call, { order, key }: SubmittedJob): Promise<JobStatus> {
    this.parts.guard.need(call, "job.submit");
    const contributor = this.contributorOf(call, order);
    const body = hashOfValue(order);
    const record =
      key === undefined
        ? await this.accept(call, { order, contributor, key: null, body })
        : await this.acceptOnce(call, { order, contributor, key, body });
    return this.look(record);
  }

  async list(
    call: Call,
    { cursor, limit, state }: Paging & { readonly state?: JobState | undefined },
  ): Promise<JobPage> {
    this.parts.guard.need(call, "job.read");
    const visible = this.parts.records.newestFirst().filter((record) => isVisible(call, record));
    const from = cursor === undefined ? 0 : visible.findIndex(({ id }) => id === cursor) + 1;
    if (cursor !== undefined && from === 0) {
      throw refuse(422, "bad-cursor", "the cursor is none of this list; begin without one", {
        field: "cursor",
      });
    }
    const jobs: Array<JobStatus> = [];
    let last: string | null = null;
    for (const record of visible.slice(from)) {
      if (jobs.length === limit) return { jobs, next: last };
      const status = await this.look(record);
      if (state === undefined || status.state === state) jobs.push(status);
      last = record.id;
    }
    return { jobs, next: null };
  }

  async status(call: Call, id: string): Promise<JobStatus> {
    return this.look(this.visible(call, id));
  }

  /** The record with its tasks, for whoever may see it. */
  async tasksOf(call: Call, id: string): Promise<ReadonlyArray<TaskFacts> | undefined> {
    return this.parts.network.tasks(demandOf(this.visible(call, id)));
  }

  async tasks(call: Call, id: string, { cursor, limit }: Paging): Promise<TaskPage> {
    const record = this.visible(call, id);
    const facts = await this.parts.network.tasks(demandOf(record));
    const plan = await this.plans.read(record.accepted.plan);
    const from = cursor === undefined ? 0 : Number(cursor);
    if (!Number.isSafeInteger(from) || from < 0) {
      throw refuse(422, "bad-cursor", "the cursor of tasks is a number; begin without one", {
        field: "cursor",
      });
    }
    const until = Math.min(from + limit, record.accepted.tasks);
    const tasks = sizesOf(plan)
      .slice(from, until)
      .map((mflop, i) => {
        const { state, digest, executions, nodes } = facts?.[from + i] ?? unknownTask;
        return { index: from + i, mflop, state, digest, executions, nodes };
      });
    return { tasks, next: until < record.accepted.tasks ? String(until) : null };
  }

  async result(call: Call, id: string, format: ResultFormat | undefined): Promise<Result> {
    const record = this.visible(call, id);
    const status = await this.look(record);
    const { network, planner } = this.parts;
    const { assembly, training } = await this.plans.read(record.accepted.plan);
    const digests = await this.resultsOf(record);
    if (digests.every((digest) => digest === null)) {
      const why = status.reason === "" ? "" : ` (${status.reason})`;
      throw refuse(
        409,
        "no-result",
        `job ${id} is ${status.state}${why} and has no result; see pingo job explain ${id}`,
      );
    }
    const isWhole = training === undefined || status.tasks.done === status.tasks.total;
    try {
      const { blobs } = network;
      const { bytes, contentType } = await planner.assemble(assembly, digests, { format, blobs });
      return { bytes, contentType, partial: !isWhole || digests.includes(null) };
    } catch (error) {
      throw inOurWords(error, "format");
    }
  }

  /** Blobs of what is believed, in order; of a training run, its last state, also on its way. */
  private async resultsOf(record: JobRecord): Promise<ReadonlyArray<string | null>> {
    const { training } = await this.plans.read(record.accepted.plan);
    if (training !== undefined) return [await this.stateOf(record)];
    const facts = await this.parts.network.tasks(demandOf(record));
    const { tasks: length } = record.accepted;
    return Array.from({ length }, (_, index) => facts?.[index]?.digest ?? null);
  }

  private async stateOf(record: JobRecord): Promise<string | null> {
    const state = (await this.facts(record))?.training?.state ?? "";
    return state === "" ? null : state;
  }

  async cancel(call: Call, id: string): Promise<JobStatus> {
    this.parts.guard.need(call, "job.cancel");
    const record = this.visible(call, id);
    const { guard, records, network } = this.parts;
    if (record.accepted.contributor !== call.contributor && !may(call.role, "job.cancel-all")) {
      guard.note(call, "job.cancel", id, "role");
      throw refuse(403, "role", `job ${id} is not of this token's contributor`);
    }
    if (record.ended !== undefined) return this.look(record);
    await records.noteCancel(record);
    const facts = await network.job(demandOf(record));
    if (facts !== undefined) await this.passCancel(record, facts);
    await guard.done(call, "job.cancel", id);
    return this.look(record);
  }

  async log(call: Call, id: string): Promise<JobLog> {
    const record = this.visible(call, id);
    const { lines, dropped } = await this.parts.network.log(demandOf(record));
    return { lines, dropped };
  }

  async watch(call: Call, id: string, heard: (status: JobStatus) => void): Promise<Watching> {
    this.visible(call, id);
    return this.watchers.add(call.token, id, heard);
  }

  facts(record: JobRecord): Promise<JobFacts | undefined> {
    return this.parts.network.job(demandOf(record));
  }

  /** Plans the job without handing it in. */
  async plan(order: JobOrder): Promise<PlannedJob> {
    const files = new Map<string, BlobId>();
    for (const [name, text] of Object.entries(order.files)) {
      const id = blobId(text);
      if (id === undefined || !(await this.parts.network.blobs.has(id))) {
        throw refuse(
          422,
          "no-such-blob",
          `the file ${JSON.stringify(name)} is blob ${text.slice(0, 12)}…, which is not here; ` +
            "upload it first",
          { field: `files.${name}` },
        );
      }
      files.set(name, id);
    }
    try {
      return await this.parts.planner.plan(order.job, files, this.parts.network.blobs);
    } catch (error) {
      throw inOurWords(error, "job");
    }
  }

  /** 404 also for a job of others: that it exists is theirs to tell. */
  visible(call: Call, id: string): JobRecord {
    this.parts.guard.need(call, "job.read");
    const record = this.parts.records.get(id);
    if (record === undefined || !isVisible(call, record)) {
      throw refuse(404, "no-such-job", `there is no job ${id} here; see pingo job list`);
    }
    return record;
  }

  contributorOf(call: Call, { contributor }: JobOrder): string {
    if (contributor === undefined || contributor === call.contributor) {
      if (call.contributor !== null) return call.contributor;
      throw refuse(
        422,
        "no-contributor",
        `token ${call.token} is of no contributor; name one as contributor in the request`,
        { field: "contributor" },
      );
    }
    this.parts.guard.need(call, "job.submit-for-others");
    return contributor;
  }

  private async acceptOnce(call: Call, wanted: Wanted & { key: string }): Promise<JobRecord> {
    const { contributor, key, body } = wanted;
    const name = `${contributor} ${key}`;
    const open = this.underWay.get(name);
    const known = this.parts.records.underKey(contributor, key);
    if ((open?.body ?? known?.accepted.body ?? body) !== body) {
      this.parts.guard.note(call, "job.submit", key, "key-reused");
      throw refuse(
        422,
        "key-reused",
        `the idempotency key ${key} came with another job before; use a new key for a new job`,
        { field: "Idempotency-Key" },
      );
    }
    if (open !== undefined) return open.accepted;
    if (known !== undefined) return known;
    const accepted = this.accept(call, wanted);
    this.underWay.set(name, { body, accepted });
    try {
      return await accepted;
    } finally {
      this.underWay.delete(name);
    }
  }

  private async accept(call: Call, { order, contributor, key, body }: Wanted): Promise<JobRecord> {
    const { network, records, guard } = this.parts;
    if ((await network.contributor(contributor)) === undefined) {
      throw refuse(
        422,
        "no-such-contributor",
        `this network knows no contributor ${contributor}; see pingo gateway token list`,
        { field: "contributor" },
      );
    }
    const asked = await this.plan(order);
    const nodes = asked.training === undefined ? [] : await network.nodes();
    const planned = sharedAmong(asked, nodes, contributor);
    const sized = sizeOfPlan(planned);
    const plan = await this.plans.keep(planned);
    const { escrows } = this.parts;
    const { escrow: named } = order;
    const escrow = named === undefined ? null : await escrows.admit({ named, order, contributor });
    const highest = await network.highestDemand(address("contributor", contributor));
    // nothing is waited for between this look and the record
    if (escrow !== null) escrows.assertFree(escrow.at);
    const acceptance: Acceptance = {
      contributor,
      demand: Math.max(records.nextDemand(contributor), highest + 1),
      name: order.name ?? planned.name,
      kind: planned.kind,
      plan,
      tasks: sized.tasks,
      price: sized.price,
      atUs: nowUs(),
      token: call.token,
      key,
      body,
      escrow,
    };
    const record = await records.accept(acceptance);
    await guard.done(call, "job.submit", record.id);
    await escrows.follow(record);
    // accepted is accepted: while the network cannot be reached it is tried again
    await this.hand(record).catch((error: unknown) => this.handLater(record.id, error));
    return record;
  }

  private async hand(record: JobRecord): Promise<void> {
    const { network, records } = this.parts;
    const { contributor, demand } = record.accepted;
    const planned = await this.plans.read(record.accepted.plan);
    await network.hand(address("contributor", contributor), wishOf(planned, demand));
    await records.noteHanded(record);
  }

  private handLater(id: string, error: unknown): void {
    this.parts.report(`job ${id} waits for the network`, error);
    if (this.closed) return;
    this.again ??= setTimeout(() => {
      this.again = undefined;
      this.recover().catch((again: unknown) => this.handLater(id, again));
    }, AGAIN_MS);
  }

  private heard({ contributor, demand }: DemandName): void {
    const id = `${idOf(contributor)}.${demand}`;
    const record = this.parts.records.get(id);
    if (record === undefined) return;
    // whoever watches hears of the end also when somebody who asked noticed it first
    this.watchers.changed(id);
    if (record.ended !== undefined) return;
    this.settle(record).catch((error: unknown) =>
      this.parts.report(`job ${id} cannot be followed`, error),
    );
  }

  private async look(record: JobRecord): Promise<JobStatus> {
    const facts = record.ended === undefined ? await this.settle(record) : undefined;
    const { escrows, network } = this.parts;
    return { ...statusOf(record, facts, network.name), escrow: escrows.shownOf(record) };
  }

  /**
   * Keeps how a job ended, the first time that it is seen; asks again for a cancel that was early.
   */
  private async settle(record: JobRecord): Promise<JobFacts | undefined> {
    const facts = await this.facts(record);
    if (facts === undefined) return undefined;
    const ended = endingOf(record, facts);
    if (ended !== undefined) await this.end(record, ended);
    else if (record.cancelAsked) await this.passCancel(record, facts);
    return facts;
  }

  private async end(record: JobRecord, ended: Omit<Ending, "result">): Promise<void> {
    const digests = ended.state === "settled" ? await this.resultsOf(record) : [null];
    const whole = digests.filter((digest) => digest !== null);
    const isWhole = whole.length === digests.length;
    if (!isWhole && ended.state === "settled" && ended.job !== null && isAwaited(record)) {
      // kept without its hash, the job would never be judged, and who did it would lose its bond
      this.handLater(record.id, new Error("its results cannot be read yet"));
      return;
    }
    const result = isWhole ? resultHash(whole) : null;
    await this.parts.records.noteEnd(record, { ...ended, result });
    await this.parts.escrows.follow(record);
  }

  private async passCancel({ id }: JobRecord, { job }: JobFacts): Promise<void> {
    if (job === null || this.cancelled.has(id)) return;
    this.cancelled.add(id);
    await this.parts.network.cancel(job);
  }
}

/** What the contributor's actor is told. */
function wishOf({ work, training }: PlannedJob, demand: number): DemandArrived | TrainingWanted {
  if (training !== undefined) return { type: "TrainingWanted", demand, run: training };
  return {
    type: "DemandArrived",
    demand,
    tasks: work.tasks.map(({ mflop }) => mflop),
    inputBytes: work.inputBytes,
    outputBytes: work.outputBytes,
    memoryMib: work.memoryMib,
    contents: work.tasks.map(({ content }) => content),
  };
}

interface Wanted {
  readonly order: JobOrder;
  readonly contributor: string;
  readonly key: string | null;
  readonly body: string;
}

/** Metered size of each task; of a training run, of each round. */
function sizesOf({ work, training }: PlannedJob): ReadonlyArray<number> {
  if (training === undefined) return work.tasks.map(({ mflop }) => mflop);
  const { rounds, workers, steps, stepMflop } = training;
  return Array.from({ length: rounds }, () => workers * steps * stepMflop);
}

const unknownTask: TaskFacts = { state: "waiting", digest: null, executions: 0, nodes: [] };

function demandOf({ accepted }: JobRecord): DemandName {
  return { contributor: address("contributor", accepted.contributor), demand: accepted.demand };
}

/** An escrow waits for the hash of its result. */
function isAwaited({ accepted }: JobRecord): boolean {
  return accepted.escrow !== null;
}

function isVisible(call: Call, { accepted }: JobRecord): boolean {
  return accepted.contributor === call.contributor || may(call.role, "job.read-all");
}

function inOurWords(error: unknown, at: string): unknown {
  if (!(error instanceof PlanError)) return error;
  const { message, field, allowed } = error;
  return refuse(422, "bad-job", message, { field: field ?? at, allowed });
}
