/**
 * What Windows says about its owner's use. PowerShell takes a second to start, so one stays and
 * answers each line that it is sent with one line of JSON.
 */
import type { Power } from "../../live/contribution/moment.ts";

/**
 * GetLastInputInfo gives the tick of the last input, in milliseconds that wrap after 49 days.
 * Power status 0 is "Offline": on battery. Priority 4 (idle) is what slots run at, so their time
 * is told apart.
 */
export const windowsScript = `
$ErrorActionPreference = 'SilentlyContinue'
Add-Type @'
using System; using System.Runtime.InteropServices;
public static class PinGoInput {
  [StructLayout(LayoutKind.Sequential)] struct Info { public uint Size; public uint Tick; }
  [DllImport("user32.dll")] static extern bool GetLastInputInfo(ref Info info);
  public static double IdleSeconds() {
    var info = new Info(); info.Size = (uint)Marshal.SizeOf(info);
    if (!GetLastInputInfo(ref info)) return -1;
    return unchecked((uint)Environment.TickCount - info.Tick) / 1000.0;
  }
}
'@
Add-Type -AssemblyName System.Windows.Forms
while ($null -ne [Console]::In.ReadLine()) {
  $cpu = 0.0; $idle = 0.0
  foreach ($p in Get-Process) {
    if ($p.PriorityClass -eq 'Idle') { continue }
    if ($p.Id -ne 0) { $cpu += $p.TotalProcessorTime.TotalSeconds }
  }
  $power = [System.Windows.Forms.SystemInformation]::PowerStatus.PowerLineStatus.ToString()
  $input = [PinGoInput]::IdleSeconds()
  @{ cpuS = $cpu; inputIdleS = $input; power = $power } | ConvertTo-Json -Compress
}
`;

export interface WindowsAnswer {
  readonly inputIdleS: number | undefined;
  /** CPU seconds of all processes but those of idle priority, since each began. */
  readonly cpuS: number | undefined;
  readonly power: Power;
}

/** Undefined when the line is no answer: PowerShell may say other things first. */
export function windowsAnswerOf(line: string): WindowsAnswer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { inputIdleS, cpuS, power } = value as Readonly<Record<string, unknown>>;
  const known = (number: unknown) =>
    typeof number === "number" && number >= 0 ? number : undefined;
  const line2power: Readonly<Record<string, Power>> = { Online: "mains", Offline: "battery" };
  return {
    inputIdleS: known(inputIdleS),
    cpuS: known(cpuS),
    power: line2power[String(power)] ?? "unknown",
  };
}

/**
 * Share of all cores between two answers. Processes that ended take their time with them, so the
 * sum may fall: then nothing is known of that while.
 */
export function windowsLoad(
  before: { readonly cpuS: number; readonly atMs: number },
  after: { readonly cpuS: number; readonly atMs: number },
  cores: number,
): number | undefined {
  const seconds = (after.atMs - before.atMs) / 1_000;
  if (seconds <= 0 || after.cpuS < before.cpuS) return undefined;
  return Math.min(1, (after.cpuS - before.cpuS) / seconds / cores);
}
