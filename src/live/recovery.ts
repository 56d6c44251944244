/** Brings a shard's actors back: the newest snapshot, then every record behind it. */
import { ParseResult } from "effect";
import type { Micros } from "../kernel/duration.ts";
import { InvariantViolation } from "../kernel/invariant.ts";
import type { HostParts } from "./host-parts.ts";
import type { Journal } from "./journal.ts";
import { JournalError } from "./journal.ts";
import { type JournalRecord, type Opened, recordOfText } from "./record.ts";
import { Replica, type ReplicaParts } from "./replica.ts";
import { imageOfText, type Letter, refuseNewer, versionsOf } from "./snapshot.ts";
import { type AnyView, Views } from "./view.ts";

export interface Recovered {
  readonly replica: Replica;
  readonly views: Views;
  /** What was to leave the shard and is not known to have arrived, in order. */
  readonly outbox: ReadonlyArray<Letter>;
  /** Records of the journal. */
  readonly length: number;
  /** Records behind the snapshot, which were replayed. */
  readonly replayed: number;
  /** Time of the newest record, microseconds. */
  readonly atUs: number;
}

export async function recover(
  journal: Journal,
  parts: ReplicaParts & { readonly views: ReadonlyArray<AnyView> },
): Promise<Recovered> {
  const replica = new Replica(parts);
  const views = new Views(parts.views);
  const outbox: Letter[] = [];
  let atUs = 0;
  const snapshot = await journal.latest();
  if (snapshot !== undefined) {
    const image = imageOfText(snapshot.text, parts.behaviours);
    restoring(() => replica.restore(image));
    views.load(image.views);
    outbox.push(...image.outbox);
    atUs = image.atUs;
  }
  const effects = {
    send: (letter: Letter) => {
      outbox.push(letter);
    },
    call: () => {},
    publish: () => {},
    arm: () => {},
  };
  const from = snapshot?.at ?? 0;
  let replayed = 0;
  for await (const text of journal.read(from)) {
    const record = recordAt(text, from + replayed);
    if (record.what === "open") refuseNewer(record.versions, parts.behaviours);
    replica.dropWaiting(record);
    const applied = replica.apply(record, effects);
    if (applied.fate === "stepped") views.fold(applied.seen);
    atUs = Math.max(atUs, record.at);
    replayed++;
  }
  return { replica, views, outbox, length: from + replayed, replayed, atUs };
}

/** What a new owner writes down first. */
export function openingOf(
  { holder, behaviours, revive = [] }: Pick<HostParts, "holder" | "behaviours" | "revive">,
  replica: Replica,
  at: Micros,
): Opened {
  const revived = revive.filter((actor) => replica.canRevive(actor));
  const opened = { what: "open", at, holder, versions: versionsOf(behaviours) } as const;
  return revived.length === 0 ? opened : { ...opened, revived };
}

function recordAt(text: string, at: number): JournalRecord {
  try {
    return recordOfText(text);
  } catch (error) {
    throw new JournalError("corrupt", `record ${at} of the journal cannot be read`, {
      cause: error,
    });
  }
}

/** A state that its behaviour cannot read was written by other code. */
function restoring(restore: () => void): void {
  try {
    restore();
  } catch (error) {
    const known = ParseResult.isParseError(error) || error instanceof InvariantViolation;
    if (!known) throw error;
    const line = error.message.split("\n")[0] ?? "";
    throw new JournalError("corrupt", `the snapshot does not fit this version: ${line}`, {
      cause: error,
    });
  }
}
