/**
 * Writes docs/protocol.md and docs/charts/<actor>.svg from the charts, the message schemas and the
 * comments that stand over them. After a change: npx tsx tools/write-protocol.ts
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Option, Schema, SchemaAST } from "effect";
import { makeAuditor } from "../src/actors/auditor/auditor.ts";
import { auditorMachine } from "../src/actors/auditor/machine.ts";
import { makeContributor } from "../src/actors/contributor/contributor.ts";
import { contributorMachine } from "../src/actors/contributor/machine.ts";
import { DemandAnswered } from "../src/actors/contributor/messages.ts";
import { makeEdge } from "../src/actors/edge/edge.ts";
import { edgeMachine } from "../src/actors/edge/machine.ts";
import { makeJob } from "../src/actors/job/job.ts";
import { jobMachine } from "../src/actors/job/machine.ts";
import { makeLedger } from "../src/actors/ledger/ledger.ts";
import { ledgerMachine } from "../src/actors/ledger/machine.ts";
import { nodeMachine } from "../src/actors/node/machine.ts";
import { makeNode } from "../src/actors/node/node.ts";
import { trainingMachine } from "../src/actors/training/machine.ts";
import { makeTraining } from "../src/actors/training/training.ts";
import { treasurerMachine } from "../src/actors/treasurer/machine.ts";
import { makeTreasurer } from "../src/actors/treasurer/treasurer.ts";
import { verifierMachine } from "../src/actors/verifier/machine.ts";
import { makeVerifier } from "../src/actors/verifier/verifier.ts";
import type { AnyBehaviour } from "../src/kernel/behaviour.ts";
import type { ActionDescription, StateDescription } from "../src/kernel/chart/describe.ts";
import { compileChart } from "../src/kernel/chart.ts";
import { ChainRequest } from "../src/kernel/ports/chain.ts";
import { RunnerRequest } from "../src/kernel/ports/model-runner.ts";
import { RoundsRequest } from "../src/kernel/ports/rounds.ts";
import { TrainerRequest } from "../src/kernel/ports/trainer.ts";
import { mean } from "../src/policies/aggregation/mean.ts";
import { nearest } from "../src/policies/placement/nearest.ts";
import { rootOfWallets } from "../src/policies/rewards/wallet-claims.ts";
import { credit } from "../src/policies/scheduling/credit.ts";
import { quorum } from "../src/policies/verification/quorum.ts";
import { drawChart, triggerOf } from "./draw-chart.ts";
import { ports, words } from "./protocol-words.ts";

const root = resolve(import.meta.dirname, "..");
const actorsFolder = join(root, "src", "actors");

// The rules that an actor is given do not show in its chart or its messages.
const edgeRules = {
  scheduling: credit,
  schedulingParams: Schema.decodeSync(credit.Params)({}),
  placement: nearest,
  placementParams: Schema.decodeSync(nearest.Params)({}),
};
const trainingRules = { aggregation: mean, aggregationParams: {} };
const treasury = { rootOf: rootOfWallets };
const rule = { policy: quorum, params: Schema.decodeSync(quorum.Params)({}) };

const actors: ReadonlyArray<readonly [AnyBehaviour, Parameters<typeof compileChart>[0]]> = [
  [makeContributor(), contributorMachine],
  [makeNode(), nodeMachine],
  [makeEdge(edgeRules), edgeMachine(edgeRules)],
  [makeJob(), jobMachine],
  [makeVerifier(rule), verifierMachine(rule)],
  [makeLedger(), ledgerMachine],
  [makeAuditor(), auditorMachine],
  [makeTraining(trainingRules), trainingMachine(trainingRules)],
  [makeTreasurer(treasury), treasurerMachine(treasury)],
];

const describeOf = (machine: Parameters<typeof compileChart>[0]) =>
  compileChart(machine).describe();
const statesOf = (state: StateDescription): ReadonlyArray<StateDescription> => [
  state,
  ...state.states.flatMap(statesOf),
];

// --- What the sources say -----------------------------------------------------------------------

interface Comments {
  /** By message type. */
  readonly messages: ReadonlyMap<string, string>;
  /** By message type and field. */
  readonly fields: ReadonlyMap<string, string>;
}

