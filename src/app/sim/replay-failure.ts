/** Runs a swarm's failing case again and shows what it shows. */
import { stringify } from "yaml";
import { loadScenario } from "../../sim/scenario/load.ts";
import { judge } from "../../sim/swarm/judge.ts";
import { Exit } from "../outcome.ts";
import { err, note, out, print, printJson } from "../terminal/print.ts";
import { exitOfFailure, type FailureFile, failureText, yamlOf } from "./failure-file.ts";
import type { ReplayFlags } from "./replay-trace.ts";

export async function replayFailure(file: FailureFile, flags: ReplayFlags): Promise<Exit> {
  const { scenario, files, defect, violation, seed } = file;
  // A file changed by hand is judged like any other scenario.
  loadScenario({ file: `scenario of seed ${seed}`, text: stringify(scenario) });
  const { failure, hash, events } = judge({ scenario, files }, defect);
  const same = failure?.checker === violation.checker && failure.message === violation.message;
  if (flags.json === true) {
    printJson({ seed, defect, hash, events, failure, same });
    return failure === undefined ? Exit.fine : exitOfFailure(failure);
  }
  print(yamlOf(scenario).trimEnd());
  print();
  if (defect !== undefined) print(`planted defect: ${defect}`);
  if (failure === undefined) {
    print(out.green("this case passes now"));
    return Exit.fine;
  }
  print(out.red(failureText(failure)));
  if (!same) note(`${err.yellow("not the same as before:")} ${failureText(violation)}`);
  print(`hash ${hash}, ${events} events`);
  return exitOfFailure(failure);
}
