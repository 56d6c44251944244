/**
 * A scenario: what to simulate, as data. This schema is the one source of the YAML format, of the
 * published JSON Schema and of the types; a file is decoded once, before the run.
 */
import { Schema } from "effect";
import { Duration, MINUTE } from "../../kernel/duration.ts";
import { Limits } from "../../kernel/limits.ts";
import { ChainConfig } from "../chain/config.ts";
import { HostsConfig } from "../hosts/config.ts";
import { TrainingConfig } from "../learning/config.ts";
import { NetworkConfig } from "../network/config.ts";
import { WorkloadConfig } from "../workload/config.ts";
import { Adversary } from "./adversaries.ts";
import { Fault } from "./faults.ts";

const Share = Schema.Number.pipe(Schema.between(0, 1));
/** More than fits into a machine's memory: a slip of the finger, told before anything is built. */
const COUNT_MAX = 10_000_000;
const Count = Schema.Int.pipe(Schema.between(1, COUNT_MAX));
/** Actors that all others know. */
const Few = Schema.Int.pipe(Schema.between(1, 10_000));

/** A span that something is repeated after: without length the run would stand still. */
const AboveZero = Duration.pipe(
  Schema.filter((us) => us > 0, { message: () => "give a time above zero, such as 10min" }),
);

const optional = <A, I>(schema: Schema.Schema<A, I>, description: string, fallback: () => A) =>
  Schema.optionalWith(schema.annotations({ description }), { default: fallback });

/** A policy by name with its parameters: `{ rule: quorum, agree: 2 }`. */
const Choice = Schema.Struct(
  { rule: Schema.String },
  { key: Schema.String, value: Schema.Union(Schema.Number, Schema.String, Schema.Boolean) },
);

const Policy = (description: string, rule: string) =>
  optional(Choice, description, () => ({ rule }));

const Policies = Schema.Struct({
  scheduling: Policy("Which waiting task is placed next: credit, fcfs, equal.", "credit"),
  placement: Policy(
    "Which idle node runs it: near, nearest, fastest, random, least-loaded, cocoon, bacalhau.",
    "near",
  ),
  verification: Policy(
    "When results are believed: credibility, quorum, adaptive, poco, trust.",
    "credibility",
  ),
  rewards: Schema.optionalWith(
    Choice.annotations({
      description: "How PINGO is issued for verified work: emission. Left out: it is not.",
    }),
    { exact: true },
  ),
});

const Rival = Schema.Struct({
  policies: optional(
    Schema.String,
    "Name of a set of rules, as in pingo sim compare.",
    () => "equal",
  ),
  differs: optional(
    Schema.Array(Schema.String),
    "Metrics, at least one of which must differ between the two.",
    () => [],
  ),
});

const Commons = Schema.Struct({
  mode: optional(
    Schema.Literal("off", "probation", "needy", "idle"),
    "Who gets commons work: nobody, nodes of contributors in probation, those and nodes of " +
      "whoever lacks credit for a job, every idle node.",
    () => "probation" as const,
  ),
  taskVcu: optional(
    Schema.Number.pipe(Schema.positive()),
    "Size of a commons task in VCU.",
    () => 0.06,
  ),
  tasksPerJob: optional(Count, "Tasks of one commons job.", () => 20),
});

const Patience = Schema.Struct({
  for: optional(Duration, "How long it keeps asking.", () => 12 * 60 * MINUTE),
  every: optional(AboveZero, "How long it waits before it asks again.", () => 15 * MINUTE),
});

const Liveness = Schema.Struct({
  core: optional(
    Share.pipe(Schema.greaterThan(0)),
    "Share of the nodes that stay up and healthy after the chaos; the others freeze.",
    () => 0.5,
  ),
  within: optional(Duration, "Everything must be settled by then.", () => 36 * 60 * MINUTE),
});

