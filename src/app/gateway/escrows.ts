/**
 * Escrows at the gateway: which may pay for a job that is handed in, and that the treasurer hears
 * of each, and of the result that was verified for it, whatever ends this process in between.
 */

import type { EscrowFate } from "../../adapters/http/escrow-shapes.ts";
import { type Refused, refuse } from "../../adapters/http/problem.ts";
import type { Call, EscrowService } from "../../adapters/http/service.ts";
import type { EscrowNamed, JobOrder } from "../../adapters/http/shapes.ts";
import { type Address, address, idOf } from "../../kernel/address.ts";
import { formatDuration, HOUR, MINUTE } from "../../kernel/duration.ts";
import type { EscrowShown, Wallet } from "../../kernel/ports/chain.ts";
import { demandHash, saltedDemand } from "../job/demand-hash.ts";
import { fateInWords } from "./escrow-fate.ts";
import { type Guard, nowUs } from "./guard.ts";
import type { JobEscrow, JobRecord, JobRecords } from "./job-records.ts";
import type { ChainHandle, NetworkHandle, WalletFacts } from "./network-handle.ts";

export interface EscrowsParts {
  readonly network: NetworkHandle;
  readonly guard: Guard;
  readonly records: JobRecords;
}

/** A job and the escrow that is to pay for it. */
export interface Escrowed {
  readonly named: EscrowNamed;
  readonly order: Pick<JobOrder, "job" | "files">;
  /** Who hands it in. */
  readonly contributor: string;
}

type CredentialLook = NonNullable<WalletFacts>["look"];

interface Seen {
  readonly chain: ChainHandle;
  readonly escrow: JobEscrow;
  readonly shown: EscrowShown;
}

/** Escrows that one network watches at once. */
const WATCHED_MOST = 10_000;
/** Left of the worker's time when it hands the job in. */
const LEFT_LEAST_US = MINUTE;
/** A verdict must get through also when the chain is slow; a local one never is. */
const judgeLeastUs = { local: MINUTE, testnet: HOUR, mainnet: HOUR } as const;
const AGAIN_S = 10;
/** How long a request waits for a look at its client's credential. */
const LOOK_MS = 2_000;
const LOOK_PAUSE_MS = 20;

export class Escrows implements EscrowService {
  private readonly parts: EscrowsParts;

  constructor(parts: EscrowsParts) {
    this.parts = parts;
  }

  /** An escrow of the caller's, which pays it or which it pays. */
  readonly watch = async (call: Call, { address: text }: { readonly address: string }) => {
    this.parts.guard.need(call, "job.submit");
    const chain = this.chain();
    const escrow = await namedBy(text, chain);
    const shown = await shownAt(chain, escrow);
    const own = call.contributor === null ? null : chain.wallet(contributorAt(call.contributor));
    const wallet = own?.wallets.at(-1);
    if (wallet === undefined || (wallet !== shown.client && wallet !== shown.worker)) {
      throw refuse(
        403,
        "not-yours",
        "this escrow is neither paid by your wallet nor pays it; link the one that it names with " +
          "pingo chain credential link",
        { field: "address" },
      );
    }
    if (shown.state !== "done") {
      assertOurs(shown, chain);
      await assertClient(shown, chain);
      this.assertRoom(chain, escrow.at);
      await chain.watch(escrow.at);
      await this.parts.guard.done(call, "escrow.watch", escrow.at);
    }
    return fateInWords(escrow, chain.fate(escrow.at));
  };

  /** The escrow that pays for this order; throws where it cannot. */
  async admit(wanted: Escrowed): Promise<JobEscrow> {
    const { chain, escrow, shown } = await this.seen(wanted);
    assertAccepted(shown, escrow);
    await this.assertFits(wanted, { chain, escrow, shown });
    return escrow;
  }

  /**
   * Throws where the escrow could not pay for this order, also once it is accepted: who accepts it
   * puts its bond at stake, so it asks before.
   */
  async consider(wanted: Escrowed): Promise<void> {
    const { chain, escrow, shown } = await this.seen(wanted);
    if (shown.state !== "funded") assertAccepted(shown, escrow);
    await this.assertFits(wanted, { chain, escrow, shown });
  }

