/**
 * The people behind the contributors: an arrival process decides who wants what and when; their
 * contributors are told, and answer when the demand is settled, failed or refused. A person who
 * is refused asks again for a while: patience is part of demand.
 */
import type { DemandAnswered } from "../../actors/contributor/messages.ts";
import type { Hosted } from "../core/hosted.ts";
import type { Simulator } from "../core/simulator.ts";
import { type Arrival, type ArrivalProcess, NEVER } from "../workload/arrival.ts";

const REQUESTER = "requester";

/** What a demand is worth depends on these: MFLOP of each task, and memory of each run. */
interface Wanted {
  readonly tasks: ReadonlyArray<number>;
  readonly memoryMib: number;
}

/** Sees each ask and each answer. */
export interface DemandObserver {
  readonly demanded: (contributor: Hosted, wanted: Wanted, first: boolean) => void;
  readonly answered: (answer: DemandAnswered, sinceUs: number) => void;
  readonly refusal: (answer: DemandAnswered, final: boolean) => void;
  /** So many who still wanted to ask again found the doors closed. */
  readonly gaveUp: (count: number) => void;
}

/** How long a refused requester keeps asking, and how often; microseconds. */
export interface Patience {
  readonly forUs: number;
  readonly everyUs: number;
}

interface Wish {
  readonly requester: number;
  readonly tasks: ReadonlyArray<number>;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly memoryMib: number;
  readonly sinceUs: number;
}

export class Requesters {
  private readonly sim: Simulator;
  private readonly process: ArrivalProcess;
  private readonly contributors: ReadonlyArray<Hosted>;
  private readonly observer: DemandObserver;
  private readonly patience: Patience;
  private readonly nameOf: (contributor: Hosted) => Hosted;
  /** Demands that are not answered yet. */
  private readonly open = new Map<number, Wish>();
  private asks = 0;
  private waitingToAskAgain = 0;
  private ended = false;

  constructor(parts: {
    readonly sim: Simulator;
    readonly process: ArrivalProcess;
    readonly contributors: ReadonlyArray<Hosted>;
    readonly observer: DemandObserver;
    readonly patience: Patience;
    /** Under which name somebody asks now. */
    readonly nameOf?: (contributor: Hosted) => Hosted;
  }) {
    this.sim = parts.sim;
    this.process = parts.process;
    this.contributors = parts.contributors;
    this.observer = parts.observer;
    this.patience = parts.patience;
    this.nameOf = parts.nameOf ?? ((contributor) => contributor);
    this.sim.sinks.set(REQUESTER, (_from, message) => this.answer(message as DemandAnswered));
  }

  get unanswered(): number {
    return this.open.size;
  }

  /** `clients`: in a closed loop, how many first jobs there are to schedule at once. */
  start(clients: number): void {
    if (clients === 0) this.await(this.process.next(this.sim.nowUs), true);
    for (let client = 0; client < clients; client++) {
      this.await(this.process.next(this.sim.nowUs), false);
    }
  }

  /** No demand arrives or is repeated from now on. */
  end(): void {
    this.ended = true;
    this.observer.gaveUp(this.waitingToAskAgain);
  }

  private await(arrival: Arrival, chain: boolean): void {
    if (arrival.atUs >= NEVER) return;
    // The process reuses its answer, so what is needed later is copied now.
    const wish: Wish = {
      requester: arrival.requester,
      tasks: arrival.mflopPerTask.slice(0, arrival.tasks),
      inputBytes: arrival.inputBytes,
      outputBytes: arrival.outputBytes,
      memoryMib: arrival.memoryMib,
      sinceUs: arrival.atUs,
    };
    this.sim.schedule(arrival.atUs, () => {
      this.ask(wish, true);
      if (chain && !this.ended) this.await(this.process.next(this.sim.nowUs), true);
    });
  }

  private ask(wish: Wish, first: boolean): void {
    if (this.ended) return;
    const demand = ++this.asks;
    const at = wish.requester < 0 ? demand : wish.requester;
    const asked = this.contributors[at % this.contributors.length] as Hosted;
    const contributor = this.nameOf(asked);
    this.open.set(demand, wish);
    this.observer.demanded(contributor, wish, first);
    const { tasks, inputBytes, outputBytes, memoryMib } = wish;
    const message = {
      type: "DemandArrived",
      demand,
      tasks,
      inputBytes,
      outputBytes,
      memoryMib,
      contents: null,
    };
    this.sim.tell(contributor, REQUESTER, message);
  }

  private answer(answer: DemandAnswered): void {
    const wish = this.open.get(answer.demand);
    // A contributor that crashed may say it again.
    if (wish === undefined) return;
    this.open.delete(answer.demand);
    const { nowUs } = this.sim;
    if (answer.answer === "refused") {
      const again = nowUs + this.patience.everyUs;
      const final = this.ended || again - wish.sinceUs > this.patience.forUs;
      this.observer.refusal(answer, final);
      if (!final) {
        this.waitingToAskAgain++;
        this.sim.schedule(again, () => {
          this.waitingToAskAgain--;
          this.ask(wish, false);
        });
        return;
      }
    } else {
      this.observer.answered(answer, wish.sinceUs);
    }
    const next = this.process.completed(wish.requester, nowUs);
    if (next !== undefined) this.await(next, false);
  }
}
