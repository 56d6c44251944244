/**
 * Colluding saboteurs against a verifier: the actor as it is, and around it only who runs what. A
 * caught saboteur comes back under a new name; all saboteurs give the same wrong result.
 */
import type { ResultCorrected } from "../../src/actors/contributor/messages.ts";
import type { Recheck } from "../../src/actors/edge/messages.ts";
import type { Verdict, Weighed } from "../../src/actors/job/messages.ts";
import type { Slash } from "../../src/actors/ledger/messages.ts";
import type { Judge, VerifierMessage, Weigh } from "../../src/actors/verifier/messages.ts";
import type { VerificationRule } from "../../src/actors/verifier/state.ts";
import { makeVerifier } from "../../src/actors/verifier/verifier.ts";
import { type Address, address } from "../../src/kernel/address.ts";
import type { Command } from "../../src/kernel/command.ts";
import type { Delivery } from "../../src/kernel/delivery.ts";
import { micros } from "../../src/kernel/duration.ts";
import { type Seed, Stream } from "../../src/kernel/entropy.ts";
import type { Message, MessageId } from "../../src/kernel/message.ts";

/** Whether a saboteur lies this time; `runs` counts its executions under its present name. */
export type Strategy = (runs: number, stream: Stream) => boolean;

export const always: Strategy = () => true;
/** Lies now and then. */
export const sometimes =
  (chance: number): Strategy =>
  (_runs, stream) =>
    stream.unit() < chance;
/** Honest until it is trusted, then never again. */
export const sleeper =
  (honest: number): Strategy =>
  (runs) =>
    runs >= honest;

export interface Siege<P, S> {
  readonly rule: VerificationRule<P, S>;
  readonly seed: number;
  readonly hosts: number;
  /** Share of the hosts that are saboteurs. */
  readonly f: number;
  readonly strategy: Strategy;
  readonly tasks: number;
  /** Tasks before counting starts. */
  readonly warmUp?: number;
}

export interface Outcome {
  readonly tasks: number;
  readonly executions: number;
  readonly wrongDelivered: number;
  readonly wrongFinal: number;
  readonly rejected: number;
  readonly caught: number;
  readonly honestProven: number;
}

interface Host {
  readonly bad: boolean;
  name: Address;
  runs: number;
  lives: number;
}

interface Asked {
  readonly task: string;
  readonly content: string;
  readonly exclude: ReadonlyArray<Address>;
}

const edge = address("edge", "e");
const ledger = address("ledger", "l");
const requester = address("contributor", "r");

class Field<P, S> {
  executions = 0;
  caught = 0;
  honestProven = 0;
  rejected = 0;
  wrongDelivered = 0;
  /** Tasks that are believed wrongly as of now. */
  readonly misled = new Set<string>();
  private readonly hosts: Array<Host>;
  private readonly byName = new Map<Address, Host>();
  private readonly stream: Stream;
  private readonly verifier;
  private state;
  private readonly again: Array<Asked> = [];
  private count = 0;
  private readonly siege: Siege<P, S>;

  constructor(siege: Siege<P, S>) {
    this.siege = siege;
    this.stream = new Stream(siege.seed, "siege");
    const bad = Math.round(siege.hosts * siege.f);
    this.hosts = Array.from({ length: siege.hosts }, (_, h) => {
      const name = address("contributor", `h${h}.0`);
      const host: Host = { bad: h < bad, name, runs: 0, lives: 0 };
      this.byName.set(name, host);
      return host;
    });
    this.verifier = makeVerifier(siege.rule);
    this.state = this.verifier.init({ ledger }).state;
  }

  /** One task of a requester, and whatever the verifier wants done again meanwhile. */
  round(): void {
    const name = `t${this.count++}`;
    this.execute({ task: name, content: name, exclude: [] });
    for (let next = this.again.shift(); next !== undefined; next = this.again.shift()) {
      this.execute(next);
    }
  }

