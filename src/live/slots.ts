/**
 * The port of a machine's slots: a child process with limits in which one task at a time runs. It
 * is killed or halted at any moment, so nothing that it does can hold up the agent.
 */
export interface SlotLimits {
  /** Share of one core, above 0 to 1. */
  readonly cpuShare: number;
  readonly memoryMib: number;
}

/**
 * Behind whom tasks run. "idle": all others; on a machine that is fully busy they stand still.
 * "low": the last in the queue, but always a little. "normal": nobody.
 */
export type SlotPriority = "idle" | "low" | "normal";

export type SlotEnd =
  /** It ended by itself; anything but 0 is a failure of its own. */
  | { readonly why: "exited"; readonly code: number; readonly said?: string }
  /** "memory": it took more than its limit. "crashed": a signal that nobody here sent. */
  | { readonly why: "killed" | "memory" | "crashed"; readonly said?: string };

export interface Slot {
  readonly pid: number;
  /** Plain data, in order; typed arrays and bigints stay what they are. */
  readonly tell: (message: unknown) => void;
  readonly heard: (listener: (message: unknown) => void) => void;
  /** Halts at once and keeps the memory; `resume` goes on. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly limit: (limits: SlotLimits) => void;
  /** Resolves when the process is gone, within a second. */
  readonly kill: () => Promise<void>;
  /** `said` is the end of what it wrote to stderr, where there was any. */
  readonly ended: Promise<SlotEnd>;
}

export interface Slots {
  /** Starts `script` (a module of ours) behind the machine's other programs. */
  readonly start: (script: URL, limits: SlotLimits) => Slot;
}