  private async seen({ named }: Escrowed): Promise<Seen> {
    const chain = this.chain();
    const escrow = await namedBy(named.address, chain);
    this.assertFree(escrow.at);
    return { chain, escrow, shown: await shownAt(chain, escrow) };
  }

  private async assertFits(
    { named, order, contributor }: Escrowed,
    { chain, escrow, shown }: Seen,
  ): Promise<void> {
    assertWorker(shown, chain, contributor);
    if (shown.demand !== saltedDemand(demandHash(order.job, order.files), named.salt)) {
      throw refuse(
        422,
        "other-demand",
        "the escrow is for another job than this; hand in its client's job file and files to the " +
          "letter, with the salt of its terms",
        { field: "escrow.salt" },
      );
    }
    assertOurs(shown, chain);
    await assertClient(shown, chain);
    this.assertRoom(chain, escrow.at);
  }

  /** One escrow names one job: another may have it when that one ended without its result. */
  assertFree(at: Wallet): void {
    const taken = this.parts.records.ofEscrow(at);
    if (taken === undefined) return;
    throw refuse(
      409,
      "escrow-taken",
      `the escrow pays for job ${taken.id}, and one escrow pays for one job; see pingo job ` +
        `status ${taken.id}`,
      { field: "escrow" },
    );
  }

  /** Tells the treasurer what it must not forget; it drops what it has heard before. */
  async follow(record: JobRecord): Promise<void> {
    const { accepted, ended, judged } = record;
    const { chain } = this.parts.network;
    if (accepted.escrow === null || chain === undefined || judged) return;
    const { at: escrow } = accepted.escrow;
    if (ended === undefined) return chain.watch(escrow);
    const { job, result } = ended;
    if (result === null || job === null) return;
    await chain.judged({ job, escrow, result });
    await this.parts.records.noteJudged(record);
  }

  shownOf({ accepted: { escrow } }: JobRecord): EscrowFate | null {
    if (escrow === null) return null;
    return fateInWords(escrow, this.parts.network.chain?.fate(escrow.at) ?? null);
  }

  private chain(): ChainHandle {
    const { chain } = this.parts.network;
    if (chain !== undefined) return chain;
    throw refuse(
      422,
      "no-chain",
      "this network has no chain, so no escrow can pay for its work; leave the escrow out, or " +
        "have the operator add `chain: {}` to network.yaml",
      { field: "escrow" },
    );
  }

  private assertRoom(chain: ChainHandle, at: Wallet): void {
    if (chain.watched() < WATCHED_MOST || chain.fate(at) !== null) return;
    throw refuse(
      503,
      "crowded",
      `this network watches ${WATCHED_MOST} escrows already; try again when some are over`,
      { retryAfterS: 3_600 },
    );
  }
}

const contributorAt = (id: string) => address("contributor", id);

