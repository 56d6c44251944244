/**
 * Control groups (version 2) for slots, where the system lets the agent make some: as root, or in a
 * service with `Delegate=yes`. Each group offers what it can; what it cannot is done without it.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { SlotLimits } from "../../live/slots.ts";

const PERIOD_US = 100_000;
const MEBIBYTE = 1_048_576;
const PREFIX = "pingo-";

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** True when the kernel took it. */
function wrote(path: string, text: string): boolean {
  if (!existsSync(path)) return false;
  try {
    writeFileSync(path, text);
    return true;
  } catch {
    return false;
  }
}

/** True when the folder is there; its parent must be, too. */
function made(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EEXIST";
  }
}

/** Where this process's group lies: the mount of version 2 and the path within it. */
export function ownGroup(mounts: string, own: string): string | undefined {
  const mount = mounts
    .split("\n")
    .map((line) => line.split(" "))
    .find(([, , type]) => type === "cgroup2")?.[1];
  const path = /^0::(\/.*)$/m.exec(own)?.[1];
  // A path that leads out of the namespace cannot be reached from here.
  if (mount === undefined || path === undefined || path.startsWith("/..")) return undefined;
  return join(mount, path);
}

/** The group of one slot. */
export class SlotGroup {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Its descendants follow, and memory from now on is counted here. */
  add(pid: number): boolean {
    return wrote(join(this.folder, "cgroup.procs"), String(pid));
  }

  /** Which of the limits the kernel keeps from now on. */
  limit({ cpuShare, memoryMib }: SlotLimits): { readonly cpu: boolean; readonly memory: boolean } {
    const quota = Math.max(1_000, Math.round(cpuShare * PERIOD_US));
    const cpu = wrote(join(this.folder, "cpu.max"), `${quota} ${PERIOD_US}`);
    wrote(join(this.folder, "memory.swap.max"), "0");
    wrote(join(this.folder, "memory.oom.group"), "1");
    const memory = wrote(join(this.folder, "memory.max"), String(memoryMib * MEBIBYTE));
    return { cpu, memory };
  }

  /** Halts or resumes all at once, those that left the process group too. */
  freeze(halt: boolean): boolean {
    return wrote(join(this.folder, "cgroup.freeze"), halt ? "1" : "0");
  }

  kill(): boolean {
    return wrote(join(this.folder, "cgroup.kill"), "1");
  }

  /** True when the kernel killed for want of memory. */
  ranOutOfMemory(): boolean {
    const events = read(join(this.folder, "memory.events")) ?? "";
    return Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0) > 0;
  }

  pids(): ReadonlyArray<number> {
    const text = read(join(this.folder, "cgroup.procs")) ?? "";
    return text.split("\n").filter(Boolean).map(Number);
  }

  /** Goes once the last process has; a little later is fine too. */
  remove(tries = 20): void {
    try {
      rmdirSync(this.folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EBUSY" && tries > 0) setTimeout(() => this.remove(tries - 1), 50).unref();
    }
  }
}

/** The group of the agent, in which those of its slots are. */
export class AgentGroup {
  private readonly folder: string;
  private made = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Undefined where the system has no version 2 or does not let the agent make groups. */
  static open(base = baseOf()): AgentGroup | undefined {
    if (base === undefined) return undefined;
    sweep(base);
    const folder = join(base, `${PREFIX}${process.pid}`);
    if (!made(folder)) return undefined;
    hand(folder);
    return new AgentGroup(folder);
  }

  slot(): SlotGroup | undefined {
    this.made += 1;
    const folder = join(this.folder, `slot-${this.made}`);
    try {
      mkdirSync(folder);
      return new SlotGroup(folder);
    } catch {
      return undefined;
    }
  }

  close(): void {
    new SlotGroup(this.folder).remove();
  }
}

function baseOf(): string | undefined {
  if (process.platform !== "linux") return undefined;
  return ownGroup(read("/proc/self/mounts") ?? "", read("/proc/self/cgroup") ?? "");
}

/**
 * Passes the controllers down to the slots. The kernel refuses that for a group with processes in
 * it, so an agent that is alone in its group moves into a leaf; one that is not leaves it at that.
 */
function hand(folder: string): void {
  const base = dirname(folder);
  for (const controller of ["cpu", "memory"]) {
    if (!passOn(base, controller) && isAlone(base)) {
      const leaf = join(base, "pingo-agent");
      if (!made(leaf) || !wrote(join(leaf, "cgroup.procs"), String(process.pid))) return;
      passOn(base, controller);
    }
    passOn(folder, controller);
  }
}

function passOn(folder: string, controller: string): boolean {
  const has = (file: string) => (read(join(folder, file)) ?? "").split(/\s/).includes(controller);
  if (has("cgroup.subtree_control")) return true;
  if (!has("cgroup.controllers")) return false;
  return wrote(join(folder, "cgroup.subtree_control"), `+${controller}`);
}

function isAlone(folder: string): boolean {
  return (read(join(folder, "cgroup.procs")) ?? "").trim() === String(process.pid);
}

/** Groups that agents left behind who were killed: what still runs in them ends now. */
function sweep(base: string): void {
  let names: ReadonlyArray<string> = [];
  try {
    names = readdirSync(base);
  } catch {
    return;
  }
  for (const name of names) {
    const pid = Number(name.slice(PREFIX.length));
    if (!name.startsWith(PREFIX) || !Number.isInteger(pid) || existsSync(`/proc/${pid}`)) continue;
    const folder = join(base, basename(name));
    const group = new SlotGroup(folder);
    group.kill();
    for (const slot of foldersIn(folder)) new SlotGroup(join(folder, slot)).remove();
    setTimeout(() => group.remove(), 100).unref();
  }
}

function foldersIn(folder: string): ReadonlyArray<string> {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}
