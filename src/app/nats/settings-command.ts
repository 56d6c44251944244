/** `pingo gateway settings show|publish`: what all parts of the network go by. */
import type { Published } from "../../adapters/nats/settings.ts";
import { defaultFolder, openStateFolder } from "../live/state-folder.ts";
import { Exit } from "../outcome.ts";
import { print, printJson } from "../terminal/print.ts";
import { operatorsTrust } from "./enrol-command.ts";
import { nameOf } from "./follow-settings.ts";
import { inWords } from "./keep-going.ts";
import { compareSettings, publishAnew } from "./publish-settings.ts";

export interface SettingsFlags {
  readonly nats: string;
  readonly dir?: string;
  readonly json?: boolean;
}

export async function showSettings(flags: SettingsFlags): Promise<Exit> {
  const { place, trust, config } = here(flags);
  const found = await compareSettings(place, trust, config).catch((error: unknown) => {
    throw inWords(error);
  });
  if (found === undefined) {
    if (flags.json === true) printJson({ settings: null });
    else print("None are published yet; the gateway does it when it starts.");
    return Exit.fine;
  }
  const { published, other } = found;
  const settings: unknown = JSON.parse(published.text);
  if (flags.json === true) {
    printJson({ ...factsOf(published), settings, other });
    return Exit.fine;
  }
  print(`${sentenceOf(published)}.`);
  if (other.length > 0) print(`network.yaml here says otherwise: ${other.join(", ")}.`);
  print(JSON.stringify(settings, null, 2));
  return Exit.fine;
}

export async function publishSettings(flags: SettingsFlags): Promise<Exit> {
  const { place, trust, config } = here(flags);
  const published = await publishAnew(place, trust, config).catch((error: unknown) => {
    throw inWords(error);
  });
  if (flags.json === true) printJson(factsOf(published));
  else {
    print(
      `${sentenceOf(published)}, as network.yaml says. Each part takes them when it is started`,
    );
    print("again: first the gateway, then edges and nodes.");
  }
  return Exit.fine;
}

function here(flags: SettingsFlags) {
  const folder = flags.dir ?? defaultFolder();
  const trust = operatorsTrust(folder);
  return { place: { folder, url: flags.nats }, trust, config: openStateFolder(folder, 0).config };
}

function factsOf(published: Published) {
  return { ...nameOf(published), at: new Date(published.atMs).toISOString() };
}

function sentenceOf(published: Published): string {
  const { version, hash, at } = factsOf(published);
  return `Settings version ${version} (${hash}), published ${at}`;
}
