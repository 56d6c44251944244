/** A failing case on the disk: everything that is needed to see it fail again. */
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { Failure } from "../../sim/swarm/judge.ts";
import type { RawScenario, SwarmCase } from "../../sim/swarm/swarm-case.ts";
import { makeFolder, writeWhole } from "../files.ts";
import { CommandError, Exit } from "../outcome.ts";
import { version } from "../version.ts";

export interface FailureFile {
  readonly pingo: "failure";
  readonly version: string;
  /** Seed of the swarm's run; the scenario carries it, too. */
  readonly seed: number;
  readonly defect?: string;
  readonly violation: Failure;
  readonly scenario: RawScenario;
  readonly files: Readonly<Record<string, string>>;
}

const FOLDER = join("out", "swarm");

/** Writes the file and gives its name. */
export function writeFailure(seed: number, failed: SwarmCase, found: Found): string {
  const path = join(FOLDER, `failure-${found.defect ?? "seed"}-${seed}.yaml`);
  const { failure, defect } = found;
  const content: FailureFile = {
    pingo: "failure",
    version: version(),
    seed,
    ...(defect === undefined ? {} : { defect }),
    violation: failure,
    scenario: failed.scenario,
    files: failed.files,
  };
  makeFolder(FOLDER);
  writeWhole(path, `# npx pingo sim replay ${path}\n${yamlOf(content)}`);
  return path;
}

export interface Found {
  readonly failure: Failure;
  readonly defect: string | undefined;
}

export function yamlOf(value: unknown): string {
  return stringify(value, { lineWidth: 100, aliasDuplicateObjects: false });
}

export function failureOf(file: string, text: string): FailureFile {
  let content: Partial<FailureFile> | null;
  try {
    content = parse(text) as Partial<FailureFile> | null;
  } catch {
    content = null;
  }
  if (content?.pingo === "failure" && typeof content.scenario === "object") {
    return { files: {}, ...content } as FailureFile;
  }
  throw new CommandError(
    `${file} is neither a trace nor a failure; replay takes what run --trace or swarm wrote`,
    { code: "file" },
  );
}

/** The exit code that a failure stands for. */
export function exitOfFailure({ kind }: Failure): Exit {
  switch (kind) {
    case "safety":
      return Exit.unsafe;
    case "liveness":
    case "endless":
      return Exit.notLive;
    case "unhandled":
      return Exit.checkMissed;
    case "crash":
      return Exit.crash;
    default:
      return kind satisfies never;
  }
}

export function failureText({ kind, checker, message, atUs }: Failure): string {
  const at = atUs === undefined ? "" : ` at ${(atUs / 1e6).toFixed(3)} s`;
  const who = kind === checker || kind === "crash" ? "" : ` ${checker}`;
  return `${kind}:${who}${at}: ${message}`;
}
