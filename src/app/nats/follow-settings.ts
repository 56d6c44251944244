/** How an edge or a node takes the settings that the network's operator published. */
import type { Published, SettingsStore } from "../../adapters/nats/settings.ts";
import { liveBehaviours } from "../live/behaviours.ts";
import type { NetworkConfig } from "../live/config.ts";
import { differences, isSaid, parseSettings, settingsOf, withSettings } from "../live/settings.ts";
import { closingWords, type SettingsInForce } from "../live/settings-in-force.ts";
import { CommandError } from "../outcome.ts";

/** Version and hash of what a part runs with. */
export interface SettingsName {
  readonly version: number;
  readonly hash: string;
}

export interface Followed {
  readonly config: NetworkConfig;
  /** Undefined where none were published. */
  readonly name: SettingsName | undefined;
  /** This life only ends what the last one began: the next one has the new settings. */
  readonly isLast: boolean;
}

export interface Follower {
  /** What the part's own file says: its invitation. */
  readonly file: string;
  readonly given: Readonly<Record<string, unknown>>;
  readonly config: NetworkConfig;
  readonly inForce: SettingsInForce;
  readonly say: (line: string) => void;
}

/** So many letters of a hash are shown. */
const SHOWN = 12;

export function nameOf({ version, hash }: SettingsName): SettingsName {
  return { version, hash: hash.slice(0, SHOWN) };
}

export async function followSettings(
  { file, given, config, inForce, say }: Follower,
  store: SettingsStore | undefined,
): Promise<Followed> {
  const published = await store?.latest();
  if (published === undefined) return { config, name: undefined, isLast: false };
  demandNewest(published, inForce.kept?.seen.version ?? 0);
  const name = nameOf(published);
  const settings = parseSettings(published.text, published.version);
  const next = withSettings(config, settings);
  // a rule that is not there is said before anything is closed or kept
  liveBehaviours(next);
  const old = inForce.toCloseWith(published.text);
  if (old !== undefined) {
    say(closingWords(old.version, published.version));
    return { config: withSettings(config, old.settings), name, isLast: true };
  }
  const own = settingsOf(config);
  const other = differences(own, settings).filter((at) => isSaid(given, at));
  if (other.length > 0) {
    say(
      `${file} says otherwise than the network's settings (version ${name.version}, ` +
        `${name.hash}): ${other.join(", ")}; the network's are used`,
    );
  }
  inForce.opens(published);
  return { config: next, name, isLast: false };
}

/** Whoever puts an old version back would have rules return that were given up for a reason. */
function demandNewest({ version }: Published, seen: number): void {
  if (version >= seen) return;
  throw new CommandError(
    `the server has version ${version} of the network's settings, and this machine has seen ` +
      `version ${seen}; ask the operator to publish them again: pingo gateway settings publish`,
    { code: "settings" },
  );
}