/** Its raw address and how people write it; what reads addresses is loaded with the first one. */
async function namedBy(text: string, { network }: ChainHandle): Promise<JobEscrow> {
  const { contractText, parseAddress } = await import("../../adapters/ton/addresses.ts");
  try {
    const parsed = parseAddress(text, "escrow");
    return { at: parsed.toRawString() as Wallet, text: contractText(network, parsed) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw refuse(422, "bad-escrow", detail, { field: "escrow" });
  }
}

async function shownAt(chain: ChainHandle, { at, text }: JobEscrow): Promise<EscrowShown> {
  const outcome = await chain.escrow(at);
  if (!outcome.ok && outcome.reason === "refused") {
    throw noEscrow(`${text} is no escrow of this network's PINGO; pingo chain escrow status shows`);
  }
  if (!outcome.ok || outcome.value.type !== "EscrowShown") {
    throw refuse(503, "chain-away", "the chain does not answer now; try again in a moment", {
      retryAfterS: AGAIN_S,
    });
  }
  if (outcome.value.state === "absent" || outcome.value.state === "awaiting") {
    throw noEscrow(
      `the escrow ${text} has no price in it on this network's chain; its client pays it with ` +
        "pingo chain escrow fund",
    );
  }
  return outcome.value;
}

function noEscrow(detail: string): Refused {
  return refuse(422, "no-such-escrow", detail, { field: "escrow" });
}

const statesInWords = {
  funded: "nobody has accepted it; accept it first: pingo chain escrow accept",
  submitted: "its worker has submitted already; a job is handed in before",
  done: "it is over; ask its client for another one",
} as const;

function assertAccepted({ state, leftUs }: EscrowShown, { text }: JobEscrow): void {
  if (state === "funded" || state === "submitted" || state === "done") {
    const detail = `the escrow ${text} cannot pay for a job now: ${statesInWords[state]}`;
    throw refuse(409, "escrow-state", detail, { field: "escrow" });
  }
  if (leftUs >= LEFT_LEAST_US) return;
  const left = leftUs < 0 ? "is over" : `is over in ${formatDuration(leftUs)}`;
  throw refuse(
    409,
    "escrow-late",
    `the working time of the escrow ${text} ${left}, too soon for a job; ask its client for ` +
      "another",
    { field: "escrow" },
  );
}

function assertWorker(shown: EscrowShown, chain: ChainHandle, contributor: string): void {
  const wallet = chain.wallet(contributorAt(contributor))?.wallets.at(-1);
  const worker = shown.state === "funded" ? wallet : shown.worker;
  if (wallet !== undefined && wallet === worker) return;
  const detail =
    wallet === undefined
      ? `contributor ${contributor} has no wallet, and an escrow pays a wallet; link it with ` +
        "pingo chain credential link"
      : `another wallet than that of contributor ${contributor} accepted this escrow; its job is ` +
        "handed in by who accepted it";
  throw refuse(403, "not-worker", detail, { field: "escrow" });
}

function assertOurs({ threshold, ours, judgeUs }: EscrowShown, { network }: ChainHandle): void {
  if (ours < threshold) {
    throw refuse(
      422,
      "other-verifiers",
      `the escrow wants ${threshold} of its verifiers to agree and ${ours} of them are this ` +
        "network's; its client names those that pingo chain status prints",
      { field: "escrow" },
    );
  }
  const least = judgeLeastUs[network];
  if (judgeUs >= least) return;
  throw refuse(
    422,
    "judging-time",
    `the escrow gives its verifiers ${formatDuration(judgeUs)}, and this network needs ` +
      `${formatDuration(least)}; its client sets judgeSeconds in the terms`,
    { field: "escrow" },
  );
}

/** Only contributors may use: who orders has a place in this network, and a badge that says so. */
async function assertClient({ client }: EscrowShown, chain: ChainHandle): Promise<void> {
  const owner = client === "" ? undefined : chain.ownerOf(client);
  const known = owner === undefined ? null : chain.wallet(owner);
  if (owner === undefined || known === null || known.state !== "active") {
    throw refuse(
      403,
      "client-no-contributor",
      "the escrow's client is the wallet of no active contributor, and only contributors may " +
        "use; it links its wallet with pingo chain credential link once its machine has earned " +
        "its place",
      { field: "escrow" },
    );
  }
  if (isValid(known.look)) return;
  await lookAnew(owner, chain);
  if (isValid(chain.wallet(owner)?.look)) return;
  throw refuse(
    403,
    "client-no-credential",
    `the escrow's client, contributor ${idOf(owner)}, has no valid credential on chain; it ` +
      "claims one with pingo chain credential claim",
    { field: "escrow" },
  );
}

function isValid(look: CredentialLook | undefined): boolean {
  return look?.state === "valid" && look.untilUs > nowUs();
}

/** One that was claimed a moment ago may not have been seen yet. */
async function lookAnew(owner: Address, chain: ChainHandle): Promise<void> {
  const seenUs = () => chain.wallet(owner)?.look?.seenUs;
  const before = seenUs();
  await chain.look(owner);
  const endMs = performance.now() + LOOK_MS;
  while (seenUs() === before && performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MS));
  }
}
