/**
 * The client of a gateway for programs: `import { PinGo } from "pingo"`. It is derived from the
 * same
 * description of the interface that the server is held to; the command line uses nothing else.
 */
import { randomUUID } from "node:crypto";
import { FetchHttpClient, HttpApiClient, HttpClient, HttpClientRequest } from "@effect/platform";
import { Effect, Either, Schema } from "effect";
import { api } from "../../adapters/http/api.ts";
import type { EscrowFate } from "../../adapters/http/escrow-shapes.ts";
import { Problem } from "../../adapters/http/problem.ts";
import type {
  ContributorStatus,
  CreditPage,
  Explanation,
  JobLog,
  JobPage,
  JobState,
  Me,
  NodeStatus,
  Quote,
  ResultFormat,
  Slice,
  TaskPage,
} from "../../adapters/http/shapes.ts";
import { JobStatus, over } from "../../adapters/http/shapes.ts";
import type {
  WalletChallenge,
  WalletClaims,
  WalletProofGiven,
  WalletStatus,
} from "../../adapters/http/wallet-shapes.ts";
import { type Given, gatewayUrl, tokenFor } from "./credentials.ts";
import { inWords, ofProblem, PinGoError, unfit } from "./error.ts";
import { serverEvents } from "./event-stream.ts";

export type { JobStatus } from "../../adapters/http/shapes.ts";
// biome-ignore lint/performance/noBarrelFile: the entry of the package has what its users catch
export { PinGoError } from "./error.ts";

export interface Work {
  /** The content of a job file; docs/work.md says what it may hold. */
  readonly job: Readonly<Record<string, unknown>>;
  /** The bytes of each file that the job names, or the id of a blob that was uploaded. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
  readonly name?: string | undefined;
  /** The escrow that pays you for it, and the salt of its terms. */
  readonly escrow?: { readonly address: string; readonly salt: string } | undefined;
  /** Only a bot or an operator may name another than its token's. */
  readonly contributor?: string | undefined;
}

export interface SubmitOptions {
  /** The same key with the same job is the same job, however often it is sent. */
  readonly key?: string | undefined;
}

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onStatus?: ((status: JobStatus) => void) | undefined;
  /** The line broke and is taken up again in so many milliseconds. */
  readonly onLost?: ((error: PinGoError, inMs: number) => void) | undefined;
}

export interface JobResult {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  /** True while tasks are missing. */
  readonly partial: boolean;
}

interface Page {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

const AGAIN_FIRST_MS = 500;
const AGAIN_MAX_MS = 10_000;
/** A request that the line lost is sent again so often; each is safe to repeat. */
const TRIES = 3;

export class PinGo {
  readonly url: string;
  private readonly token: string;

  /** Without arguments: the gateway of PINGO_URL or of `pingo up` on this machine. */
  constructor(given: Given = {}) {
    this.url = gatewayUrl(given.url);
    this.token = given.token ?? tokenFor(this.url);
  }

  /** Uploads the files and hands the job in; it is kept once this resolves. */
  async submit(work: Work, { key = randomUUID() }: SubmitOptions = {}): Promise<JobStatus> {
    const payload = await this.order(work);
    return this.ask((client) =>
      client.jobs.submit({ payload, headers: { "idempotency-key": key } }),
    );
  }

  async quote(wanted: Work | { readonly slice: Slice }): Promise<Quote> {
    const payload = "slice" in wanted ? wanted : { order: await this.order(wanted) };
    return this.ask((client) => client.quotes.quote({ payload }));
  }

  list(page: Page & { readonly state?: JobState | undefined } = {}): Promise<JobPage> {
    const { limit = 50, cursor, state } = page;
    return this.ask((client) => client.jobs.list({ urlParams: { limit, cursor, state } }));
  }

  status(job: string): Promise<JobStatus> {
    return this.ask((client) => client.jobs.status({ path: { job } }));
  }

  tasks(job: string, { limit = 1_000, cursor }: Page = {}): Promise<TaskPage> {
    return this.ask((client) => client.jobs.tasks({ path: { job }, urlParams: { limit, cursor } }));
  }

  log(job: string): Promise<JobLog> {
    return this.ask((client) => client.jobs.log({ path: { job } }));
  }

  explain(job: string): Promise<Explanation> {
    return this.ask((client) => client.jobs.explain({ path: { job } }));
  }

  cancel(job: string): Promise<JobStatus> {
    return this.ask((client) => client.jobs.cancel({ path: { job } }));
  }

  async result(job: string, format?: ResultFormat): Promise<JobResult> {
    const query = format === undefined ? "" : `?format=${format}`;
    const answer = await this.fetch(`/v1/jobs/${encodeURIComponent(job)}/result${query}`);
    return {
      bytes: new Uint8Array(await answer.arrayBuffer()),
      contentType: answer.headers.get("content-type") ?? "application/octet-stream",
      partial: answer.headers.get("pingo-partial") === "true",
    };
  }

  /** The states of a job as they come; ends with the job, throws when the line breaks. */
  async *events(job: string, signal?: AbortSignal): AsyncGenerator<JobStatus, void, undefined> {
    const path = `/v1/jobs/${encodeURIComponent(job)}/events`;
    const { body } = await this.fetch(path, signal === undefined ? {} : { signal });
    if (body === null) return;
    const decode = Schema.decodeUnknownSync(Schema.parseJson(JobStatus));
    try {
      for await (const { data } of serverEvents(body)) {
        const status = decode(data);
        yield status;
        if (over.has(status.state)) return;
      }
    } catch (error) {
      throw inWords(error, this.url);
    }
    throw new PinGoError(`the line to ${this.url} broke`, { code: "unreachable" });
  }

