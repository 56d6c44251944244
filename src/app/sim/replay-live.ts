/** `pingo sim replay` of what a live network wrote: the same actors, the same deliveries. */
import { JournalError } from "../../live/journal.ts";
import { FORMAT, textOfImage, versionsOf } from "../../live/snapshot.ts";
import { liveBehaviours } from "../live/behaviours.ts";
import { CommandError, Exit } from "../outcome.ts";
import { err, note, out, print, printJson } from "../terminal/print.ts";
import { type Column, numberText, tableLines } from "../terminal/table.ts";
import { type Divergence, type Replayed, replayJournal } from "./replay-live-run.ts";
import { type LiveJournal, readLiveJournals, writeExport } from "./replay-live-source.ts";

export interface ReplayLiveFlags {
  readonly json?: boolean;
  readonly export?: string;
}

interface Done extends Replayed {
  readonly journal: LiveJournal;
}

export async function replayLive(path: string, flags: ReplayLiveFlags): Promise<Exit> {
  const journals = await readLiveJournals(path);
  if (flags.export !== undefined && journals.length !== 1) {
    throw new CommandError(
      `--export writes one shard; name one of the ${journals.length} in ${path}/journals`,
      { field: "export" },
    );
  }
  const done = journals.map(replayed);
  const broken = done.find(({ divergence }) => divergence !== undefined);
  if (flags.json === true) printJson(jsonOf(done));
  else for (const each of done) show(each);
  if (broken !== undefined) return diverged(broken, flags);
  const [only] = done;
  if (flags.export !== undefined && only !== undefined) {
    keep(flags.export, only);
    if (flags.json !== true) print(`kept in ${flags.export}`);
  }
  return Exit.fine;
}

function replayed(journal: LiveJournal): Done {
  const { behaviours } = liveBehaviours(journal.config);
  try {
    return { journal, ...replayJournal(journal, behaviours) };
  } catch (error) {
    const known = error instanceof JournalError || error instanceof SyntaxError;
    if (!known) throw error;
    throw new CommandError(`${journal.name}: ${error.message}`, { code: "file" });
  }
}

/** The states of this replay are what later ones are compared with. */
function keep(path: string, { journal, images, records }: Done): void {
  const { behaviours } = liveBehaviours(journal.config);
  const outcome = textOfImage({
    pingo: "snapshot",
    format: FORMAT,
    atUs: 0,
    versions: versionsOf(behaviours),
    actors: images,
    waiting: [],
    heard: [],
    outbox: [],
    views: {},
  });
  writeExport(path, { ...journal, outcome });
  note(`${numberText(records)} records, with the states that they lead to`);
}

const columns: ReadonlyArray<Column> = [
  { title: "actor" },
  { title: "deliveries", align: "right" },
  { title: "at" },
  { title: "state" },
  { title: "recorded" },
];

function show({ journal, records, deliveries, actors, divergence }: Done): void {
  const { shard, snapshot } = journal;
  const since = snapshot === undefined ? "" : `, behind the snapshot at ${numberText(snapshot.at)}`;
  print(out.bold(`${shard}: ${numberText(records)} records${since}`));
  const rows = actors.map(({ actor, deliveries: count, at, hash, recorded }) => [
    actor,
    numberText(count),
    at,
    hash,
    recorded,
  ]);
  for (const line of tableLines(columns, rows)) print(`  ${line}`);
  if (divergence !== undefined) return;
  const compared = actors.filter(({ recorded }) => recorded === "same").length;
  const states = compared === 0 ? "" : ` and ${compared} states`;
  print(`  ${out.green("equal")}: ${numberText(deliveries)} deliveries${states} are as recorded`);
}

function jsonOf(done: ReadonlyArray<Done>) {
  const divergence = done.find((each) => each.divergence !== undefined)?.divergence ?? null;
  return {
    equal: divergence === null,
    divergence,
    shards: done.map(({ journal, records, deliveries, actors }) => ({
      shard: journal.shard,
      snapshotAt: journal.snapshot?.at ?? null,
      records,
      deliveries,
      actors,
    })),
  };
}

function diverged({ journal, divergence }: Done, flags: ReplayLiveFlags): Exit {
  const { record, actor, what, field, recorded, replayed: now } = divergence as Divergence;
  if (flags.json === true) return Exit.notDeterministic;
  const at = field === "" ? what : `${what}, field ${field}`;
  note(
    `${err.red("error:")} ${journal.shard}: record ${record} for ${actor} is not as it was ` +
      `(${at}); ` +
      "these actors behave otherwise than those that wrote the journal",
  );
  note(`${err.bold("recorded")}  ${recorded}`);
  note(`${err.bold("replayed")}  ${now}`);
  return Exit.notDeterministic;
}
