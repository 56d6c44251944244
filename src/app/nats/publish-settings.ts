/**
 * How the operator's `network.yaml` becomes the settings of the network: the gateway publishes them
 * when it has opened the core with them. Which version a folder has published or taken last is kept
 * beside its keys, so an edit of the file is told from a copy that is out of date.
 */
import { Effect, type Scope } from "effect";
import { Names } from "../../adapters/nats/names.ts";
import {
  hashOf,
  type Published,
  type Release,
  SettingsStore,
} from "../../adapters/nats/settings.ts";
import { settingsAuthority, type Trust } from "../../adapters/nats/trust.ts";
import type { Bus } from "../../live/bus.ts";
import { liveBehaviours } from "../live/behaviours.ts";
import type { NetworkConfig } from "../live/config.ts";
import { differences, settingsOf, settingsText, withSettings } from "../live/settings.ts";
import { closingWords, SettingsInForce } from "../live/settings-in-force.ts";
import { CommandError } from "../outcome.ts";
import { type Followed, nameOf, type SettingsName } from "./follow-settings.ts";
import { asOperator, knownTrust, type NatsPlace, natsFolder } from "./operator-keys.ts";

interface OwnFile {
  readonly config: NetworkConfig;
  readonly inForce: SettingsInForce;
  readonly say: (line: string) => void;
}

export interface OwnSettings extends Followed {
  readonly name: SettingsName;
  /** Lets the others have them, once the core is open with them; true when they are news. */
  readonly publish: () => Promise<boolean>;
}

export function ownInForce(folder: string): SettingsInForce {
  return new SettingsInForce(natsFolder(folder));
}

function releaseText(config: NetworkConfig): string {
  return settingsText(settingsOf(config));
}

/** {@link ownSettings}; undefined where nobody made keys, and so nobody can be invited. */
export function ofOperator(
  place: NatsPlace,
  own: OwnFile,
): Effect.Effect<OwnSettings | undefined, unknown> {
  const read = async () => {
    const trust = knownTrust(place.folder);
    return trust === undefined ? undefined : await ownSettings(place, trust, own);
  };
  return Effect.tryPromise({ try: read, catch: (error) => error });
}

const CHANGED = "settings.changed";

/** Publishes, and tells edges that run: they open again with what is new. */
export function letOthersFollow(
  { name, publish }: OwnSettings,
  bus: Bus,
): Effect.Effect<void, unknown> {
  const tell = async () => {
    if (await publish()) bus.publish(CHANGED, name);
  };
  return Effect.tryPromise({ try: tell, catch: (error) => error });
}

/** Resolves when the operator's part says that it has other settings than `own`. */
export function settingsChange(
  bus: Bus,
  own: SettingsName | undefined,
  store: SettingsStore | undefined,
): Effect.Effect<Promise<"again">, unknown, Scope.Scope> {
  let again: (said: "again") => void = () => {};
  const changed = new Promise<"again">((resolve) => {
    again = resolve;
  });
  const compare = (name: Partial<SettingsName> | undefined) => {
    if (name?.hash !== own?.hash) again("again");
  };
  const hear = async () => {
    const subscription = await bus.listen(CHANGED, (message, from) => {
      if (from === undefined || from.startsWith("core.")) compare(message as SettingsName);
    });
    // they may have changed since they were read, before anybody listened here
    const now = await store?.latest();
    compare(now === undefined ? undefined : nameOf(now));
    return subscription;
  };
  const heard = Effect.acquireRelease(
    Effect.tryPromise({ try: hear, catch: (error) => error }),
    (subscription) => Effect.promise(() => subscription.stop()),
  );
  return Effect.as(heard, changed);
}

/** Rejects with a sentence when another folder has published since and this file says otherwise. */
export async function ownSettings(
  place: NatsPlace,
  trust: Trust,
  { config, inForce, say }: OwnFile,
): Promise<OwnSettings> {
  const text = releaseText(config);
  const published = await withStore(place, trust, (store) => store.latest());
  const version = versionOf(text, published, inForce.kept?.seen);
  const release = { version, text };
  const name = nameOf({ version, hash: hashOf(text) });
  // a rule that is not there is said before anything is closed or kept
  liveBehaviours(config);
  const old = inForce.toCloseWith(text);
  if (old !== undefined) {
    say(closingWords(old.version, version));
    const publish = async () => false;
    return { config: withSettings(config, old.settings), name, isLast: true, publish };
  }
  const kept = inForce.keptByActors(text);
  if (kept.length > 0) {
    const names = kept.join(", ");
    say(`${names}: actors that are there keep what they began with, those that come have the new`);
  }
  inForce.opens(release);
  const publish = async () => {
    if (published?.version === version) return false;
    await withStore(place, trust, (store) => store.publish(release, published?.revision ?? 0));
    return true;
  };
  return { config, name, isLast: false, publish };
}

/** The version that `text` has, or gets: an edit follows on what this folder has seen last. */
function versionOf(text: string, published: Published | undefined, seen: Release | undefined) {
  const [theirs, own] = [published?.version ?? 0, seen?.version ?? 0];
  if (published?.text === text && theirs >= own) return theirs;
  const isBehind = theirs > own || (theirs === own && published?.text !== seen?.text);
  if (published !== undefined && isBehind) {
    const other = differences(JSON.parse(text), JSON.parse(published.text));
    throw new CommandError(
      `network.yaml here says otherwise than version ${theirs} of the network's settings, which ` +
        `another folder published: ${other.join(", ")}; correct the file, or make it the ` +
        "network's with pingo gateway settings publish",
      { code: "settings" },
    );
  }
  return seen?.text === text && own > theirs ? own : Math.max(own, theirs) + 1;
}

/** Who is invited finds settings, also before the gateway has ever run. */
export async function publishFirst(
  place: NatsPlace,
  trust: Trust,
  config: NetworkConfig,
): Promise<void> {
  const inForce = ownInForce(place.folder);
  const release = inForce.kept?.opened ?? { version: 1, text: releaseText(config) };
  await withStore(place, trust, async (store) => {
    if ((await store.revision()) !== 0) return;
    await store.publish(release, 0);
    inForce.sees(release);
  });
}

/** Makes what this folder says the network's, whatever was there. */
export async function publishAnew(
  place: NatsPlace,
  trust: Trust,
  config: NetworkConfig,
): Promise<Published> {
  const inForce = ownInForce(place.folder);
  return await withStore(place, trust, async (store) => {
    const revision = await store.revision();
    const there = await store.latest().catch(() => undefined);
    const before = Math.max(inForce.kept?.seen.version ?? 0, there?.version ?? 0);
    const published = await store.publish(
      { version: before + 1, text: releaseText(config) },
      revision,
    );
    inForce.sees(published);
    return published;
  });
}

/** What is on the server, and what this folder would say otherwise. */
export async function compareSettings(
  place: NatsPlace,
  trust: Trust,
  config: NetworkConfig,
): Promise<{ readonly published: Published; readonly other: ReadonlyArray<string> } | undefined> {
  const published = await withStore(place, trust, (store) => store.latest());
  if (published === undefined) return undefined;
  const theirs: unknown = JSON.parse(published.text);
  return { published, other: differences(JSON.parse(releaseText(config)), theirs) };
}

function withStore<A>(
  place: NatsPlace,
  trust: Trust,
  act: (store: SettingsStore) => Promise<A>,
): Promise<A> {
  return asOperator(place, trust, async (link) => {
    const names = new Names(trust.network);
    return await act(await SettingsStore.on(link, names, settingsAuthority(trust)));
  });
}
