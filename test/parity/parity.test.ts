/**
 * Parity: one scenario in both shells. The simulator and a live network are given the same actors,
 * demands, durations, crashes and entropy at the same instants; then each actor must have said the
 * same to each other one, in the same order, and hold the same state (docs/scenarios/parity.md).
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openNatsPorts } from "../../src/adapters/nats/ports.ts";
import { liveBehaviours } from "../../src/app/live/behaviours.ts";
import { wholePlan } from "../../src/app/live/plan.ts";
import { InProcessBus } from "../../src/live/in-process-bus.ts";
import { Life, MortalStores } from "../live/mortal-stores.ts";
import { skipNats, type TestServer, testServer } from "../nats/test-server.ts";
import { unlike } from "./alike.ts";
import { configOf, type LiveArm, liveArm, type OpenPorts } from "./live-arm.ts";
import { type SimArm, simArm } from "./sim-arm.ts";
import { differences } from "./talk.ts";

const GAP_US = 200_000;
const nothing = () => Promise.resolve();

let sim: SimArm;
beforeAll(() => {
  sim = simArm();
});

function expectParity(live: LiveArm): void {
  expect(live.events.filter(({ kind }) => kind !== "recovered")).toEqual([]);
  expect(live.unhandled).toEqual([]);
  expect(differences(sim.talk, live.talk)).toEqual([]);
  expect(live.talk.deliveries).toBe(sim.talk.deliveries);
  for (const [at, state] of sim.states) expect(unlike(state, live.states.get(at)), at).toEqual([]);
}

test("Parity: what comes from outside is at least 200 ms apart, and all of it happens", () => {
  const { outsideUs, startUs, result, crashes, said } = sim;
  expect(result.verdict).toBe("pass");
  expect(crashes.map(({ actor }) => actor)).toEqual(["node/n6", "edge/e0"]);
  expect(said.filter(({ message }) => message.type === "DemandArrived")).toHaveLength(200);
  // all machines are there at the start
  const later = outsideUs.filter((atUs) => atUs > startUs);
  const gaps = later.slice(1).map((atUs, i) => atUs - (later[i] as number));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(GAP_US);
});

test("Parity: a live network's plan makes the actors that the simulator makes", () => {
  const config = configOf(sim);
  const founders = wholePlan(config, liveBehaviours(config)).flatMap((plan) => plan.founders);
  const inputs = new Map(founders.map(({ address, input }) => [address, input]));
  expect([...inputs.keys()].sort()).toEqual(sim.specs.map(({ address }) => address).sort());
  for (const { address, input } of sim.specs) expect(inputs.get(address), address).toEqual(input);
});

describe("Parity: in one process", () => {
  test("each pair of actors says the same in both shells", async () => {
    const bus = new InProcessBus();
    const disk = new MortalStores();
    const life = new Life(undefined, () => {});
    const leases = disk.leases();
    const openPorts: OpenPorts = () =>
      Promise.resolve({ bus, leases, journals: disk.journals(life), close: nothing });
    expectParity(await liveArm(sim, openPorts));
  }, 180_000);
});

describe.skipIf(skipNats)("Parity: over NATS, each shard with a connection of its own", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer();
  });
  afterAll(() => server?.end());

  test("each pair of actors says the same in both shells", async () => {
    const { url } = server.server;
    const limits = { inboxBytes: 16 * 1_048_576, blobBytes: 16 * 1_048_576 };
    const openPorts: OpenPorts = (shard) => openNatsPorts({ url, shard, limits });
    expectParity(await liveArm(sim, openPorts));
  }, 600_000);
});
