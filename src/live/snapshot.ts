/** The persisted form of a shard: what bounds the replay of its journal. */
import type { Address } from "../kernel/address.ts";
import type { AnyBehaviour } from "../kernel/behaviour.ts";
import type { MailboxImage } from "../kernel/mailbox.ts";
import type { Message } from "../kernel/message.ts";
import { JournalError } from "./journal.ts";
import { fromText, toText } from "./tagged-json.ts";
import type { SavedViews } from "./view.ts";

/** A message on its way between two actors. */
export interface Letter {
  readonly from: Address;
  readonly to: Address;
  readonly n: number;
  readonly message: Message;
}

export interface ActorImage {
  readonly address: Address;
  /** As its behaviour's schema encodes it; null for one that never came to life. */
  readonly state: unknown;
  readonly mailbox: MailboxImage;
  readonly quarantine?: string;
}

export interface ReplicaImage {
  readonly actors: ReadonlyArray<ActorImage>;
  readonly waiting: ReadonlyArray<Letter>;
  readonly heard: ReadonlyArray<readonly [Address, number]>;
}

export interface ShardImage extends ReplicaImage {
  readonly pingo: "snapshot";
  readonly format: number;
  /** Time of the newest record that it stands for, microseconds. */
  readonly atUs: number;
  readonly versions: Readonly<Record<string, number>>;
  /** What has not reached the bus yet, in order. */
  readonly outbox: ReadonlyArray<Letter>;
  readonly views: SavedViews;
}

/** Raised when the fields of {@link ShardImage} or of journal records change. */
export const FORMAT = 1;

export function versionsOf(
  behaviours: ReadonlyMap<string, AnyBehaviour>,
): Readonly<Record<string, number>> {
  return Object.fromEntries([...behaviours].map(([kind, { version }]) => [kind, version]));
}

export function textOfImage(image: ShardImage): string {
  return toText(image);
}

/** Rejects what a later version wrote, and what is no snapshot, by a {@link JournalError}. */
export function imageOfText(
  text: string,
  behaviours: ReadonlyMap<string, AnyBehaviour>,
): ShardImage {
  let image: Partial<ShardImage> | null;
  try {
    image = fromText(text) as Partial<ShardImage> | null;
  } catch (error) {
    throw new JournalError("corrupt", "the snapshot is no JSON; restore it from a copy", {
      cause: error,
    });
  }
  if (typeof image !== "object" || image === null || image.pingo !== "snapshot") {
    throw new JournalError("corrupt", "the snapshot is none of PinGo's; restore it from a copy");
  }
  if ((image.format ?? 0) > FORMAT) throw newer(`format ${image.format}`, `${FORMAT}`);
  refuseNewer(image.versions ?? {}, behaviours);
  return image as ShardImage;
}

/** What was written by actors of later versions cannot be understood by these. */
export function refuseNewer(
  written: Readonly<Record<string, number>>,
  behaviours: ReadonlyMap<string, AnyBehaviour>,
): void {
  for (const [kind, version] of Object.entries(written)) {
    const known = behaviours.get(kind)?.version;
    if (known !== undefined && version > known) throw newer(`${kind} ${version}`, `${known}`);
  }
}

function newer(found: string, known: string): JournalError {
  return new JournalError(
    "newer",
    `the state was written by a newer PinGo (${found}, known here is ${known}); ` +
      "install that version",
  );
}
