/** The gateway: what the HTTP interface promises, done with network, guard and records. */
import { inspect } from "node:util";
import { codeOf, type Refused, refuse } from "../../adapters/http/problem.ts";
import type { Call, Ended, GatewayService } from "../../adapters/http/service.ts";
import type {
  BlobReceipt,
  ContributorStatus,
  CreditPage,
  Health,
  Paging,
  Quote,
  QuoteRequest,
} from "../../adapters/http/shapes.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import { BlobError, blobId } from "../../live/blobs.ts";
import type { AuditLog } from "./audit-log.ts";
import type { Escrows } from "./escrows.ts";
import { explain } from "./explain.ts";
import type { GatewayLog } from "./gateway-log.ts";
import { type Guard, nowUs } from "./guard.ts";
import type { Jobs } from "./jobs.ts";
import { keepPieces } from "./keep-pieces.ts";
import type { ContributorFacts, NetworkHandle } from "./network-handle.ts";
import { prometheusText, RequestCounters } from "./prometheus.ts";
import { inPingo, sizeOfPlan, sizeOfSlice } from "./quote.ts";
import { may, permissionsOf } from "./roles.ts";
import { Wallets } from "./wallets.ts";

export interface GatewayParts {
  readonly network: NetworkHandle;
  readonly guard: Guard;
  readonly jobs: Jobs;
  readonly escrows: Escrows;
  readonly audit: AuditLog;
  readonly log: GatewayLog;
  readonly version: string;
  readonly pingoPerVcu: number;
}

export class Gateway implements GatewayService {
  draining = false;
  readonly wallets: Wallets;
  readonly escrows: GatewayService["escrows"];
  private readonly parts: GatewayParts;
  private readonly counters = new RequestCounters();
  private readonly beganMs = performance.now();

  constructor(parts: GatewayParts) {
    this.parts = parts;
    this.escrows = parts.escrows;
    this.wallets = new Wallets(parts.network, parts.guard);
  }

  readonly admit: GatewayService["admit"] = (origin) => this.parts.guard.admit(origin);

  readonly authenticate: GatewayService["authenticate"] = (origin, token) =>
    this.parts.guard.authenticate(origin, token);

  readonly ended = ({ origin, token, status, problem, ms, fault }: Ended): void => {
    const code = problem === undefined ? undefined : codeOf(problem);
    this.counters.add(status, code, ms);
    const { request, remote, method, path, trace } = origin;
    const level = status >= 500 ? "error" : status >= 400 ? "warn" : "info";
    const fields = { request, remote, method, path, status, ms: Math.round(ms * 10) / 10 };
    this.parts.log.write(level, "request", { ...fields, token, code, trace });
    if (fault === undefined) return;
    const words = fault instanceof Error ? (fault.stack ?? fault.message) : inspect(fault);
    this.parts.log.write("error", "fault", { request, error: words });
  };

  readonly submit: GatewayService["submit"] = async (call, job) => {
    if (this.draining) {
      throw refuse(503, "draining", "the gateway is stopping; hand the job in again in a moment", {
        retryAfterS: 5,
      });
    }
    return this.parts.jobs.submit(call, job);
  };
  readonly list: GatewayService["list"] = (call, page) => this.parts.jobs.list(call, page);
  readonly status: GatewayService["status"] = (call, job) => this.parts.jobs.status(call, job);
  readonly tasks: GatewayService["tasks"] = (call, job, page) =>
    this.parts.jobs.tasks(call, job, page);
  readonly result: GatewayService["result"] = (call, job, format) =>
    this.parts.jobs.result(call, job, format);
  readonly cancel: GatewayService["cancel"] = (call, job) => this.parts.jobs.cancel(call, job);
  readonly log: GatewayService["log"] = (call, job) => this.parts.jobs.log(call, job);
  readonly watch: GatewayService["watch"] = (call, job, heard) =>
    this.parts.jobs.watch(call, job, heard);

  readonly explain: GatewayService["explain"] = async (call, job) => {
    const { jobs, network } = this.parts;
    const record = jobs.visible(call, job);
    const owner = record.accepted.contributor;
    const [status, facts, tasks, nodes, contributor, credit] = await Promise.all([
      jobs.status(call, job),
      jobs.facts(record),
      jobs.tasksOf(call, job),
      network.nodes(),
      network.contributor(owner),
      network.credit(owner),
    ]);
    return explain({ status, facts, tasks, nodes, contributor, credit, nowUs: nowUs() });
  };

  readonly quote = async (call: Call, { order, slice }: QuoteRequest): Promise<Quote> => {
    const { guard, jobs, network, pingoPerVcu } = this.parts;
    guard.need(call, "job.submit");
    if ((order === undefined) === (slice === undefined)) {
      throw refuse(
        422,
        "bad-quote",
        "a quote is for either an order or a slice; give one of them",
        {
          allowed: ["order", "slice"],
        },
      );
    }
    const owner = order === undefined ? call.contributor : jobs.contributorOf(call, order);
    const sized =
      slice !== undefined
        ? sizeOfSlice(slice)
        : sizeOfPlan(await jobs.plan(order as NonNullable<typeof order>));
    if (order?.escrow !== undefined && owner !== null) {
      await this.parts.escrows.consider({ named: order.escrow, order, contributor: owner });
    }
    const known = owner === null ? undefined : await network.contributor(owner);
    const balance = known === undefined ? null : nanoVcu(known.balance);
    return { ...sized, balance, pingoPerVcu, pingo: inPingo(sized.price, pingoPerVcu) };
  };

