/**
 * A closed loop: n clients, each with one job at a time. A client thinks for an exponential time,
 * asks, waits for the answer and thinks again, so load falls when the network slows.
 */
import { Stream } from "../../kernel/entropy.ts";
import { exponential } from "../numbers/distributions.ts";
import { type Arrival, type ArrivalProcess, NEVER, noArrival } from "./arrival.ts";
import type { JobSizes } from "./job-sizes.ts";

/** `next` gives each client's first job, `completed` the one after the finished. */
export class ClosedLoop implements ArrivalProcess {
  private readonly thinkUs: number;
  private readonly sizes: JobSizes;
  private readonly streams: ReadonlyArray<Stream>;
  private readonly firstUs: Float64Array;
  /** Clients in the order of their first jobs. */
  private readonly order: Uint32Array;
  private readonly arrival = noArrival();
  private position = 0;

  /** Client c is requester c and draws from `workload/client/<c>`. */
  constructor(
    loop: { readonly clients: number; readonly thinkUs: number },
    sizes: JobSizes,
    seed: number,
    startUs: number,
  ) {
    this.thinkUs = loop.thinkUs;
    this.sizes = sizes;
    const streams: Array<Stream> = [];
    const firstUs = new Float64Array(loop.clients);
    for (let client = 0; client < loop.clients; client++) {
      const stream = new Stream(seed, `workload/client/${client}`);
      streams.push(stream);
      firstUs[client] = startUs + this.think(stream);
    }
    this.streams = streams;
    this.firstUs = firstUs;
    this.order = Uint32Array.from(firstUs, (_, client) => client);
    this.order.sort((a, b) => (firstUs[a] ?? 0) - (firstUs[b] ?? 0) || a - b);
  }

  next(nowUs: number): Arrival {
    const client = this.order[this.position];
    if (client === undefined) {
      this.arrival.atUs = NEVER;
      return this.arrival;
    }
    this.position += 1;
    return this.ask(client, Math.max(nowUs, this.firstUs[client] ?? NEVER));
  }

  completed(requester: number, nowUs: number): Arrival | undefined {
    const stream = this.streams[requester];
    return stream === undefined ? undefined : this.ask(requester, nowUs + this.think(stream));
  }

  private think(stream: Stream): number {
    return Math.max(1, Math.round(exponential(stream, this.thinkUs)));
  }

  private ask(client: number, atUs: number): Arrival {
    this.arrival.atUs = atUs;
    this.arrival.requester = client;
    this.sizes.fill(this.arrival);
    return this.arrival;
  }
}