  /** Waits until the job is over, also across restarts of the gateway. */
  async wait(job: string, options: WaitOptions = {}): Promise<JobStatus> {
    const { signal, onStatus, onLost } = options;
    for (let againMs = AGAIN_FIRST_MS; ; againMs = Math.min(2 * againMs, AGAIN_MAX_MS)) {
      try {
        for await (const status of this.events(job, signal)) {
          againMs = AGAIN_FIRST_MS;
          onStatus?.(status);
          if (over.has(status.state)) return status;
        }
      } catch (error) {
        const why = inWords(error, this.url);
        signal?.throwIfAborted();
        if (!passes(why)) throw why;
        const inMs = (why.details.retryAfterS ?? 0) * 1_000 || againMs;
        onLost?.(why, inMs);
        await pause(inMs, signal);
      }
    }
  }

  /** Keeps the bytes under their SHA-256 and gives that. */
  async upload(bytes: Uint8Array): Promise<string> {
    const answer = await this.fetch("/v1/blobs", {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: bytes as Uint8Array<ArrayBuffer>,
    });
    const { id } = (await answer.json()) as { readonly id: string };
    return id;
  }

  me(): Promise<Me> {
    return this.ask((client) => client.network.me());
  }

  async nodes(): Promise<ReadonlyArray<NodeStatus>> {
    const { nodes } = await this.ask((client) => client.network.nodes());
    return nodes;
  }

  contributor(id: string): Promise<ContributorStatus> {
    return this.ask((client) => client.network.contributor({ path: { contributor: id } }));
  }

  credit(id: string, { limit = 50, cursor }: Page = {}): Promise<CreditPage> {
    return this.ask((client) =>
      client.network.credit({ path: { contributor: id }, urlParams: { limit, cursor } }),
    );
  }

  /** What your wallet has to sign to be linked; good once. */
  walletChallenge(): Promise<WalletChallenge> {
    return this.ask((client) => client.wallets.challenge());
  }

  linkWallet(proof: WalletProofGiven): Promise<WalletStatus> {
    return this.ask((client) => client.wallets.link({ payload: proof }));
  }

  /** Your wallet, its credential on chain, and the voucher for it. */
  wallet(): Promise<WalletStatus> {
    return this.ask((client) => client.wallets.wallet());
  }

  /** Has the network look at your credential on chain now, and not when its copy expires. */
  lookAtWallet(): Promise<WalletStatus> {
    return this.ask((client) => client.wallets.look());
  }

  /** Proofs of what your wallet may claim. */
  claims(): Promise<WalletClaims> {
    return this.ask((client) => client.wallets.claims());
  }

  /** Has an escrow of yours looked at now, and watched until it is over. */
  watchEscrow(address: string): Promise<EscrowFate> {
    return this.ask((client) => client.escrows.watch({ payload: { address } }));
  }

  private async order({ job, files = {}, name, escrow, contributor }: Work) {
    const blobs: Record<string, string> = {};
    for (const [file, content] of Object.entries(files)) {
      blobs[file] = typeof content === "string" ? content : await this.upload(content);
    }
    return {
      job,
      files: blobs,
      ...(name === undefined ? {} : { name }),
      ...(escrow === undefined ? {} : { escrow }),
      ...(contributor === undefined ? {} : { contributor }),
    };
  }

  private async ask<A>(
    does: (
      client: Effect.Effect.Success<ReturnType<PinGo["derived"]>>,
    ) => Effect.Effect<A, unknown>,
  ): Promise<A> {
    let isSent = false;
    const request = this.derived(() => {
      isSent = true;
    }).pipe(Effect.flatMap(does), Effect.provide(FetchHttpClient.layer), Effect.either);
    for (let tried = 1; ; tried++) {
      const answer = await Effect.runPromise(request);
      if (Either.isRight(answer)) return answer.right;
      const error = (isSent ? undefined : unfit(answer.left)) ?? inWords(answer.left, this.url);
      const isLost = error.code === "unreachable" && /broke/.test(error.message);
      if (!isLost || tried === TRIES) throw error;
      await pause(AGAIN_FIRST_MS * tried, undefined);
    }
  }

  private derived(onSend: () => void) {
    return HttpApiClient.make(api, {
      baseUrl: this.url,
      transformClient: HttpClient.mapRequest((request) => {
        onSend();
        return HttpClientRequest.bearerToken(request, this.token);
      }),
    });
  }

  /** For bodies that are no JSON. */
  private async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${this.token}`);
    const answer = await fetch(`${this.url}${path}`, { ...init, headers }).catch(
      (error: unknown) => {
        throw inWords(error, this.url);
      },
    );
    if (answer.ok) return answer;
    const text = await answer.text().catch(() => "");
    throw problemOf(text) ?? inWords(new SyntaxError("no problem"), this.url);
  }
}

function problemOf(text: string): PinGoError | undefined {
  const decoded = Schema.decodeUnknownEither(Schema.parseJson(Problem))(text);
  return Either.isRight(decoded) ? ofProblem(decoded.right) : undefined;
}

/** Whether waiting can help: the line, a restart, a rate limit. */
function passes({ code, details }: PinGoError): boolean {
  return code === "unreachable" || details.status === 429 || details.status === 503;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}
