/** Two runs of the same inputs side by side: the first delivery that differs ends both. */
import type { DeliveryNote, Run } from "../../sim/run/run.ts";
import type { Standing } from "../terminal/progress.ts";
import { type Difference, deliveryLine, NO_DELIVERY } from "./delivery.ts";
import type { Driven } from "./drive.ts";

type Watched = Pick<Run, "advance" | "progress" | "onDelivery" | "result">;

/** Drives both runs in equal slices; holds the deliveries of one slice at a time. */
export class Twins implements Driven {
  difference: Difference | undefined;
  private readonly first: Watched;
  private readonly second: Watched;
  private ofFirst: DeliveryNote[] = [];
  private compared = 0;

  constructor(first: Watched, second: Watched, seen?: (delivery: DeliveryNote) => void) {
    this.first = first;
    this.second = second;
    first.onDelivery = (delivery) => {
      this.ofFirst.push(delivery);
      seen?.(delivery);
    };
  }

  advance(limit: number): boolean {
    this.ofFirst = [];
    let at = 0;
    this.second.onDelivery = (delivery) => {
      if (this.difference !== undefined) return;
      this.compare(this.ofFirst[at], delivery, this.compared + at + 1);
      at += 1;
    };
    const firstOver = this.first.advance(limit);
    const secondOver = this.second.advance(limit);
    if (this.difference === undefined && at < this.ofFirst.length) {
      this.compare(this.ofFirst[at], undefined, this.compared + at + 1);
    }
    this.compared += at;
    if (firstOver && secondOver) this.compareResults();
    return this.difference !== undefined || (firstOver && secondOver);
  }

  progress(): Standing {
    return this.first.progress();
  }

  private compare(
    first: DeliveryNote | undefined,
    second: DeliveryNote | undefined,
    delivery: number,
  ): void {
    if (first !== undefined && second !== undefined && isSame(first, second)) return;
    this.difference = {
      delivery,
      first: first === undefined ? NO_DELIVERY : deliveryLine(first),
      second: second === undefined ? NO_DELIVERY : deliveryLine(second),
    };
  }

  /** Metrics come from more than deliveries: they must be equal, too. */
  private compareResults(): void {
    if (this.difference !== undefined) return;
    const [first, second] = [this.first, this.second].map((run) => {
      const { hash, events, metrics } = run.result();
      return JSON.stringify({ hash, events, metrics });
    });
    if (first === second || first === undefined || second === undefined) return;
    this.difference = { delivery: this.compared, first, second };
  }
}

/** The hash is over everything up to the delivery, so messages need not be compared as text. */
function isSame(a: DeliveryNote, b: DeliveryNote): boolean {
  return (
    a.hash === b.hash &&
    a.atUs === b.atUs &&
    a.id === b.id &&
    a.to === b.to &&
    a.from === b.from &&
    a.type === b.type
  );
}
