/**
 * The gateway's HTTP interface as a value: the server is held to it, the OpenAPI document and the
 * typed client derive from it.
 */
import {
  HttpApi,
  HttpApiEndpoint,
  HttpApiGroup,
  HttpApiMiddleware,
  HttpApiSchema,
  HttpApiSecurity,
  OpenApi,
} from "@effect/platform";
import { Context, Schema } from "effect";
import { EscrowAsked, EscrowFate } from "./escrow-shapes.ts";
import { problems } from "./problem.ts";
import type { Call } from "./service.ts";
import {
  AuditHead,
  BlobName,
  BlobReceipt,
  ContributorList,
  ContributorStatus,
  CreditPage,
  Explanation,
  Health,
  JobId,
  JobLog,
  JobOrder,
  JobPage,
  JobState,
  JobStatus,
  Me,
  NodeList,
  Paging,
  Quote,
  QuoteRequest,
  ResultFormat,
  TaskPage,
} from "./shapes.ts";
import { WalletChallenge, WalletClaims, WalletProofGiven, WalletStatus } from "./wallet-shapes.ts";

/** Who asks, under which token: what the handlers behind {@link Authorization} can rely upon. */
export class CurrentCall extends Context.Tag("pingo/CurrentCall")<CurrentCall, Call>() {}

export class Authorization extends HttpApiMiddleware.Tag<Authorization>()("pingo/Authorization", {
  provides: CurrentCall,
  failure: Schema.Union(problems[401], problems[403], problems[429]),
  security: {
    token: HttpApiSecurity.bearer.pipe(
      HttpApiSecurity.annotate(
        OpenApi.Description,
        "A token of `pingo gateway token create`; it expires and can be revoked.",
      ),
    ),
  },
}) {}

const job = HttpApiSchema.param("job", JobId);
const blob = HttpApiSchema.param("blob", BlobName);
const contributor = HttpApiSchema.param(
  "contributor",
  Schema.String.pipe(Schema.pattern(/^[a-z0-9.-]{1,64}$/)),
);
const says = (text: string) => OpenApi.annotations({ description: text });

const jobs = HttpApiGroup.make("jobs")
  .add(
    HttpApiEndpoint.post("submit", "/jobs")
      .setPayload(JobOrder)
      .setHeaders(
        Schema.Struct({
          "idempotency-key": Schema.optional(
            Schema.String.pipe(
              Schema.pattern(/^[A-Za-z0-9._:-]{1,128}$/, {
                message: () => "expected 1 to 128 letters, digits, dots, colons and dashes",
              }),
            ),
          ),
        }),
      )
      .addSuccess(JobStatus, { status: 202 })
      .annotateContext(
        says(
          "Hands in a job. Once it answers the job is kept and survives a crash. The same " +
            "Idempotency-Key with the same body gives the same job, with another body 422.",
        ),
      ),
  )
  .add(
    HttpApiEndpoint.get("list", "/jobs")
      .setUrlParams(Schema.Struct({ ...Paging.fields, state: Schema.optional(JobState) }))
      .addSuccess(JobPage)
      .annotateContext(says("Jobs, newest first, in pages.")),
  )
  .add(
    HttpApiEndpoint.get("status")`/jobs/${job}`
      .addSuccess(JobStatus)
      .annotateContext(says("Where a job stands.")),
  )
  .add(
    HttpApiEndpoint.get("tasks")`/jobs/${job}/tasks`
      .setUrlParams(Paging)
      .addSuccess(TaskPage)
      .annotateContext(says("A job's tasks in order, with what is believed of each.")),
  )
  .add(
    HttpApiEndpoint.get("result")`/jobs/${job}/result`
      .setUrlParams(Schema.Struct({ format: Schema.optional(ResultFormat) }))
      .addSuccess(HttpApiSchema.Uint8Array({ contentType: "application/octet-stream" }))
      .annotateContext(
        says("The result. PinGo-Partial: true while tasks are missing; 409 while all are."),
      ),
  )
  .add(
    HttpApiEndpoint.post("cancel")`/jobs/${job}/cancel`
      .addSuccess(JobStatus, { status: 202 })
      .annotateContext(says("Ends a job; what was verified is paid, the rest is refunded.")),
  )
  .add(
    HttpApiEndpoint.get("explain")`/jobs/${job}/explain`
      .addSuccess(Explanation)
      .annotateContext(says("Why it waits or ended, who ran it, what was paid, with numbers.")),
  )
  .add(
    HttpApiEndpoint.get("log")`/jobs/${job}/log`
      .addSuccess(JobLog)
      .annotateContext(
        says("What happened to a job: who was offered what, ran it, and what was believed."),
      ),
  )
  .add(
    HttpApiEndpoint.get("events")`/jobs/${job}/events`
      .addSuccess(HttpApiSchema.Text({ contentType: "text/event-stream" }))
      .annotateContext(
        says(
          "Server-sent events: `status` with a JobStatus at once and at each change, `end` with " +
            "the last one; a comment every 15 s keeps the line open.",
        ),
      ),
  )
  .middleware(Authorization);

const quotes = HttpApiGroup.make("quotes")
  .add(
    HttpApiEndpoint.post("quote", "/quotes")
      .setPayload(QuoteRequest)
      .addSuccess(Quote)
      .annotateContext(says("What a job or a slice would cost, before anything is charged.")),
  )
  .middleware(Authorization);

