/**
 * One slot: a child process that is halted for three reasons, each on its own: its owner paused it,
 * it had more than its share of the processor, or it is about to be killed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { Slot, SlotEnd, SlotLimits } from "../../live/slots.ts";
import type { SlotGroup } from "./cgroup.ts";
import { CpuBudget } from "./cpu-budget.ts";
import type { Foreign } from "./foreign.ts";
import type { Keeper } from "./keeper.ts";
import { cpuMs, marked, memoryMib, treeOf } from "./process-tree.ts";

/** Faster than this no process of ours fills memory, MiB per millisecond. */
const FILLS_PER_MS = 2;
const MEMORY_SOONEST_MS = 30;
const MEMORY_LATEST_MS = 1_000;
/** How old the list of descendants may be. */
const TREE_MS = 1_000;
/** Where CPU time cannot be read cheaply, the clock alone halts and resumes. */
const BLIND_PERIOD_MS = 200;
const SAID_MAX = 2_000;
const LAST_WORDS_MS = 100;

export interface SlotParts {
  readonly child: ChildProcess;
  readonly group: SlotGroup | undefined;
  readonly keeper: Keeper;
  /** Undefined on Linux. */
  readonly foreign: Foreign | undefined;
  /** `NAME=value` of the environment that only this slot's processes have. */
  readonly mark: string;
  readonly limits: SlotLimits;
}

export class SlotProcess implements Slot {
  readonly pid: number;
  readonly ended: Promise<SlotEnd>;
  private readonly parts: SlotParts;
  private readonly listeners: Array<(message: unknown) => void> = [];
  private limits: SlotLimits;
  private kept = { cpu: false, memory: false };
  private budget: CpuBudget;
  private tree: ReadonlyArray<number>;
  private treeMs = 0;
  private memoryMs = 0;
  private paused = false;
  private throttled = false;
  private halted = false;
  private gone = false;
  private reason: "killed" | "memory" | undefined;
  private said = "";
  private timer: NodeJS.Timeout | undefined;

  constructor(parts: SlotParts) {
    this.parts = parts;
    this.limits = parts.limits;
    const { child, group, keeper } = parts;
    this.pid = child.pid ?? 0;
    this.tree = [this.pid];
    this.budget = new CpuBudget(parts.limits.cpuShare, performance.now(), 0);
    this.ended = this.watchEnd();
    child.on("message", (message) => {
      for (const listener of this.listeners) listener(message);
    });
    child.stderr?.on("data", (text: Buffer) => {
      this.said = (this.said + text.toString()).slice(-SAID_MAX);
    });
    if (child.pid === undefined) return;
    keeper.add(child.pid);
    if (group?.add(child.pid) === true) this.kept = group.limit(this.limits);
    sacrifice(child.pid);
    this.tick();
  }

  tell(message: unknown): void {
    // What is told to one that is gone is lost with it; `ended` says so.
    if (this.parts.child.connected) this.parts.child.send(message as object, () => undefined);
  }

  heard(listener: (message: unknown) => void): void {
    this.listeners.push(listener);
  }

  pause(): void {
    this.paused = true;
    this.apply();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.apply();
    this.tick();
  }

  limit(limits: SlotLimits): void {
    this.limits = limits;
    this.budget.setShare(limits.cpuShare);
    if (this.gone) return;
    const { group } = this.parts;
    if (group !== undefined) this.kept = group.limit(limits);
    this.memoryMs = 0;
    // A halted one grows no more, but may hold more than it is allowed from now on.
    if (this.paused) this.watchMemory(performance.now());
    else this.tick();
  }

  async kill(): Promise<void> {
    this.end("killed");
    await this.ended;
  }

  private end(reason: "killed" | "memory"): void {
    if (this.gone) return;
    this.reason ??= reason;
    this.parts.group?.kill();
    this.signal("SIGKILL");
  }

  /** Measures, judges, and says when to measure again. */
  private tick(): void {
    clearTimeout(this.timer);
    if (this.gone || this.paused) return;
    const now = performance.now();
    if (now - this.treeMs >= TREE_MS) {
      this.tree = treeOf(this.pid);
      this.treeMs = now;
    }
    const memoryWait = this.watchMemory(now);
    const cpuWait = this.kept.cpu ? MEMORY_LATEST_MS : this.watchCpu(now);
    // The agent has other reasons to live.
    this.timer = setTimeout(() => this.tick(), Math.min(memoryWait, cpuWait)).unref();
  }

