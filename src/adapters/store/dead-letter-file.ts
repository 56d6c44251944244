/**
 * Dead letters as lines of JSON in a file. Two files of bounded length: when the newer one is full
 * it becomes the older one, so a flood of bad messages cannot fill the disk.
 */
import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { DeadLetter, DeadLetters } from "../../live/dead-letters.ts";
import { toText } from "../../live/tagged-json.ts";

const FILE_BYTES = 8_000_000;
const LINE_CHARS = 16_000;

export class DeadLetterFile implements DeadLetters {
  private readonly path: string;
  private size: number;

  constructor(path: string) {
    this.path = path;
    mkdirSync(dirname(path), { recursive: true });
    this.size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /**
   * A disk that takes nothing must not stop the shard: the letter is then lost, not the network.
   */
  keep(letter: DeadLetter): void {
    const whole = toText(letter);
    const isLong = whole.length > LINE_CHARS;
    const line = isLong ? toText({ ...letter, message: whole.slice(0, LINE_CHARS / 2) }) : whole;
    try {
      if (this.size > FILE_BYTES) {
        renameSync(this.path, `${this.path}.old`);
        this.size = 0;
      }
      appendFileSync(this.path, `${line}\n`, { mode: 0o600 });
      this.size += line.length + 1;
    } catch {
      // counted by the host in any case
    }
  }
}
