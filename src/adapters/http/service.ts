/** What the HTTP server asks of the gateway behind it. Methods reject with `Refused` to refuse. */
import type { EscrowAsked, EscrowFate } from "./escrow-shapes.ts";
import type { Problem } from "./problem.ts";
import type {
  AuditHead,
  BlobReceipt,
  ContributorList,
  ContributorStatus,
  CreditPage,
  Explanation,
  Health,
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
  Role,
  TaskPage,
} from "./shapes.ts";
import type {
  WalletChallenge,
  WalletClaims,
  WalletProofGiven,
  WalletStatus,
} from "./wallet-shapes.ts";

/** One request as it came in, before anybody knows who asks. */
export interface Origin {
  readonly request: string;
  /** Address of the peer's socket; never what a header claims. */
  readonly remote: string;
  readonly method: string;
  readonly path: string;
  /** Trace id of the caller's own trace (W3C traceparent), if it sent one; it goes into the log. */
  readonly trace: string | undefined;
}

/** A request whose token is valid. */
export interface Call extends Origin {
  readonly token: string;
  readonly role: Role;
  readonly contributor: string | null;
  readonly expiresUs: number;
}

export interface SubmittedJob {
  readonly order: JobOrder;
  readonly key: string | undefined;
}

export interface Result {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly partial: boolean;
}

/** How a request ended, for the log and the counters. */
export interface Ended {
  readonly origin: Origin;
  readonly token: string | undefined;
  readonly status: number;
  readonly problem: Problem | undefined;
  readonly ms: number;
  /** What was thrown that nobody expected; shown to the operator, never to the caller. */
  readonly fault: unknown;
}

export interface Watching {
  readonly stop: () => void;
}

/** Wallets on chain; refuses where the network has none. */
export interface WalletService {
  readonly challenge: (call: Call) => Promise<WalletChallenge>;
  readonly link: (call: Call, proof: WalletProofGiven) => Promise<WalletStatus>;
  readonly status: (call: Call) => Promise<WalletStatus>;
  readonly look: (call: Call) => Promise<WalletStatus>;
  readonly claims: (call: Call) => Promise<WalletClaims>;
}

/** Escrows that name this network's verifiers; refuses where the network has no chain. */
export interface EscrowService {
  /** Has the escrow looked at now, and watched until it is over. */
  readonly watch: (call: Call, escrow: EscrowAsked) => Promise<EscrowFate>;
}

export interface GatewayService {
  /** Throws for an address that is denied or asks too often. */
  readonly admit: (origin: Origin) => void;
  /** Throws for a token that is not valid, denied or asks too often. */
  readonly authenticate: (origin: Origin, token: string) => Call;
  readonly ended: (how: Ended) => void;

  readonly submit: (call: Call, job: SubmittedJob) => Promise<JobStatus>;
  readonly list: (
    call: Call,
    page: Paging & { readonly state?: JobState | undefined },
  ) => Promise<JobPage>;
  readonly status: (call: Call, job: string) => Promise<JobStatus>;
  readonly tasks: (call: Call, job: string, page: Paging) => Promise<TaskPage>;
  readonly result: (call: Call, job: string, format: ResultFormat | undefined) => Promise<Result>;
  readonly cancel: (call: Call, job: string) => Promise<JobStatus>;
  readonly explain: (call: Call, job: string) => Promise<Explanation>;
  readonly log: (call: Call, job: string) => Promise<JobLog>;
  /** Tells at once and at each change; rejects when the job is not the caller's to see. */
  readonly watch: (
    call: Call,
    job: string,
    heard: (status: JobStatus) => void,
  ) => Promise<Watching>;

  readonly quote: (call: Call, wanted: QuoteRequest) => Promise<Quote>;
  /** Throws before the body is read when the caller may not hand in blobs. */
  readonly mayUpload: (call: Call) => void;
  readonly upload: (
    call: Call,
    pieces: AsyncIterable<Uint8Array>,
    expected: string | undefined,
  ) => Promise<BlobReceipt>;
  readonly download: (call: Call, blob: string) => Promise<Uint8Array>;

  readonly me: (call: Call) => Promise<Me>;
  readonly nodes: (call: Call) => Promise<NodeList>;
  readonly contributors: (call: Call) => Promise<ContributorList>;
  readonly contributor: (call: Call, id: string) => Promise<ContributorStatus>;
  readonly credit: (call: Call, id: string, page: Paging) => Promise<CreditPage>;
  readonly wallets: WalletService;
  readonly escrows: EscrowService;
  readonly auditHead: (call: Call) => Promise<AuditHead>;
  readonly metrics: (call: Call) => Promise<string>;
  readonly health: () => Health;
}
