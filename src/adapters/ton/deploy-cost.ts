/**
 * What a step of a deployment costs. As in the contracts themselves gas and sizes are numbers, and
 * the network's prices turn them into coins; a test compares each with what a chain really took.
 */
import { beginCell, type Cell, type StateInit, storeStateInit } from "@ton/core";
import { forwardFee, gasFee, type Prices, rentOf, type Size, sizeOf, YEAR_S } from "./prices.ts";

export type StepKind = "bare" | "discovering" | "distribution";

export interface StepCost {
  /** Coins that the message carries. */
  readonly value: bigint;
  /** What the deployer's wallet pays beside them: its own gas, and the way out. */
  readonly walletFee: bigint;
  /** Of the value: used up by contracts' gas and further messages, at most. */
  readonly fees: bigint;
  /** Of the value: stays in the contracts and pays their rent. */
  readonly rent: bigint;
  /** Of the value: more than is needed, since it must suffice; it comes back. */
  readonly spare: bigint;
}

interface Sent {
  readonly kind: StepKind;
  readonly stateInit?: StateInit;
  readonly body?: Cell | undefined;
  /** Allocations of a distribution. */
  readonly lines?: number;
}

/** Nobody tops these contracts up soon. */
const RENT_YEARS = 5;
/** An account's address, balance and counters beside code and data. */
const ACCOUNT: Size = { bits: 600, cells: 1 };
/** A wallet of version 5 with one message, and what is around it in the message from outside. */
const WALLET_GAS = 5_500;
const ENVELOPE: Size = { bits: 2_600, cells: 6 };
/** The first message of a wallet brings its code. */
const WALLET_CODE: Size = { bits: 5_900, cells: 24 };

const GAS_BARE = 1_500;
/** Asking, the minter's answer, taking it. */
const GAS_DISCOVERY = 9_000;
/** A message between two contracts of ours: contracts/jetton/fees.tolk. */
const STEP: Size = { bits: 1_100, cells: 2 };
const GAS_DISTRIBUTION = 4_000;
const GAS_LINE = 13_000;
/** Per line, the contract it deploys and that contract's wallet: contracts/jetton/minter.tolk. */
const DEPLOYED: Size = { bits: 17_000, cells: 40 };
const GAS_TAKE_WALLET = 2_500;
const WALLET: Size = { bits: 7_400, cells: 13 };
const GAS_RECEIVE = 7_700;

const sum = (...sizes: ReadonlyArray<Size>): Size => ({
  bits: sizes.reduce((all, { bits }) => all + bits, 0),
  cells: sizes.reduce((all, { cells }) => all + cells, 0),
});

export function costOf(prices: Prices, { kind, stateInit, body, lines = 0 }: Sent): StepCost {
  const init = stateInit && beginCell().store(storeStateInit(stateInit)).endCell();
  const message = sizeOf(init, body);
  const walletFee =
    gasFee(prices, WALLET_GAS) +
    forwardFee(prices, sum(message, ENVELOPE, WALLET_CODE)) +
    forwardFee(prices, sum(message, STEP));
  if (kind === "distribution") return { ...distributionCost(prices, lines), walletFee };
  const account = sum(sizeOf(stateInit?.code ?? undefined, stateInit?.data ?? undefined), ACCOUNT);
  const rent = rentOf(prices, account, RENT_YEARS * YEAR_S);
  const fees =
    kind === "bare"
      ? gasFee(prices, GAS_BARE)
      : gasFee(prices, GAS_DISCOVERY) + 2n * forwardFee(prices, STEP);
  return { value: rent + fees, walletFee, fees, rent, spare: 0n };
}

function distributionCost(prices: Prices, lines: number): Omit<StepCost, "walletFee"> {
  const count = BigInt(lines);
  const each =
    gasFee(prices, GAS_TAKE_WALLET) +
    forwardFee(prices, sum(DEPLOYED, STEP)) +
    gasFee(prices, GAS_RECEIVE) +
    forwardFee(prices, sum(WALLET, STEP));
  const fees =
    gasFee(prices, GAS_DISTRIBUTION + lines * GAS_LINE) + forwardFee(prices, STEP) + count * each;
  const reserve = rentOf(prices, DEPLOYED, RENT_YEARS * YEAR_S);
  const rent = reserve + count * (reserve + rentOf(prices, WALLET, YEAR_S));
  // The minter's actions fail as one if they lack a nanogram: what is spare comes back.
  const spare = (fees + rent) / 10n;
  return { value: fees + rent + spare, fees, rent, spare };
}
