/** What is said when two runs that must be equal are not. */
import { Exit } from "../outcome.ts";
import { err, note, printJson } from "../terminal/print.ts";
import type { Difference } from "./delivery.ts";

export interface Compared {
  readonly first: string;
  readonly second: string;
  readonly flags: { readonly json?: boolean };
}

export function notEqual(difference: Difference, { first, second, flags }: Compared): Exit {
  const message =
    `delivery ${difference.delivery} is not the same in both, so the run is not deterministic; ` +
    "look for what it depends on besides the scenario and the seed";
  if (flags.json === true) {
    printJson({ error: { code: "not-deterministic", message }, difference });
  } else {
    note(`${err.red("error:")} ${message}`);
    const width = Math.max(first.length, second.length);
    note(`${err.bold(first.padEnd(width))}  ${difference.first}`);
    note(`${err.bold(second.padEnd(width))}  ${difference.second}`);
  }
  return Exit.notDeterministic;
}
