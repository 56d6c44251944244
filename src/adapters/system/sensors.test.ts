/** What machines print about their owners, as their manuals and kernels define it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
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
import { LinuxSensors, openSensors } from "./sensors.ts";
import { windowsAnswerOf, windowsLoad, windowsScript } from "./windows-sensors.ts";

describe("Linux: processor", () => {
  test("niced time is not the owner's, waiting and stolen time is nobody's", () => {
    const before = cpuTimesOf("cpu  1000 500 200 8000 100 10 20 170 0 0\ncpu0 1 2 3\n");
    expect(before).toEqual({ owner: 1_230, total: 10_000 });
    const after = cpuTimesOf("cpu  1050 900 240 8100 100 10 30 170 0 0\n");
    // 100 of the owner's among 600: slots took 400 of them niced.
    expect(before && after && loadBetween(before, after)).toBeCloseTo(100 / 600);
  });

  test("an old kernel counts fewer kinds, a broken text none", () => {
    expect(cpuTimesOf("cpu 10 0 10 80\n")).toEqual({ owner: 20, total: 100 });
    expect(cpuTimesOf("")).toBeUndefined();
    expect(cpuTimesOf("cpu  a b c d\n")).toBeUndefined();
    const same = { owner: 1, total: 2 };
    expect(loadBetween(same, same)).toBeUndefined();
  });

  test("pressure is a share of the last ten seconds", () => {
    const text = "some avg10=27.29 avg60=11.42 avg300=7.90 total=11459415607\nfull avg10=0.00\n";
    expect(pressureOf(text)).toBeCloseTo(0.2729);
    expect(pressureOf("")).toBeUndefined();
  });
});

describe("Linux: power", () => {
  const battery = (status: string): PowerSupply => ({ type: "Battery\n", status: `${status}\n` });
  const mains = (online: string): PowerSupply => ({ type: "Mains\n", online: `${online}\n` });
  const mouse: PowerSupply = { type: "Battery\n", scope: "Device\n", status: "Discharging\n" };

  test.each([
    ["a desktop has none", [], "mains"],
    ["a laptop at the wall", [mains("1"), battery("Charging")], "mains"],
    ["a laptop on the train", [mains("0"), battery("Discharging")], "battery"],
    ["a full battery without a word about mains", [battery("Full")], "mains"],
    ["a battery held at eighty percent", [battery("Not charging")], "mains"],
    ["a battery that does not know", [battery("Unknown")], "unknown"],
    ["a desktop with a wireless mouse", [mouse], "mains"],
    ["charged through USB", [{ type: "USB\n", online: "1\n" }, battery("Discharging")], "mains"],
  ] as const)("%s", (_, supplies, power) => {
    expect(powerOf(supplies)).toBe(power);
  });
});

describe("Linux: input", () => {
  const session = (lines: string) => `Id=2\nClass=user\nState=active\n${lines}\n`;
  const nowUs = 1_700_000_600_000_000;

  test("a session that is idle says since when", () => {
    const text = session("IdleHint=yes\nIdleSinceHint=1700000000000000");
    expect(idleOfSession(text, nowUs)).toBe(600);
  });

  test("one that is not idle is in use, unless nobody ever sets the hint", () => {
    expect(idleOfSession(session("IdleHint=no\nIdleSinceHint=1700000000000000"), nowUs)).toBe(0);
    expect(idleOfSession(session("IdleHint=no\nIdleSinceHint=0"), nowUs)).toBeUndefined();
  });

  test("the greeter's session and one that closes are nobody's", () => {
    const greeter = "Class=greeter\nState=active\nIdleHint=no\nIdleSinceHint=1";
    expect(idleOfSession(greeter, nowUs)).toBeUndefined();
    expect(idleOfSession("Class=user\nState=closing\nIdleHint=no", nowUs)).toBeUndefined();
  });

  test("the newest touch counts, and a clock that was set back is now", () => {
    expect(idleSince([1_000, 9_000], 10_000)).toBe(1);
    expect(idleSince([99_000], 10_000)).toBe(0);
    expect(idleSince([], 10_000)).toBeUndefined();
    expect(mutterIdleOf("(uint64 4711,)\n")).toBeCloseTo(4.711);
    expect(mutterIdleOf("Error: GDBus.Error")).toBeUndefined();
  });
});

describe("Linux: files of a machine", () => {
  let root = "";
  const put = (path: string, text: string) => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "pingo-machine-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test("a laptop on battery whose owner types in a terminal", async () => {
    put("proc/stat", "cpu  100 0 0 900 0 0 0 0 0 0\n");
    put("sys/class/power_supply/BAT0/type", "Battery\n");
    put("sys/class/power_supply/BAT0/status", "Discharging\n");
    put("dev/pts/3", "");
    put("dev/pts/ptmx", "");
    const sensors = new LinuxSensors(root);
    const first = await sensors.look(0);
    expect(first).toEqual({ power: "battery", inputIdleS: expect.any(Number) });
    expect(first.inputIdleS).toBeLessThan(30);
    put("proc/stat", "cpu  150 0 0 950 0 0 0 0 0 0\n");
    expect((await sensors.look(0)).othersLoad).toBe(0.5);
  });

  test("a key of the built-in keyboard is somebody", async () => {
    put("tmp/.X11-unix/X0", "");
    put("proc/interrupts", "   1:  900  IO-APIC   1-edge  i8042\n  30:  7  PCI-MSI  xhci\n");
    const sensors = new LinuxSensors(root);
    expect((await sensors.look(0)).inputIdleS).toBeUndefined();
    put("proc/interrupts", "   1:  902  IO-APIC   1-edge  i8042\n  30:  7  PCI-MSI  xhci\n");
    expect((await sensors.look(0)).inputIdleS).toBeLessThan(5);
  });

  test("where nothing can be read nothing is known but that there is no battery", async () => {
    expect(await new LinuxSensors(join(root, "nothing")).look(0)).toEqual({ power: "mains" });
    expect(await openSensors("aix").look(0)).toEqual({ power: "unknown" });
  });
});

describe.runIf(process.platform === "linux")("Linux: this machine", () => {
  test("two looks give a load, quickly", async () => {
    const sensors = openSensors("linux");
    await sensors.look(0);
    await expect.poll(async () => (await sensors.look(0)).othersLoad).toBeTypeOf("number");
    sensors.close();
  });
});

describe("macOS", () => {
  test("idle time of the registry, the least of several, in seconds", () => {
    const text = [
      "+-o Root  <class IORegistryEntry, id 0x100000100, retain 24>",
      "  +-o IOHIDSystem  <class IOHIDSystem, id 0x100000364, registered, matched, active>",
      '    |   "HIDIdleTime" = 183250000000',
      '    |   "HIDParameters" = {"HIDIdleTime"=12000000000}',
    ].join("\n");
    expect(hidIdleOf(text)).toBe(12);
    expect(hidIdleOf("")).toBeUndefined();
  });

  test("power: wall, battery, and a supply that keeps it alive", () => {
    const line = (source: string) => `Now drawing from '${source}'\n -InternalBattery-0 97%;\n`;
    expect(pmsetPowerOf(line("AC Power"))).toBe("mains");
    expect(pmsetPowerOf(line("Battery Power"))).toBe("battery");
    expect(pmsetPowerOf(line("UPS Power"))).toBe("mains");
    expect(pmsetPowerOf("")).toBe("unknown");
  });

  test("load: all processes but those niced to the end, with a comma too", () => {
    expect(othersLoadOf("  50.0   0\n  30,0   5\n  99.0  19\n 99.0 20\n", 4)).toBeCloseTo(0.2);
    expect(othersLoadOf("ps: illegal option\n", 4)).toBeUndefined();
  });
});

describe("Windows", () => {
  test("an answer of the shell, and what else it prints", () => {
    const line = '{"inputIdleS":42.5,"cpuS":1234.5,"power":"Offline"}';
    expect(windowsAnswerOf(line)).toEqual({ inputIdleS: 42.5, cpuS: 1234.5, power: "battery" });
    expect(windowsAnswerOf('{"inputIdleS":-1,"cpuS":9,"power":"Unknown"}')).toEqual({
      inputIdleS: undefined,
      cpuS: 9,
      power: "unknown",
    });
    expect(windowsAnswerOf('{"power":"Online"}')?.power).toBe("mains");
    expect([windowsAnswerOf("Windows PowerShell"), windowsAnswerOf("3")]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test("load between two answers; a process that ended makes it unknown", () => {
    const at = (cpuS: number, atMs: number) => ({ cpuS, atMs });
    expect(windowsLoad(at(100, 0), at(104, 4_000), 4)).toBe(0.25);
    expect(windowsLoad(at(100, 0), at(90, 4_000), 4)).toBeUndefined();
    expect(windowsLoad(at(100, 0), at(100, 0), 4)).toBeUndefined();
  });

  test("the script fits into an encoded command line", () => {
    const encoded = Buffer.from(windowsScript, "utf16le").toString("base64");
    expect(encoded.length).toBeLessThan(8_000);
  });
});
