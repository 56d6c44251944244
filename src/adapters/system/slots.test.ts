/** Slots with real child processes: what is promised holds for hostile ones too. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { Slot, SlotLimits } from "../../live/slots.ts";
import { cpuMs } from "./process-tree.ts";
import { ProcessSlots, type SlotsOptions } from "./slots.ts";

const folder = mkdtempSync(join(tmpdir(), "pingo-slots-"));
const all: SlotLimits = { cpuShare: 1, memoryMib: 512 };
/** The machine may be busy with other things: a second's promise is held to with this slack. */
const SECOND_MS = 1_000;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function script(text: string): URL {
  const path = join(folder, `script-${++count}.mjs`);
  writeFileSync(path, text);
  return pathToFileURL(path);
}

const pause = (ms: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

const heard = (slot: Slot) =>
  new Promise<unknown>((resolve) => {
    slot.heard(resolve);
  });

async function until(holds: () => boolean, withinMs: number): Promise<number> {
  const since = performance.now();
  while (!holds()) {
    const waited = performance.now() - since;
    if (waited > withinMs) throw new Error(`still not so after ${Math.round(waited)} ms`);
    await pause(5);
  }
  return performance.now() - since;
}

/** A zombie waits only for whoever inherits it to look; it does nothing any more. */
function lives(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/** Of all threads of the process. */
function prioritiesOf(pid: number): ReadonlySet<string> {
  const stats = readdirSync(`/proc/${pid}/task`).map((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1"),
  );
  const fields = stats.map((stat) => stat.slice(stat.lastIndexOf(")") + 2).split(" "));
  return new Set(fields.map((each) => `nice ${each[16]}, policy ${each[38]}`));
}

const busy = `process.send("ready"); for (;;);`;

describe.each<[string, SlotsOptions]>([
  // At normal priority: on a busy machine idle ones may wait for seconds before they begin.
  ["with control groups where there are any", { priority: "normal" }],
  ["without control groups", { priority: "normal", withoutGroups: true }],
])("Slots %s", (_, options) => {
  let slots = new ProcessSlots(options);
  afterEach(async () => {
    await slots.close();
    slots = new ProcessSlots(options);
  });

  test("what is told comes back as it was: typed arrays and bigints", async () => {
    const slot = slots.start(script(`process.on("message", (m) => process.send(m));`), all);
    const answer = heard(slot);
    const message = { numbers: new Float32Array([1.5, -2]), credit: 10n ** 20n, list: ["a"] };
    slot.tell(message);
    expect(await answer).toEqual(message);
  });

  test("a script that is done ends by itself and says its code", async () => {
    const done = slots.start(script(`process.exitCode = 7;`), all);
    expect(await done.ended).toEqual({ why: "exited", code: 7 });
  });

  test("a script that is not there ends with the reason", async () => {
    const slot = slots.start(pathToFileURL(join(folder, "nothing.mjs")), all);
    expect(await slot.ended).toMatchObject({
      why: "exited",
      code: 1,
      said: expect.stringMatching(/Cannot find module .*nothing\.mjs/),
    });
  });

  test("an abort is a crash, and what it said last is kept", async () => {
    const slot = slots.start(script(`console.error("out of luck"); process.abort();`), all);
    expect(await slot.ended).toMatchObject({
      why: "crashed",
      said: expect.stringContaining("out of luck"),
    });
  });

  test("what the agent keeps secret in its environment stays with it", async () => {
    process.env.PINGO_TEST_TOKEN = "secret";
    const slot = slots.start(script(`process.send(Object.keys(process.env));`), all);
    delete process.env.PINGO_TEST_TOKEN;
    const names = await heard(slot);
    expect(names).toContain("PATH");
    expect(names).not.toContain("PINGO_TEST_TOKEN");
  });

  test("every thread runs at the lowest priority unless the machine is theirs", async () => {
    const lowSlots = new ProcessSlots({ ...options, priority: "idle" });
    const { pid } = lowSlots.start(script(busy), all);
    const hasChrt = existsSync("/usr/bin/chrt") || existsSync("/bin/chrt");
    // 5 is SCHED_IDLE.
    const lowest = hasChrt ? "nice 19, policy 5" : "nice 19, policy 0";
    // Seen from outside: on a busy machine one at this priority may not come to say a word.
    await expect.poll(() => prioritiesOf(pid), { timeout: 50_000 }).toEqual(new Set([lowest]));
    await lowSlots.close();
    const normal = slots.start(script(busy), all);
    await heard(normal);
    expect(prioritiesOf(normal.pid)).not.toContain(lowest);
  });

  test("on a machine of their own they are last in the queue, yet in it", async () => {
    const lowSlots = new ProcessSlots({ ...options, priority: "low" });
    const { pid } = lowSlots.start(script(busy), all);
    const low = new Set(["nice 19, policy 0"]);
    await expect.poll(() => prioritiesOf(pid), { timeout: 50_000 }).toEqual(low);
    await lowSlots.close();
  });

  test("a busy loop gets its share of a core and no more", async () => {
    const slot = slots.start(script(busy), { cpuShare: 0.25, memoryMib: 512 });
    await heard(slot);
    const [before = 0, since] = [cpuMs([slot.pid]), performance.now()];
    await pause(2_000);
    const used = (cpuMs([slot.pid]) ?? 0) - before;
    const share = used / (performance.now() - since);
    // At most a full bucket (100 ms) and a late look on top; other load may leave it less.
    expect(share).toBeLessThan(0.4);
    expect(used).toBeGreaterThan(0);
  });

  test("a share that is taken back holds from then on", async () => {
    const slot = slots.start(script(busy), all);
    await heard(slot);
    slot.limit({ cpuShare: 0.05, memoryMib: 512 });
    await pause(300);
    const [before = 0, since] = [cpuMs([slot.pid]), performance.now()];
    await pause(1_500);
    const share = ((cpuMs([slot.pid]) ?? 0) - before) / (performance.now() - since);
    expect(share).toBeLessThan(0.2);
  });

  test("a paused one stands still until it is resumed, and may be paused twice", async () => {
    const slot = slots.start(script(busy), all);
    await heard(slot);
    slot.pause();
    slot.pause();
    await pause(100);
    const before = cpuMs([slot.pid]);
    await pause(400);
    expect(cpuMs([slot.pid])).toBe(before);
    slot.resume();
    await until(() => (cpuMs([slot.pid]) ?? 0) > (before ?? 0), 5_000);
  });

  test("who takes more memory than it was given is killed for that", async () => {
    const slot = slots.start(
      script(`
        const kept = [];
        setInterval(() => kept.push(Buffer.alloc(8 * 1048576, 1)), 5);
      `),
      { cpuShare: 1, memoryMib: 200 },
    );
    expect(await slot.ended).toMatchObject({ why: "memory" });
  });

  test("killed within a second with all that it started, wherever that went", async () => {
    const slot = slots.start(
      script(`
        import { spawn } from "node:child_process";
        const loop = ["-e", "setInterval(() => 0, 1000)"];
        const near = spawn(process.execPath, loop, { stdio: "ignore" });
        const far = spawn(process.execPath, loop, { stdio: "ignore", detached: true });
        far.unref();
        process.send([near.pid, far.pid]);
        for (;;);
      `),
      all,
    );
    const started = (await heard(slot)) as ReadonlyArray<number>;
    expect(started.every(lives)).toBe(true);
    const since = performance.now();
    await slot.kill();
    expect(performance.now() - since).toBeLessThan(SECOND_MS);
    expect(await slot.ended).toEqual({ why: "killed" });
    await until(() => ![slot.pid, ...started].some(lives), SECOND_MS);
  });

  test("what a slot leaves behind when it ends by itself is swept up", async () => {
    const slot = slots.start(
      script(`
        import { spawn } from "node:child_process";
        const loop = ["-e", "setInterval(() => 0, 1000)"];
        const far = spawn(process.execPath, loop, { stdio: "ignore", detached: true });
        far.unref();
        process.send(far.pid, () => process.exit(0));
      `),
      all,
    );
    const left = (await heard(slot)) as number;
    expect(await slot.ended).toEqual({ why: "exited", code: 0 });
    await until(() => !lives(left), SECOND_MS);
  });

  test("a paused one is killed as fast, and telling the dead is no error", async () => {
    const slot = slots.start(script(busy), all);
    await heard(slot);
    slot.pause();
    const since = performance.now();
    await slot.kill();
    expect(performance.now() - since).toBeLessThan(SECOND_MS);
    slot.tell("too late");
    slot.resume();
    slot.limit(all);
    await slot.kill();
  });
});

describe("Slots of an agent that is killed", () => {
  const agents: ChildProcess[] = [];
  afterEach(() => {
    for (const agent of agents) agent.kill("SIGKILL");
  });

  test("end with it: one that loops, one that is paused, one that waits", async () => {
    const module = new URL("./slots.ts", import.meta.url).href;
    const loop = script(busy).href;
    const idle = script(`process.on("message", () => 0); process.send("ready");`).href;
    const agent = join(folder, "agent.ts");
    writeFileSync(
      agent,
      `
      import { ProcessSlots } from ${JSON.stringify(module)};
      const slots = new ProcessSlots({
        execArgv: [], withoutGroups: true, priority: "normal",
      });
      const limits = { cpuShare: 1, memoryMib: 512 };
      const started = [${JSON.stringify(loop)}, ${JSON.stringify(loop)}, ${JSON.stringify(idle)}]
        .map((each) => slots.start(new URL(each), limits));
      Promise.all(started.map((slot) => new Promise((ready) => slot.heard(ready)))).then(() => {
        started[1].pause();
        process.send(started.map((slot) => slot.pid));
      });
      setInterval(() => 0, 1000);
      `,
    );
    const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), agent], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    agents.push(child);
    const [pids] = (await once(child, "message")) as [ReadonlyArray<number>];
    expect(pids.every(lives)).toBe(true);
    child.kill("SIGKILL");
    await until(() => !pids.some(lives), 3 * SECOND_MS);
  });
});
