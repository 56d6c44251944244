/**
 * PHOLD on everything that a delivery passes in a run: compiled chart, mailbox, network, trace
 * hash. `full.ts <processes> <events> hash|plain`. The delay is the network's: processes live on
 * 256 places, and the delay between two places is a draw of the law, so a message between two
 * processes drawn evenly has the law's delay, found by one look into a table of 65,536.
 */
import { Schema } from "effect";
import { type Address, address } from "../../src/kernel/address.ts";
import type { Behaviour } from "../../src/kernel/behaviour.ts";
import { type ChartState, chartSetup, compileChart, decide } from "../../src/kernel/chart.ts";
import { send } from "../../src/kernel/command.ts";
import type { Delivery } from "../../src/kernel/delivery.ts";
import { pick } from "../../src/kernel/entropy.ts";
import { variant } from "../../src/kernel/message.ts";
import { Simulator } from "../../src/sim/core/simulator.ts";
import { NetworkConfig } from "../../src/sim/network/config.ts";
import { Network } from "../../src/sim/network/link.ts";
import { cpuSeconds } from "../clock.ts";
import { delayTable, type Lap, xorshift } from "./law.ts";

const WARMUP = 300_000;
const PLACES = 256;
const FAR_US = 1e15;

const Token = variant("Token", { hops: Schema.Int });
type Token = typeof Token.Type;
interface Context {
  readonly hops: number;
}

function hopping(all: ReadonlyArray<Address>): Behaviour<ChartState<Context>, Token, object> {
  const hop = (context: Context, { entropy, message }: Delivery<Token>) => ({
    context: { hops: context.hops + 1 },
    commands: [
      send(all[pick(entropy, 0, all.length)]!, { type: "Token", hops: message.hops + 1 } as Token),
    ],
  });
  const machine = chartSetup<Context, Token, object>()().createMachine({
    id: "process",
    context: { hops: 0 },
    initial: "running",
    states: { running: { on: { Token: { actions: decide(hop) } } } },
  });
  const { init, step } = compileChart(machine);
  const State = Schema.Struct({
    at: Schema.String,
    context: Schema.Struct({ hops: Schema.Int }),
  });
  return { kind: "process", version: 1, State, Message: Token, init, step };
}

/** Round trips whose halves follow the law. */
function matrix(): Int32Array {
  const table = delayTable();
  const draw = xorshift(987_654_321);
  return Int32Array.from({ length: PLACES * PLACES }, () => 2 * table[draw() >>> 16]!);
}

function simulator(all: ReadonlyArray<Address>, hashing: boolean): Simulator {
  const network = new Network({
    config: Schema.decodeSync(NetworkConfig)({ kind: "matrix", messageBytes: 0 }),
    seed: 1,
    hosts: all.map(() => ({ site: 0, accessUs: 0 })),
    matrix: { file: "law", size: PLACES, rttUs: matrix(), repaired: 0 },
  });
  return new Simulator({
    seed: 1,
    startUs: 0,
    behaviours: new Map([["process", hopping(all)]]),
    network,
    messageBytes: 0,
    outboxTail: 0,
    hashing,
  });
}

function lap(processes: number, events: number, hashing: boolean): Lap {
  const width = String(processes - 1).length;
  const all = Array.from({ length: processes }, (_, i) =>
    address("process", String(i).padStart(width, "0")),
  );
  const sim = simulator(all, hashing);
  sim.start(all.map((at, host) => ({ address: at, host, input: {} })));
  for (const at of all) sim.tell(sim.actor(at), "start", { type: "Token", hops: 0 } as Token);
  sim.run(FAR_US, WARMUP);
  const before = sim.events;
  const from = cpuSeconds();
  sim.run(FAR_US, events);
  const seconds = cpuSeconds() - from;
  const hash = hashing ? sim.hash.digest() : String(sim.nowUs);
  return { events: sim.events - before, seconds, hash };
}

const [processes, events, mode] = process.argv.slice(2);
console.log(JSON.stringify(lap(Number(processes), Number(events), mode === "hash")));
