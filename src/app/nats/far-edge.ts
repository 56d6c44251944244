/**
 * What a gateway asks of an edge in another process, and how the edge answers: over topics, at most
 * once, because nothing depends on it but what people are shown. Answers count only when the server
 * says that they come from the edge; an edge answers only to the core.
 */
import { randomUUID } from "node:crypto";
import type { Bus, Subscription } from "../../live/bus.ts";
import { fromText, toText } from "../../live/tagged-json.ts";
import type { DemandName, NetworkHandle } from "../gateway/network-handle.ts";

/** Of `NetworkHandle`, what an edge knows best. */
export type Question = "job" | "tasks" | "log" | "nodes" | "metrics" | "requester";

const ASK = "edge.ask";
const ANSWER = "edge.answer";
const CHANGED = "edge.changed";
/** A message is at most 1 MiB. */
const PIECE_CHARS = 200_000;
const TERM_MS = 1_500;
const TRIES = 2;
/** Of an edge that did not answer the last question: whoever asks shall not wait for a dead one. */
const SILENT_TERM_MS = 300;
/** Changes of a job that come so close together are told once. */
const GATHER_MS = 20;
/** Between two questions to an edge that is missed. */
const AGAIN_MS = 2_000;

interface Ask {
  readonly id: string;
  readonly what: Question;
  /** Text, because topics carry no amounts. */
  readonly about: string;
}

interface Answer {
  readonly id: string;
  readonly piece: number;
  readonly of: number;
  readonly text: string;
}

type Answers = { readonly [Q in Question]: (about: never) => Promise<unknown> };

/** Answers questions and tells of changes until it is stopped. */
export async function answerGateways(
  bus: Bus,
  answers: Answers,
  onJob: NetworkHandle["onJob"],
): Promise<Subscription> {
  const asked = await bus.listen(ASK, (message, from) => {
    if (from !== undefined && !from.startsWith("core.")) return;
    const { id, what, about } = message as Ask;
    const answer = answers[what] as ((about: unknown) => Promise<unknown>) | undefined;
    if (typeof id !== "string" || answer === undefined) return;
    // an answer that cannot be given is none: whoever asks does not wait for ever
    answer(fromText(about)).then(
      (found) => tellAll(bus, id, toText(found ?? null)),
      () => {},
    );
  });
  const changed = new Map<string, DemandName>();
  let timer: NodeJS.Timeout | undefined;
  const watch = onJob((name) => {
    changed.set(`${name.contributor}#${name.demand}`, name);
    timer ??= setTimeout(() => {
      timer = undefined;
      for (const each of changed.values()) bus.publish(CHANGED, each);
      changed.clear();
    }, GATHER_MS);
  });
  return {
    stop: async () => {
      clearTimeout(timer);
      watch.stop();
      await asked.stop();
    },
  };
}

function tellAll(bus: Bus, id: string, text: string): void {
  const of = Math.max(1, Math.ceil(text.length / PIECE_CHARS));
  for (let piece = 0; piece < of; piece++) {
    const part = text.slice(piece * PIECE_CHARS, (piece + 1) * PIECE_CHARS);
    bus.publish(ANSWER, { id, piece, of, text: part } satisfies Answer);
  }
}

interface Asked {
  readonly what: Question;
  readonly about: unknown;
  readonly termMs: number;
}

interface Waiting {
  readonly pieces: string[];
  left: number;
  readonly done: (text: string) => void;
}

export class FarEdge {
  private readonly bus: Bus;
  private readonly edge: string;
  private readonly waiting = new Map<string, Waiting>();
  private readonly subscriptions: Subscription[] = [];
  private readonly listeners = new Set<(name: DemandName) => void>();
  private readonly missed = new Map<string, DemandName>();
  private again: NodeJS.Timeout | undefined;
  private silent = false;
  private closed = false;

  private constructor(bus: Bus, edge: string) {
    this.bus = bus;
    this.edge = `edge.${edge}`;
  }

  static async on(bus: Bus, edge: string): Promise<FarEdge> {
    const far = new FarEdge(bus, edge);
    far.subscriptions.push(
      await bus.listen(ANSWER, (message, from) => {
        if (far.isEdge(from)) far.take(message as Answer);
      }),
      await bus.listen(CHANGED, (message, from) => {
        if (!far.isEdge(from)) return;
        far.silent = false;
        for (const heard of far.listeners) heard(message as DemandName);
      }),
    );
    return far;
  }

  onJob(heard: (name: DemandName) => void): { readonly stop: () => void } {
    this.listeners.add(heard);
    return { stop: () => void this.listeners.delete(heard) };
  }

  /** Undefined when the edge knows nothing of it, or does not answer. */
  async ask<A>(what: Question, about: unknown): Promise<A | undefined> {
    return (await this.answerTo<A>(what, about)) ?? undefined;
  }

  /** Null when the edge knows nothing of it, undefined when it does not answer. */
  async answerTo<A>(what: Question, about: unknown): Promise<A | null | undefined> {
    const [tries, termMs] = this.silent ? [1, SILENT_TERM_MS] : [TRIES, TERM_MS];
    for (let done = 0; done < tries; done++) {
      const text = await this.askOnce({ what, about, termMs });
      this.silent = text === undefined;
      if (text !== undefined) return fromText(text) as A | null;
    }
    return undefined;
  }

  /** Tells of it as of a change once the edge answers: what only the edge knows is missed. */
  miss(name: DemandName): void {
    this.missed.set(`${name.contributor}#${name.demand}`, name);
    if (this.closed) return;
    this.again ??= setTimeout(() => {
      this.again = undefined;
      this.tellMissed(name).catch(() => this.miss(name));
    }, AGAIN_MS);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.again);
    await Promise.all(this.subscriptions.map((each) => each.stop()));
  }

  private async tellMissed(one: DemandName): Promise<void> {
    if ((await this.answerTo("job", one)) === undefined) {
      this.miss(one);
      return;
    }
    const names = [...this.missed.values()];
    this.missed.clear();
    for (const name of names) for (const heard of this.listeners) heard(name);
  }

  private isEdge(from: string | undefined): boolean {
    return from === undefined || from === this.edge;
  }

  private async askOnce({ what, about, termMs }: Asked): Promise<string | undefined> {
    const id = randomUUID();
    const answered = new Promise<string>((done) => {
      this.waiting.set(id, { pieces: [], left: -1, done });
    });
    this.bus.publish(ASK, { id, what, about: toText(about) } satisfies Ask);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), termMs);
    });
    try {
      return await Promise.race([answered, late]);
    } finally {
      clearTimeout(timer);
      this.waiting.delete(id);
    }
  }

  private take({ id, piece, of, text }: Answer): void {
    // also one that comes too late says that the edge is there
    this.silent = false;
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    if (waiting.left < 0) waiting.left = of;
    if (waiting.pieces[piece] !== undefined) return;
    waiting.pieces[piece] = text;
    waiting.left--;
    if (waiting.left === 0) waiting.done(waiting.pieces.join(""));
  }
}
