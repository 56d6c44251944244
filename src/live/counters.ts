/** What a shard counts of itself: for metrics, and to tell an operator what is wrong. */

/** Upper bounds of the buckets of append times, milliseconds; the last bucket has none. */
const APPEND_BUCKETS_MS = [0.5, 1, 2, 5, 10, 20, 50, 100, 500] as const;

export class Counters {
  deliveries = 0;
  /** Not what the actor's state expects, by "kind at state: type". */
  readonly unhandled = new Map<string, number>();
  /** For actors that are not there any more, or are in quarantine. */
  deadLetters = 0;
  duplicates = 0;
  /** Parcels that were no message of their receiver. */
  refused = 0;
  quarantined = 0;
  appends = 0;
  records = 0;
  appendMsSum = 0;
  readonly appendsByTime: number[] = Array.from({ length: APPEND_BUCKETS_MS.length + 1 }, () => 0);
  snapshots = 0;

  noteUnhandled(kind: string, state: unknown, type: string): void {
    const at = (state as { readonly at?: string } | undefined)?.at ?? "";
    const key = `${kind} at ${at}: ${type}`;
    this.unhandled.set(key, (this.unhandled.get(key) ?? 0) + 1);
  }

  noteAppend(records: number, ms: number): void {
    this.appends++;
    this.records += records;
    this.appendMsSum += ms;
    const found = APPEND_BUCKETS_MS.findIndex((bound) => ms <= bound);
    const bucket = found < 0 ? APPEND_BUCKETS_MS.length : found;
    this.appendsByTime[bucket] = (this.appendsByTime[bucket] ?? 0) + 1;
  }
}
