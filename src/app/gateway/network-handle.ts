/**
 * What the gateway needs of the network behind it. In one process it reads the shards' views; a
 * gateway on a machine of its own asks over the bus. Everything here is a copy of what the journals
 * say: the gateway decides nothing about credit or work.
 */
import type { DemandArrived, TrainingWanted } from "../../actors/contributor/messages.ts";
import type { EscrowJudged } from "../../actors/treasurer/messages.ts";
import type {
  EscrowCase,
  EscrowEnd,
  PostedRoot,
  Owner as TreasurerOwner,
} from "../../actors/treasurer/state.ts";
import type { ChainNetwork } from "../../adapters/ton/networks.ts";
import type { Address } from "../../kernel/address.ts";
import type { ChainOutcome, Wallet } from "../../kernel/ports/chain.ts";
import type { Blobs } from "../../live/blobs.ts";

/** Names one demand: contributors number their own. */
export interface DemandName {
  readonly contributor: Address;
  readonly demand: number;
}

export interface JobFacts {
  /** null until the edge has opened the job. */
  readonly job: Address | null;
  readonly state: "waiting" | "running" | "settled" | "failed" | "refused" | "cancelled";
  /** Why it was refused or failed, with the rule and its numbers; else empty. */
  readonly reason: string;
  readonly running: number;
  readonly done: number;
  readonly spent: bigint;
  readonly endedUs: number | null;
  /** Of a training run, whose rounds stand where a job has tasks. */
  readonly training?: TrainingFacts;
}

export interface TrainingFacts {
  /** What the run does now, such as "collecting". */
  readonly at: string;
  readonly workers: number;
  /** Updates that had their part in a round, those that came after theirs, those left out. */
  readonly used: number;
  readonly late: number;
  readonly dropped: number;
  /** Blob of the state after the last round that moved the parameters; empty before. */
  readonly state: string;
}

export interface TaskFacts {
  readonly state: "waiting" | "running" | "done" | "given-up";
  readonly digest: string | null;
  readonly executions: number;
  /** Ids of the nodes that had a part in it. */
  readonly nodes: ReadonlyArray<string>;
}

export interface NodeFacts {
  readonly id: string;
  readonly owner: string;
  readonly state: string;
  readonly edge: string | null;
  readonly slots: number | null;
  readonly slotMflops: number | null;
  readonly running: number;
  readonly done: number;
}

export interface ContributorFacts {
  readonly id: string;
  readonly state: string;
  readonly credential: string;
  readonly balance: bigint;
  readonly earned: bigint;
  /** How far below zero a job's price may take the balance. */
  readonly mayOwe: bigint;
  /** Its machines take public work to earn credit. */
  readonly earning: boolean;
  readonly validResults: number;
  readonly wrongResults: number;
  readonly rule: string;
}

export interface CreditFacts {
  readonly atUs: number;
  readonly amount: bigint;
  readonly what: string;
}

export interface LogFacts {
  readonly atUs: number;
  readonly actor: string;
  readonly what: string;
}

/** One family of Prometheus metrics. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly kind: "counter" | "gauge";
  readonly samples: ReadonlyArray<{
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }>;
}

/** The treasurer's memory of one contributor; null where it has none. */
export type WalletFacts = TreasurerOwner | null;

/** What the treasurer knows of an escrow; null where it knows nothing. */
export type EscrowFacts =
  | { readonly at: "open"; readonly known: EscrowCase; readonly verdict: "wanted" | "sent" | null }
  | ({ readonly at: "over" } & EscrowEnd)
  | null;

/** A network that has a chain. */
export interface ChainHandle {
  readonly network: ChainNetwork;
  /** What wallets are asked to sign for. */
  readonly domain: string;
  readonly required: boolean;
  readonly wallet: (owner: Address) => WalletFacts;
  /** Why this wallet cannot be this owner's; undefined when it can. */
  readonly objection: (owner: Address, wallet: Wallet) => string | undefined;
  /** Resolves once it cannot be lost any more. */
  readonly link: (owner: Address, wallet: Wallet) => Promise<void>;
  /** Has the treasurer look at the credential on chain. */
  readonly look: (owner: Address) => Promise<void>;
  /** The newest roots, oldest first. */
  readonly roots: () => ReadonlyArray<PostedRoot>;
  /** Whose wallet it is now. */
  readonly ownerOf: (wallet: Wallet) => Address | undefined;
  /** An escrow as the chain shows it now. */
  readonly escrow: (at: Wallet) => Promise<ChainOutcome["outcome"]>;
  /** Resolves once it is watched whatever happens. */
  readonly watch: (escrow: Wallet) => Promise<void>;
  /** Resolves once it cannot be forgotten which result was verified. */
  readonly judged: (judged: Omit<EscrowJudged, "type">) => Promise<void>;
  readonly fate: (escrow: Wallet) => EscrowFacts;
  /** Escrows that are watched. */
  readonly watched: () => number;
}

export interface NetworkHandle {
  /** Tells this network's traces from those of others. */
  readonly name: string;
  readonly blobs: Blobs;
  /** Resolves once the demand cannot be lost any more: it is in the contributor's journal. */
  readonly hand: (contributor: Address, demand: DemandArrived | TrainingWanted) => Promise<void>;
  readonly cancel: (job: Address) => Promise<void>;

  /** Highest number of a demand that the contributor was handed; 0 when there is none. */
  readonly highestDemand: (contributor: Address) => Promise<number>;
  /** Undefined when the network has not heard of the demand. */
  readonly job: (name: DemandName) => Promise<JobFacts | undefined>;
  /** One entry a task, in order; undefined when nothing is known of them any more. */
  readonly tasks: (name: DemandName) => Promise<ReadonlyArray<TaskFacts> | undefined>;
  readonly log: (
    name: DemandName,
  ) => Promise<{ readonly lines: ReadonlyArray<LogFacts>; readonly dropped: number }>;
  /** Calls whenever something of a demand may have changed. */
  readonly onJob: (heard: (name: DemandName) => void) => { readonly stop: () => void };

  readonly nodes: () => Promise<ReadonlyArray<NodeFacts>>;
  readonly contributors: () => Promise<ReadonlyArray<ContributorFacts>>;
  readonly contributor: (id: string) => Promise<ContributorFacts | undefined>;
  /** Oldest first. */
  readonly credit: (id: string) => Promise<ReadonlyArray<CreditFacts>>;
  readonly metrics: () => Promise<ReadonlyArray<Metric>>;
  /** Undefined where the network has no chain. */
  readonly chain?: ChainHandle | undefined;
}
