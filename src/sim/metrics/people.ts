/** What happened to each contributor: admission, first service, refusals, its longest wait. */
import type { DemandAnswered, StandingChanged } from "../../actors/contributor/messages.ts";
import type { Reserve, Settle, Slash } from "../../actors/ledger/messages.ts";
import type { Revoke } from "../../actors/node/messages.ts";
import type { Address } from "../../kernel/address.ts";
import type { Step } from "../../kernel/behaviour.ts";
import { MFLOP_PER_VCU, toVcu } from "../../kernel/credit.ts";
import { HOUR } from "../../kernel/duration.ts";
import type { Envelope, Hosted } from "../core/hosted.ts";
import type { Observer } from "../core/simulator.ts";

/** An account is mature so long after its first verified result: the debt limit is full then. */
const MATURE_US = 96 * HOUR;
const NEVER = Number.POSITIVE_INFINITY;

/** Refusals of one reason, with the words and numbers of the last. */
export interface Refused {
  count: number;
  rule: string;
}

export class Person {
  /** Microseconds since the epoch; infinite for what has not happened. */
  appliedUs = NEVER;
  admittedUs = NEVER;
  firstEarnedUs = NEVER;
  firstServedUs = NEVER;
  longestWaitUs = 0;
  longestTask = "";
  /** Paid for results that are wrong, nano-VCU. */
  lost = 0n;
  slashes = 0;
  refusals: Map<string, Refused> | undefined = undefined;
}

const nobody: Readonly<Person> = new Person();

export interface PeopleParts {
  readonly now: () => number;
  /** Tasks that were paid for wrong results so far: a checker keeps that count. */
  readonly wrongPaid: () => number;
  /** In whose name the mint pays. */
  readonly commons: Address;
  /** Is told the MFLOP that each settled task was priced at. */
  readonly paid: (mflop: number) => void;
}

export class People implements Observer {
  slashed = 0;
  preempted = 0;
  stragglers = 0;
  private readonly people = new Map<Address, Person>();
  /** Who pays for a job, while it is open. */
  private readonly payers = new Map<Address, Address>();
  private readonly parts: PeopleParts;
  private wrongBefore = 0;

  constructor(parts: PeopleParts) {
    this.parts = parts;
  }

  private now(): number {
    return this.parts.now();
  }

  of(contributor: string): Readonly<Person> {
    return this.people.get(contributor as Address) ?? nobody;
  }

  isMature(contributor: Address): boolean {
    return this.now() - this.of(contributor).firstEarnedUs >= MATURE_US;
  }

  waited(contributor: Address, task: string, waitUs: number): void {
    const person = this.person(contributor);
    if (waitUs <= person.longestWaitUs) return;
    person.longestWaitUs = waitUs;
    person.longestTask = task;
  }

  stepped(actor: Hosted, delivery: Envelope, step: Step<unknown>): void {
    switch (actor.behaviour.kind) {
      case "contributor":
        this.atContributor(actor.address, delivery);
        for (const command of step.commands) {
          if (command.command === "Send" && command.message.type === "DemandAnswered") {
            this.answered(actor.address, command.message as typeof DemandAnswered.Type);
          }
        }
        return;
      case "ledger":
        this.atLedger(delivery);
        return;
      case "job":
        if (delivery.type === "AttemptSlow") this.stragglers++;
        return;
      case "node":
        if (delivery.type === "Revoke" && isPreemption(delivery)) this.preempted++;
        return;
      default:
    }
  }

  spawned(): void {}

  stopped(): void {}

  private person(contributor: Address): Person {
    let person = this.people.get(contributor);
    if (person === undefined) {
      person = new Person();
      this.people.set(contributor, person);
    }
    return person;
  }

  private atContributor(contributor: Address, { type, message }: Envelope): void {
    if (type !== "StandingChanged") return;
    const person = this.person(contributor);
    const { state } = message as typeof StandingChanged.Type;
    if (state === "active") person.admittedUs = Math.min(person.admittedUs, this.now());
  }

  /** A refusal's reason is "name: the rule in words", whoever refused. */
  private answered(contributor: Address, { answer, reason }: typeof DemandAnswered.Type): void {
    if (answer !== "refused") return;
    const colon = reason.indexOf(":");
    const name = colon < 0 ? reason : reason.slice(0, colon);
    const rule = colon < 0 ? "" : reason.slice(colon + 1).trim();
    const person = this.person(contributor);
    person.refusals ??= new Map();
    const refused = person.refusals.get(name);
    if (refused === undefined) person.refusals.set(name, { count: 1, rule });
    else {
      refused.count++;
      refused.rule = rule;
    }
  }

  private atLedger({ type, from, message }: Envelope): void {
    switch (type) {
      case "OpenAccount": {
        const person = this.person(from);
        person.appliedUs = Math.min(person.appliedUs, this.now());
        return;
      }
      case "Reserve": {
        const { requester } = message as typeof Reserve.Type;
        this.payers.set(from, requester);
        return;
      }
      case "Settle":
        this.settled(from, message as typeof Settle.Type);
        return;
      case "CloseJob":
        this.payers.delete(from);
        return;
      case "Slash": {
        const { owner } = message as typeof Slash.Type;
        this.slashed++;
        this.person(owner).slashes++;
        return;
      }
      default:
    }
  }

  private settled(job: Address, { payees, each }: typeof Settle.Type): void {
    const nowUs = this.now();
    for (const payee of payees) {
      const person = this.person(payee);
      person.firstEarnedUs = Math.min(person.firstEarnedUs, nowUs);
    }
    const wrong = this.parts.wrongPaid();
    const isWrong = wrong > this.wrongBefore;
    this.wrongBefore = wrong;
    if (payees.length > 0) this.parts.paid(toVcu(each) * MFLOP_PER_VCU);
    const payer = this.payers.get(job);
    if (payer === undefined || payer === this.parts.commons || payees.length === 0) return;
    const person = this.person(payer);
    person.firstServedUs = Math.min(person.firstServedUs, nowUs);
    if (isWrong) person.lost += each;
  }
}

function isPreemption({ message }: Envelope): boolean {
  return (message as typeof Revoke.Type).reason === "preempted";
}
