/** The live arm for escrows: the port over a market of jobs on the real virtual machine. */
import { toNano } from "@ton/core";
import { escrowIn, type Market, openMarket } from "../../contracts/tests/jobs.ts";
import type { ChainPort } from "../../src/adapters/ton/chain-port.ts";
import type { Wallet } from "../../src/kernel/ports/chain.ts";
import type { EscrowArm } from "../conformance/chain-arm.ts";
import { LiveArm } from "./live-arm.ts";
import { OPERATOR, PortWorld } from "./port-world.ts";
import { SandboxChain } from "./sandbox-chain.ts";

export class LiveEscrows extends LiveArm implements EscrowArm {
  private readonly market: Market;
  private jobs = 0;

  private constructor(market: Market, world: PortWorld, port: ChainPort) {
    super(world, port);
    this.market = market;
  }

  static async open(): Promise<LiveEscrows> {
    const market = await openMarket();
    const chain = SandboxChain.over(market.token.chain);
    await chain.give(OPERATOR, toNano("20"));
    const places = { minter: market.token.minter.address, pool: market.pool.address };
    const world = PortWorld.bare(chain, places);
    return new LiveEscrows(market, world, await world.port());
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
