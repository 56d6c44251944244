/** The live arm: the port over contracts on the real virtual machine. */
import type { Voucher } from "../../src/kernel/ports/chain.ts";
import type { ChainArm } from "../conformance/chain-arm.ts";
import { LiveArm } from "./live-arm.ts";
import { EMISSION, EPOCH, PortWorld } from "./port-world.ts";

export class LiveChain extends LiveArm implements ChainArm {
  readonly epochSeconds = EPOCH;
  readonly delaySeconds = EPOCH;
  readonly emission = EMISSION;

  static async open(): Promise<LiveChain> {
    const world = await PortWorld.open("one");
    return new LiveChain(world, await world.port());
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
