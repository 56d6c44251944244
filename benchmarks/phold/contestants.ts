/** The programs of the comparison: how each is built and started, and what it needs. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import type { Lap } from "./law.ts";

const SOURCES = "benchmarks/phold";
const BUILT = "out/benchmarks/phold";
const SCRIPTS = "out/benchmarks/benchmarks/phold";
/** The young generation that the product gives itself. */
const NODE = ["--max-semi-space-size=64", "--min-semi-space-size=64"];
const COMPILER = process.env.CXX ?? "g++";
const LAP_MS = 300_000;

export interface Contestant {
  readonly name: string;
  readonly command: string;
  readonly args: (processes: number, events: number) => ReadonlyArray<string>;
  /** Events of a lap at few and at many processes, in a full run. */
  readonly events: readonly [number, number];
}

export interface Field {
  readonly contestants: ReadonlyArray<Contestant>;
  /** One sentence for each peer that cannot be measured here. */
  readonly absent: ReadonlyArray<string>;
}

export const CPP = "C++ std::priority_queue";
export const BARE = "event queue";
export const PLAIN = "full path, hash off";
export const HASHED = "full path, hash on";
export const SIMGRID = "SimGrid mailboxes";

function nodeScript(script: string, ...more: ReadonlyArray<string>) {
  return (processes: number, events: number) => [
    ...NODE,
    `${SCRIPTS}/${script}`,
    String(processes),
    String(events),
    ...more,
  ];
}

/** Everything that can run on this machine; C++ first, for it is what the others are divided by. */
export function assemble(): Field {
  mkdirSync(BUILT, { recursive: true });
  const absent: string[] = [];
  const contestants: Contestant[] = [];
  const sizes = (processes: number, events: number) => [String(processes), String(events)];
  if (compiles("phold.cpp", "phold", [])) {
    const command = `${BUILT}/phold`;
    contestants.push({ name: CPP, command, args: sizes, events: [5e6, 5e6] });
  } else {
    absent.push("C++ skipped: g++ is not installed (Debian package g++).");
  }
  const node = process.execPath;
  contestants.push(
    { name: BARE, command: node, args: nodeScript("bare.js"), events: [5e6, 5e6] },
    { name: PLAIN, command: node, args: nodeScript("full.js", "plain"), events: [2e6, 1e6] },
    { name: HASHED, command: node, args: nodeScript("full.js", "hash"), events: [2e6, 1e6] },
  );
  const python = ["/usr/bin/python3", "python3"].find(hasSimpy);
  if (python === undefined) {
    absent.push("SimPy skipped: it is not installed (Debian package python3-simpy3).");
  } else {
    contestants.push(...simpy(python));
  }
  if (compiles("phold-simgrid.cpp", "phold-simgrid", ["-lsimgrid"])) {
    contestants.push(simgrid());
  } else {
    absent.push("SimGrid skipped: it is not installed (Debian package libsimgrid-dev).");
  }
  return { contestants, absent };
}

/** True when the program is there, made now unless it is newer than its source. */
function compiles(source: string, program: string, libraries: ReadonlyArray<string>): boolean {
  const [from, to] = [`${SOURCES}/${source}`, `${BUILT}/${program}`];
  if (existsSync(to) && statSync(to).mtimeMs > statSync(from).mtimeMs) return true;
  const args = ["-O3", "-o", to, from, ...libraries];
  return spawnSync(COMPILER, args, { stdio: "ignore" }).status === 0;
}

function hasSimpy(python: string): boolean {
  const args = ["-c", "import simpy; simpy.Environment"];
  return spawnSync(python, args, { stdio: "ignore" }).status === 0;
}

function simpy(command: string): ReadonlyArray<Contestant> {
  return (["timeouts", "stores"] as const).map((mode) => ({
    name: mode === "timeouts" ? "SimPy timeouts" : "SimPy processes and stores",
    command,
    args: (processes, events) => [
      `${SOURCES}/phold-simpy.py`,
      String(processes),
      String(events),
      mode,
    ],
    events: [3e5, 2e5],
  }));
}

/** Small stacks without guard pages: else 100,000 actors exceed the mappings of a process. */
function simgrid(): Contestant {
  return {
    name: SIMGRID,
    command: `${BUILT}/phold-simgrid`,
    args: (processes, events) => [
      String(processes),
      String(events),
      "--log=root.thres:error",
      "--cfg=contexts/stack-size:16",
      "--cfg=contexts/guard-size:0",
    ],
    events: [2e5, 3e3],
  };
}

/** One lap in a process of its own; undefined when it failed or took too long. */
export function runLap(
  { command, args }: Contestant,
  processes: number,
  events: number,
): Lap | undefined {
  const ran = spawnSync(command, args(processes, events), {
    encoding: "utf8",
    timeout: LAP_MS,
    killSignal: "SIGKILL",
  });
  if (ran.status !== 0 || ran.error !== undefined) return undefined;
  return JSON.parse(ran.stdout) as Lap;
}
