/**
 * Finds a nats-server on this machine: on the PATH, else in a folder of PinGo's own, which on
 * Debian and its kin it fills by itself. No package registry that PinGo uses ships the binary.
 */
import { execFile } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { isNewEnough, parseVersion, tooOld } from "./server-version.ts";
import { unpackFromDebian } from "./unpack-server.ts";

const run = promisify(execFile);

export interface FoundServer {
  readonly path: string;
  readonly version: string;
}

/** There is no usable nats-server; the message says how to get one. */
export class ServerMissing extends Error {
  override readonly name = "ServerMissing";
}

/** What decides where to look; by default what the process was started with. */
export interface ServerSearch {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
  /** Whether Debian's packages may be asked when nothing is on the machine. */
  readonly unpack?: boolean;
  /** Told before something that takes a while. */
  readonly say?: (line: string) => void;
}

/** A folder per version, so that two processes never unpack over one another. */
export function serverFolder(search: ServerSearch = {}): string {
  const env = search.env ?? process.env;
  if (env.PINGO_NATS_DIR !== undefined && env.PINGO_NATS_DIR !== "") return env.PINGO_NATS_DIR;
  switch (search.platform ?? process.platform) {
    case "darwin":
      return join(homedir(), "Library", "Caches", "pingo", "nats");
    case "win32":
      return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "pingo", "nats");
    default:
      return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pingo", "nats");
  }
}

/** Rejects with {@link ServerMissing}; fast when a server is there already. */
export async function findServer(search: ServerSearch = {}): Promise<FoundServer> {
  const onPath = await newEnough(pathCandidates(search));
  if (onPath.found !== undefined) return onPath.found;
  const folder = serverFolder(search);
  const own = await newEnough(ownCandidates(folder, search));
  if (own.found !== undefined) return own.found;
  let failure = onPath.refused;
  if (search.unpack !== false && (search.platform ?? process.platform) === "linux") {
    search.say?.(
      "there is no nats-server here: unpacking Debian's, once, which takes a minute or two",
    );
    const unpacked = await unpackFromDebian(folder, versionOf);
    if (typeof unpacked !== "string") return unpacked;
    failure ??= unpacked;
  }
  throw new ServerMissing(`${failure ?? "There is no nats-server here."} ${howToInstall(search)}`);
}

/** One sentence for each system that PinGo runs on. */
function howToInstall(search: ServerSearch = {}): string {
  const otherwise =
    "or set PINGO_NATS_DIR to a folder that has it (PINGO_SKIP_NATS=1 skips its tests).";
  switch (search.platform ?? process.platform) {
    case "darwin":
      return `Install nats-server 2.10 or newer with "brew install nats-server", ${otherwise}`;
    case "win32":
      return (
        'Install nats-server 2.10 or newer with "winget install NATSAuthors.NATSServer" or ' +
        `"choco install nats-server", ${otherwise}`
      );
    default:
      return (
        "Install nats-server 2.10 or newer from your distribution (its package is called " +
        `nats-server) and put it on the PATH, ${otherwise}`
      );
  }
}

function executable(search: ServerSearch): string {
  return (search.platform ?? process.platform) === "win32" ? "nats-server.exe" : "nats-server";
}

function pathCandidates(search: ServerSearch): ReadonlyArray<string> {
  const path = (search.env ?? process.env).PATH ?? "";
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, executable(search)));
}

/** Newest first; a file directly in the folder is somebody's own and goes before all. */
function ownCandidates(folder: string, search: ServerSearch): ReadonlyArray<string> {
  let names: ReadonlyArray<string> = [];
  try {
    names = readdirSync(folder).filter((name) => parseVersion(name) !== undefined);
  } catch {
    // Nothing was unpacked yet.
  }
  const versions = [...names].sort((a, b) => compareVersions(b, a));
  return ["", ...versions].map((name) => join(folder, name, executable(search)));
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a) ?? [0, 0, 0], parseVersion(b) ?? [0, 0, 0]];
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

async function newEnough(
  paths: ReadonlyArray<string>,
): Promise<{ readonly found?: FoundServer; readonly refused?: string }> {
  let refused: string | undefined;
  for (const path of paths) {
    if (!isExecutable(path)) continue;
    const version = await versionOf(path);
    if (version === undefined) continue;
    if (isNewEnough(version)) return { found: { path, version } };
    refused ??= tooOld(path, version);
  }
  return refused === undefined ? {} : { refused };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Undefined when it does not start here: another processor, a newer C library. */
async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(path, ["--version"], { timeout: 10_000 });
    return parseVersion(stdout)?.join(".");
  } catch {
    return undefined;
  }
}
