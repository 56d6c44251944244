/**
 * Of a network's configuration, what all its parts must agree about: limits, access, rules, commons
 * and what its chain is. All else in `network.yaml` concerns one machine or says who is there.
 */
import { Either, ParseResult, Schema } from "effect";
import { dotted } from "../../sim/scenario/nearest-key.ts";
import { CommandError } from "../outcome.ts";
import { ChainConfig, NetworkConfig, networkConfig } from "./config.ts";

const known = NetworkConfig.fields;
const Chain = Schema.Struct(ChainConfig.fields).pipe(Schema.pick("network", "credential"));

/** In the form that actors have them in: a length of time as text would lose digits. */
const Settings = Schema.typeSchema(
  Schema.Struct({
    access: known.access,
    commons: known.commons,
    policies: known.policies,
    limits: known.limits,
    chain: Schema.NullOr(Chain),
  }),
);
export type Settings = typeof Settings.Type;

export function settingsOf(config: NetworkConfig): Settings {
  const { chain } = config;
  return {
    access: config.access,
    commons: config.commons,
    policies: config.policies,
    limits: config.limits,
    chain: chain === undefined ? null : { network: chain.network, credential: chain.credential },
  };
}

/** The same text for the same settings, whatever the order of keys. */
export function settingsText(settings: Settings): string {
  return JSON.stringify(settings, (_, value: unknown) => {
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/**
 * What another version does not say is as here. Throws a sentence for what this version cannot
 * follow; `version` is that of the settings.
 */
export function parseSettings(text: string, version: number): Settings {
  const given = JSON.parse(text) as Partial<Settings>;
  const own = settingsOf(networkConfig({ machines: [] }, "defaults"));
  const whole = {
    ...own,
    ...given,
    limits: { ...own.limits, ...given.limits },
    commons: { ...own.commons, ...given.commons },
  };
  const decoded = Schema.decodeUnknownEither(Settings, { onExcessProperty: "error" })(whole);
  if (Either.isRight(decoded)) return decoded.right;
  const [issue] = ParseResult.ArrayFormatter.formatErrorSync(decoded.left);
  throw new CommandError(
    `the network's settings (version ${version}) say at ${dotted(issue?.path ?? [])} what this ` +
      "version of PinGo does not know; update PinGo here",
    { code: "newer" },
  );
}

/** Machines and what else is this part's own stay. */
export function withSettings(config: NetworkConfig, settings: Settings): NetworkConfig {
  const { access, commons, policies, limits } = settings;
  const chain = settings.chain === null ? undefined : config.chain;
  return { ...config, access, commons, policies, limits, chain };
}

/** Dotted names of what is not the same in both. */
export function differences(one: unknown, other: unknown, path = ""): ReadonlyArray<string> {
  if (!isObject(one) || !isObject(other)) {
    return JSON.stringify(one) === JSON.stringify(other) ? [] : [path];
  }
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
  return keys.flatMap((key) =>
    differences(one[key], other[key], path === "" ? key : `${path}.${key}`),
  );
}

/** Whether a file's keys say something at the place that has this dotted name. */
export function isSaid(given: unknown, name: string): boolean {
  let at = given;
  for (const key of name.split(".")) {
    // a rule that is named says all about its parameters
    if (!isObject(at)) return at !== undefined;
    at = at[key];
  }
  return at !== undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