const sentence = (comment: string) =>
  comment
    .replaceAll(/^\s*\*\s?/gm, "")
    .replaceAll(/\s+/g, " ")
    .trim();

/** The comments over the variants of one file, and those over their fields. */
function commentsIn(text: string): Comments {
  const messages = new Map<string, string>();
  const fields = new Map<string, string>();
  const head =
    /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?(?:export )?const \w+ = variant\("(\w+)", \{/g;
  for (const found of text.matchAll(head)) {
    const [whole, comment, type = ""] = found;
    if (comment !== undefined) messages.set(type, sentence(comment));
    const from = found.index + whole.length;
    const body = text.slice(from, text.indexOf("});", from));
    for (const [, said = "", field = ""] of body.matchAll(/\/\*\*([\s\S]*?)\*\/\s*(\w+):/g)) {
      fields.set(`${type}.${field}`, sentence(said));
    }
  }
  return { messages, fields };
}

const sourcesOf = (kind: string) =>
  readdirSync(join(actorsFolder, kind))
    .filter((file) => file.endsWith(".ts") && !/\.(test|arbitrary)\.ts$/.test(file))
    .map((file) => [file, readFileSync(join(actorsFolder, kind, file), "utf8")] as const);

/**
 * Kinds of actors that send a message: those whose sources build one of its type. What nobody
 * sends comes from a port or from an operator; what only its receiver builds is its own timer's.
 */
export function sendersOf(type: string): ReadonlyArray<string> {
  const builds = new RegExp(`type: "${type}"|(?:: |<|as )${type}\\b(?! \\|)`);
  const senders = actors.map(([{ kind }]) => kind);
  return senders.filter((kind) =>
    sourcesOf(kind).some(
      ([file, text]) =>
        file !== "messages.ts" &&
        file !== "machine.ts" &&
        builds.test(text.replaceAll(/Delivery<[^>]*>/g, "")),
    ),
  );
}

// --- Types of fields ----------------------------------------------------------------------------

const brandOf = (ast: SchemaAST.AST) =>
  Option.getOrUndefined(SchemaAST.getBrandAnnotation(ast))?.map(String).join(" ");

/** A field's type in words. */
function typeText(ast: SchemaAST.AST): string {
  const brand = brandOf(ast);
  if (brand !== undefined) return brand;
  switch (ast._tag) {
    case "Refinement":
      return isInteger(ast) ? "integer" : typeText(ast.from);
    case "Transformation":
      return typeText(ast.to);
    case "Literal":
      return `\`${JSON.stringify(ast.literal)}\``;
    case "StringKeyword":
      return "text";
    case "NumberKeyword":
      return "number";
    case "BooleanKeyword":
      return "yes or no";
    case "BigIntKeyword":
      return "big integer";
    case "TupleType":
      return `list of ${ast.rest.map((one) => typeText(one.type)).join(", ")}`;
    case "Union":
      return ast.types.map(typeText).join(" or ");
    case "TypeLiteral":
      return `{ ${ast.propertySignatures.map(fieldText).join("; ")} }`;
    default:
      throw new Error(`no word for a field of kind ${ast._tag}`);
  }
}

const isInteger = (ast: SchemaAST.AST) =>
  Option.getOrUndefined(SchemaAST.getIdentifierAnnotation(ast)) === "Int" ||
  Option.getOrUndefined(SchemaAST.getTitleAnnotation(ast)) === "int";

const fieldText = ({ name, type }: SchemaAST.PropertySignature) =>
  `${String(name)}: ${typeText(type)}`;

/** Units by the way in which fields are named. */
function unitOf(field: string, type: string): string {
  if (type === "NanoVcu") return "nano-VCU";
  if (field.endsWith("Us")) return "µs";
  if (field.endsWith("Mflops")) return "MFLOP/s";
  if (/mflop$/i.test(field)) return "MFLOP";
  return field.endsWith("Bytes") ? "bytes" : "";
}

const variantsOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.TypeLiteral> =>
  SchemaAST.isUnion(ast)
    ? ast.types.flatMap(variantsOf)
    : SchemaAST.isTypeLiteral(ast)
      ? [ast]
      : [];

function nameOf(variant: SchemaAST.TypeLiteral): string {
  const type = variant.propertySignatures.find(({ name }) => name === "type")?.type;
  return type?._tag === "Literal" ? String(type.literal) : "";
}

// --- The page -----------------------------------------------------------------------------------

const cell = (text: string) => text.replaceAll("|", "\\|");
const line = (...cells: ReadonlyArray<string>) => `| ${cells.map(cell).join(" | ")} |`;
const code = (text: string) => (text === "" ? "" : `\`${text}\``);
const head = (...titles: ReadonlyArray<string>) => [
  line(...titles),
  line(...titles.map(() => "---")),
];

const actionsText = (actions: ReadonlyArray<ActionDescription>) =>
  actions.map(({ name, kind }) => code(name === "" ? kind : name)).join(", ");

function statesTable(kind: string, all: ReadonlyArray<StateDescription>): ReadonlyArray<string> {
  const meanings = words[kind]?.states ?? {};
  const known = new Set(all.map(({ at }) => at));
  const orphan = Object.keys(meanings).find((at) => !known.has(at));
  if (orphan !== undefined) throw new Error(`${kind} has no state "${orphan}" any more`);
  const rows = all
    .filter(({ at }) => at !== "")
    .map((state) => {
      const meaning = state.description ?? meanings[state.at];
      if (meaning === undefined) throw new Error(`${kind}: what does "${state.at}" mean?`);
      const ignores = state.ignores.map(code).join(", ");
      const name = state.kind === "final" ? `${code(state.at)} (end)` : code(state.at);
      return line(name, meaning, actionsText(state.entry), ignores);
    });
  return [...head("state", "meaning", "on entry", "leaves aside"), ...rows];
}

function transitionsTable(all: ReadonlyArray<StateDescription>): ReadonlyArray<string> {
  const rows = all.flatMap((state) =>
    state.transitions.map((transition) => {
      const { target, reenter, actions } = transition;
      const to =
        target === undefined ? "" : target === state.at && reenter ? "again" : code(target);
      return line(
        state.at === "" ? "any" : code(state.at),
        triggerOf(transition),
        to,
        actionsText(actions) || (target === undefined ? "nothing" : ""),
      );
    }),
  );
  return [...head("in", "when", "to", "does"), ...rows];
}

/** Who sends it: a port or an operator, by the words; else other actors; else its own timer. */
function originOf(kind: string, type: string): string {
  const told = words[kind]?.from?.[type];
  if (told !== undefined) return told;
  const senders = sendersOf(type);
  const others = senders.filter((from) => from !== kind);
  if (others.length > 0) return others.join(", ");
  if (senders.length === 0) throw new Error(`${kind}: who sends ${type}?`);
  return "its own timer";
}

function messageSection(
  kind: string,
  variant: SchemaAST.TypeLiteral,
  comments: Comments,
): string[] {
  const type = nameOf(variant);
  const said = comments.messages.get(type) ?? words[kind]?.messages?.[type];
  if (said === undefined) throw new Error(`${kind}: what does ${type} mean?`);
  const origin = ` *From ${originOf(kind, type)}.*`;
  const fields = variant.propertySignatures
    .filter(({ name }) => name !== "type")
    .map(({ name, type: of }) => {
      const field = String(name);
      const text = typeText(of);
      const meaning = comments.fields.get(`${type}.${field}`) ?? "";
      return line(code(field), text, unitOf(field, text), meaning);
    });
  const table =
    fields.length === 0 ? [] : ["", ...head("field", "type", "unit", "meaning"), ...fields];
  return [`**${type}**: ${said}${origin}`, ...table, ""];
}

function actorSection([behaviour, machine]: (typeof actors)[number]): ReadonlyArray<string> {
  const { kind, version } = behaviour;
  const all = statesOf(describeOf(machine).root);
  const own = commentsIn(readFileSync(join(actorsFolder, kind, "messages.ts"), "utf8"));
  const shared = readFileSync(join(root, "src/kernel/ports/port.ts"), "utf8");
  const messages = new Map(own.messages);
  messages.set("PortOutcome", sentence(/\/\*\* (The outcome[^*]*)\*\//.exec(shared)?.[1] ?? ""));
  const variants = variantsOf(behaviour.Message.ast);
  return [
    `## ${kind}`,
    "",
    words[kind]?.summary ?? "",
    `Source: [src/actors/${kind}](../src/actors/${kind}). Persisted form: version ${version}.`,
    "",
    `![Chart of the ${kind}](charts/${kind}.svg)`,
    "",
    ...statesTable(kind, all),
    "",
    ...transitionsTable(all),
    "",
    `### Messages to the ${kind}`,
    "",
    ...variants.flatMap((variant) => messageSection(kind, variant, { ...own, messages })),
  ];
}

function portsSection(): ReadonlyArray<string> {
  const runner = commentsIn(readFileSync(join(root, "src/kernel/ports/model-runner.ts"), "utf8"));
  const trainer = commentsIn(readFileSync(join(root, "src/kernel/ports/trainer.ts"), "utf8"));
  const rounds = commentsIn(readFileSync(join(root, "src/kernel/ports/rounds.ts"), "utf8"));
  const chain = commentsIn(readFileSync(join(root, "src/kernel/ports/chain.ts"), "utf8"));
  const answers = commentsIn(readFileSync(join(actorsFolder, "contributor/messages.ts"), "utf8"));
  const requests = variantsOf(RunnerRequest.ast);
  const trained = variantsOf(TrainerRequest.ast);
  const answered = variantsOf(DemandAnswered.ast);
  return [
    "## Ports",
    "",
    "The world outside is reached by port calls and heard through addresses `port/<name>`.",
    "",
    ...head("address", "what stands behind it"),
    ...Object.entries(ports).map(([name, what]) => line(code(`port/${name}`), what)),
    "",
    "### Requests to port/runner (from a node)",
    "",
    ...requests.flatMap((variant) => messageSection("runner", variant, runner)),
    "### Requests to port/trainer (from a training run)",
    "",
    ...trained.flatMap((variant) => messageSection("trainer", variant, trainer)),
    "### Requests to port/rounds (from a training run)",
    "",
    ...variantsOf(RoundsRequest.ast).flatMap((variant) =>
      messageSection("rounds", variant, rounds),
    ),
    "### Requests to port/chain (from a treasurer)",
    "",
    ...variantsOf(ChainRequest.ast).flatMap((variant) => messageSection("chain", variant, chain)),
    "### Messages to port/requester (from a contributor)",
    "",
    ...answered.flatMap((variant) => messageSection("requester", variant, answers)),
  ];
}

const opening = `# The protocol

<!-- Written by tools/write-protocol.ts from src/actors and src/kernel/ports; edit those. -->

Nine kinds of actors and what they say to each other. Each section has the actor's chart, its
states, its transitions and the messages that it accepts.

- A box is a state; the messages in it are handled without leaving it. A frame is a state with
  states inside. A dashed box is a fork, left before the step ends; green is an end.
- \`[guard]\` must hold; of several lines for one message the first whose guard holds is taken.
  \`after\` is a timer of that name. A guard alone is looked at after each step.
- What a state lists under *leaves aside* is ignored on purpose. Every other message that finds no
  line is counted as unhandled and fails a simulated run.
- Times are integer microseconds, sizes of work MFLOP (36,000,000 are one VCU), credit integer
  nano-VCU. An \`Address\` is \`kind/id\`. Other words: [glossary.md](glossary.md).
`;

/** The text of docs/protocol.md. */
export function protocolPage(): string {
  const sections = [...actors.flatMap(actorSection), ...portsSection()];
  return `${[opening, ...sections].join("\n").trimEnd()}\n`;
}

/** The pictures under docs/charts, by file name. */
export async function chartPictures(): Promise<ReadonlyMap<string, string>> {
  const drawn = actors.map(async ([{ kind }, machine]) => {
    const title = `Chart of the ${kind}: its states and what leads from one to another`;
    return [`${kind}.svg`, await drawChart(describeOf(machine), title)] as const;
  });
  return new Map(await Promise.all(drawn));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const docs = join(root, "docs");
  mkdirSync(join(docs, "charts"), { recursive: true });
  writeFileSync(join(docs, "protocol.md"), protocolPage());
  for (const [file, picture] of await chartPictures()) {
    writeFileSync(join(docs, "charts", file), picture);
  }
}
