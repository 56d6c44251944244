/** The sensors of the machine that this runs on. A sensor that fails is one that knows nothing. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Sensors, Sighting } from "../../live/owner.ts";
import { Programs } from "./ask-program.ts";
import {
  type CpuTimes,
  cpuTimesOf,
  idleOfSession,
  idleSince,
  loadBetween,
  mutterIdleOf,
  type PowerSupply,
  powerOf,
  pressureOf,
} from "./linux-sensors.ts";
import { hidIdleOf, othersLoadOf, pmsetPowerOf } from "./macos-sensors.ts";
import {
  type WindowsAnswer,
  windowsAnswerOf,
  windowsLoad,
  windowsScript,
} from "./windows-sensors.ts";

export function openSensors(platform: NodeJS.Platform = process.platform): Sensors {
  if (platform === "linux") return new LinuxSensors();
  if (platform === "darwin") return new MacSensors();
  if (platform === "win32") return new WindowsSensors();
  // Somewhere else nothing is known, and a rule gives nothing to an unknown owner.
  return { look: async () => ({ power: "unknown" }), close: () => undefined };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

function list(folder: string): ReadonlyArray<string> {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A sighting without the fields that are not known. */
function sighting(known: { [K in keyof Sighting]: Sighting[K] | undefined }): Sighting {
  const entries = Object.entries(known).filter(([, value]) => value !== undefined);
  return { power: "unknown", ...Object.fromEntries(entries) };
}

/** `root` is where /proc, /sys and /dev are: a test has its own, and no programs of the system. */
export class LinuxSensors implements Sensors {
  private readonly root: string;
  private readonly programs: Programs | undefined;
  private last: CpuTimes | undefined;
  private keys: string | undefined;
  private keyMs = 0;

  constructor(root = "/") {
    this.root = root;
    this.programs = root === "/" ? new Programs() : undefined;
  }

  async look(maxAgeMs: number): Promise<Sighting> {
    const times = cpuTimesOf(read(join(this.root, "proc/stat")) ?? "");
    const load = this.last && times && loadBetween(this.last, times);
    this.last = times ?? this.last;
    return sighting({
      inputIdleS: await this.inputIdle(Date.now(), maxAgeMs),
      othersLoad: load,
      pressure: pressureOf(read(join(this.root, "proc/pressure/cpu")) ?? ""),
      power: powerOf(this.supplies()),
    });
  }

  close(): void {
    this.last = undefined;
  }

  private supplies(): ReadonlyArray<PowerSupply> {
    const folder = join(this.root, "sys/class/power_supply");
    return list(folder).map((name) => {
      const file = (of: string) => read(join(folder, name, of));
      return {
        type: file("type") ?? "",
        scope: file("scope"),
        online: file("online"),
        status: file("status"),
      };
    });
  }

  /**
   * Terminals say when they were last read from, whoever has a screen is asked through its session.
   * On a machine with a screen the terminals alone prove no absence.
   */
  private async inputIdle(nowMs: number, maxAgeMs: number): Promise<number | undefined> {
    const terminals = idleSince([...this.terminals(), ...this.keyboard(nowMs)], nowMs);
    if (!this.hasScreen()) return terminals ?? (await this.sessions(nowMs, maxAgeMs));
    const screen = (await this.screen(maxAgeMs)) ?? (await this.sessions(nowMs, maxAgeMs));
    if (screen === undefined) {
      return terminals !== undefined && terminals < PRESENT_S ? terminals : undefined;
    }
    return Math.min(screen, terminals ?? screen);
  }

  private terminals(): ReadonlyArray<number> {
    const folder = join(this.root, "dev/pts");
    const names = list(folder).filter((name) => /^\d+$/.test(name));
    return names.flatMap((name) => {
      const stat = statSync(join(folder, name), { throwIfNoEntry: false });
      return stat === undefined ? [] : [stat.atimeMs];
    });
  }

  /** Keys of a built-in keyboard interrupt; those of USB are among too much else. */
  private keyboard(nowMs: number): ReadonlyArray<number> {
    const text = read(join(this.root, "proc/interrupts")) ?? "";
    const keys = text
      .split("\n")
      .filter((line) => line.includes("i8042"))
      .join("\n");
    if (this.keys !== undefined && keys !== this.keys) this.keyMs = nowMs;
    this.keys = keys;
    return this.keyMs === 0 ? [] : [this.keyMs];
  }

  private hasScreen(): boolean {
    const { DISPLAY = "", WAYLAND_DISPLAY = "" } = process.env;
    if (this.root === "/" && (DISPLAY !== "" || WAYLAND_DISPLAY !== "")) return true;
    return list(join(this.root, "tmp/.X11-unix")).length > 0;
  }