const blobs = HttpApiGroup.make("blobs")
  .add(
    HttpApiEndpoint.post("upload", "/blobs")
      .setPayload(HttpApiSchema.Uint8Array())
      .addSuccess(BlobReceipt, { status: 201 })
      .annotateContext(says("Keeps the body under the SHA-256 of its bytes.")),
  )
  .add(
    HttpApiEndpoint.put("put")`/blobs/${blob}`
      .setPayload(HttpApiSchema.Uint8Array())
      .addSuccess(BlobReceipt, { status: 201 })
      .annotateContext(says("The same, and 422 when the bytes are not those of the id.")),
  )
  .add(
    HttpApiEndpoint.get("download")`/blobs/${blob}`
      .addSuccess(HttpApiSchema.Uint8Array({ contentType: "application/octet-stream" }))
      .annotateContext(
        says("The bytes, for roles that move blobs; results have their own address."),
      ),
  )
  .middleware(Authorization);

const network = HttpApiGroup.make("network")
  .add(HttpApiEndpoint.get("me", "/me").addSuccess(Me).annotateContext(says("Whose token it is.")))
  .add(
    HttpApiEndpoint.get("nodes", "/nodes")
      .addSuccess(NodeList)
      .annotateContext(says("The nodes that this network knows.")),
  )
  .add(
    HttpApiEndpoint.get("contributors", "/contributors")
      .addSuccess(ContributorList)
      .annotateContext(says("Contributors and their standing; requesters see themselves.")),
  )
  .add(
    HttpApiEndpoint.get("contributor")`/contributors/${contributor}`
      .addSuccess(ContributorStatus)
      .annotateContext(says("One contributor's standing with the ledger.")),
  )
  .add(
    HttpApiEndpoint.get("credit")`/contributors/${contributor}/credit`
      .setUrlParams(Paging)
      .addSuccess(CreditPage)
      .annotateContext(says("What moved a contributor's credit, newest first.")),
  )
  .add(
    HttpApiEndpoint.get("audit", "/audit/head")
      .addSuccess(AuditHead)
      .annotateContext(says("Length and last hash of the audit log; keep it to notice rewriting.")),
  )
  .middleware(Authorization);

const wallets = HttpApiGroup.make("wallets")
  .add(
    HttpApiEndpoint.get("challenge", "/wallet/challenge")
      .addSuccess(WalletChallenge)
      .annotateContext(says("What your wallet has to sign (TON Connect): good once.")),
  )
  .add(
    HttpApiEndpoint.post("link", "/wallet")
      .setPayload(WalletProofGiven)
      .addSuccess(WalletStatus, { status: 202 })
      .annotateContext(says("Links a wallet by its proof: credential and rewards are for it.")),
  )
  .add(
    HttpApiEndpoint.get("wallet", "/wallet")
      .addSuccess(WalletStatus)
      .annotateContext(says("Your wallet, its credential on chain, and what to claim it with.")),
  )
  .add(
    HttpApiEndpoint.post("look", "/wallet/look")
      .addSuccess(WalletStatus, { status: 202 })
      .annotateContext(says("Has the network look at your credential on chain once more.")),
  )
  .add(
    HttpApiEndpoint.get("claims", "/wallet/claims")
      .addSuccess(WalletClaims)
      .annotateContext(says("Proofs of what you may claim under the newest roots.")),
  )
  .middleware(Authorization);

const escrows = HttpApiGroup.make("escrows")
  .add(
    HttpApiEndpoint.post("watch", "/escrows")
      .setPayload(EscrowAsked)
      .addSuccess(EscrowFate, { status: 202 })
      .annotateContext(
        says(
          "Has an escrow of yours looked at now, and watched by its verifiers until it is over.",
        ),
      ),
  )
  .middleware(Authorization);

const open = HttpApiGroup.make("service", { topLevel: true })
  .add(
    HttpApiEndpoint.get("health", "/health")
      .addSuccess(Health)
      .annotateContext(says("Whether the gateway takes requests. Needs no token.")),
  )
  .add(
    HttpApiEndpoint.get("metrics", "/metrics")
      .addSuccess(HttpApiSchema.Text({ contentType: "text/plain; version=0.0.4" }))
      .middleware(Authorization)
      .annotateContext(says("Counters and gauges in Prometheus' text form.")),
  );

export const api = HttpApi.make("pingo")
  .add(jobs.prefix("/v1"))
  .add(quotes.prefix("/v1"))
  .add(blobs.prefix("/v1"))
  .add(network.prefix("/v1"))
  .add(wallets.prefix("/v1"))
  .add(escrows.prefix("/v1"))
  .add(open)
  .addError(problems[400], { status: 400 })
  .addError(problems[401], { status: 401 })
  .addError(problems[403], { status: 403 })
  .addError(problems[404], { status: 404 })
  .addError(problems[405], { status: 405 })
  .addError(problems[408], { status: 408 })
  .addError(problems[409], { status: 409 })
  .addError(problems[411], { status: 411 })
  .addError(problems[413], { status: 413 })
  .addError(problems[415], { status: 415 })
  .addError(problems[422], { status: 422 })
  .addError(problems[429], { status: 429 })
  .addError(problems[500], { status: 500 })
  .addError(problems[503], { status: 503 })
  .annotateContext(
    OpenApi.annotations({
      title: "PinGo gateway",
      version: "1",
      description: "Jobs, blobs, credit and nodes of a PinGo network.",
    }),
  );
