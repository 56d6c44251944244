/** `pingo sim explain`: a run told by one of its actors. */
import { Run } from "../../sim/run/run.ts";
import { nearest } from "../../sim/scenario/nearest-key.ts";
import { CommandError, Exit } from "../outcome.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { err, note, out, print, printJson } from "../terminal/print.ts";
import { Progress, standingText } from "../terminal/progress.ts";
import { numberText } from "../terminal/table.ts";
import { drive } from "./drive.ts";
import { overridesOf, readScenario, type ScenarioFlags } from "./read-inputs.ts";
import { type Event, eventOf, storyLines } from "./story.ts";

export interface ExplainFlags extends ScenarioFlags {
  readonly job?: string;
  readonly node?: string;
  readonly contributor?: string;
  readonly json?: boolean;
}

const kinds = ["job", "node", "contributor"] as const;
/** A longer story is read by nobody, and its end would not fit into memory. */
const EVENTS_MAX = 100_000;

export async function explain(file: string, flags: ExplainFlags): Promise<Exit> {
  const actor = actorOf(flags);
  const { inputs } = await readScenario(file, overridesOf(flags), flags.seed);
  const run = new Run(inputs);
  const kind = actor.slice(0, actor.indexOf("/") + 1);
  const seen = new Set<string>();
  const events: Event[] = [];
  run.onDelivery = (delivery) => {
    if (delivery.to.startsWith(kind)) seen.add(delivery.to);
    const event = eventOf(delivery, actor, run.startUs);
    if (event === undefined || events.length >= EVENTS_MAX) return;
    events.push(event);
  };
  const progress = new Progress();
  const ending = await drive(run, {
    interrupt: new Interrupt(),
    tick: (standing, wallMs) => progress.tick(() => standingText(standing, wallMs)),
  });
  progress.clear();
  if (events.length === 0 && ending === "over") throw notSeen(actor, seen);
  const { name } = inputs.scenario;
  if (flags.json === true) {
    const stopped = ending === "interrupted" ? { interrupted: true } : {};
    printJson({ scenario: name, seed: inputs.seed, actor, story: events, ...stopped });
  } else {
    if (ending === "interrupted") print(out.yellow("Stopped; the story so far:"));
    print(`${out.bold(actor)} in ${name}, seed ${inputs.seed}`);
    for (const event of events) for (const line of storyLines(event, out)) print(line);
    const refusals = events.filter(({ message }) => message.rule !== undefined).length;
    note(err.dim(`${numberText(events.length)} messages, ${numberText(refusals)} refusals`));
  }
  return ending === "interrupted" ? Exit.interrupted : Exit.fine;
}

/** `--node n7` and `--node node/n7` are the same. */
function actorOf(flags: ExplainFlags): string {
  const chosen = kinds.flatMap((kind) => {
    const id = flags[kind];
    return id === undefined ? [] : [id.startsWith(`${kind}/`) ? id : `${kind}/${id}`];
  });
  const [actor] = chosen;
  if (actor !== undefined && chosen.length === 1) return actor;
  throw new CommandError("name one actor: --job ID, --node ID or --contributor ID", {
    allowed: kinds.map((kind) => `--${kind}`),
  });
}

function notSeen(actor: string, seen: ReadonlySet<string>): CommandError {
  const plain = (id: string) => id.replace(/(?<=\D)0+(?=\d)/g, "");
  const near = [...seen].find((id) => plain(id) === plain(actor)) ?? nearest(actor, seen);
  const some = [...seen].sort().slice(0, 8);
  const known = some.length === 0 ? "there are none" : `there are ${some.join(", ")} …`;
  const hint = near === undefined ? known : `did you mean ${near}?`;
  return new CommandError(`no message of this run came from or went to ${actor}; ${hint}`, {
    field: actor.slice(0, actor.indexOf("/")),
    allowed: some,
  });
}
