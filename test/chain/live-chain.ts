/** The live arm: the port over contracts on the real virtual machine. */
import type { ChainPort } from "../../src/adapters/ton/chain-port.ts";
import { address } from "../../src/kernel/address.ts";
import { portCall } from "../../src/kernel/command.ts";
import {
  CHAIN,
  type ChainOutcome,
  type ChainRequest,
  type Voucher,
} from "../../src/kernel/ports/chain.ts";
import type { ChainArm } from "../conformance/chain-arm.ts";
import { EMISSION, EPOCH, PortWorld } from "./port-world.ts";

const DEADLINE_US = 60_000_000;
const caller = address("treasurer", "main");

export class LiveChain implements ChainArm {
  readonly epochSeconds = EPOCH;
  readonly delaySeconds = EPOCH;
  readonly emission = EMISSION;
  private readonly world: PortWorld;
  private port: ChainPort;

  private constructor(world: PortWorld, port: ChainPort) {
    this.world = world;
    this.port = port;
  }

  static async open(): Promise<LiveChain> {
    const world = await PortWorld.open("one");
    return new LiveChain(world, await world.port());
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

  wallet(n: number) {
    return this.world.wallet(n);
  }

  present(n: number, voucher: Voucher): Promise<void> {
    return this.world.present(n, voucher);
  }

  nowSeconds(): number {
    return this.world.nowSeconds();
  }

  pass(seconds: number): void {
    this.world.pass(seconds);
  }
}
