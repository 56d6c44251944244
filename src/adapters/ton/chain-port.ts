/**
 * The port "chain" as it is live: the treasurer's requests against contracts on TON. Every fault is
 * an outcome, told once; what takes longer than its deadline goes on, and who asks again joins it.
 */
import type { Address as Account } from "@ton/core";
import type { Address } from "../../kernel/address.ts";
import type { PortCall } from "../../kernel/command.ts";
import { CHAIN, type ChainOutcome, type ChainRequest } from "../../kernel/ports/chain.ts";
import type { LivePort } from "../../live/live-port.ts";
import { ChainFault, type ChainFaultKind } from "./chain-fault.ts";
import { Effects, type EffectsParts } from "./effects.ts";
import type { TonKey } from "./keys.ts";
import { Credentials } from "./port-credentials.ts";
import { Escrows } from "./port-escrows.ts";
import { Rewards } from "./port-rewards.ts";

export interface ChainPortParts extends EffectsParts {
  readonly collection: Account;
  readonly distributors: ReadonlyArray<Account>;
  /** Of PINGO, which escrows hold, and of the part of a price that is the network's. */
  readonly minter: Account;
  readonly pool: Account;
  /** Of the collection's three, those that this network holds: two at least. */
  readonly issuers: ReadonlyArray<TonKey>;
  /** Those that escrows name as their judges. */
  readonly verifiers: ReadonlyArray<TonKey>;
  /** Told in a sentence what went wrong where the outcome has one word. */
  readonly note?: (why: string) => void;
}

type Tell = (outcome: ChainOutcome) => void;
type Outcome = ChainOutcome["outcome"];
type Value = Extract<Outcome, { readonly ok: true }>["value"];
type Reason = Extract<Outcome, { readonly ok: false }>["reason"];

const reasons: Readonly<Record<ChainFaultKind, Reason>> = {
  down: "unreachable",
  "rate-limited": "unreachable",
  lying: "contradicted",
  unfunded: "unfunded",
  early: "early",
  refused: "refused",
};

export class ChainPort implements LivePort {
  private readonly parts: ChainPortParts;
  private readonly credentials: Credentials;
  private readonly rewards: Rewards;
  private readonly escrows: Escrows;
  private readonly underWay = new Map<string, Tell[]>();
  /** Work for an intent that is not done yet, whoever asked for it. */
  private readonly working = new Map<string, Promise<Value>>();
  private readonly late = new Set<ReturnType<typeof setTimeout>>();
  private closed = false;

  constructor(parts: ChainPortParts) {
    const effects = new Effects(parts);
    this.parts = parts;
    this.credentials = new Credentials({ ...parts, effects });
    this.rewards = new Rewards({ ...parts, effects });
    this.escrows = new Escrows({ ...parts, effects });
  }

  call(caller: Address, { key, request, deadlineUs }: PortCall, tell: Tell): void {
    if (this.closed) return;
    const name = `${caller} ${key}`;
    const joined = this.underWay.get(name);
    if (joined !== undefined) {
      joined.push(tell);
      return;
    }
    this.underWay.set(name, [tell]);
    const timer = setTimeout(
      () => end({ ok: false, reason: "deadline", retryable: true }),
      deadlineUs / 1_000,
    );
    this.late.add(timer);
    const end = (outcome: Outcome) => {
      const tells = this.underWay.get(name) ?? [];
      this.underWay.delete(name);
      clearTimeout(timer);
      this.late.delete(timer);
      for (const each of tells) each({ type: "PortOutcome", port: CHAIN, key, outcome });
    };
    this.work(request as ChainRequest)
      .then((value) => end({ ok: true, value }))
      .catch((error: unknown) => end(this.failureOf(key, error)));
  }

  /** What has been signed is in the sender's journal, and goes on at the next start. */
  async close(): Promise<void> {
    this.closed = true;
    for (const timer of this.late) clearTimeout(timer);
    this.late.clear();
    this.underWay.clear();
    await Promise.allSettled(this.working.values());
  }

  private work(request: ChainRequest): Promise<Value> {
    if (!("intent" in request)) return this.answer(request);
    const known = this.working.get(request.intent);
    if (known !== undefined) return known;
    const begun = this.answer(request).finally(() => this.working.delete(request.intent));
    this.working.set(request.intent, begun);
    return begun;
  }

  private async answer(request: ChainRequest): Promise<Value> {
    switch (request.type) {
      case "IssueCredential":
        return this.credentials.issue(request);
      case "MoveCredential":
        return this.credentials.move(request);
      case "RevokeCredential":
        return this.credentials.revoke(request);
      case "ReadCredential":
        return this.credentials.read(request);
      case "PublishRoot":
        return this.rewards.publish(request);
      case "ReadRewards":
        return this.rewards.shown();
      case "SettleEscrow":
        return this.escrows.settle(request);
      case "ReadEscrow":
        return this.escrows.read(request);
    }
  }

  /** What is no fault of the chain is one of this machine, such as a full disk: it may pass. */
  private failureOf(key: string, error: unknown): Outcome {
    const why = error instanceof Error ? error.message : String(error);
    this.parts.note?.(`${key}: ${why}`);
    const reason = error instanceof ChainFault ? reasons[error.kind] : "unreachable";
    return { ok: false, reason, retryable: reason !== "refused" };
  }
}
