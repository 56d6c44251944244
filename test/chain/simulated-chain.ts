/** The simulated arm: an actor that calls what it is told, and the simulator's chain. */
import { Schema } from "effect";
import { portCall } from "../../src/kernel/command.ts";
import {
  CHAIN,
  type ChainOutcome,
  type ChainRequest,
  type IssueCredential,
  type MoveCredential,
  type Voucher,
  type Wallet,
} from "../../src/kernel/ports/chain.ts";
import { ChainConfig } from "../../src/sim/chain/config.ts";
import { Contracts } from "../../src/sim/chain/contracts.ts";
import { SimChain } from "../../src/sim/chain/sim-chain.ts";
import type { ChainArm, EscrowArm } from "../conformance/chain-arm.ts";
import { actor, cast, START_US, say, type Theatre, theatre } from "../determinism/puppet.ts";

const DAY = 86_400;
const SECOND_US = 1_000_000;
const DEADLINE_US = 60 * SECOND_US;
const NAME = "treasurer";
/** A chain that answers in milliseconds: what a story is about are days. */
const quick = { answer: "1ms", block: "1ms", final: "1ms" };

type Outcome = ChainOutcome["outcome"];

export class SimulatedChain implements ChainArm, EscrowArm {
  readonly epochSeconds = DAY;
  readonly delaySeconds = DAY;
  readonly emission = 769_000n * 1_000_000_000n;
  private stage: Theatre = theatre();
  private contracts = this.newContracts();
  private escrows = 0;
  private readonly told = new Map<string, Outcome>();

  fresh(): Promise<void> {
    this.stage = theatre({ hashing: false });
    this.contracts = this.newContracts();
    this.told.clear();
    const { sim } = this.stage;
    const config = Schema.decodeUnknownSync(ChainConfig)(quick);
    const { contracts } = this;
    sim.ports.set(CHAIN, new SimChain({ sim, config, contracts, seed: 7, startUs: START_US }));
    sim.onDelivery = ({ message }) => {
      if (message.type !== "PortOutcome") return;
      const { key, outcome } = message as ChainOutcome;
      this.told.set(key, outcome);
    };
    sim.start(cast([NAME]));
    return Promise.resolve();
  }

  async ask(request: ChainRequest, key: string): Promise<Outcome> {
    const { sim } = this.stage;
    const call = say(key, portCall(CHAIN, key, request, DEADLINE_US));
    sim.tell(sim.actor(actor(NAME)), "desk", call);
    // what is asked at the same time is on its way before time passes
    await Promise.resolve();
    for (;;) {
      const outcome = this.told.get(key);
      if (outcome !== undefined) return outcome;
      sim.run(sim.nowUs + 1_000);
    }
  }

  /** What it keeps is on the chain. */
  restart(): Promise<void> {
    return Promise.resolve();
  }

  wallet(n: number): Wallet {
    return `0:${n.toString(16).padStart(64, "0")}` as Wallet;
  }

  present(_n: number, voucher: Voucher): Promise<void> {
    const { sim } = this.stage;
    if (sim.nowUs <= voucher.untilUs) {
      const request = JSON.parse(voucher.body) as IssueCredential | MoveCredential;
      if (request.type === "IssueCredential") this.contracts.grant(request.wallet, request);
      else this.contracts.move(request.from, request.wallet);
    }
    return Promise.resolve();
  }

  submitted(result: string): Promise<Wallet> {
    this.escrows += 1;
    const at = this.wallet(1_000 + this.escrows);
    const [client, worker] = [this.wallet(1), this.wallet(2)];
    this.contracts.submitted(at, { price: 10n, bond: 5n, client, worker, result });
    return Promise.resolve(at);
  }

  nowSeconds(): number {
    return this.stage.sim.nowUs / SECOND_US;
  }

  pass(seconds: number): void {
    this.stage.sim.run(this.stage.sim.nowUs + seconds * SECOND_US);
  }

  private newContracts(): Contracts {
    return new Contracts({
      genesisUs: START_US,
      epochUs: DAY * SECOND_US,
      delayUs: DAY * SECOND_US,
      emission: this.emission,
    });
  }
}
