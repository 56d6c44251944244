/**
 * Adversaries as data: who does not play by the rules, and how. Each parameter has a range beside
 * its schema: what a search for the worst strategy may try (src/sim/attack).
 */
import { Schema } from "effect";
import { Duration, formatDuration, HOUR, MINUTE } from "../../kernel/duration.ts";

/** Values that a search may try. Bounds are included; `isLog`: drawn by order of magnitude. */
export type Range =
  | {
      readonly kind: "number";
      readonly from: number;
      readonly to: number;
      readonly isWhole: boolean;
      readonly isLog: boolean;
    }
  /** Microseconds. */
  | { readonly kind: "time"; readonly from: number; readonly to: number }
  | { readonly kind: "choice"; readonly values: ReadonlyArray<string> };

interface Parameter<Field> {
  readonly field: Field;
  readonly range: Range;
}

const real = (description: string, fallback: number, [from, to, scale]: Bounds) => ({
  field: Schema.optionalWith(
    Schema.Number.pipe(Schema.nonNegative()).annotations({ description }),
    { default: () => fallback },
  ),
  range: { kind: "number" as const, from, to, isWhole: false, isLog: scale === "log" },
});
type Bounds = readonly [from: number, to: number, scale?: "log"];

const whole = (description: string, fallback: number, [from, to, scale]: Bounds) => ({
  field: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(1, 10_000)).annotations({ description }),
    { default: () => fallback },
  ),
  range: { kind: "number" as const, from, to, isWhole: true, isLog: scale === "log" },
});

const chance = (description: string, fallback: number, [from, to, scale]: Bounds = [0, 1]) => ({
  field: Schema.optionalWith(
    Schema.Number.pipe(Schema.between(0, 1)).annotations({ description }),
    { default: () => fallback },
  ),
  range: { kind: "number" as const, from, to, isWhole: false, isLog: scale === "log" },
});

const time = (description: string, us: number, from: number, to: number) => ({
  field: Schema.optionalWith(Duration.annotations({ description }), { default: () => us }),
  range: { kind: "time" as const, from, to },
});

const choice = <const Value extends string>(
  description: string,
  values: readonly [Value, ...Value[]],
) => ({
  field: Schema.optionalWith(Schema.Literal(...values).annotations({ description }), {
    default: () => values[0],
  }),
  range: { kind: "choice" as const, values },
});

/** What every kind has. */
const common = {
  share: Schema.optional(
    Schema.Number.pipe(Schema.between(0, 1)).annotations({
      description: "Share of the contributors; those without machines come on top of the others.",
    }),
  ),
  count: Schema.optional(
    Schema.Int.pipe(Schema.positive()).annotations({
      description: "Instead of a share: so many contributors.",
    }),
  ),
  demand: Schema.optionalWith(
    Schema.Number.pipe(Schema.nonNegative()).annotations({
      description:
        "What each asks for, as a multiple of what an honest contributor with its machines would " +
        "(of an honest one's mean when it has none).",
    }),
    { default: () => 1 },
  ),
};

type Fields<P extends Record<string, Parameter<Schema.Struct.Field>>> = {
  readonly [Name in keyof P]: P[Name]["field"];
};

function kind<
  const Kind extends string,
  const P extends Record<string, Parameter<Schema.Struct.Field>>,
>(name: Kind, description: string, parameters: P) {
  const fields = Object.fromEntries(
    Object.entries(parameters).map(([key, { field }]) => [key, field]),
  ) as Fields<P>;
  const ranges = Object.entries(parameters).map(([key, { range }]) => [key, range] as const);
  const schema = Schema.Struct({ kind: Schema.Literal(name), ...common, ...fields });
  return { name, ranges, schema: schema.annotations({ title: name, description }) };
}

const identities = (description: string, fallback: number, to = 50) =>
  whole(description, fallback, [2, to, "log"]);
const digests = choice("shared: all of the group say the same; independent: each its own.", [
  "shared",
  "independent",
]);
const computes = choice("no: it answers in an honest time and spares the work.", ["no", "yes"]);

