/**
 * A training run through the gateway: real actors, journals, bus, and models in child processes.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { OnnxRunner } from "../../src/adapters/onnx/runner.ts";
import { readTensors } from "../../src/adapters/onnx/tensor-file.ts";
import { OnnxTrainer } from "../../src/adapters/onnx/trainer.ts";
import { ProcessSlots } from "../../src/adapters/system/slots.ts";
import { PinGo } from "../../src/app/client/pingo.ts";
import { DemandWatch, localNetwork } from "../../src/app/gateway/local-network.ts";
import { type RunningGateway, startGateway } from "../../src/app/gateway/start-gateway.ts";
import { liveBehaviours } from "../../src/app/live/behaviours.ts";
import { networkConfig } from "../../src/app/live/config.ts";
import { localParts } from "../../src/app/live/state-folder.ts";
import { readNpy } from "../../src/app/work/npy.ts";
import { planner } from "../../src/app/work/plan.ts";
import type { LivePort } from "../../src/live/live-port.ts";
import { ScriptedRunner } from "../live/scripted-runner.ts";
import {
  openSmall,
  placeOf,
  removeFolder,
  type SmallNetwork,
  scratchFolder,
  until,
  YOU,
} from "../live/small-network.ts";

let folder: string;
let network: SmallNetwork;
let gateway: RunningGateway;
let pingo: PinGo;
let closeMachine: () => Promise<void>;

/** Commons work only pretends, so that you are admitted within seconds; what has a blob is run. */
function portsOf(parts: ReturnType<typeof localParts>) {
  const { blobs } = parts;
  const slots = new ProcessSlots({ execArgv: ["--import", "tsx"], priority: "normal" });
  const onnx = new OnnxRunner({
    blobs,
    slots,
    folder: join(folder, "runner"),
    cacheBytes: 2 ** 28,
    limits: () => ({ cpuShare: 1, memoryMib: 1_024 }),
  });
  const scripted = new ScriptedRunner(() => 5);
  const runner: LivePort = {
    call: (caller, call, tell) => {
      const { content } = call.request as { readonly content?: string };
      const port = content?.startsWith("blob:") === false ? scripted : onnx;
      port.call(caller, call, tell);
    },
    close: () => Promise.resolve(),
  };
  const rules = liveBehaviours(networkConfig({ machines: [] }, "network.yaml"));
  const trainer = new OnnxTrainer({ ...rules.aggregation, blobs, runner });
  const release = async () => {
    await trainer.close();
    await onnx.close();
    await scripted.close();
    await slots.close();
  };
  const ports = new Map<string, LivePort>([
    ["runner", runner],
    ["rounds", trainer],
  ]);
  return { ports, release };
}

async function open(): Promise<void> {
  const watch = new DemandWatch();
  const parts = localParts(folder);
  const machine = portsOf(parts);
  const { ports } = machine;
  closeMachine = machine.release;
  network = await openSmall({
    folder,
    given: { limits: { joinUs: "1s", probeUs: "2s", offerUs: "20s" } },
    parts: {
      ...parts,
      portsOf: () => ports,
      settings: { leaseUs: 300_000_000 },
      onDelivery: watch.seen,
    },
  });
  gateway = await startGateway(localNetwork(network, watch, "live"), planner, {
    folder: join(folder, "gateway"),
    http: { port: 0 },
  });
  const nowUs = Date.now() * 1_000;
  const of = { role: "requester", contributor: "you", note: "", nowUs, forUs: 3_600_000_000 };
  pingo = new PinGo({ url: gateway.url, token: gateway.tokens.create(of as never).secret });
}

async function close(): Promise<void> {
  await gateway.close();
  await network.close();
  await closeMachine();
}

/** The digits of the examples, in few and short rounds. */
function digits(change: object) {
  const job = parse(readFileSync("examples/digits-train.yaml", "utf8")) as Record<string, unknown>;
  const small = { rounds: 3, workers: 2, steps: 4, box: "30s", ...change };
  const named = readdirSync("examples").filter((file) => file.startsWith("digits-"));
  const files = Object.fromEntries(
    named.map((file) => [file, readFileSync(join("examples", file))]),
  );
  return { job: { ...job, ...small }, files };
}

