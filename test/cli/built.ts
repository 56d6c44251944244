/** The command as users run it: compiled once, started as a process of its own. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const tiny = join(root, "test/cli/tiny.yaml");
const bin = join(root, "bin/pingo.js");
const stamp = join(root, "dist/app/pingo.js");
const lock = join(root, "node_modules/.pingo-build");

/** Compiles dist/ unless it is newer than every source. Test files run side by side: one builds. */
export async function build(): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (isFresh()) return;
    if (locked()) {
      try {
        // Types are judged by `npm run types`; what is emitted in spite of them can be run.
        spawnSync("npx", ["tsc", "-p", "tsconfig.build.json"], { cwd: root });
      } finally {
        rmdirSync(lock);
      }
      return;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  throw new Error(`${lock} is left from a build that died; remove it`);
}

function locked(): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}

function isFresh(): boolean {
  const built = statSync(stamp, { throwIfNoEntry: false });
  if (built === undefined || statSync(lock, { throwIfNoEntry: false }) !== undefined) return false;
  const sources = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true });
  return sources
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts"))
    .every((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs < built.mtimeMs);
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly execArgv?: ReadonlyArray<string>;
  /** Sends SIGINT when the command tells its progress for the first time. */
  readonly interrupt?: boolean;
  /** Most kilobytes of a file that the process may write. */
  readonly fileLimitKb?: number;
}

/** Runs `pingo` to its end in a folder that is thrown away. */
export function pingo(args: ReadonlyArray<string>, options: StartOptions = {}): Promise<Ended> {
  const { cwd = scratch(), execArgv = [], fileLimitKb } = options;
  const command = [process.execPath, ...execArgv, bin, ...args];
  const limit = fileLimitKb === undefined ? "" : `ulimit -f ${fileLimitKb};`;
  const child = spawn("bash", ["-c", `${limit} exec "$@"`, "bash", ...command], { cwd });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text: Buffer) => {
    stdout += text.toString();
  });
  child.stderr.on("data", (text: Buffer) => {
    if (options.interrupt === true && stderr === "") child.kill("SIGINT");
    stderr += text.toString();
  });
  return new Promise((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

export function scratch(): string {
  return mkdtempSync(join(tmpdir(), "pingo-cli-"));
}

/** The one JSON object on stdout. */
export function objectOf(ended: Ended): Record<string, unknown> {
  return JSON.parse(ended.stdout) as Record<string, unknown>;
}
