/**
 * The chain as the simulator models it. A request may not arrive, its answer may be lost, and a
 * transaction that was seen may vanish before it is final and come again or not; so what a call
 * asks for is watched by its intent, sent again when it vanished, and done at most once.
 */
import type { PortCall } from "../../kernel/command.ts";
import { DAY, SECOND } from "../../kernel/duration.ts";
import { Stream } from "../../kernel/entropy.ts";
import {
  CHAIN,
  type ChainOutcome,
  type ChainRequest,
  type IssueCredential,
  type MoveCredential,
  type Voucher,
  type Wallet,
} from "../../kernel/ports/chain.ts";
import type { Hosted } from "../core/hosted.ts";
import type { SimPort, Simulator } from "../core/simulator.ts";
import type { ChainConfig } from "./config.ts";
import type { Contracts, Taken } from "./contracts.ts";

type Outcome = ChainOutcome["outcome"];
type Reason = Extract<Outcome, { readonly ok: false }>["reason"];
type Writing = Extract<ChainRequest, { readonly intent: string }>;
type Reading = Exclude<ChainRequest, Writing>;
type Signed = IssueCredential | MoveCredential;

interface Waiting {
  readonly actor: Hosted;
  readonly key: string;
}

/** One effect that somebody wants, whoever asks for it how often. */
interface Effort {
  readonly request: Writing;
  /** Calls that wait for it to be final. */
  readonly waiting: Set<Waiting>;
  underWay: boolean;
  /** Undefined until it is final. */
  outcome: Outcome | undefined;
}

export interface SimChainParts {
  readonly sim: Simulator;
  readonly config: ChainConfig;
  readonly contracts: Contracts;
  readonly seed: number;
  readonly startUs: number;
}

const COLLECTION = `0:${"c".repeat(64)}` as Wallet;
const PRESENT_COINS = 50_000_000n;
/** Until a transaction that vanished is missed and sent again. */
const MISSED_US = 10_000_000;

export class SimChain implements SimPort {
  /** Issuers signed; the owner can present it from now on. */
  onVoucher: ((voucher: Voucher) => void) | undefined;
  /** An effect is final: its intent, for whoever counts. */
  onEffect: ((intent: string) => void) | undefined;
  readonly counts = { calls: 0, unreached: 0, lostAnswers: 0, vanished: 0, effects: 0 };
  private readonly parts: SimChainParts;
  private readonly stream: Stream;
  private readonly efforts = new Map<string, Effort>();

  constructor(parts: SimChainParts) {
    this.parts = parts;
    this.stream = new Stream(parts.seed, "chain");
  }

  /** What it keeps is on the chain, and what it signed is in its own journal. */
  lost(): void {}

  get isAway(): boolean {
    const { sim, config, startUs } = this.parts;
    const atUs = sim.nowUs - startUs;
    return config.outages.some((outage) => atUs >= outage.at && atUs < outage.at + outage.for);
  }

  call(actor: Hosted, call: PortCall): void {
    const { config, sim } = this.parts;
    const request = call.request as ChainRequest;
    const waiting = { actor, key: call.key };
    this.counts.calls += 1;
    // a call is answered at its deadline at the latest
    sim.scheduleFor(actor, sim.nowUs + call.deadlineUs, () => this.fail(waiting, "deadline"));
    if (this.isAway || this.draw(config.fails)) {
      this.counts.unreached += 1;
      this.later(config.answer, () => this.fail(waiting, "unreachable"));
      return;
    }
    if ("intent" in request) this.pursue(request, waiting);
    else this.later(config.answer, () => this.answer(waiting, this.shown(request)));
  }

  private shown(request: Reading): Outcome {
    const { contracts, sim } = this.parts;
    switch (request.type) {
      case "ReadCredential":
        return { ok: true, value: contracts.credential(request.wallet, sim.nowUs) };
      case "ReadRewards":
        return { ok: true, value: contracts.rewards(sim.nowUs) };
      case "ReadEscrow":
        return { ok: true, value: contracts.escrow(request.escrow) };
    }
  }

  private pursue(request: Writing, waiting: Waiting): void {
    const { intent } = request;
    let effort = this.efforts.get(intent);
    if (effort === undefined) {
      effort = { request, waiting: new Set(), underWay: false, outcome: undefined };
      this.efforts.set(intent, effort);
    }
    const { outcome } = effort;
    if (outcome !== undefined) {
      this.later(this.parts.config.answer, () => this.answer(waiting, outcome));
      return;
    }
    effort.waiting.add(waiting);
    if (effort.underWay) return;
    effort.underWay = true;
    this.send(effort);
  }

