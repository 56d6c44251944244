/** What a shard tells people: events in words, and letters that nobody can take. */
import type { Address } from "../kernel/address.ts";
import type { Parcel } from "./bus.ts";
import type { ShardClock } from "./clock.ts";
import type { Counters } from "./counters.ts";
import type { HostEnd, HostEvent, HostParts } from "./host-parts.ts";
import { JournalError } from "./journal.ts";
import type { Delivering } from "./record.ts";
import type { Letter } from "./snapshot.ts";

/** Longest text of a stranger that is repeated. */
const QUOTED = 200;

export class Reports {
  private readonly parts: Pick<HostParts, "shard" | "deadLetters" | "log">;
  private readonly clock: ShardClock;
  private readonly counters: Counters;

  constructor(
    parts: Pick<HostParts, "shard" | "deadLetters" | "log">,
    clock: ShardClock,
    counters: Counters,
  ) {
    this.parts = parts;
    this.clock = clock;
    this.counters = counters;
  }

  log(kind: HostEvent["kind"], words: string): void {
    this.parts.log({ shard: this.parts.shard, kind, words });
  }

  /** A parcel that is no message of its receiver: anybody may have made it. */
  refused({ from, to, n, message }: Parcel, why: string): void {
    this.counters.refused++;
    const text = (value: unknown) => (typeof value === "string" ? value.slice(0, QUOTED) : "");
    this.keep({
      to: text(to),
      from: text(from),
      n: typeof n === "number" ? n : 0,
      why,
      message,
    });
    this.log("refused", `a parcel for ${text(to)} was refused: ${why}`);
  }

  /** An actor of ours that cannot take it. */
  buried(record: Delivering, why: string): void {
    const { to, message } = record;
    const from = record.what === "timer" ? to : record.from;
    this.keep({ to, from, n: record.what === "message" ? record.n : 0, why, message });
  }

  /** A letter of ours that cannot be sent. */
  unsent({ to, from, n, message }: Letter, why: string): void {
    this.keep({ to, from, n, why: `the bus refuses it: ${why}`, message });
  }

  quarantined(at: Address, why: string): void {
    this.counters.quarantined++;
    this.log("quarantine", `${at} takes nothing more, its step threw: ${why}`);
  }

  private keep(letter: Omit<Parameters<HostParts["deadLetters"]["keep"]>[0], "shard" | "atUs">) {
    const atUs = this.clock.now();
    this.parts.deadLetters.keep({ shard: this.parts.shard, atUs, ...letter });
  }
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What an error means for the host that it came up in. */
export function endOf(error: unknown): HostEnd {
  const words = wordsOf(error);
  if (!(error instanceof JournalError)) return { why: "crash", words };
  if (error.reason === "fenced") return { why: "fenced", words };
  return { why: error.reason === "corrupt" ? "corrupt" : "crash", words };
}
