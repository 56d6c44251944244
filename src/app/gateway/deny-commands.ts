/** `pingo gateway deny add|list|remove`. */
import { CommandError, Exit } from "../outcome.ts";
import { print, printJson } from "../terminal/print.ts";
import { tableLines } from "../terminal/table.ts";
import { type Denial, DenyList } from "./deny-list.ts";
import { nowUs } from "./guard.ts";
import { type LocalFlags, localFiles } from "./local-files.ts";

const kinds: ReadonlyArray<Denial["kind"]> = ["address", "token", "contributor", "node", "edge"];
/** Machines are cut off by another command, which also ends their connections. */
const machines: ReadonlyArray<Denial["kind"]> = ["node", "edge"];

export function deny(
  what: string,
  value: string,
  flags: LocalFlags & { readonly reason: string; readonly for?: number },
): Exit {
  if (machines.includes(kindOf(what))) {
    throw new CommandError(`a ${what} is cut off with pingo gateway expel ${what} ${value}`, {
      field: "kind",
    });
  }
  const sinceUs = nowUs();
  const untilUs = flags.for === undefined ? null : sinceUs + flags.for;
  const denial = { kind: kindOf(what), value, reason: flags.reason, sinceUs, untilUs };
  new DenyList(localFiles(flags).denyList).add(denial);
  if (flags.json === true) printJson(denial);
  else print(`The ${what} ${value} is kept out: ${flags.reason}.`);
  return Exit.fine;
}

export function allow(what: string, value: string, flags: LocalFlags): Exit {
  const removed = new DenyList(localFiles(flags).denyList).remove(kindOf(what), value);
  if (!removed) {
    throw new CommandError(`the ${what} ${value} is not on the list; see pingo gateway deny list`, {
      field: "value",
    });
  }
  if (flags.json === true) printJson({ removed: { kind: what, value } });
  else print(`The ${what} ${value} is let in again.`);
  return Exit.fine;
}

export function listDenials(flags: LocalFlags): Exit {
  const denials = new DenyList(localFiles(flags).denyList).list();
  if (flags.json === true) {
    printJson({ denials });
    return Exit.fine;
  }
  if (denials.length === 0) print("Nobody is kept out.");
  const columns = ["kind", "value", "until", "reason"].map((title) => ({ title }));
  const rows = denials.map(({ kind, value, untilUs, reason }) => [
    kind,
    value,
    untilUs === null ? "" : new Date(untilUs / 1_000).toISOString(),
    reason,
  ]);
  if (denials.length > 0) for (const line of tableLines(columns, rows)) print(line);
  return Exit.fine;
}

function kindOf(text: string): Denial["kind"] {
  const kind = kinds.find((each) => each === text);
  if (kind !== undefined) return kind;
  throw new CommandError(`${text} is none of ${kinds.join(", ")}`, {
    field: "kind",
    allowed: kinds,
  });
}