  /** Signatures need no transaction; all else is seen, and after a while final, or vanishes. */
  private send(effort: Effort): void {
    const { config } = this.parts;
    const { request } = effort;
    if (request.type === "IssueCredential" || request.type === "MoveCredential") {
      this.later(config.answer, () => {
        const voucher = voucherFor(request);
        this.onVoucher?.(voucher);
        this.finish(effort, { ok: true, value: voucher });
      });
      return;
    }
    this.later(config.block, () => {
      if (!this.draw(config.reorganised)) {
        this.later(config.final, () => this.execute(effort));
        return;
      }
      this.counts.vanished += 1;
      // it comes again by itself, or is missed and sent again: the wallet's number lets one through
      const comesAgain = this.draw(0.5);
      this.later(comesAgain ? config.final : MISSED_US, () => this.send(effort));
    });
  }

  private execute(effort: Effort): void {
    const { request } = effort;
    if (this.isDoneAlready(request)) {
      this.finish(effort, { ok: true, value: { type: "Landed", transaction: "" } });
      return;
    }
    const taken = this.take(request);
    if (taken === "taken") {
      this.counts.effects += 1;
      this.onEffect?.(request.intent);
      this.finish(effort, { ok: true, value: { type: "Landed", transaction: request.intent } });
      return;
    }
    const failure = { ok: false, reason: taken, retryable: taken === "early" } as const;
    if (taken === "refused") this.finish(effort, failure);
    else this.tellAll(effort, failure);
  }

  /** Ends a credential on its way: what there is to end is known when it is tried. */
  private isDoneAlready(request: Writing): boolean {
    const { contracts } = this.parts;
    if (request.type === "RevokeCredential") return !contracts.punish(request.wallet);
    if (request.type !== "SettleEscrow") return false;
    return contracts.escrow(request.escrow).state === "done";
  }

  private take(request: Writing): Taken {
    const { contracts, sim } = this.parts;
    switch (request.type) {
      case "PublishRoot": {
        const epoch = contracts.endedEpoch(sim.nowUs);
        return contracts.publish({ epoch, root: request.root, cap: request.cap }, sim.nowUs);
      }
      case "RevokeCredential":
        return "taken";
      case "SettleEscrow":
        return contracts.settle(request.escrow, request.result, request.verdict);
      case "IssueCredential":
      case "MoveCredential":
        return "refused";
    }
  }

  private finish(effort: Effort, outcome: Outcome): void {
    effort.outcome = outcome;
    this.tellAll(effort, outcome);
  }

  private tellAll(effort: Effort, outcome: Outcome): void {
    effort.underWay = false;
    const waiting = [...effort.waiting];
    effort.waiting.clear();
    for (const each of waiting) this.answer(each, outcome);
  }

  private answer(waiting: Waiting, outcome: Outcome): void {
    const { config } = this.parts;
    if (this.isAway || this.draw(config.lost)) {
      // the deadline speaks for it
      this.counts.lostAnswers += 1;
      return;
    }
    this.tell(waiting, outcome);
  }

  private fail(waiting: Waiting, reason: Reason): void {
    this.tell(waiting, { ok: false, reason, retryable: true });
  }

  /** Answers to a call that was answered already are dropped by the mailbox. */
  private tell({ actor, key }: Waiting, outcome: Outcome): void {
    const message: ChainOutcome = { type: "PortOutcome", port: CHAIN, key, outcome };
    this.parts.sim.outcome(actor, CHAIN, key, message);
  }

  private draw(share: number): boolean {
    return share > 0 && this.stream.unit() < share;
  }

  /** After half to one and a half of `meanUs`. */
  private later(meanUs: number, happen: () => void): void {
    const { sim } = this.parts;
    sim.schedule(sim.nowUs + Math.ceil(meanUs * (0.5 + this.stream.unit())), happen);
  }
}

function voucherFor(request: Signed): Voucher {
  const untilUs = (request.untilDay + 1) * DAY - SECOND;
  const body = JSON.stringify(request);
  return { type: "Voucher", to: COLLECTION, value: PRESENT_COINS, body, untilUs };
}

/** The owner's wallet sends what the voucher says: makes or moves a credential, while it holds. */
export function present(contracts: Contracts, voucher: Voucher, atUs: number): void {
  if (atUs > voucher.untilUs) return;
  const request = JSON.parse(voucher.body) as Signed;
  if (request.type === "IssueCredential") contracts.grant(request.wallet, request);
  else contracts.move(request.from, request.wallet);
}