  private watchCpu(now: number): number {
    const used = process.platform === "linux" ? cpuMs(this.tree) : undefined;
    if (used === undefined) return this.watchClock();
    const { halt, againMs } = this.budget.judge(now, used);
    this.throttled = halt;
    this.apply();
    return againMs;
  }

  /** At most the share of the time: for one busy thread that is its share of a core. */
  private watchClock(): number {
    const { cpuShare } = this.limits;
    this.throttled = cpuShare < 1 && !this.throttled;
    this.apply();
    if (cpuShare >= 1) return BLIND_PERIOD_MS;
    return BLIND_PERIOD_MS * (this.throttled ? 1 - cpuShare : cpuShare);
  }

  private watchMemory(now: number): number {
    if (this.kept.memory) return MEMORY_LATEST_MS;
    if (now < this.memoryMs) return this.memoryMs - now;
    if (this.parts.foreign !== undefined) {
      this.memoryMs = now + MEMORY_LATEST_MS;
      void this.askMemory(this.parts.foreign);
      return MEMORY_LATEST_MS;
    }
    const room = this.limits.memoryMib - memoryMib(this.tree);
    if (room < 0) this.end("memory");
    const wait = Math.min(MEMORY_LATEST_MS, Math.max(MEMORY_SOONEST_MS, room / FILLS_PER_MS));
    this.memoryMs = now + wait;
    return wait;
  }

  private async askMemory(foreign: Foreign): Promise<void> {
    const mib = await foreign.memoryMib(this.pid);
    if (mib !== undefined && mib > this.limits.memoryMib) this.end("memory");
  }

  private apply(): void {
    const halt = this.paused || this.throttled;
    if (this.gone || halt === this.halted) return;
    this.halted = halt;
    const { group, foreign } = this.parts;
    if (foreign?.halt !== undefined) foreign.halt(this.pid, halt);
    else if (group?.freeze(halt) !== true) this.signal(halt ? "SIGSTOP" : "SIGCONT");
  }

  /** Reaches the group and those who left it. */
  private signal(signal: NodeJS.Signals): void {
    if (this.pid === 0) return;
    if (process.platform === "win32") {
      if (signal === "SIGKILL") killTreeOnWindows(this.pid);
      return;
    }
    send(-this.pid, signal);
    for (const pid of this.tree.slice(1)) send(pid, signal);
  }

  private watchEnd(): Promise<SlotEnd> {
    const { child } = this.parts;
    return new Promise((resolve) => {
      child.once("error", (error) => {
        if (child.pid !== undefined) return;
        this.gone = true;
        resolve({ why: "crashed", said: error.message });
      });
      child.once("exit", (code, signal) => {
        const memory = this.parts.group?.ranOutOfMemory() === true;
        this.leave();
        const why = this.reason ?? (memory ? "memory" : undefined);
        const endOf = (said: { readonly said?: string }): SlotEnd => {
          if (why !== undefined) return { why, ...said };
          if (code === null || signal !== null) return { why: "crashed", ...said };
          return { why: "exited", code, ...said };
        };
        resolve(this.lastWords(why === "killed").then(endOf));
      });
    });
  }

  /** Nothing that the slot started outlives it. */
  private leave(): void {
    this.gone = true;
    clearTimeout(this.timer);
    const { group, keeper, mark } = this.parts;
    group?.kill();
    send(-this.pid, "SIGKILL");
    if (process.platform === "linux") {
      // One that is being born while we look is found by the next look.
      for (let looks = 0; looks < 5; looks++) {
        const left = marked(mark).filter((pid) => send(pid, "SIGKILL"));
        if (left.length === 0) break;
      }
    }
    keeper.remove(this.pid);
    group?.remove();
  }

  /** The end of stderr, which may lie in the pipe when the process has gone. */
  private async lastWords(atOnce: boolean): Promise<{ readonly said?: string }> {
    const { stderr } = this.parts.child;
    if (stderr !== null && !stderr.readableEnded && !atOnce) {
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, LAST_WORDS_MS);
        stderr.once("close", () => {
          clearTimeout(late);
          resolve();
        });
      });
    }
    stderr?.destroy();
    const said = this.said.trim();
    return said === "" ? {} : { said };
  }
}

/** True when there was somebody to send it to. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** When the machine itself runs short of memory, the kernel shall take ours before the owner's. */
function sacrifice(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, "1000");
  } catch {
    // Elsewhere than on Linux, or not allowed: the watch over memory is all there is.
  }
}

function killTreeOnWindows(pid: number): void {
  spawn("taskkill", ["/PID", String(pid), "/T", "/F"], { stdio: "ignore", windowsHide: true })
    .on("error", () => send(pid, "SIGKILL"))
    .unref();
}
