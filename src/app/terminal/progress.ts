/**
 * Progress on stderr: one line that changes on a terminal; elsewhere a line after two seconds and
 * then every ten.
 */
import { HOUR, MINUTE, SECOND } from "../../kernel/duration.ts";
import { numberText } from "./table.ts";

const SHOWN_EVERY_MS = 150;
const LOGGED_FIRST_MS = 2_000;
const LOGGED_EVERY_MS = 10_000;

export class Progress {
  private readonly stream: NodeJS.WriteStream;
  private nextMs: number;
  private shown = false;
  private following: NodeJS.Timeout | undefined;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.stream = stream;
    this.nextMs = performance.now() + (stream.isTTY ? SHOWN_EVERY_MS : LOGGED_FIRST_MS);
  }

  /** Shows what `text` gives, when it is time. */
  tick(text: () => string): void {
    const now = performance.now();
    if (now < this.nextMs) return;
    if (this.stream.isTTY) {
      this.nextMs = now + SHOWN_EVERY_MS;
      const width = Math.max(20, this.stream.columns || 80) - 1;
      this.stream.write(`\r\u001b[2K${text().slice(0, width)}`);
      this.shown = true;
    } else {
      this.nextMs = now + LOGGED_EVERY_MS;
      this.stream.write(`${text()}\n`);
    }
  }

  /** Shows what `text` gives from now on, also while nothing ends; until it is cleared. */
  follow(text: () => string): void {
    clearInterval(this.following);
    this.following = setInterval(() => this.tick(text), SHOWN_EVERY_MS).unref();
  }

  /** Leaves a clean line for what comes next. */
  clear(): void {
    clearInterval(this.following);
    if (this.shown) this.stream.write("\r\u001b[2K");
    this.shown = false;
  }
}

/** Where a run stands; the same shape as `Run.progress()`. */
export interface Standing {
  readonly virtualUs: number;
  readonly endUs: number;
  readonly events: number;
}

/** "6h 30m of 24h, 27 %, 412,000 events/s, 14 s left" */
export function standingText(standing: Standing, wallMs: number): string {
  const { virtualUs, endUs, events } = standing;
  const share = endUs > 0 ? Math.min(1, virtualUs / endUs) : 1;
  const rate = Math.round(events / Math.max(0.001, wallMs / 1_000));
  const left = share > 0 ? (wallMs * (1 - share)) / share : Number.POSITIVE_INFINITY;
  const parts = [
    `virtual ${clockText(virtualUs)} of ${clockText(endUs)}`,
    `${Math.floor(share * 100)} %`,
    `${numberText(rate)} events/s`,
    Number.isFinite(left) ? `${waitText(left)} left` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** "26:03:09": hours, minutes and seconds since the start. */
export function clockText(us: number): string {
  const two = (count: number) => String(Math.floor(count)).padStart(2, "0");
  return `${two(us / HOUR)}:${two((us % HOUR) / MINUTE)}:${two((us % MINUTE) / SECOND)}`;
}

/** "3 of 40 runs, 12 s left": how many parts of a work are done since a moment. */
export function partsText(done: number, total: number, what: string, sinceMs: number): string {
  const count = `${done} of ${total} ${what}`;
  if (done === 0) return count;
  return `${count}, ${waitText(((performance.now() - sinceMs) * (total - done)) / done)} left`;
}

/** Wall time in a word: "9 s", "4 min", "2.1 h". */
export function waitText(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}
