/**
 * What a wallet's sender has signed and what became of it. A message is written down before it is
 * sent for the first time, so whatever happens afterwards, who comes next knows all that may be on
 * its way.
 */
import { Schema } from "effect";
import { type Journal, JournalError } from "../../live/journal.ts";

/** One message of ours as it left the wallet; enough to find what it caused. */
export const Departure = Schema.Struct({ to: Schema.String, createdLt: Schema.String });
export type Departure = typeof Departure.Type;

/** A message of a key: its place among them, and what it is known by when it has left. */
const Held = Schema.Struct({ place: Schema.Int, name: Schema.String });
export type Held = typeof Held.Type;

const Signed = Schema.Struct({
  key: Schema.String,
  seqno: Schema.Int,
  /** Unix seconds. */
  validUntil: Schema.Int,
  /** Of the external message, normalised (TEP-467), hexadecimal. */
  hash: Schema.String,
  /** The external message, base64. */
  boc: Schema.String,
  /** Which of the key's messages it holds. */
  holds: Schema.Array(Held),
});
export type Signed = typeof Signed.Type;

/** The wallet's transaction, and each message by its place among the key's. */
export const Sent = Schema.Struct({
  lt: Schema.String,
  hash: Schema.String,
  departures: Schema.Array(Departure),
});
export type Sent = typeof Sent.Type;

const SendRecord = Schema.Union(
  Schema.Struct({ type: Schema.Literal("signed"), ...Signed.fields }),
  /** The wallet's transaction is final; what did not leave for want of coins is still to do. */
  Schema.Struct({
    type: Schema.Literal("landed"),
    key: Schema.String,
    lt: Schema.String,
    hash: Schema.String,
    departed: Schema.Array(Schema.Struct({ place: Schema.Int, ...Departure.fields })),
    of: Schema.Int,
  }),
  /** Another message of the wallet has used up the number: ours can never be taken. */
  Schema.Struct({ type: Schema.Literal("displaced"), key: Schema.String }),
  /** What was thought to have landed is to be looked for once more. */
  Schema.Struct({ type: Schema.Literal("doubted"), key: Schema.String }),
  /** What was sent provably had no effect: the key may be sent anew. */
  Schema.Struct({ type: Schema.Literal("reopened"), key: Schema.String }),
  /** Whoever sent it knows what it led to and never asks for the key again. */
  Schema.Struct({ type: Schema.Literal("done"), key: Schema.String }),
);
type SendRecord = typeof SendRecord.Type;

const Entry = Schema.Struct({
  key: Schema.String,
  /** All that may be taken, newest last; one at most is. */
  signed: Schema.Array(Signed),
  departed: Schema.Array(Schema.Tuple(Schema.Int, Departure)),
  sent: Schema.optional(Sent),
});
type Entry = typeof Entry.Type;

const Kept = Schema.Struct({
  wallet: Schema.String,
  entries: Schema.Array(Entry),
  recent: Schema.Array(Signed),
});

const KeptText = Schema.parseJson(Kept);
const RecordText = Schema.parseJson(SendRecord);

const COMPACT_EVERY = 1_000;
/** Whoever asks for a key that is older than so many others is not told what became of it. */
const MOST_DONE = 10_000;
/** Messages that can be sent once more if the chain forgot them. */
const MOST_RECENT = 32;

const fresh = (key: string): Entry => ({ key, signed: [], departed: [] });

export class SendJournal {
  private readonly journal: Journal;
  private readonly wallet: string;
  private readonly entries = new Map<string, Entry>();
  /** The newest by number, landed ones too. */
  private recent: Array<Signed> = [];
  private length = 0;
  private compactedAt = 0;

  private constructor(journal: Journal, wallet: string) {
    this.journal = journal;
    this.wallet = wallet;
  }

  /** Rejects when the journal is another wallet's: its numbers mean nothing here. */
  static async open(journal: Journal, wallet: string): Promise<SendJournal> {
    const opened = new SendJournal(journal, wallet);
    const snapshot = await journal.latest();
    if (snapshot !== undefined) opened.restore(snapshot.text, snapshot.at);
    for await (const text of journal.read(snapshot?.at ?? 0)) {
      opened.apply(decode(RecordText, text));
      opened.length += 1;
    }
    if (opened.length === 0) await opened.compact();
    return opened;
  }

  /** Undefined where the key was never signed for, or all of it is undone. */
  entry(key: string): Entry | undefined {
    return this.entries.get(key);
  }

  /** All keys that were signed for and are not done, oldest first. */
  keys(): ReadonlyArray<string> {
    return [...this.entries.keys()];
  }

  /** The newest message with this number that may still be taken. */
  at(seqno: number): Signed | undefined {
    return this.recent.findLast((signed) => signed.seqno === seqno);
  }

