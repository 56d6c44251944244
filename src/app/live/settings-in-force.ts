/**
 * Under which settings a part's journal was written last. A journal is replayed with the rules it
 * was written with, or what a crash cut off would come out differently from what others were sent:
 * a part that finds new settings opens with the old ones once more, ends in order, which leaves a
 * snapshot and nothing to replay, and opens again with the new ones.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Release } from "../../adapters/nats/settings.ts";
import { readText } from "../files.ts";
import { writePrivate } from "../gateway/private-file.ts";
import { differences, parseSettings, type Settings } from "./settings.ts";

export interface KeptSettings {
  /** Published or taken last. */
  readonly seen: Release;
  /** Those that the journal was opened with last; null where it never was. */
  readonly opened: Release | null;
}

export class SettingsInForce {
  private readonly file: string;
  /** In this process the last life ended in order. */
  private hasEnded = false;

  constructor(folder: string) {
    this.file = join(folder, "settings.json");
  }

  /** Undefined where nothing was kept, or nothing that can be read: then nothing is compared. */
  get kept(): KeptSettings | undefined {
    if (!existsSync(this.file)) return undefined;
    try {
      const kept = JSON.parse(readText(this.file, "the settings in force")) as KeptSettings;
      return Number.isSafeInteger(kept.seen.version) ? kept : undefined;
    } catch {
      return undefined;
    }
  }

  /** The journal still has to be closed with these, before those of `text` can be used. */
  toCloseWith(text: string): (Release & { readonly settings: Settings }) | undefined {
    const opened = this.kept?.opened ?? null;
    if (this.hasEnded || opened === null || opened.text === text) return undefined;
    return { ...opened, settings: parseSettings(opened.text, opened.version) };
  }

  /**
   * What is other in `text` than what the journal was opened with and is part of actors' states:
   * those that exist keep it, and only those that come have the new.
   */
  keptByActors(text: string): ReadonlyArray<string> {
    const opened = this.kept?.opened ?? null;
    if (opened === null) return [];
    return differences(JSON.parse(opened.text), JSON.parse(text)).filter((name) =>
      /^(access|commons|limits)\b/.test(name),
    );
  }

  /** Known from now on; what the journal was opened with stays. */
  sees({ version, text }: Release): void {
    this.keep({ seen: { version, text }, opened: this.kept?.opened ?? null });
  }

  /** A life begins with these. */
  opens({ version, text }: Release): void {
    this.hasEnded = false;
    const release = { version, text };
    this.keep({ seen: release, opened: release });
  }

  /** A life is about to end in order. */
  ends(): void {
    this.hasEnded = true;
  }

  private keep(kept: KeptSettings): void {
    writePrivate(this.file, `${JSON.stringify(kept, null, 2)}\n`);
  }
}

export function closingWords(old: number, next: number): string {
  return `what was written with version ${old} of the settings is closed with it; ${next} follows`;
}