export const Check = Schema.Struct({
  metric: Schema.String.annotations({ description: "Name of a metric of the report." }),
  min: Schema.optional(Schema.Number.annotations({ description: "Least value that passes." })),
  max: Schema.optional(Schema.Number.annotations({ description: "Greatest value that passes." })),
}).pipe(
  Schema.filter(({ min, max }) => min !== undefined || max !== undefined, {
    message: () => "a check needs min or max",
    jsonSchema: {},
  }),
);
export type Check = typeof Check.Type;

export const Scenario = Schema.Struct({
  name: Schema.String.pipe(Schema.pattern(/^[a-z0-9-]+$/)).annotations({
    description: "Short name: lower case, digits, dashes.",
  }),
  description: optional(Schema.String, "What it shows, in a sentence or two.", () => ""),
  seed: optional(Schema.Int.pipe(Schema.nonNegative()), "Seed of every draw.", () => 1),
  start: optional(
    Schema.Int,
    "Begin, seconds since the Unix epoch; the default is Monday 2026-01-05 00:00 UTC.",
    () => 1_767_571_200,
  ),
  until: Duration.annotations({ description: "Virtual time of the run, such as 24h." }),
  nodes: optional(Count, "Machines.", () => 100),
  edges: optional(Few, "Edge nodes, in the largest cities.", () => 2),
  verifiers: optional(Few, "Verifiers, near the edges.", () => 1),
  nodesPerContributor: optional(Count, "Machines of one contributor.", () => 1),
  arriveWithin: optional(
    Duration,
    "Contributors apply at a drawn time within this span.",
    () => MINUTE,
  ),
  gate: optional(
    Schema.Boolean,
    "A claim of the project rests on it: it must pass, and the rival must give other numbers.",
    () => false,
  ),
  size: optional(
    Schema.Literal("small", "large"),
    "large: a run takes more than five minutes.",
    () => "small" as const,
  ),
  rival: optional(
    Rival,
    "The rules that a gate is run with as well, to see that ours were at work.",
    () => Schema.decodeSync(Rival)({}),
  ),
  measureFrom: optional(
    Duration,
    "Warm-up: waits and fairness count only what happens after.",
    () => 0,
  ),
  access: optional(
    Schema.Literal("credit", "account", "open"),
    "credit: only verified work buys service. account: the ledger keeps books and refuses " +
      "nobody. open: no ledger, for queueing studies.",
    () => "credit" as const,
  ),
  network: optional(NetworkConfig, "How messages travel.", () =>
    Schema.decodeSync(NetworkConfig)({}),
  ),
  hosts: optional(HostsConfig, "The machines.", () => Schema.decodeSync(HostsConfig)({})),
  workload: optional(WorkloadConfig, "What is asked for.", () =>
    Schema.decodeSync(WorkloadConfig)({}),
  ),
  commons: optional(Commons, "Work that the mint pays.", () => Schema.decodeSync(Commons)({})),
  policies: optional(Policies, "The rules that actors are given.", () =>
    Schema.decodeSync(Policies)({}),
  ),
  limits: optional(Limits, "Bounds of the protocol.", () => Schema.decodeSync(Limits)({})),
  patience: optional(Patience, "What a refused requester does.", () =>
    Schema.decodeSync(Patience)({}),
  ),
  training: Schema.optional(
    TrainingConfig.annotations({ description: "A model that the commons train in rounds." }),
  ),
  chain: Schema.optional(
    ChainConfig.annotations({ description: "A chain for credentials and rewards." }),
  ),
  adversaries: optional(Schema.Array(Adversary), "Who does not play by the rules.", () => []),
  faults: optional(Schema.Array(Fault), "What goes wrong.", () => []),
  liveness: optional(Liveness, "After the chaos.", () => Schema.decodeSync(Liveness)({})),
  checks: optional(Schema.Array(Check), "Bounds on metrics that make the verdict.", () => []),
  allowUnhandled: optional(
    Schema.Array(Schema.String),
    'Unhandled messages that are no failure, such as "node at idle: Welcome".',
    () => [],
  ),
  sampleEvery: optional(AboveZero, "Distance of the points of time series.", () => 10 * MINUTE),
}).annotations({ identifier: "Scenario", title: "PinGo scenario" });
export type Scenario = typeof Scenario.Type;