  /** The largest number that was ever signed with; -1 before the first. */
  get lastSeqno(): number {
    return Math.max(-1, ...this.recent.map(({ seqno }) => seqno));
  }

  signed(signed: Signed): Promise<void> {
    return this.append({ type: "signed", ...signed });
  }

  landed(
    key: string,
    what: {
      readonly lt: string;
      readonly hash: string;
      readonly departed: ReadonlyArray<Departure & { readonly place: number }>;
      /** How many messages the key has in all. */
      readonly of: number;
    },
  ): Promise<void> {
    return this.append({ type: "landed", key, ...what });
  }

  displaced(key: string): Promise<void> {
    return this.append({ type: "displaced", key });
  }

  doubted(key: string): Promise<void> {
    return this.append({ type: "doubted", key });
  }

  reopened(key: string): Promise<void> {
    return this.append({ type: "reopened", key });
  }

  done(key: string): Promise<void> {
    return this.append({ type: "done", key });
  }

  close(): Promise<void> {
    return this.journal.close();
  }

  private async append(record: SendRecord): Promise<void> {
    const text = JSON.stringify(Schema.encodeSync(SendRecord)(record));
    this.length = await this.journal.append(this.length, [text]);
    this.apply(record);
    if (this.length - this.compactedAt >= COMPACT_EVERY) await this.compact();
  }

  private async compact(): Promise<void> {
    const entries = [...this.entries.values()];
    const text = JSON.stringify({ wallet: this.wallet, entries, recent: this.recent });
    await this.journal.compact({ at: this.length, text });
    this.compactedAt = this.length;
  }

  private restore(text: string, at: number): void {
    const { wallet, entries, recent } = decode(KeptText, text);
    if (wallet !== this.wallet) {
      throw new JournalError(
        "corrupt",
        `the journal of sent messages belongs to wallet ${wallet}, not to ${this.wallet}; ` +
          "use that wallet's key or another folder",
      );
    }
    for (const entry of entries) this.entries.set(entry.key, entry);
    this.recent = [...recent];
    this.length = at;
    this.compactedAt = at;
  }

  private apply(record: SendRecord): void {
    const entry = this.entries.get(record.key) ?? fresh(record.key);
    // a map keeps the order of insertion: what changed last is dropped last
    this.entries.delete(record.key);
    switch (record.type) {
      case "signed": {
        const { type: _, ...signed } = record;
        this.recent = [...this.recent, signed].slice(-MOST_RECENT);
        this.entries.set(record.key, { ...entry, signed: [...entry.signed, signed] });
        break;
      }
      case "landed":
        this.entries.set(record.key, afterLanding(entry, record));
        break;
      case "displaced":
        this.recent = this.recent.filter(({ key }) => key !== record.key);
        this.entries.set(record.key, { ...entry, signed: [] });
        break;
      case "doubted":
        this.entries.set(record.key, afterDoubt(entry, this.recent));
        break;
      case "reopened":
      case "done":
        break;
    }
    this.forgetOldest();
  }

  private forgetOldest(): void {
    if (this.entries.size <= MOST_DONE) return;
    for (const [key, { sent }] of this.entries) {
      if (sent === undefined) continue;
      this.entries.delete(key);
      return;
    }
  }
}

function afterLanding(entry: Entry, landed: SendRecord & { readonly type: "landed" }): Entry {
  const all = new Map(entry.departed);
  for (const { place, to, createdLt } of landed.departed) all.set(place, { to, createdLt });
  const departed = [...all].sort(([a], [b]) => a - b);
  const { lt, hash } = landed;
  const isWhole = departed.length === landed.of;
  const sent = { lt, hash, departures: departed.map(([, departure]) => departure) };
  return { key: entry.key, signed: [], departed, ...(isWhole ? { sent } : {}) };
}

/** As it was before it landed; too old to be looked for, it stays as it is. */
function afterDoubt(entry: Entry, recent: ReadonlyArray<Signed>): Entry {
  const last = recent.findLast(({ key }) => key === entry.key);
  if (last === undefined || entry.sent === undefined) return entry;
  const signed = recent.filter(({ key, seqno }) => key === entry.key && seqno === last.seqno);
  const places = new Set(last.holds.map(({ place }) => place));
  const departed = entry.departed.filter(([place]) => !places.has(place));
  return { key: entry.key, signed, departed };
}

function decode<A, I>(schema: Schema.Schema<A, I>, text: string): A {
  try {
    return Schema.decodeUnknownSync(schema)(text);
  } catch (cause) {
    throw new JournalError(
      "corrupt",
      "the journal of sent messages cannot be read; restore it from a copy: without it a " +
        "payment could be made twice",
      { cause },
    );
  }
}
