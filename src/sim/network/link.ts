/**
 * The transmission model: when, how often and whether a message arrives. Called for every message,
 * so the answer is left in public fields and nothing is allocated.
 *
 * Messages that must arrive (`reliable`: Send, Reply) arrive at least once and in order per
 * (sender, receiver): a loss is a wait for the retransmission. Others (Publish) may be lost or
 * held back.
 */
import { Stream } from "../../kernel/entropy.ts";
import { invariant } from "../../kernel/invariant.ts";
import type { NetworkConfig } from "./config.ts";
import { type Clog, type Cut, Disturbances, type LossBurst } from "./disturbances.ts";
import { drawPerHost } from "./host-draw.ts";
import { Latency, type LatencyParts } from "./latency.ts";
import { PairOrder } from "./pair-order.ts";
import { SenderDraws } from "./sender-draws.ts";

/** A retransmission timer stops doubling here (RFC 6298 allows a limit of 60 s or more). */
const TIMEOUT_US_MAX = 60_000_000;
/** After so many losses in a row the next copy arrives; only a cut stops a message for good. */
const RETRANSMISSIONS_MAX = 60;
/** Draws are compared as 32-bit words, so a probability is a whole number of 2^-32. */
const WORDS = 4294967296;

/** The network between hosts. The fields hold the fate of the last message transmitted. */
export class Network {
  /** When the message arrives, never before it was sent; -1 when lost or blocked. */
  arrivalUs = -1;
  /** When a second copy arrives, after the first; -1 when there is none. */
  duplicateUs = -1;
  /** The message is gone for good; only without `reliable`. */
  lost = false;
  /** Id of the cut that stops the message, or -1. The caller transmits it again after the cut. */
  blockedBy = -1;

  readonly latency: Latency;
  private readonly config: NetworkConfig;
  private readonly draws: SenderDraws;
  private readonly order = new PairOrder();
  private readonly troubles: Disturbances;
  /** Microseconds per byte; 0 for kind "none". */
  private readonly upUsPerByte: Float64Array;
  private readonly downUsPerByte: Float64Array;
  /** True while the configuration and the fault injector leave every message alone. */
  private calm: boolean;
  private readonly calmByConfig: boolean;
  private readonly leastBytes: number;

  constructor(parts: LatencyParts) {
    const { config, seed, hosts } = parts;
    this.config = config;
    this.latency = new Latency(parts);
    this.draws = new SenderDraws(seed);
    this.troubles = new Disturbances(hosts.length, (host) => this.latency.siteOf(host));
    this.upUsPerByte = usPerByte(parts, "uplink");
    this.downUsPerByte = usPerByte(parts, "downlink");
    this.calmByConfig = config.loss === 0 && config.duplicate === 0 && config.reorder === 0;
    this.calm = this.calmByConfig;
    this.leastBytes = config.messageBytes;
  }

  /**
   * Names an actor's random stream, by hashes of its address for instance. Unnamed actors draw by
   * number. Call it before the actor's first message: it starts the stream anew.
   */
  streamKeys(actor: number, k0: number, k1: number): void {
    this.draws.setKeys(actor, k0, k1);
  }

  /** Sends a message and leaves its fate in the public fields. Actors are numbered from 0. */
  // oxlint-disable-next-line max-params -- an options object would be allocated per message
  transmit(
    fromHost: number,
    toHost: number,
    fromActor: number,
    toActor: number,
    bytes: number,
    nowUs: number,
    reliable: boolean,
  ): void {
    this.arrivalUs = -1;
    this.duplicateUs = -1;
    this.lost = false;
    this.blockedBy = -1;
    // A small message is charged like an empty one, so it cannot overtake one sent before it.
    const charged = bytes > this.leastBytes ? bytes : this.leastBytes;
    const calmUs = this.calmDelayUs(fromHost, toHost, charged);
    let delayUs = calmUs;
    if (!this.calm && fromHost !== toHost) {
      delayUs = this.disturbedUs(fromHost, toHost, fromActor, calmUs, reliable);
      if (delayUs < 0) return;
    }
    this.arrivalUs = nowUs + delayUs;
    if (!reliable) return;
    if (this.order.size > 0) {
      this.arrivalUs = this.order.notBefore(fromActor, toActor, nowUs, this.arrivalUs);
    }
    // Later ones may overtake a large message, or one that met trouble: remember it.
    if (bytes > this.leastBytes || this.arrivalUs > nowUs + calmUs) {
      this.order.heldUp(fromActor, toActor, nowUs, this.arrivalUs);
    }
    if (this.config.duplicate > 0 && fromHost !== toHost) this.drawDuplicate(fromActor);
  }

