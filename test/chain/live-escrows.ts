/** The live arm for escrows: the port over a market of jobs on the real virtual machine. */
import { toNano } from "@ton/core";
import { escrowIn, type Market, openMarket } from "../../contracts/tests/jobs.ts";
import type { ChainPort } from "../../src/adapters/ton/chain-port.ts";
import { address } from "../../src/kernel/address.ts";
import { portCall } from "../../src/kernel/command.ts";
import {
  CHAIN,
  type ChainOutcome,
  type ChainRequest,
  type Wallet,
} from "../../src/kernel/ports/chain.ts";
import type { EscrowArm } from "../conformance/chain-arm.ts";
import { OPERATOR, PortWorld } from "./port-world.ts";
import { SandboxChain } from "./sandbox-chain.ts";

const DEADLINE_US = 60_000_000;
const caller = address("treasurer", "main");

export class LiveEscrows implements EscrowArm {
  private readonly market: Market;
  private readonly world: PortWorld;
  private port: ChainPort;
  private jobs = 0;

  private constructor(market: Market, world: PortWorld, port: ChainPort) {
    this.market = market;
    this.world = world;
    this.port = port;
  }

  static async open(): Promise<LiveEscrows> {
    const market = await openMarket();
    const chain = SandboxChain.over(market.token.chain);
    await chain.give(OPERATOR, toNano("20"));
    const places = { minter: market.token.minter.address, pool: market.pool.address };
    const world = PortWorld.bare(chain, places);
    return new LiveEscrows(market, world, await world.port());
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

  async submitted(result: string): Promise<Wallet> {
    this.jobs += 1;
    const escrow = await escrowIn(this.market, "accepted", {
      jobHash: Buffer.alloc(32, this.jobs),
    });
    await escrow.sendSubmit(this.market.worker.getSender(), {
      value: toNano("1"),
      resultHash: Buffer.from(result, "hex"),
    });
    return escrow.address.toRawString() as Wallet;
  }
}
