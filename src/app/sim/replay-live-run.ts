/**
 * Steps the actors of a shard through its journal again, as recovery does, and watches: what is
 * delivered must be what the actors of this replay sent, set or asked for, every delivery must be
 * taken as it was, and where the live shell left a snapshot behind, the states must be those.
 */
import { createHash } from "node:crypto";
import type { Address } from "../../kernel/address.ts";
import type { AnyBehaviour } from "../../kernel/behaviour.ts";
import type { Message } from "../../kernel/message.ts";
import { type Delivering, type JournalRecord, recordOfText } from "../../live/record.ts";
import { type Applied, Replica } from "../../live/replica.ts";
import { type ActorImage, imageOfText, refuseNewer } from "../../live/snapshot.ts";
import { fromText, toText } from "../../live/tagged-json.ts";
import type { LiveJournal } from "./replay-live-source.ts";

/** The first thing that is not as it was. */
export interface Divergence {
  /** Number of the journal's record, from 1; that of the last one for states at the end. */
  readonly record: number;
  readonly actor: string;
  /** Type of the delivery, or "state" and "mailbox" at the end. */
  readonly what: string;
  /** Path of the field, such as "context.leases.0". */
  readonly field: string;
  readonly recorded: string;
  readonly replayed: string;
}

interface ReplayedActor {
  readonly actor: Address;
  readonly deliveries: number;
  /** Its state's chart position; empty for one that has none. */
  readonly at: string;
  readonly hash: string;
  /** Whether the live shell's own state was there to compare with, and was the same. */
  readonly recorded: "same" | "other" | "none";
}

export interface Replayed {
  readonly records: number;
  readonly deliveries: number;
  readonly actors: ReadonlyArray<ReplayedActor>;
  readonly divergence: Divergence | undefined;
  /** Actors as they are at the end, in the form of snapshots. */
  readonly images: ReadonlyArray<ActorImage>;
}

const noEffects = { send: () => {}, call: () => {}, publish: () => {}, arm: () => {} };

export function replayJournal(
  journal: LiveJournal,
  behaviours: ReadonlyMap<string, AnyBehaviour>,
): Replayed {
  const replay = new Replay(journal, behaviours);
  for (const text of journal.records) {
    replay.take(recordOfText(text));
    if (replay.divergence !== undefined) break;
  }
  return replay.end(journal.outcome);
}

class Replay {
  divergence: Divergence | undefined;
  private readonly replica: Replica;
  private readonly behaviours: ReadonlyMap<string, AnyBehaviour>;
  private readonly counts = new Map<string, number>();
  private records: number;
  private deliveries = 0;

  constructor({ shard, snapshot }: LiveJournal, behaviours: ReadonlyMap<string, AnyBehaviour>) {
    this.behaviours = behaviours;
    this.replica = new Replica({ shard, behaviours });
    this.records = snapshot?.at ?? 0;
    if (snapshot !== undefined) this.replica.restore(imageOfText(snapshot.text, behaviours));
  }

  take(record: JournalRecord): void {
    this.records++;
    if (record.what === "open") refuseNewer(record.versions, this.behaviours);
    if ("message" in record) this.expectSent(record);
    this.replica.dropWaiting(record);
    const applied = this.replica.apply(record, noEffects);
    if (!("message" in record)) return;
    this.deliveries++;
    this.counts.set(record.to, (this.counts.get(record.to) ?? 0) + 1);
    if (applied.fate !== "stepped") this.notTaken(record, applied);
  }

  /** What the shard's own actors sent or set is known: the record must hold the same. */
  private expectSent(record: Delivering): void {
    const own = this.ownMessage(record);
    if (own === undefined) return;
    const difference = firstDifference(record.message, plain(own));
    if (difference !== undefined) this.diverge(record, difference);
  }