  private execute(asked: Asked): void {
    const results: Array<Judge["results"][number]> = [];
    // as long as nothing was shown, copies are added until the verifier wants no more
    for (let more = 1; more > 0; more = this.weigh(asked, results)) {
      for (let n = 0; n < more; n++) results.push(this.run(asked, results));
    }
    for (;;) {
      const { executions, verdict, digest } = this.judge(asked, results);
      if (verdict === "more") {
        for (let n = 0; n < executions; n++) results.push(this.run(asked, results));
        continue;
      }
      if (verdict === "rejected") this.rejected++;
      if (verdict === "accepted" && digest !== "good") {
        this.wrongDelivered++;
        this.misled.add(asked.task);
      }
      return;
    }
  }

  private run(asked: Asked, results: ReadonlyArray<{ readonly owner: Address }>) {
    const { stream, hosts } = this;
    for (;;) {
      const host = hosts[stream.int(hosts.length)] as Host;
      const { name } = host;
      if (asked.exclude.includes(name) || results.some(({ owner }) => owner === name)) continue;
      this.executions++;
      const lies = host.bad && this.siege.strategy(host.runs++, stream);
      const attempt = `${asked.task}.${stream.word().toString(16)}`;
      return { attempt, node: address("node", "n"), owner: name, digest: lies ? "bad" : "good" };
    }
  }

  private judge({ task, content }: Asked, results: Judge["results"]): Verdict {
    const sizes = { mflop: 1, memoryMib: 0, inputBytes: 0, outputBytes: 0 };
    const work = { content, ...sizes, requester, commons: false, edge };
    const message: Judge = {
      type: "Judge",
      task,
      work,
      results: [...results].sort((a, b) => (a.attempt < b.attempt ? -1 : 1)),
    };
    return this.ask(message) as Verdict;
  }

  private weigh({ task, content }: Asked, results: Judge["results"]): number {
    const owners = results.map(({ owner }) => owner);
    const { more } = this.ask({ type: "Weigh", task, content, owners }) as Weighed;
    return more;
  }

  private ask(message: Judge | Weigh): Message {
    const from = address("job", "j");
    const entropy = this.stream.word() as Seed;
    const rest = { id: "j#1" as MessageId, atUs: micros(0), entropy, from };
    const delivery = { type: message.type, ...rest, message } as Delivery<VerifierMessage>;
    const step = this.verifier.step(this.state, delivery);
    this.state = step.state;
    let answer: Message | undefined;
    for (const command of step.commands) answer = this.heed(command) ?? answer;
    if (answer === undefined) throw new Error(`a ${message.type} was not answered`);
    return answer;
  }

  private heed(command: Command): Message | undefined {
    if (command.command === "Reply") return command.message;
    if (command.command !== "Send" && command.command !== "Publish") return undefined;
    const message = command.message as Slash | Recheck | ResultCorrected;
    if (message.type === "Slash") this.slash(message.owner);
    else if (message.type === "Recheck") {
      for (const content of message.contents) {
        this.again.push({ task: `r${this.count++}`, content, exclude: message.exclude });
      }
    } else if (command.command === "Publish") {
      if (message.digest === "good") this.misled.delete(message.task);
      else this.misled.add(message.task);
    }
    return undefined;
  }

  private slash(owner: Address): void {
    const host = this.byName.get(owner);
    if (host === undefined) return;
    this.byName.delete(owner);
    if (!host.bad) this.honestProven++;
    else this.caught++;
    host.lives++;
    host.runs = 0;
    host.name = address("contributor", `h${this.hosts.indexOf(host)}.${host.lives}`);
    this.byName.set(host.name, host);
  }
}

/** Runs a siege; rates are per task of a requester, what is done again counts as executions. */
export function besiege<P, S>(siege: Siege<P, S>): Outcome {
  const field = new Field(siege);
  const { tasks, warmUp = 0 } = siege;
  for (let n = 0; n < warmUp; n++) field.round();
  const before = {
    executions: field.executions,
    delivered: field.wrongDelivered,
    misled: field.misled.size,
  };
  for (let n = 0; n < tasks; n++) field.round();
  return {
    tasks,
    executions: field.executions - before.executions,
    wrongDelivered: field.wrongDelivered - before.delivered,
    wrongFinal: field.misled.size - before.misled,
    rejected: field.rejected,
    caught: field.caught,
    honestProven: field.honestProven,
  };
}
