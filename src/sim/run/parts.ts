/** What takes part in a run, and what of it a summary needs from the end of the chaos. */
import type { Address } from "../../kernel/address.ts";
import type { Copies } from "../checkers/copies.ts";
import type { Findings } from "../checkers/findings.ts";
import type { Leases } from "../checkers/leases.ts";
import type { Settlement } from "../checkers/settlement.ts";
import type { ShadowLedger } from "../checkers/shadow-ledger.ts";
import type { Machines } from "../environment/machines.ts";
import type { SimModelRunner } from "../environment/model-runner.ts";
import type { Requesters } from "../environment/requesters.ts";
import type { FaultInjector } from "../faults/injector.ts";
import type { SimTrainer } from "../learning/trainer.ts";
import type { Collector } from "../metrics/collector.ts";
import type { People } from "../metrics/people.ts";
import type { Sampler } from "../metrics/sampler.ts";
import type { ChainArm } from "./chain.ts";
import type { RunInputs } from "./inputs.ts";
import type { World } from "./world.ts";

/** Everything that takes part in a run; what a summary is made of. */
export interface RunParts {
  readonly inputs: RunInputs;
  readonly world: World;
  readonly findings: Findings;
  readonly shadow: ShadowLedger;
  readonly leases: Leases;
  readonly settlement: Settlement;
  /** Only where a message can come twice at all. */
  readonly copies: Copies | undefined;
  readonly collector: Collector;
  readonly people: People;
  readonly sampler: Sampler;
  /** Bytes to and from each machine, and the network host of the edge that it uses. */
  readonly traffic: { readonly bytes: Float64Array; readonly edgeHosts: Uint32Array };
  readonly runner: SimModelRunner;
  readonly trainer: SimTrainer | undefined;
  readonly chain: ChainArm | undefined;
  readonly machines: Machines;
  readonly injector: FaultInjector;
  readonly requesters: Requesters;
  /** What accounts had when measuring began; undefined before, and without a warm-up. */
  atStart: ReadonlyMap<Address, Amounts> | undefined;
  /** What held when the chaos ended; undefined before. */
  atEnd: Closing | undefined;
  /** What cheating had brought by then: afterwards nobody cheats, and honest work is paid. */
  cheatedAtEnd: Readonly<Record<string, number>> | undefined;
}

/** Of an account, nano-VCU. */
interface Amounts {
  readonly earned: bigint;
  readonly spent: bigint;
}

/** All accounts as of now. */
export function amountsOf({ shadow }: RunParts): ReadonlyMap<Address, Amounts> {
  return new Map(
    [...shadow.accounts].map(([at, { verified, spent }]) => [at, { earned: verified, spent }]),
  );
}

/** Quantities of the scenario's time alone: the liveness phase would blur them. */
export interface Closing {
  readonly nowUs: number;
  readonly earned: ReadonlyMap<Address, bigint>;
  /** Slot-microseconds. */
  readonly busy: number;
  readonly available: number;
  readonly up: number;
  readonly departures: number;
  readonly abruptDepartures: number;
}

/** Quantities as of now. */
export function closing({ world, shadow, runner, machines }: RunParts): Closing {
  const { nowUs } = world.sim;
  const earned = new Map<Address, bigint>();
  for (const [at, account] of shadow.accounts) earned.set(at, account.verified);
  return {
    nowUs,
    earned,
    busy: runner.busy.until(nowUs),
    available: machines.available.until(nowUs),
    up: machines.up.mean(nowUs),
    departures: machines.departures,
    abruptDepartures: machines.abruptDepartures,
  };
}