  /**
   * Microseconds to move a blob: one way, then its bytes at the slower of the sender's uplink and
   * the receiver's downlink, and what clogs add. Cuts are the caller's to ask for.
   */
  transferUs(fromHost: number, toHost: number, bytes: number): number {
    const travelUs = this.latency.oneWayUs(fromHost, toHost);
    if (fromHost === toHost) return travelUs;
    const up = this.upUsPerByte[fromHost] ?? 0;
    const down = this.downUsPerByte[toHost] ?? 0;
    const us = travelUs + Math.ceil(bytes * Math.max(up, down));
    return this.troubles.size === 0 ? us : this.troubles.cloggedUs(fromHost, toHost, us);
  }

  /** Id of a cut that stops messages from one host to another now, or -1. */
  cutBetween(fromHost: number, toHost: number): number {
    return this.troubles.cutBetween(fromHost, toHost);
  }

  /** Parts hosts from each other. Ids of all disturbances are one namespace of integers from 0. */
  addCut(cut: Cut): void {
    this.troubles.addCut(cut);
    this.calm = false;
  }

  /** Slows messages of a group down. Those under way are not touched. */
  addClog(clog: Clog): void {
    this.troubles.addClog(clog);
    this.calm = false;
  }

  /** Raises the loss of a group's messages. */
  addLossBurst(burst: LossBurst): void {
    this.troubles.addLossBurst(burst);
    this.calm = false;
  }

  /** Ends a disturbance; false when none has this id. The caller sends again what a cut stopped. */
  remove(id: number): boolean {
    const removed = this.troubles.remove(id);
    this.calm = this.calmByConfig && this.troubles.size === 0;
    return removed;
  }

  /** Pairs whose order is being watched: the only memory that follows traffic. */
  get watchedPairs(): number {
    return this.order.size;
  }

  /** One way, and the time to push the bytes through the sender's uplink. */
  private calmDelayUs(fromHost: number, toHost: number, bytes: number): number {
    const travelUs = this.latency.oneWayUs(fromHost, toHost);
    if (fromHost === toHost) return travelUs;
    return travelUs + Math.ceil(bytes * (this.upUsPerByte[fromHost] as number));
  }

  /** The delay after cuts, clogs, losses and holds; -1 when the message is stopped or lost. */
  // oxlint-disable-next-line max-params -- an options object would be allocated per message
  private disturbedUs(
    fromHost: number,
    toHost: number,
    fromActor: number,
    calmUs: number,
    reliable: boolean,
  ): number {
    let delayUs = calmUs;
    let loss = this.config.loss;
    if (this.troubles.size > 0) {
      this.blockedBy = this.troubles.cutBetween(fromHost, toHost);
      if (this.blockedBy >= 0) {
        this.lost = !reliable;
        return -1;
      }
      delayUs = this.troubles.cloggedUs(fromHost, toHost, delayUs);
      loss = this.troubles.lossBetween(fromHost, toHost, loss);
    }
    if (loss > 0 && reliable) delayUs += this.retransmissionUs(fromActor, loss, 2 * delayUs);
    if (reliable) return delayUs;
    this.lost = loss > 0 && this.draws.word(fromActor) < loss * WORDS;
    return this.lost ? -1 : delayUs + this.holdUs(fromActor);
  }

  /** Waiting time of a message sent again until a copy gets through; the wait doubles. */
  private retransmissionUs(actor: number, loss: number, roundTripUs: number): number {
    let waitUs = Math.max(this.config.retransmissionTimeout, 2 * roundTripUs);
    let totalUs = 0;
    for (let sent = 0; sent < RETRANSMISSIONS_MAX; sent++) {
      if (this.draws.word(actor) >= loss * WORDS) break;
      totalUs += waitUs;
      waitUs = Math.max(waitUs, Math.min(TIMEOUT_US_MAX, 2 * waitUs));
    }
    return totalUs;
  }

  private holdUs(actor: number): number {
    if (this.config.reorder === 0) return 0;
    if (this.draws.word(actor) >= this.config.reorder * WORDS) return 0;
    return this.windowUs(actor);
  }

  private drawDuplicate(actor: number): void {
    if (this.draws.word(actor) >= this.config.duplicate * WORDS) return;
    this.duplicateUs = this.arrivalUs + this.windowUs(actor);
  }

  /** From 1 microsecond to the whole window, evenly. */
  private windowUs(actor: number): number {
    const window = Math.max(1, this.config.reorderWindow);
    return 1 + Math.floor((this.draws.word(actor) / WORDS) * window);
  }
}

/** Microseconds per byte of each host: its own rate, else a drawn one; 1 Mbit/s is 1 bit per us. */
function usPerByte(parts: LatencyParts, direction: "uplink" | "downlink"): Float64Array {
  const { config, seed, hosts } = parts;
  if (config.kind === "none") return new Float64Array(hosts.length);
  const rate = config[direction];
  const mbps = drawPerHost(new Stream(seed, `network/${direction}`), hosts.length, rate);
  for (const [host, place] of hosts.entries()) {
    const own = direction === "uplink" ? place.uplinkMbps : place.downlinkMbps;
    invariant(own === undefined || own > 0, `host ${host} needs a rate above 0 Mbit/s`);
    if (own !== undefined) mbps[host] = own;
  }
  return mbps.map((each) => 8 / each);
}
