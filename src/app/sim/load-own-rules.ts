/** Loads the scheduling rules that a scenario or a flag names by their files. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { addOwnRule, isOwnRule } from "../../sim/run/own-rules.ts";
import { CommandError } from "../outcome.ts";

/** Paths are relative to `folder`; names of PinGo's own rules are passed over. */
export async function loadOwnRules(names: ReadonlyArray<string>, folder: string): Promise<void> {
  for (const name of names) {
    if (!isOwnRule(name)) continue;
    const path = resolve(folder, name);
    if (!existsSync(path)) {
      throw new CommandError(`there is no file ${path}, which is named as a scheduling rule`, {
        field: "policies.scheduling.rule",
      });
    }
    addOwnRule(
      name,
      ((await import(pathToFileURL(path).href)) as { readonly rule?: unknown }).rule,
    );
  }
}
