/**
 * kill -9 of nodes, edge, gateway and nats-servers at random times under load. Afterwards every job
 * that was accepted has ended once, no credit came from nowhere or went nowhere, and the audit log
 * is whole. The seed is printed: the same one kills the same parts in the same order.
 */
import { join } from "node:path";
import { Effect, Exit, Scope } from "effect";
import { afterEach, expect, test } from "vitest";
import { readCredentials } from "../../src/adapters/nats/credentials.ts";
import { readText } from "../../src/app/files.ts";
import { verifyAudit } from "../../src/app/gateway/audit-verify.ts";
import { gatewayFiles } from "../../src/app/gateway/start-gateway.ts";
import { networkConfig, parseNetworkFile } from "../../src/app/live/config.ts";
import { openCore } from "../../src/app/nats/core-over-nats.ts";
import { address } from "../../src/kernel/address.ts";
import { ledgerOf } from "../live/books.ts";
import { skipNats } from "../nats/test-server.ts";
import { smallLimits, soon, startWorld, type World } from "./world.ts";

const CHAOS_MS = 45_000;
const SETTLE_MS = 90_000;
const finals = ["settled", "failed", "refused", "cancelled"];

let world: World | undefined;
afterEach(async () => {
  await world?.end();
});

/** Small numbers in an order that the seed gives. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Kills one thing after the other; each comes back before the next one goes. */
async function storm({ cluster, gateway, edge, nodes }: World, roll: (n: number) => number) {
  const killed: string[] = [];
  const untilMs = performance.now() + CHAOS_MS;
  while (performance.now() < untilMs) {
    await pause(500 + roll(2_500));
    const face = killed.length < 4 ? killed.length : roll(6);
    if (face === 0) {
      const i = roll(cluster.servers.length);
      const server = cluster.servers[i];
      await server?.kill();
      killed.push(`server ${i + 1}`);
      await pause(roll(2_000));
      await server?.again();
      continue;
    }
    const part = face === 1 ? edge : face === 2 ? gateway : nodes[roll(nodes.length)];
    await part?.kill();
    killed.push(part?.label ?? "");
    await pause(roll(1_000));
    await part?.start();
  }
  return killed;
}

/** Hands jobs in, each until it is accepted, for as long as the storm lasts. */
async function load({ pingo }: World, isOver: () => boolean): Promise<ReadonlyArray<string>> {
  const accepted: string[] = [];
  for (let i = 0; !isOver(); i++) {
    const mflops = [20 + (i % 50), 60, 100];
    const job = await soon(
      "a job is accepted",
      () => pingo.submit({ job: { mflops } }, { key: `job-${i}` }),
      60_000,
    );
    accepted.push(job.id);
    await pause(100);
  }
  return accepted;
}

async function ledgerAfterwards(folder: string, url: string) {
  const file = join(folder, "network.yaml");
  const config = networkConfig(parseNetworkFile(readText(file, "the network file"), file), file);
  const scope = Effect.runSync(Scope.make());
  const credentials = readCredentials(join(folder, "nats", "core_core.creds"));
  const part = { config, credentials, url, limits: smallLimits };
  const core = await soon(
    "the core is free",
    () =>
      Effect.runPromise(
        Scope.extend(
          openCore({ ...part, folder: join(folder, "core_core"), say() {}, onDelivery() {} }),
          scope,
        ),
      ),
    30_000,
  );
  const { books, shortfalls, disputes } = ledgerOf(core.network);
  let held = 0n;
  for (const [, { balance, uncleared }] of books.accounts.entries()) held += balance + uncleared;
  for (const [, { left }] of books.escrows.entries()) held += left;
  const made = books.totals.minted - books.totals.burned;
  const spent = books.accounts.get(address("contributor", "you"))?.spent;
  await Effect.runPromise(Scope.close(scope, Exit.void));
  return { held, made, spent, shortfalls, disputes };
}

test.skipIf(skipNats)(
  "Chaos: what was accepted ends once, credit is conserved",
  async () => {
    const seed = Number(process.env.PINGO_CHAOS_SEED ?? Date.now() % 100_000);
    world = await startWorld();
    const { pingo, folder, cluster, gateway } = world;
    const member = async () => (await pingo.contributor("you")).state === "active";
    await soon("a member", member, 60_000);
    let over = false;
    const loading = load(world, () => over);
    const killed = await storm(world, dice(seed)).finally(() => {
      over = true;
    });
    console.info(`chaos: seed ${seed}; killed ${killed.join(", ")}`);
    const accepted = await loading;
    const ends: Array<{ readonly state: string; readonly spent: bigint }> = [];
    for (const id of accepted) {
      const end = await soon(
        `an end of ${id}`,
        async () => {
          const { state, spent } = await pingo.status(id);
          return finals.includes(state) && { state, spent };
        },
        SETTLE_MS,
      );
      ends.push(end);
    }
    console.info(
      `chaos: ${accepted.length} jobs, ${ends.filter((e) => e.state === "settled").length} settled`,
    );
    expect(new Set(accepted).size).toBe(accepted.length);
    expect(accepted.length).toBeGreaterThan(10);
    // what a part did not bring to an end it pays back; most are settled all the same
    expect(ends.filter(({ state }) => state === "settled").length).toBeGreaterThan(ends.length / 2);
    for (const { state, spent } of ends) if (state === "refused") expect(spent).toBe(0n);
    await gateway.kill();
    const audit = await verifyAudit(gatewayFiles(join(folder, "gateway")).audit);
    expect(audit.bad).toBeUndefined();
    expect(audit.lines).toBeGreaterThanOrEqual(accepted.length);
    const books = await ledgerAfterwards(folder, cluster.url);
    expect(books.made).toBeGreaterThan(0n);
    expect(books).toMatchObject({ held: books.made, shortfalls: 0, disputes: 0 });
    expect(books.spent).toBe(ends.reduce((sum, { spent }) => sum + spent, 0n));
  },
  400_000,
);
