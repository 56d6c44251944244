/**
 * Slots as child processes of this machine: behind its other programs, with their share of a core
 * and their memory watched, halted and killed together with whatever they started.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import type { Slot, SlotLimits, SlotPriority, Slots } from "../../live/slots.ts";
import { AgentGroup } from "./cgroup.ts";
import { type Foreign, openForeign } from "./foreign.ts";
import { Keeper } from "./keeper.ts";
import { prefixOf } from "./low-priority.ts";
import { SlotProcess } from "./slot-process.ts";

/** Put into a slot's environment, so that what it started is found wherever it went. */
export const MARK = "PINGO_SLOT";

/** What a child needs to run at all. Keys and tokens in the agent's environment stay there. */
const passed = ["PATH", "HOME", "LANG", "TZ", "TMPDIR", "TEMP", "TMP", "SystemRoot", "WINDIR"];

/**
 * A child whose agent has gone has nobody to answer to. Listening for that must not keep a script
 * alive that is done, so the channel counts only while the script listens for messages.
 */
const guard = `data:text/javascript,${encodeURIComponent(`
process.once("disconnect", () => process.exit(1));
process.channel?.unref();
process.on("newListener", (name) => {
  if (name === "message") process.channel?.ref();
});
process.on("removeListener", (name) => {
  if (name === "message" && process.listenerCount(name) === 0) process.channel?.unref();
});
`)}`;

export interface SlotsOptions {
  /** Flags for Node in each child; by default the agent's own without those about its memory. */
  readonly execArgv?: ReadonlyArray<string>;
  /** Leave control groups alone even where they may be used. */
  readonly withoutGroups?: boolean;
  /** By default "idle": the machine is its owner's. */
  readonly priority?: SlotPriority;
}

export class ProcessSlots implements Slots {
  private readonly options: SlotsOptions;
  private readonly keeper = new Keeper();
  private readonly running = new Set<Slot>();
  private readonly foreign: Foreign | undefined = openForeign();
  private groups: AgentGroup | undefined;
  private closed = false;

  constructor(options: SlotsOptions = {}) {
    this.options = options;
  }

  start(script: URL, limits: SlotLimits): Slot {
    if (this.closed) throw new Error("no slot can be started any more: the slots are closed");
    const mark = `${MARK}=${randomUUID()}`;
    const slot = new SlotProcess({
      child: this.spawn(script, mark),
      group: this.group(),
      keeper: this.keeper,
      foreign: this.foreign,
      mark,
      limits,
    });
    this.running.add(slot);
    void slot.ended.then(() => this.running.delete(slot));
    return slot;
  }

  /** Kills all that run and lets go of the machine. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.running].map((slot) => slot.kill()));
    this.keeper.close();
    this.foreign?.close();
    this.groups?.close();
  }

  private group() {
    if (this.options.withoutGroups === true) return undefined;
    this.groups ??= AgentGroup.open();
    return this.groups?.slot();
  }

  private spawn(script: URL, mark: string) {
    const [name = MARK, value] = mark.split("=");
    const kept = passed.flatMap((key) => {
      const set = process.env[key];
      return set === undefined ? [] : [[key, set] as const];
    });
    const flags = this.options.execArgv ?? flagsFor(script);
    const command = [process.execPath, ...flags, "--import", guard, fileURLToPath(script)];
    const { priority = "idle" } = this.options;
    const [program = process.execPath, ...args] = [...prefixOf(priority), ...command];
    const child = spawn(program, args, {
      // A group of its own, so that one signal reaches all of it. Windows has no groups, and there
      // a child that is not detached ends with its parent.
      detached: process.platform !== "win32",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      serialization: "advanced",
      env: { ...Object.fromEntries(kept), [name]: value },
      windowsHide: true,
    });
    if (process.platform === "win32" && child.pid !== undefined) lower(child.pid, priority);
    return child;
  }
}

/** Windows' idle class, and the one below normal. */
const windowsPriority = { idle: 19, low: 10 } as const;

function lower(pid: number, priority: SlotPriority): void {
  if (priority === "normal") return;
  try {
    setPriority(pid, windowsPriority[priority]);
  } catch {
    // It has ended already; its end is told by its exit.
  }
}

/** The agent's own; in a checkout a script may be TypeScript, which Node alone cannot load. */
function flagsFor(script: URL): ReadonlyArray<string> {
  const flags: string[] = [];
  const own = process.execArgv;
  for (let i = 0; i < own.length; i++) {
    const flag = own[i] ?? "";
    if (/^(-r|--require|--import|--loader)$/.test(flag)) flags.push(flag, own[++i] ?? "");
    else if (/^--(require|import|loader)=/.test(flag)) flags.push(flag);
  }
  const loads = flags.some((flag) => flag.includes("tsx"));
  if (!script.pathname.endsWith(".ts") || loads) return flags;
  return [...flags, "--import", import.meta.resolve("tsx")];
}
