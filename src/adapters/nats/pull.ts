/**
 * Keeps one request for messages open at a consumer and hands over what comes, in the order of
 * arrival. It notices by itself when a request was lost with its connection or its server.
 */
import { createInbox, type Msg, type Subscription } from "@nats-io/transport-node";
import type { Link } from "./link.ts";

export interface PullParts {
  readonly link: Link;
  readonly inboxPrefix: string | undefined;
  readonly stream: string;
  readonly consumer: string;
  /** How many more messages are welcome now. */
  readonly room: () => number;
  readonly arrived: (msg: Msg) => void;
  /** The consumer or its stream is gone, or may not be read. */
  readonly failed: (why: string) => void;
  /** A request went unanswered: what the server delivered on it may be lost. */
  readonly unanswered: () => void;
}

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 1_000;
const NS = 1_000_000;

export class Pull {
  private readonly parts: PullParts;
  private readonly inbox: string;
  private subscription: Subscription | undefined;
  private watch: NodeJS.Timeout | undefined;
  /** Requests so far; what the server says about an older one is of no interest any more. */
  private request = 0;
  private left = 0;
  private lastMs = 0;
  private retry: NodeJS.Timeout | undefined;

  constructor(parts: PullParts) {
    this.parts = parts;
    this.inbox = createInbox(parts.inboxPrefix);
  }

  start(): void {
    this.subscription = this.parts.link.nc.subscribe(`${this.inbox}.*`, {
      callback: (error, msg) => (error === null ? this.heard(msg) : this.lost(100)),
    });
    this.watch = setInterval(() => this.look(), HEARTBEAT_MS);
    this.ask();
  }

  stop(): void {
    clearInterval(this.watch);
    clearTimeout(this.retry);
    this.subscription?.unsubscribe();
    this.subscription = undefined;
  }

  /** There is room again. */
  ask(): void {
    const { stream, consumer, room } = this.parts;
    const { nc, apiPrefix } = this.parts.link;
    if (this.subscription === undefined || this.left > 0 || nc.isClosed()) return;
    const batch = room();
    if (batch <= 0) return;
    this.request++;
    this.left = batch;
    this.lastMs = Date.now();
    const body = {
      batch,
      expires: EXPIRES_MS * NS,
      idle_heartbeat: HEARTBEAT_MS * NS,
    };
    const subject = `${apiPrefix}.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
    nc.publish(subject, JSON.stringify(body), { reply: `${this.inbox}.${this.request}` });
  }

  /** The connection is back: what was asked on the old one may be forgotten. */
  renew(): void {
    this.left = 0;
    this.ask();
  }

  private heard(msg: Msg): void {
    this.lastMs = Date.now();
    if (msg.reply?.startsWith("$JS.ACK.") === true) {
      // it comes under the subject it was sent to: which request it answers cannot be told
      this.left = Math.max(0, this.left - 1);
      this.parts.arrived(msg);
      if (this.left === 0) this.ask();
      return;
    }
    if (!msg.subject.endsWith(`.${this.request}`)) return;
    const status = msg.headers?.code ?? 0;
    if (status === 100) return;
    const words = msg.headers?.description ?? "";
    if (status === 409 && /deleted/i.test(words)) this.parts.failed(words);
    // 408: the time is over, 404: nothing there, 503: no server answers now, 409: changed leader
    if (status === 409 || status === 503) this.parts.unanswered();
    this.lost(status === 408 ? 0 : 100);
  }

  private lost(pauseMs: number): void {
    this.left = 0;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.ask(), pauseMs);
  }

  private look(): void {
    if (this.left === 0 || Date.now() - this.lastMs <= 3 * HEARTBEAT_MS) return;
    this.parts.unanswered();
    this.lost(0);
  }
}
