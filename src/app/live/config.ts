/**
 * What a live network is told about itself: limits, access and rules under the keys of scenario
 * files, and its machines. It is read from `network.yaml` in the state folder.
 */
import { Either, Schema } from "effect";
import { chainNetworks } from "../../adapters/ton/networks.ts";
import { decodeComplaint, unknownKeyComplaint } from "../../sim/scenario/explain-error.ts";
import { dotted, isRecord, unknownKey } from "../../sim/scenario/nearest-key.ts";
import { readYaml, YamlError } from "../../sim/scenario/read-yaml.ts";
import { Scenario } from "../../sim/scenario/schema.ts";
import { CommandError } from "../outcome.ts";

const { access, commons, policies, limits } = Scenario.fields;

const Count = Schema.Int.pipe(Schema.positive());
const Name = Schema.String.pipe(
  Schema.pattern(/^[a-z0-9-]{1,40}$/, {
    message: () => "expected a name of lower case letters, digits and dashes",
  }),
);

const Machine = Schema.Struct({
  node: Name.annotations({ description: "Name of the machine." }),
  owner: Name.annotations({ description: "The contributor whose machine it is." }),
  slots: Schema.optionalWith(Count.annotations({ description: "Tasks that it runs at once." }), {
    default: () => 1,
  }),
  slotMflops: Schema.optionalWith(
    Count.annotations({ description: "Speed of one slot, MFLOP per second." }),
    { default: () => 5_000 },
  ),
});
export type Machine = typeof Machine.Type;

/** The chain that a network keeps its credentials and rewards on. */
export const ChainConfig = Schema.Struct({
  network: Schema.optionalWith(
    Schema.Literal(...chainNetworks).annotations({
      description: "Which chain; local: one of its own, whose coins are worth nothing.",
    }),
    { default: () => "local" as const },
  ),
  credential: Schema.optionalWith(
    Schema.Literal("required", "shown").annotations({
      description: "required: who has no valid credential on chain gets no service.",
    }),
    { default: () => "shown" as const },
  ),
  domain: Schema.optionalWith(
    Schema.String.pipe(Schema.pattern(/^[a-z0-9.-]{1,128}$/)).annotations({
      description: "Host name that wallets show when they are asked to sign.",
    }),
    { default: () => "localhost" },
  ),
  port: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(0, 65_535)).annotations({
      description: "Port of the local chain on this machine; 0: any.",
    }),
    { default: () => 0 },
  ),
});
export type ChainConfig = typeof ChainConfig.Type;

export const NetworkConfig = Schema.Struct({
  access,
  commons,
  policies,
  limits,
  requester: Schema.optionalWith(
    Name.annotations({ description: "The contributor on whose behalf jobs are handed in here." }),
    { default: () => "you" },
  ),
  chain: Schema.optional(
    ChainConfig.annotations({ description: "Its chain; without this key it has none." }),
  ),
  machines: Schema.Array(Machine).annotations({ description: "All nodes of this network." }),
}).annotations({ identifier: "Network", title: "PinGo network" });
export type NetworkConfig = typeof NetworkConfig.Type;

/**
 * Bounds for a network of one machine: with three small verified results a newcomer may hand in
 * jobs, which takes less than a minute, and rewards are cleared after two more instead of 32.
 * A network of strangers wants those of production: say so under `limits`.
 */
const smallLimits = {
  probationResults: 3,
  probationMilliVcu: 3,
  escrowTasks: 2,
  debtPercent: 50,
  leaseFloorUs: "60s",
  revealUs: "60s",
  joinUs: "2s",
  offerUs: "10s",
  probeUs: "1s",
};

/**
 * Commons tasks of a second at 10 GFLOPS, which also a machine of 200 MFLOPS has done before the
 * shortest lease ends. Here nobody else may have work for your machine, so whoever lacks credit for
 * a job earns it with them.
 */
const smallCommons = { mode: "needy", taskVcu: 0.000_25, tasksPerJob: 8 };

/**
 * Owners vouch for each other's results, and of few there are few to ask: as many as have no part
 * in the job, and fewer of them are reckoned to be bad than among strangers.
 */
function smallVerification(machines: unknown): Readonly<Record<string, unknown>> {
  const owners = new Set(
    Array.isArray(machines) ? machines.map((each) => (isRecord(each) ? each.owner : "")) : [],
  );
  const limit = Math.min(8, Math.max(1, owners.size - 1));
  return { rule: "credibility", f: 0.05, limit };
}

/** Whoever lends a machine beside you. */
const neighbours = ["ada", "ben", "cleo", "dan", "eva", "finn", "gil", "hana"] as const;

/** So many neighbours' machines, and your own: a requester's own machine never runs its work. */
export function machinesFor(count: number): ReadonlyArray<typeof Machine.Encoded> {
  const others = Array.from({ length: count }, (_, i) => {
    const owner = neighbours[i] ?? `neighbour${i + 1}`;
    return { node: `n${i + 1}`, owner };
  });
  return [{ node: "own", owner: "you" }, ...others];
}

/** The configuration of a small network whose file says `given`; sentences name `file`. */
export function networkConfig(
  given: Readonly<Record<string, unknown>>,
  file: string,
): NetworkConfig {
  const verification = smallVerification(given.machines);
  const raw = {
    ...given,
    policies: { verification, ...(isRecord(given.policies) ? given.policies : {}) },
    limits: { ...smallLimits, ...(isRecord(given.limits) ? given.limits : {}) },
    commons: { ...smallCommons, ...(isRecord(given.commons) ? given.commons : {}) },
  };
  const unknown = unknownKey(NetworkConfig.ast, raw);
  if (unknown !== undefined) {
    const { sentence } = unknownKeyComplaint(unknown.path, unknown.known);
    const words = sentence.replace("a scenario", "the file");
    throw new CommandError(`${file}: ${words}`, {
      field: dotted(unknown.path),
      allowed: unknown.known,
    });
  }
  const decoded = Schema.decodeUnknownEither(NetworkConfig, { errors: "all" })(raw);
  if (Either.isRight(decoded)) return checked(decoded.right, file);
  const { path, sentence, allowed } = decodeComplaint(NetworkConfig.ast, raw, decoded.left);
  throw new CommandError(`${file}: ${sentence.replace("the scenario", "the file")}`, {
    field: dotted(path),
    allowed,
  });
}

function checked(config: NetworkConfig, file: string): NetworkConfig {
  const names = config.machines.map(({ node }) => node);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new CommandError(`${file}: two machines are named ${twice}; give each its own name`, {
      field: "machines",
    });
  }
  return config;
}

function yamlIn(text: string, file: string): unknown {
  try {
    return readYaml(text).value;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const place = error.line === undefined ? file : `${file}:${error.line}`;
    throw new CommandError(`${place}: this is no YAML: ${error.message}`);
  }
}

/** Keys of a YAML or JSON file. */
export function parseNetworkFile(text: string, file: string): Readonly<Record<string, unknown>> {
  const raw = yamlIn(text, file) ?? {};
  if (isRecord(raw)) return raw;
  throw new CommandError(`${file} holds no keys; it begins with a line such as "access: credit"`);
}