const freeRider = kind(
  "free-rider",
  "Gives nothing, asks for as much as it can, ignores its own gate.",
  {},
);
const token = kind("token", "Gives next to nothing and asks like everybody.", {
  capacity: real("What it gives, as a share of the median machine.", 0.01, [0.001, 1, "log"]),
});
const capacityFaker = kind("capacity-faker", "Claims more capacity than its machines have.", {
  factor: real("Claimed over true.", 100, [1, 1_000, "log"]),
  claims: choice("What it exaggerates.", ["speed", "slots", "both"]),
});
const idler = kind("idler", "Takes tasks and never runs one.", {
  ends: choice("silent: its leases run out; gives-back: it says so when they end.", [
    "silent",
    "gives-back",
  ]),
});
const slowRoller = kind("slow-roller", "Holds each result back until just before the lease ends.", {
  holds: chance("Share of the lease after which it reports.", 0.95, [0.1, 0.98]),
});
const lowQuality = kind("low-quality", "Computes wrong results now and then, each its own.", {
  chance: chance("Chance of a wrong result.", 0.5, [0.01, 1, "log"]),
});
const whitewasher = kind(
  "whitewasher",
  "Cheats; once suspended, or poor, it comes back under a new name.",
  {
    identities: identities("Names it has in all.", 5, 20),
    chance: chance("Chance of a wrong result.", 0.5, [0, 1]),
    rotateAfter: time(
      "Changes its name after so long at the latest.",
      168 * HOUR,
      HOUR,
      168 * HOUR,
    ),
    belowVcu: real("Changes its name once its credit is below.", 0, [0, 10]),
  },
);
const rotator = kind("rotator", "Spends all it has, debt too, then starts anew under a new name.", {
  identities: identities("Names it has in all.", 8, 30),
  rotateAfter: time("Keeps each name for so long at least.", 2 * HOUR, 10 * MINUTE, 48 * HOUR),
});
const sybilSplit = kind("sybil-split", "Splits its machines into many identities.", {
  identities: identities("How many.", 10, 100),
  split: choice("Equal parts, or parts drawn from a Dirichlet distribution (.3).", [
    "even",
    "uneven",
  ]),
});
const sybilOneCpu = kind("sybil-one-cpu", "Shows each machine as many, all on the one CPU.", {
  identities: identities("How many.", 10, 100),
});
const hoarder = kind("hoarder", "Asks for nothing for a long time, then for everything at once.", {
  saveFor: time("When the burst comes.", 48 * HOUR, HOUR, 72 * HOUR),
});
const demandInflater = kind("demand-inflater", "Asks for more than it needs.", {
  factor: real("Asked over needed.", 10, [1, 20, "log"]),
});
const cherryPicker = kind("cherry-picker", "Refuses tasks by their size.", {
  refuses: choice("Which.", ["large", "small"]),
  beyondVcu: real("Size in VCU.", 0.1, [0.001, 1, "log"]),
});
const selfDealer = kind("self-dealer", "Asks for work that it knows, and hopes to be given it.", {
  others: choice("What it does with other people's tasks.", ["runs", "refuses"]),
});
const colluder = kind("colluder", "All of the group report wrong results.", {
  when: choice(
    "always; rate: now and then; sleeper: after honest results; onoff: by turns; strategic: when " +
      "the group holds enough copies of a task.",
    ["always", "rate", "sleeper", "onoff", "strategic"],
  ),
  rate: chance("For rate: chance of a lie per task.", 0.1, [0.005, 1, "log"]),
  after: whole("For sleeper: honest results first.", 10, [1, 500, "log"]),
  period: time("For onoff: length of a turn.", 2 * HOUR, 10 * MINUTE, 24 * HOUR),
  hold: whole("For strategic: copies of the task in the group's hands.", 2, [1, 4]),
  digests,
  computes,
  network: choice("own: each on a line of its own; shared: edges see all of the group on one.", [
    "own",
    "shared",
  ]),
});
const saboteur = kind("saboteur", "Reports wrong results at a low rate.", {
  rate: chance("Chance of a lie per task.", 0.02, [0.002, 0.5, "log"]),
  digests,
  computes,
});
const copier = kind("copier", "Reports what others reported, and computes nothing.", {
  wait: chance("Share of the lease that it waits to overhear a result.", 0.5, [0.05, 0.95]),
  otherwise: choice("When it overheard nothing.", ["drops", "guesses"]),
});
const checkRecogniser = kind("check-recogniser", "Lies unless it recognises a check.", {
  recognises: chance("Chance to recognise one.", 0.5),
  rate: chance("Chance of a lie per task.", 1, [0.01, 1, "log"]),
});
const coordinateLiar = kind("coordinate-liar", "Lies about where it and others are.", {
  factor: real("Claimed over true distance.", 0.1, [0.01, 100, "log"]),
  delay: time("Holds its answers to offers back by so long.", 0, 0, MINUTE),
});
const invitationFarmer = kind(
  "invitation-farmer",
  "Many names on lines of their own, invited by one another.",
  {
    identities: identities("How many, its own included.", 10),
    fanout: whole("Invited by each.", 3, [1, 10]),
  },
);
const epochBuncher = kind("epoch-buncher", "Works only when an epoch is about to end.", {
  window: chance("Share of the epoch in which it works.", 0.2, [0.02, 1]),
});
const stragglerFlood = kind("straggler-flood", "The group takes leases, then all go silent.", {
  at: time("When.", 6 * HOUR, 0, 24 * HOUR),
  for: time("For how long.", 2 * HOUR, 10 * MINUTE, 12 * HOUR),
});

