/**
 * A distributor's storage as it is on chain. Its rules are in no get-method, and a root that they
 * forbid would cost fees to be told so.
 */
import { type Address, Cell, type Slice } from "@ton/core";
import { ChainFault } from "./chain-fault.ts";
import type { ChainTransport } from "./transport.ts";

interface RootOnChain {
  readonly epoch: number;
  readonly cap: bigint;
  readonly hash: string;
}

export interface DistributorOnChain {
  readonly address: Address;
  readonly paid: bigint;
  readonly publisher: Address;
  readonly genesis: number;
  readonly epochSeconds: number;
  readonly delaySeconds: number;
  readonly emission: bigint;
  readonly halvingEpochs: number;
  readonly active: RootOnChain;
  readonly pending: (RootOnChain & { readonly ripeAt: number }) | undefined;
  /** The chain's time when this was read, Unix seconds. */
  readonly seconds: number;
}

export async function readDistributor(
  chain: ChainTransport,
  address: Address,
): Promise<DistributorOnChain> {
  const { state, data, seconds } = await chain.getAddressInformation(address);
  if (state !== "active" || data === null) {
    throw new ChainFault(
      "refused",
      `There is no distributor at ${address.toString()}: check the deployment and the network.`,
    );
  }
  try {
    return { address, seconds, ...parsed(Cell.fromBoc(data)[0]?.beginParse() ?? fail()) };
  } catch (cause) {
    throw new ChainFault("refused", `${address.toString()} is no distributor of PinGo.`, { cause });
  }
}

/** In the order of `rewards/storage.tolk`. */
function parsed(slice: Slice) {
  slice.loadAddress();
  slice.loadMaybeAddress();
  slice.skip(24);
  const paid = slice.loadUintBig(64);
  const terms = slice.loadRef().beginParse();
  const active = rootIn(slice.loadRef().beginParse());
  slice.loadRef();
  const waiting = slice.loadMaybeRef()?.beginParse();
  const publisher = terms.loadAddress();
  terms.loadAddress();
  const [genesis, epochSeconds, delaySeconds] = [
    terms.loadUint(32),
    terms.loadUint(32),
    terms.loadUint(32),
  ];
  const [emission, halvingEpochs] = [terms.loadUintBig(64), terms.loadUint(32)];
  const pending =
    waiting === undefined
      ? undefined
      : { ...rootIn(waiting), ripeAt: waiting.loadUint(32) + delaySeconds };
  const rules = { publisher, genesis, epochSeconds, delaySeconds, emission, halvingEpochs };
  return { paid, ...rules, active, pending };
}

function rootIn(slice: Slice): RootOnChain {
  const [epoch, cap] = [slice.loadUint(32), slice.loadUintBig(64)];
  return { epoch, cap, hash: slice.loadBuffer(32).toString("hex") };
}

function fail(): never {
  throw new Error("an account's data has a root");
}

/** The root that the next one follows: one whose delay is over counts, though nobody woke it. */
export function inForce({ active, pending, seconds }: DistributorOnChain): RootOnChain {
  return pending !== undefined && seconds >= pending.ripeAt ? pending : active;
}

/** Epochs that have ended there. */
export function endedEpochs({ genesis, epochSeconds, seconds }: DistributorOnChain): number {
  return Math.floor((seconds - genesis) / epochSeconds);
}

/** The highest cap that a root of this epoch may have. */
export function highestCap(distributor: DistributorOnChain, epoch: number): bigint {
  const { emission, halvingEpochs } = distributor;
  const before = inForce(distributor);
  const halvings = Math.min(Math.floor(epoch / halvingEpochs), 255);
  return before.cap + (emission >> BigInt(halvings)) * BigInt(epoch - before.epoch);
}
