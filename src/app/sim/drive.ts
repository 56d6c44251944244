/** Runs a simulation in slices, so that progress, Ctrl-C and files get their turn in between. */
import type { Interrupt } from "../terminal/interrupt.ts";
import type { Standing } from "../terminal/progress.ts";

/** What is driven: a run, or two in lockstep. */
export interface Driven {
  advance(limit: number): boolean;
  progress(): Standing;
}

export interface DriveOptions {
  readonly interrupt?: Interrupt;
  readonly tick?: (standing: Standing, wallMs: number) => void;
  /** Called after each slice; what it waits for is waited for, and true ends the drive. */
  readonly between?: () => Promise<boolean>;
  /** More events than this are never reached by a run that makes progress. */
  readonly eventsMax?: number;
  /** Most events of a slice. */
  readonly sliceMax?: number;
}

export type Ending = "over" | "interrupted" | "stopped" | "endless";

const SLICE_MS = 40;
const SLICE_FIRST = 1_000;
const SLICE_MAX = 1_000_000;

export async function drive(driven: Driven, options: DriveOptions = {}): Promise<Ending> {
  const { interrupt, tick, between, sliceMax = SLICE_MAX } = options;
  const eventsMax = options.eventsMax ?? Number.POSITIVE_INFINITY;
  const startMs = performance.now();
  let slice = Math.min(SLICE_FIRST, sliceMax);
  for (;;) {
    const fromMs = performance.now();
    const over = driven.advance(slice);
    const toMs = performance.now();
    if (between !== undefined && (await between())) return "stopped";
    if (over) return "over";
    const standing = driven.progress();
    if (standing.events > eventsMax) return "endless";
    tick?.(standing, toMs - startMs);
    const factor = Math.min(4, Math.max(0.25, SLICE_MS / Math.max(0.01, toMs - fromMs)));
    slice = Math.max(1, Math.min(sliceMax, Math.round(slice * factor)));
    await nextTurn();
    if (interrupt?.asked === true) return "interrupted";
  }
}

/** Lets signals, messages and streams in. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