beforeEach(async () => {
  folder = await scratchFolder();
  await open();
  await until(() => placeOf(network, YOU) === "active", "you are admitted", 160_000);
}, 170_000);
afterEach(async () => {
  await close();
  await removeFolder(folder);
});

describe("Training through the gateway", { timeout: 170_000 }, () => {
  test("rounds are run and paid, survive a restart, and leave trained parameters", async () => {
    const work = digits({});
    const quote = await pingo.quote(work);
    const job = await pingo.submit(work, { key: "once" });
    expect(job).toMatchObject({ tasks: { total: 3 }, price: quote.price });
    await expect
      .poll(async () => (await pingo.status(job.id)).tasks.done, { timeout: 60_000 })
      .toBeGreaterThan(0);
    await close();
    await open();
    expect((await pingo.submit(work, { key: "once" })).id).toBe(job.id);
    const ended = await pingo.wait(job.id);
    expect(ended).toMatchObject({ state: "settled", tasks: { total: 3, done: 3, running: 0 } });
    // two workers a round, all of whose steps came
    expect(ended.spent).toBe(quote.price);
    const { bytes, partial } = await pingo.result(job.id, "bin");
    expect(partial).toBe(false);
    const { theta } = readTensors(bytes);
    const first = readNpy(readFileSync("examples/digits-first.npy"));
    expect(theta?.shape).toEqual(first.shape);
    expect(Array.from(theta!.data, Number)).not.toEqual(Array.from(first.data, Number));
    const { facts } = await pingo.explain(job.id);
    const words = facts.map(({ what }) => what).join("\n");
    const ofRounds =
      /3 of 3 rounds of 2 workers are over\. (\d) updates had a part .* late and (\d) were/;
    const [, used, leftOut] = ofRounds.exec(words) ?? [];
    // after so few steps the held-out rows may speak against an update
    expect(Number(used) + Number(leftOut)).toBe(6);
    expect(Number(used)).toBeGreaterThan(0);
    expect(words).toMatch(/Node n\d of (ada|ben|cleo) had a part in \d of 3 rounds/);
    const { lines } = await pingo.log(job.id);
    expect(lines.map(({ what }) => what)).toEqual(
      expect.arrayContaining(["asks for 3 tasks", "has its price in escrow"]),
    );
    const { tasks } = await pingo.tasks(job.id);
    expect(tasks.map(({ state, executions }) => [state, executions])).toEqual(
      Array.from({ length: 3 }, () => ["done", 2]),
    );
  });

  test("cancelled it ends with the open round, and what was trained is there", async () => {
    const job = await pingo.submit(digits({ rounds: 100 }));
    await expect
      .poll(async () => (await pingo.status(job.id)).tasks.done, { timeout: 60_000 })
      .toBeGreaterThan(0);
    await pingo.cancel(job.id);
    const ended = await pingo.wait(job.id);
    expect(ended.state).toBe("cancelled");
    expect(ended.spent).toBeLessThan(job.price);
    expect((await pingo.result(job.id, "bin")).partial).toBe(true);
  });

  test("more workers than there are owners: each owner has several", async () => {
    const job = await pingo.submit(digits({ rounds: 1, workers: 5 }));
    const ended = await pingo.wait(job.id);
    expect(ended).toMatchObject({ state: "settled", tasks: { total: 1, done: 1 } });
    const { tasks } = await pingo.tasks(job.id);
    expect(tasks).toMatchObject([{ state: "done", executions: 5 }]);
    expect(tasks[0]!.nodes).toHaveLength(3);
  });

  test("more than there is credit for: refused, and the machine earns", async () => {
    const job = await pingo.submit(digits({ rounds: 10_000, steps: 4_000 }));
    const ended = await pingo.wait(job.id);
    expect(ended).toMatchObject({ state: "refused", spent: 0n });
    expect(ended.reason).toMatch(/^insufficient-credit: /);
    await expect.poll(async () => (await pingo.contributor("you")).earning).toBe(true);
    const { facts } = await pingo.explain(job.id);
    expect(facts.at(-1)?.what).toMatch(/Its machines take public work to earn more\.$/);
    const { balance } = await pingo.contributor("you");
    await expect
      .poll(async () => (await pingo.contributor("you")).balance, { timeout: 100_000 })
      .toBeGreaterThan(balance);
  });
});