  private ownMessage(record: Delivering): Message | undefined {
    const { actors, waiting } = this.replica;
    if (record.what === "timer") {
      const timers = actors.get(record.to)?.mailbox.pendingTimers() ?? [];
      return timers.find(({ key, epoch }) => key === record.key && epoch === record.epoch)?.message;
    }
    if (record.what !== "message" || record.n === 0) return undefined;
    const { from, to, n } = record;
    return waiting.toArray().find((it) => it.from === from && it.to === to && it.n === n)?.message;
  }

  private notTaken(record: Delivering, applied: Applied): void {
    const why = "why" in applied ? `: ${applied.why}` : "";
    const replayed = `${applied.fate}${why}`;
    this.diverge(record, { field: "fate", recorded: "stepped", replayed });
  }

  private diverge(record: Delivering, difference: Difference): void {
    const { to: actor, message } = record;
    this.divergence ??= { record: this.records, actor, what: message.type, ...difference };
  }

  end(outcome: string | undefined): Replayed {
    const { actors: images } = this.replica.image(0);
    const recorded = outcome === undefined ? [] : imageOfText(outcome, this.behaviours).actors;
    const known = new Map(recorded.map((each) => [each.address, each]));
    const compares = outcome !== undefined && this.divergence === undefined;
    const actors = images.map((image) => this.judge(image, known.get(image.address), compares));
    const missing = compares
      ? recorded.find(({ address }) => !this.replica.actors.has(address))
      : undefined;
    if (missing !== undefined) {
      const gone = { what: "state", field: "", recorded: "there", replayed: "gone" };
      this.divergence ??= { record: this.records, actor: missing.address, ...gone };
    }
    const { records, deliveries, divergence } = this;
    return { records, deliveries, actors, divergence, images };
  }

  private judge(
    image: ActorImage,
    recorded: ActorImage | undefined,
    compares: boolean,
  ): ReplayedActor {
    const actor = image.address;
    const { at } = (image.state ?? {}) as { readonly at?: unknown };
    const difference = compares ? differenceOf(recorded, image) : undefined;
    if (difference !== undefined) {
      this.divergence ??= { record: this.records, actor, ...difference };
    }
    return {
      actor,
      deliveries: this.counts.get(actor) ?? 0,
      at: typeof at === "string" ? at : "",
      hash: hashOf(image.state),
      recorded: compares ? (difference === undefined ? "same" : "other") : "none",
    };
  }
}

type Difference = Pick<Divergence, "field" | "recorded" | "replayed">;

function differenceOf(recorded: ActorImage | undefined, replayed: ActorImage) {
  if (recorded === undefined) {
    return { what: "state", field: "", recorded: "gone", replayed: "there" };
  }
  const state = firstDifference(plain(recorded.state), plain(replayed.state));
  if (state !== undefined) return { what: "state", ...state };
  const mailbox = firstDifference(mailboxOf(recorded), mailboxOf(replayed));
  return mailbox === undefined ? undefined : { what: "mailbox", ...mailbox };
}

/** Processes number senders in the order in which they hear of them: that may differ. */
function mailboxOf({ mailbox }: ActorImage): unknown {
  const marks = [...mailbox.marks].sort(([one], [other]) => (one < other ? -1 : 1));
  return plain({ ...mailbox, marks });
}

/** As it is after it was written and read. */
function plain(value: unknown): unknown {
  return fromText(toText(value));
}

function firstDifference(one: unknown, other: unknown, path = ""): Difference | undefined {
  if (isNode(one) && isNode(other)) {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      const inside = path === "" ? key : `${path}.${key}`;
      const difference = firstDifference(one[key], other[key], inside);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  if (Object.is(one, other)) return undefined;
  return { field: path, recorded: shown(one), replayed: shown(other) };
}

function isNode(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

const SHOWN = 80;

function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : toText(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function hashOf(state: unknown): string {
  return createHash("sha256").update(toText(state)).digest("hex").slice(0, 16);
}