  private async screen(maxAgeMs: number): Promise<number | undefined> {
    const x = Number.parseInt((await this.programs?.ask("xprintidle", [], maxAgeMs)) ?? "", 10);
    if (!Number.isNaN(x)) return x / 1_000;
    return mutterIdleOf((await this.programs?.ask("gdbus", mutterCall, maxAgeMs)) ?? "");
  }

  private async sessions(nowMs: number, maxAgeMs: number): Promise<number | undefined> {
    const { programs } = this;
    if (programs === undefined) return undefined;
    const ask = (...args: ReadonlyArray<string>) => programs.ask("loginctl", args, maxAgeMs);
    const sessions = (await ask("list-sessions", "--no-legend")) ?? "";
    const ids = sessions.split("\n").flatMap((line) => line.trim().split(/\s+/)[0] || []);
    const told = await Promise.all(ids.map((id) => ask("show-session", id)));
    const idle = told.flatMap((text) => idleOfSession(text ?? "", nowMs * 1_000) ?? []);
    return idle.length === 0 ? undefined : Math.min(...idle);
  }
}

/** Who touched a terminal so lately is certainly there. */
const PRESENT_S = 60;

const mutterCall = [
  "call",
  "--session",
  "--dest=org.gnome.Mutter.IdleMonitor",
  "--object-path=/org/gnome/Mutter/IdleMonitor/Core",
  "--method=org.gnome.Mutter.IdleMonitor.GetIdletime",
];

/** The owner's return is urgent, power and load can wait. */
const SLOWER_MS = 5_000;

class MacSensors implements Sensors {
  private readonly programs = new Programs();

  async look(maxAgeMs: number): Promise<Sighting> {
    const slower = Math.max(maxAgeMs, SLOWER_MS);
    const [input, power, processes] = await Promise.all([
      this.programs.ask("ioreg", ["-c", "IOHIDSystem", "-d", "4"], maxAgeMs),
      this.programs.ask("pmset", ["-g", "batt"], slower),
      this.programs.ask("ps", ["-A", "-o", "pcpu=,ni="], slower),
    ]);
    return sighting({
      inputIdleS: hidIdleOf(input ?? ""),
      othersLoad: othersLoadOf(processes ?? "", cpus().length),
      pressure: undefined,
      power: pmsetPowerOf(power ?? ""),
    });
  }

  close(): void {
    // Nothing stays open between two looks.
  }
}

const ANSWER_MS = 10_000;

class WindowsSensors implements Sensors {
  private shell: ChildProcessWithoutNullStreams | undefined;
  private waiting: ((answer: WindowsAnswer | undefined) => void) | undefined;
  private last: { readonly cpuS: number; readonly atMs: number } | undefined;
  private seen: { readonly atMs: number; readonly sighting: Sighting } | undefined;

  async look(maxAgeMs: number): Promise<Sighting> {
    const { seen } = this;
    if (seen !== undefined && performance.now() - seen.atMs < maxAgeMs) return seen.sighting;
    const sight = await this.see();
    this.seen = { atMs: performance.now(), sighting: sight };
    return sight;
  }

  private async see(): Promise<Sighting> {
    const answer = await this.ask();
    if (answer === undefined) return { power: "unknown" };
    const now =
      answer.cpuS === undefined ? undefined : { cpuS: answer.cpuS, atMs: performance.now() };
    const load = this.last && now && windowsLoad(this.last, now, cpus().length);
    this.last = now;
    return sighting({
      inputIdleS: answer.inputIdleS,
      othersLoad: load,
      pressure: undefined,
      power: answer.power,
    });
  }

  close(): void {
    this.shell?.kill();
    this.shell = undefined;
  }

  private async ask(): Promise<WindowsAnswer | undefined> {
    const shell = (this.shell ??= this.start());
    return await new Promise((resolve) => {
      const late = setTimeout(() => resolve(undefined), ANSWER_MS);
      this.waiting = (answer) => {
        clearTimeout(late);
        resolve(answer);
      };
      shell.stdin.write("\n");
    });
  }

  private start(): ChildProcessWithoutNullStreams {
    const encoded = Buffer.from(windowsScript, "utf16le").toString("base64");
    const shell = spawn(
      "powershell.exe",
      ["-NoProfile", "-NonInteractive", "-EncodedCommand", encoded],
      { windowsHide: true },
    );
    const gone = () => {
      if (this.shell === shell) this.shell = undefined;
      this.waiting?.(undefined);
    };
    shell.on("error", gone);
    shell.on("exit", gone);
    shell.stdin.on("error", () => undefined);
    shell.stderr.resume();
    createInterface({ input: shell.stdout }).on("line", (line) => {
      const answer = windowsAnswerOf(line);
      if (answer !== undefined) this.waiting?.(answer);
    });
    return shell;
  }
}
