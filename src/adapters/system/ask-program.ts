/** Asks a program of the system for its output, and remembers which programs are not there. */
import { execFile } from "node:child_process";

const TERM_MS = 3_000;

export class Programs {
  private readonly missing = new Set<string>();

  /** Undefined when the program is not there, fails or takes too long. */
  async ask(program: string, args: ReadonlyArray<string>): Promise<string | undefined> {
    if (this.missing.has(program)) return undefined;
    return await new Promise((resolve) => {
      const options = { timeout: TERM_MS, windowsHide: true, env: { ...process.env, LC_ALL: "C" } };
      execFile(program, [...args], options, (error, stdout) => {
        if ((error as NodeJS.ErrnoException | null)?.code === "ENOENT") this.missing.add(program);
        resolve(error === null ? stdout : undefined);
      });
    });
  }
}