export const Adversary = Schema.Union(
  freeRider.schema,
  token.schema,
  capacityFaker.schema,
  idler.schema,
  slowRoller.schema,
  lowQuality.schema,
  whitewasher.schema,
  rotator.schema,
  sybilSplit.schema,
  sybilOneCpu.schema,
  hoarder.schema,
  demandInflater.schema,
  cherryPicker.schema,
  selfDealer.schema,
  colluder.schema,
  saboteur.schema,
  copier.schema,
  checkRecogniser.schema,
  coordinateLiar.schema,
  invitationFarmer.schema,
  epochBuncher.schema,
  stragglerFlood.schema,
);
export type Adversary = typeof Adversary.Type;
export type AdversaryKind = Adversary["kind"];
export type AdversaryOf<Kind extends AdversaryKind> = Extract<Adversary, { kind: Kind }>;

type Ranges = ReadonlyArray<readonly [name: string, range: Range]>;

/** What a search may change, by kind. */
export const ranges: Readonly<Record<AdversaryKind, Ranges>> = {
  "free-rider": freeRider.ranges,
  token: token.ranges,
  "capacity-faker": capacityFaker.ranges,
  idler: idler.ranges,
  "slow-roller": slowRoller.ranges,
  "low-quality": lowQuality.ranges,
  whitewasher: whitewasher.ranges,
  rotator: rotator.ranges,
  "sybil-split": sybilSplit.ranges,
  "sybil-one-cpu": sybilOneCpu.ranges,
  hoarder: hoarder.ranges,
  "demand-inflater": demandInflater.ranges,
  "cherry-picker": cherryPicker.ranges,
  "self-dealer": selfDealer.ranges,
  colluder: colluder.ranges,
  saboteur: saboteur.ranges,
  copier: copier.ranges,
  "check-recogniser": checkRecogniser.ranges,
  "coordinate-liar": coordinateLiar.ranges,
  "invitation-farmer": invitationFarmer.ranges,
  "epoch-buncher": epochBuncher.ranges,
  "straggler-flood": stragglerFlood.ranges,
};

/** A value of a range as a file has it. */
export function asWritten(range: Range, value: number): string {
  if (range.kind === "choice") return range.values[value] ?? "";
  if (range.kind === "time") return formatDuration(Math.round(value / MINUTE) * MINUTE);
  return range.isWhole ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
