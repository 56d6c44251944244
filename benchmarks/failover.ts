/**
 * How long work stands still after kill -9: of the leading nats-server of three, and of the edge
 * while another process stands by. Prints the longest pause between two settled jobs.
 *
 *   npx tsx benchmarks/failover.ts
 */
import { connectNats } from "../src/adapters/nats/connection.ts";
import { linkOf } from "../src/adapters/nats/link.ts";
import { Names, ownerOf } from "../src/adapters/nats/names.ts";
import { issue } from "../src/adapters/nats/trust.ts";
import { ownTrust } from "../src/app/nats/operator-keys.ts";
import { edgeShard } from "../src/live/shard.ts";
import { soon, startWorld, type World } from "../test/chaos/world.ts";

const WATCH_MS = 25_000;
const GOALS = { server: 10_000, edge: 5_000 };

/** Settles jobs one after the other, several at a time, and notes when. */
function settling({ pingo }: World) {
  const settledMs: number[] = [];
  const state = { over: false };
  let next = 0;
  const lane = async () => {
    while (!state.over) {
      const key = `failover-${next++}`;
      try {
        const job = await pingo.submit({ job: { mflops: [20, 20] } }, { key });
        await soon("settled", async () => (await pingo.status(job.id)).state === "settled", 60_000);
        settledMs.push(performance.now());
      } catch {
        // the gateway says so itself; the pause is what is measured
      }
    }
  };
  const lanes = Array.from({ length: 4 }, lane);
  const stop = async () => {
    state.over = true;
    await Promise.all(lanes);
  };
  return { settledMs, stop };
}

/** Longest time without a settled job around the moment. */
function longestPause(settledMs: ReadonlyArray<number>, fromMs: number): number {
  const before = settledMs.filter((ms) => ms <= fromMs).at(-1) ?? fromMs;
  // a pause that has not ended yet is one too
  const times = [before, ...settledMs.filter((ms) => ms > fromMs), performance.now()];
  return Math.max(...times.slice(1).map((ms, i) => ms - (times[i] ?? ms)));
}

async function leader({ folder, cluster }: World) {
  const credentials = await issue(ownTrust(folder), { role: "operator", id: "root" });
  const connection = await connectNats({ url: cluster.url, credentials });
  try {
    const { manager } = await linkOf(connection);
    const stream = new Names().inboxStream(edgeShard("e0"));
    const { cluster: raft } = await manager.streams.info(stream);
    const server = cluster.servers[Number(raft?.leader?.slice("server-".length)) - 1];
    if (server === undefined) throw new Error(`no server leads for ${ownerOf(edgeShard("e0")).id}`);
    return server;
  } finally {
    await connection.close();
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function report(what: string, ms: number, goalMs: number): void {
  const verdict = ms <= goalMs ? "met" : "missed";
  console.log(
    `${what}: ${(ms / 1_000).toFixed(1)} s without a settled job; ` +
      `goal ${goalMs / 1_000} s, ${verdict}`,
  );
}

const world = await startWorld();
try {
  await soon(
    "a member",
    async () => (await world.pingo.contributor("you")).state === "active",
    90_000,
  );
  const { settledMs, stop } = settling(world);
  await pause(5_000);
  const usual = longestPause(settledMs, settledMs[0] ?? 0);
  console.log(`undisturbed: ${(usual / 1_000).toFixed(1)} s at most between two settled jobs`);

  const second = world.another("second edge", "edge");
  const standingBy = second.start();
  // it has looked for the lease by then
  await pause(6_000);
  const edgeMs = performance.now();
  await world.edge.kill();
  await standingBy;
  await pause(WATCH_MS / 2);
  report("kill -9 of the edge, another stands by", longestPause(settledMs, edgeMs), GOALS.edge);

  const server = await leader(world);
  const killedMs = performance.now();
  await server.kill();
  await pause(WATCH_MS);
  report("kill -9 of the leading nats-server", longestPause(settledMs, killedMs), GOALS.server);
  await stop();
} finally {
  await world.end();
}