  readonly mayUpload = (call: Call): void => this.parts.guard.need(call, "blob.write");

  readonly upload = async (
    call: Call,
    pieces: AsyncIterable<Uint8Array>,
    expected: string | undefined,
  ): Promise<BlobReceipt> => {
    const { network, guard } = this.parts;
    try {
      const kept = await keepPieces(network.blobs, pieces, expected);
      await guard.done(call, "blob.put", kept.id);
      return kept;
    } catch (error) {
      if (!(error instanceof BlobError)) throw error;
      throw blobRefusal(error);
    }
  };

  readonly download = async (call: Call, name: string): Promise<Uint8Array> => {
    const { network, guard } = this.parts;
    guard.need(call, "blob.read");
    const id = blobId(name);
    const bytes = id === undefined ? undefined : await network.blobs.get(id);
    if (bytes === undefined) throw refuse(404, "no-such-blob", `there is no blob ${name} here`);
    return bytes;
  };

  readonly me: GatewayService["me"] = async ({ token, role, contributor, expiresUs }) => ({
    token,
    role,
    contributor,
    expiresUs,
    permissions: permissionsOf(role),
  });

  readonly nodes: GatewayService["nodes"] = async (call) => {
    this.parts.guard.need(call, "node.read");
    return { nodes: await this.parts.network.nodes() };
  };

  readonly contributors: GatewayService["contributors"] = async (call) => {
    this.parts.guard.need(call, "contributor.read");
    const all = await this.parts.network.contributors();
    const shown = may(call.role, "contributor.read-all")
      ? all
      : all.filter(({ id }) => id === call.contributor);
    return { contributors: shown.map(asStatus) };
  };

  readonly contributor = async (call: Call, id: string): Promise<ContributorStatus> => {
    this.needContributor(call, id);
    const found = await this.parts.network.contributor(id);
    if (found === undefined) throw unknownContributor(id);
    return asStatus(found);
  };

  readonly credit = async (
    call: Call,
    id: string,
    { cursor, limit }: Paging,
  ): Promise<CreditPage> => {
    this.needContributor(call, id);
    const lines = [...(await this.parts.network.credit(id))].reverse();
    const from = cursor === undefined ? 0 : Number(cursor);
    const page = lines.slice(from, from + limit);
    const next = from + limit < lines.length ? String(from + limit) : null;
    return {
      lines: page.map(({ atUs, amount, what }) => ({ atUs, amount: nanoVcu(amount), what })),
      next,
    };
  };

  readonly auditHead: GatewayService["auditHead"] = async (call) => {
    this.parts.guard.need(call, "audit.read");
    return this.parts.audit.head;
  };

  readonly metrics: GatewayService["metrics"] = async (call) => {
    this.parts.guard.need(call, "metrics.read");
    const { network, jobs, audit } = this.parts;
    const own = [
      ...this.counters.metrics(),
      gauge("pingo_gateway_watchers", "Open streams of job events.", jobs.watchers.count),
      gauge("pingo_gateway_audit_lines", "Lines of the audit log.", audit.head.lines),
      gauge("pingo_gateway_resident_bytes", "Resident memory.", process.memoryUsage.rss()),
    ];
    return this.counters.text() + prometheusText([...own, ...(await network.metrics())]);
  };

  readonly health = (): Health => ({
    status: this.draining ? "draining" : "ok",
    version: this.parts.version,
    upS: Math.floor((performance.now() - this.beganMs) / 1_000),
  });

  /** Others' accounts are for auditors, operators and bots; that they exist as well. */
  private needContributor(call: Call, id: string): void {
    this.parts.guard.need(call, "contributor.read");
    if (id === call.contributor || may(call.role, "contributor.read-all")) return;
    throw unknownContributor(id);
  }
}

function gauge(name: string, help: string, value: number) {
  return { name, help, kind: "gauge" as const, samples: [{ labels: {}, value }] };
}

function unknownContributor(id: string): Refused {
  return refuse(404, "no-such-contributor", `there is no contributor ${id} that you may see`);
}

function asStatus(facts: ContributorFacts): ContributorStatus {
  const { balance, earned, mayOwe } = facts;
  return {
    ...facts,
    balance: nanoVcu(balance),
    earned: nanoVcu(earned),
    mayOwe: nanoVcu(mayOwe),
  };
}

function blobRefusal({ reason, message }: BlobError): Refused {
  switch (reason) {
    case "too-large":
      return refuse(413, "too-large", message);
    case "full":
      return refuse(
        503,
        "full",
        "the network's disk is full and nothing was kept; its operator has to free some space",
        { retryAfterS: 60 },
      );
    case "down":
      return refuse(503, "down", `${message}; try again in a few seconds`, { retryAfterS: 5 });
    case "other":
      return refuse(422, "other-content", `${message}; send them again`, { field: "blob" });
    case "corrupt":
      return refuse(500, "corrupt", message);
  }
}
