/**
 * kill -9, again and again, while jobs run: what was accepted is settled once, credit conserved.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeFolder, scratchFolder } from "./small-network.ts";

const DEMANDS = 30;
const KILLS = 4;
const script = fileURLToPath(new URL("kill-child.ts", import.meta.url));

interface Line {
  readonly what: "up" | "accepted" | "done";
  readonly demand?: number;
  readonly held?: string;
  readonly made?: string;
  readonly spent?: string;
  readonly paid?: string;
  readonly jobs?: ReadonlyArray<{ readonly demand: number; readonly state: string }>;
}

let folder: string;
let child: ChildProcess | undefined;
beforeEach(async () => {
  folder = await scratchFolder();
});
afterEach(async () => {
  child?.kill("SIGKILL");
  await removeFolder(folder);
});

/** Runs the network; `heard` sees each line. Resolves with how it ended. */
function run(heard: (line: Line, kill: () => void) => void): Promise<NodeJS.Signals | number> {
  const started = spawn(process.execPath, ["--import", "tsx", script, folder, `${DEMANDS}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  child = started;
  createInterface({ input: started.stdout }).on("line", (text) => {
    heard(JSON.parse(text) as Line, () => started.kill("SIGKILL"));
  });
  return new Promise((resolve) => {
    started.once("exit", (code, signal) => resolve(signal ?? code ?? 0));
  });
}

test("Kill: nothing that was accepted is lost, nothing is paid twice", async () => {
  const accepted = new Set<number>();
  for (let kill = 0; kill < KILLS; kill++) {
    // each life comes further than the one before: jobs are under way when it ends
    const until = Math.round(((kill + 0.5) * DEMANDS) / KILLS);
    const end = await run(({ what, demand = 0 }, killNow) => {
      if (what === "accepted") accepted.add(demand);
      if (demand === until) setTimeout(killNow, Math.random() * 150);
    });
    expect(end).toBe("SIGKILL");
  }
  const last: Line[] = [];
  const end = await run((line) => {
    if (line.what === "accepted") accepted.add(line.demand ?? 0);
    if (line.what === "done") last.push(line);
  });
  expect(end).toBe(0);
  const [done] = last;
  expect(accepted.size).toBe(DEMANDS);
  const settled = [...(done?.jobs ?? [])].sort((a, b) => a.demand - b.demand);
  expect(settled).toEqual(
    Array.from({ length: DEMANDS }, (_, i) => ({ demand: i + 1, state: "settled", accepted: 3 })),
  );
  expect(done?.held).toBe(done?.made);
  expect(done?.spent).toBe(done?.paid);
}, 400_000);
