/**
 * What slots need of systems other than Linux. macOS halts by signals as Linux does, and `ps`
 * knows how much memory a group has. Windows knows neither signals nor groups: there one PowerShell
 * stays, halts and resumes processes by the calls that debuggers use, and says how large they are.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Programs } from "./ask-program.ts";

export interface Foreign {
  /** Undefined where signals do it. */
  readonly halt: ((pid: number, halted: boolean) => void) | undefined;
  /** MiB that the process, and on macOS its group, has; undefined when that is not known. */
  readonly memoryMib: (pid: number) => Promise<number | undefined>;
  readonly close: () => void;
}

/** Undefined on Linux, where files say everything. */
export function openForeign(platform: NodeJS.Platform = process.platform): Foreign | undefined {
  if (platform === "darwin") return new MacProcesses();
  return platform === "win32" ? new WindowsProcesses() : undefined;
}

/** Sum of the group's rows of `ps -A -o pgid=,rss=`: its number and KiB. */
export function groupMibOf(ps: string, group: number): number | undefined {
  const rows = ps.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const own = rows.filter(([pgid]) => pgid === group);
  if (own.length === 0) return undefined;
  return own.reduce((sum, [, kib = 0]) => sum + kib, 0) / 1_024;
}

class MacProcesses implements Foreign {
  readonly halt = undefined;
  private readonly programs = new Programs();

  async memoryMib(pid: number): Promise<number | undefined> {
    // One list serves all slots that ask at about the same time.
    const list = await this.programs.ask("ps", ["-A", "-o", "pgid=,rss="], 500);
    return list === undefined ? undefined : groupMibOf(list, pid);
  }

  close(): void {
    // Nothing stays open.
  }
}

/** Halting counts: each halt needs one resume, which the caller keeps to. */
export const windowsProcessScript = `
$ErrorActionPreference = 'SilentlyContinue'
Add-Type @'
using System; using System.Diagnostics; using System.Runtime.InteropServices;
public static class PinGoProcess {
  [DllImport("ntdll.dll")] static extern int NtSuspendProcess(IntPtr process);
  [DllImport("ntdll.dll")] static extern int NtResumeProcess(IntPtr process);
  public static void Halt(int id) { NtSuspendProcess(Process.GetProcessById(id).Handle); }
  public static void Go(int id) { NtResumeProcess(Process.GetProcessById(id).Handle); }
}
'@
while ($null -ne ($line = [Console]::In.ReadLine())) {
  $verb, $id = $line.Split(' ')
  switch ($verb) {
    'halt' { [PinGoProcess]::Halt([int]$id) }
    'go' { [PinGoProcess]::Go([int]$id) }
    'size' { $size = (Get-Process -Id $id).PrivateMemorySize64; "$id $size" }
  }
}
`;

/** "4711 1048576": a process and its bytes; without bytes it is gone. */
export function windowsSizeOf(line: string): readonly [number, number | undefined] | undefined {
  const match = /^(\d+) (\d*)\s*$/.exec(line);
  if (match === null) return undefined;
  return [Number(match[1]), match[2] ? Number(match[2]) / 1_048_576 : undefined];
}

const ANSWER_MS = 5_000;

class WindowsProcesses implements Foreign {
  private shell: ChildProcessWithoutNullStreams | undefined;
  private readonly waiting = new Map<number, (mib: number | undefined) => void>();

  halt(pid: number, halted: boolean): void {
    this.say(`${halted ? "halt" : "go"} ${pid}`);
  }

  memoryMib(pid: number): Promise<number | undefined> {
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve(undefined), ANSWER_MS);
      late.unref();
      this.waiting.set(pid, (mib) => {
        clearTimeout(late);
        resolve(mib);
      });
      this.say(`size ${pid}`);
    });
  }

  close(): void {
    this.shell?.kill();
    this.shell = undefined;
  }

  private say(line: string): void {
    this.shell ??= this.start();
    this.shell.stdin.write(`${line}\n`);
  }

  private start(): ChildProcessWithoutNullStreams {
    const encoded = Buffer.from(windowsProcessScript, "utf16le").toString("base64");
    const args = ["-NoProfile", "-NonInteractive", "-EncodedCommand", encoded];
    const shell = spawn("powershell.exe", args, { windowsHide: true });
    const gone = () => {
      if (this.shell === shell) this.shell = undefined;
    };
    shell.on("error", gone);
    shell.on("exit", gone);
    shell.stdin.on("error", () => undefined);
    shell.stderr.resume();
    shell.unref();
    createInterface({ input: shell.stdout }).on("line", (line) => {
      const [pid, mib] = windowsSizeOf(line) ?? [];
      if (pid !== undefined) this.waiting.get(pid)?.(mib);
    });
    return shell;
  }
}
