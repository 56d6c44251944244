/** The gateway over real actors, journals and bus; only the runner pretends to compute. */
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PinGo } from "../../src/app/client/pingo.ts";
import { DemandWatch, localNetwork } from "../../src/app/gateway/local-network.ts";
import type { Planner } from "../../src/app/gateway/planner.ts";
import { type Span, SpanMaker } from "../../src/app/gateway/spans.ts";
import { type RunningGateway, startGateway } from "../../src/app/gateway/start-gateway.ts";
import {
  openSmall,
  placeOf,
  removeFolder,
  type SmallNetwork,
  scratchFolder,
  until,
  YOU,
} from "../live/small-network.ts";

/** Tasks of the sizes that the job names; the result is the digests themselves. */
const sizes: Planner = {
  plan: async ({ mflops }) => ({
    name: "sizes",
    kind: "sizes",
    work: {
      tasks: (mflops as number[]).map((mflop, i) => ({ content: `size-${i}`, mflop })),
      inputBytes: 0,
      outputBytes: 0,
      memoryMib: 0,
    },
    assembly: null,
  }),
  assemble: async (_, digests) => ({
    bytes: Buffer.from(JSON.stringify(digests)),
    contentType: "application/json",
  }),
};

/** A task of this size takes longer than any test. */
const ENDLESS = 12_345;

let folder: string;
let network: SmallNetwork;
let gateway: RunningGateway;
let pingo: PinGo;
let spans: Span[];

async function open(): Promise<void> {
  const watch = new DemandWatch();
  const maker = new SpanMaker("live");
  spans = [];
  network = await openSmall({
    folder,
    msOf: (mflop) => (mflop === ENDLESS ? 600_000 : 5),
    // the machine of a test may be busy with other things for seconds
    given: {
      commons: { taskVcu: 0.001, tasksPerJob: 4 },
      limits: { joinUs: "1s", probeUs: "2s", offerUs: "20s" },
    },
    parts: {
      settings: { leaseUs: 300_000_000 },
      onDelivery: (seen) => {
        watch.seen(seen);
        spans.push(...maker.spansOf(seen));
      },
    },
  });
  gateway = await startGateway(localNetwork(network, watch, "live"), sizes, {
    folder: join(folder, "gateway"),
    http: { port: 0 },
  });
  const nowUs = Date.now() * 1_000;
  const { secret } = gateway.tokens.create({
    role: "requester",
    contributor: "you",
    note: "",
    nowUs,
    forUs: 3_600_000_000,
  });
  pingo = new PinGo({ url: gateway.url, token: secret });
}

async function close(): Promise<void> {
  await gateway.close();
  await network.close();
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

describe("The gateway over real actors", { timeout: 170_000 }, () => {
  test("a job is settled, its price moved, and every question about it has an answer", async () => {
    const before = await pingo.contributor("you");
    const job = await pingo.submit({ job: { mflops: [3_600, 7_200] } });
    const states: string[] = [];
    const ended = await pingo.wait(job.id, { onStatus: ({ state }) => states.push(state) });
    expect(ended).toMatchObject({
      state: "settled",
      tasks: { total: 2, done: 2, running: 0 },
      price: 300_000n,
      spent: 300_000n,
    });
    expect(states.at(-1)).toBe("settled");
    const { bytes, partial } = await pingo.result(job.id);
    expect(JSON.parse(Buffer.from(bytes).toString())).toHaveLength(2);
    expect(partial).toBe(false);
    const { tasks } = await pingo.tasks(job.id);
    for (const { state, nodes, digest } of tasks) {
      expect([state, nodes.includes("own"), digest === null]).toEqual(["done", false, false]);
    }
    const { facts } = await pingo.explain(job.id);
    const words = facts.map(({ what }) => what).join("\n");
    expect(words).toMatch(/All 2 tasks have a believed result; the job e0\.[0-9a-f]+ is settled/);
    expect(words).toMatch(/Node n\d of (ada|ben|cleo) had a part in/);
    expect(words).toMatch(/Its price was 0\.0003 VCU: 0\.0003 VCU were paid/);
    const { lines } = await pingo.log(job.id);
    expect(lines.map(({ what }) => what)).toEqual(
      expect.arrayContaining(["asks for 2 tasks", "has its price in escrow", "begins task 0"]),
    );
    const credit = await pingo.credit("you");
    expect(credit.lines.some(({ amount, what }) => amount === -300_000n && /held/.test(what))).toBe(
      true,
    );
    const after = await pingo.contributor("you");
    expect(before.state).toBe("active");
    expect(after.earned).toBeGreaterThanOrEqual(before.earned);
    const own = (await pingo.nodes()).find(({ id }) => id === "own");
    expect(own).toMatchObject({ owner: "you", edge: "e0" });
    const traced = spans.filter(({ traceId }) => traceId === ended.trace);
    const kinds = new Set(traced.map(({ name }) => name.split(" ")[0]));
    expect([...kinds].sort((a, b) => (a! < b! ? -1 : 1))).toEqual(
      expect.arrayContaining(["contributor", "edge", "job", "ledger", "node", "verifier"]),
    );
  });

  test("a running job is cancelled, its price comes back, a restart remembers", async () => {
    const job = await pingo.submit({ job: { mflops: [ENDLESS] } });
    await expect
      .poll(async () => (await pingo.status(job.id)).tasks.running, { timeout: 60_000 })
      .toBeGreaterThan(0);
    await pingo.cancel(job.id);
    const ended = await pingo.wait(job.id);
    expect(ended).toMatchObject({ state: "cancelled", spent: 0n });
    await close();
    await open();
    expect(await pingo.status(job.id)).toEqual(ended);
    const next = await pingo.submit({ job: { mflops: [100] } });
    expect(next.id).toBe("you.2");
    expect((await pingo.wait(next.id)).state).toBe("settled");
  });

  test("a job beyond any credit is refused with the rule and its numbers", async () => {
    const job = await pingo.submit({ job: { mflops: [3_600_000_000] } });
    const ended = await pingo.wait(job.id);
    expect(ended.state).toBe("refused");
    expect(ended.reason).toMatch(/^insufficient-credit: .*VCU/);
    const { facts } = await pingo.explain(job.id);
    expect(facts.map(({ what }) => what).join("\n")).toMatch(/It was refused: insufficient-credit/);
  });
});
