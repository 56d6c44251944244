/** A job file and the files that it names, read from the requester's disk. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { readYaml, YamlError } from "../../sim/scenario/read-yaml.ts";
import type { Work } from "../client/pingo.ts";
import { inWords, readText } from "../files.ts";
import { CommandError } from "../outcome.ts";

export interface JobFile {
  /** Without the key `escrow`: client and worker hand in the same. */
  readonly job: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly escrow: Work["escrow"];
}

/** A gateway takes no request of more than 1 MiB. */
const LENGTH_MAX = 1_000_000;

export function readJobFile(path: string): JobFile {
  const text = readText(path, "the job file");
  if (text.length > LENGTH_MAX) {
    throw new CommandError(
      `${path} is longer than a job file may be, ${LENGTH_MAX} letters; put numbers into files ` +
        "that it names",
      { code: "job-file", field: path },
    );
  }
  const job = yamlIn(text, path);
  if (typeof job !== "object" || job === null || Array.isArray(job)) {
    throw new CommandError(`${path} must be a mapping such as "kind: infer"; see docs/work.md`, {
      code: "job-file",
      field: path,
    });
  }
  const { escrow, ...rest } = job as Record<string, unknown>;
  return { job: rest, files: filesOf(rest, dirname(path)), escrow: escrowIn(escrow, path) };
}

function yamlIn(text: string, path: string): unknown {
  try {
    return readYaml(text).value;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { line, message } = error;
    const place = line === undefined ? path : `${path}:${line}`;
    const advice = line === undefined ? "" : "; mend that line";
    throw new CommandError(`${place}: this is no YAML: ${message}${advice}`, {
      code: "job-file",
      field: path,
    });
  }
}

/** `escrow: EQ…`, or an address and the salt of its terms. */
function escrowIn(value: unknown, path: string): Work["escrow"] {
  if (value === undefined) return undefined;
  const given = typeof value === "string" ? { address: value } : value;
  const { address, salt = "", ...more } = (given ?? {}) as Record<string, unknown>;
  const isSalt = typeof salt === "string" || typeof salt === "number";
  if (typeof address === "string" && isSalt && Object.keys(more).length === 0) {
    return { address, salt: String(salt) };
  }
  throw new CommandError(
    `${path}: escrow is an address such as EQ…, or { address: EQ…, salt: … } with the salt of ` +
      "its terms",
    { code: "job-file", field: "escrow" },
  );
}

const FILE_MAX = 256 * 1_048_576;

/** The texts of a job that are files beside it. What each means is the gateway's business. */
function filesOf(value: unknown, folder: string): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (const name of textsIn(value)) {
    const path = resolve(folder, name);
    if (!/\.[a-z0-9]+$/i.test(name) || !existsSync(path) || !statSync(path).isFile()) continue;
    if (statSync(path).size > FILE_MAX) {
      throw new CommandError(`${path} is larger than ${FILE_MAX} bytes; split it`, {
        code: "job-file",
        field: name,
      });
    }
    try {
      files[name] = readFileSync(path);
    } catch (error) {
      throw inWords(error, `read ${path}, which the job names`);
    }
  }
  return files;
}

function textsIn(value: unknown): ReadonlyArray<string> {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
