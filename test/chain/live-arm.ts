/** What live arms share: the port over contracts on the real virtual machine, and its questions. */
import type { ChainPort } from "../../src/adapters/ton/chain-port.ts";
import { address } from "../../src/kernel/address.ts";
import { portCall } from "../../src/kernel/command.ts";
import { CHAIN, type ChainOutcome, type ChainRequest } from "../../src/kernel/ports/chain.ts";
import type { PortWorld } from "./port-world.ts";

const DEADLINE_US = 60_000_000;
const caller = address("treasurer", "main");

export class LiveArm {
  protected readonly world: PortWorld;
  private port: ChainPort;

  protected constructor(world: PortWorld, port: ChainPort) {
    this.world = world;
    this.port = port;
  }

  async fresh(): Promise<void> {
    await this.world.fresh();
    await this.restart();
  }

  async restart(): Promise<void> {
    this.port = await this.world.port();
  }

  ask(request: ChainRequest, key: string): Promise<ChainOutcome["outcome"]> {
    return new Promise((resolve) => {
      const call = portCall(CHAIN, key, request, DEADLINE_US);
      this.port.call(caller, call, ({ outcome }) => resolve(outcome));
    });
  }
}
