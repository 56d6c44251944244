/** A `pingo` command from source, in a process of its own. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const entry = join(root, "src/app/pingo.ts");

export type End = NodeJS.Signals | number | null;

export interface PingoProcess {
  /** All that was printed so far, on stdout and stderr. */
  readonly said: () => string;
  /** What came first on stdout; rejects with all that was printed if it ends before. */
  readonly told: Promise<string>;
  readonly ended: Promise<End>;
  readonly isRunning: () => boolean;
  /** Sends the signal and waits for the end. */
  readonly end: (signal: NodeJS.Signals) => Promise<End>;
}

export function startPingo(home: string, args: ReadonlyArray<string>): PingoProcess {
  const child = spawn(process.execPath, ["--import", "tsx", entry, ...args], {
    cwd: root,
    env: { ...process.env, PINGO_HOME: home },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (piece: Buffer) => {
      text += piece.toString();
    });
  }
  const ended = new Promise<End>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? code));
  });
  const told = new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (piece: Buffer) => resolve(piece.toString()));
    void ended.then((end) => reject(new Error(`pingo ${args[0]} ended with ${end}: ${text}`)));
  });
  // whoever does not ask for it is not told that it never came
  told.catch(() => undefined);
  return {
    said: () => text,
    told,
    ended,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}
