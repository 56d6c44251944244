/**
 * Asks programs of the system for their output. Starting one costs more than all else that the
 * agent does, so an answer serves for a while, and a program that fails is left alone for longer.
 */
import { execFile } from "node:child_process";

const TERM_MS = 3_000;
const FAILED_MS = 300_000;

interface Answer {
  readonly text: string | undefined;
  readonly untilFailedMs: number;
  readonly atMs: number;
}

export class Programs {
  private readonly answers = new Map<string, Promise<Answer>>();

  /**
   * An answer no older than `maxAgeMs`; undefined when the program is not there, fails or takes too
   * long.
   */
  async ask(
    program: string,
    args: ReadonlyArray<string>,
    maxAgeMs: number,
  ): Promise<string | undefined> {
    const key = [program, ...args].join(" ");
    const known = await this.answers.get(key);
    const now = performance.now();
    if (known !== undefined) {
      const serves = known.text === undefined ? known.untilFailedMs : known.atMs + maxAgeMs;
      if (now < serves) return known.text;
    }
    const asked = run(program, args);
    this.answers.set(key, asked);
    return (await asked).text;
  }
}

function run(program: string, args: ReadonlyArray<string>): Promise<Answer> {
  const atMs = performance.now();
  return new Promise((resolve) => {
    const options = { timeout: TERM_MS, windowsHide: true, env: { ...process.env, LC_ALL: "C" } };
    execFile(program, [...args], options, (error, stdout) => {
      const text = error === null ? stdout : undefined;
      resolve({ text, atMs, untilFailedMs: atMs + FAILED_MS });
    });
  });
}
