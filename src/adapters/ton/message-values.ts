/**
 * Coins to send along with what people ask of contracts: at least what the contract demands at its
 * entry (contracts/*\/fees.tolk), by the network's prices, and a quarter more, since prices can
 * change while a message is on its way. What is not used comes back.
 */
import { forwardFee, gasFee, type Prices, rentOf, type Size, YEAR_S } from "./prices.ts";

const STEP: Size = { bits: 1_100, cells: 2 };
const WALLET: Size = { bits: 7_400, cells: 13 };
const RECORD: Size = { bits: 3_900, cells: 10 };
const ITEM: Size = { bits: 11_800, cells: 30 };
const PAYMENT: Size = { bits: 28_000, cells: 50 };
const MEME: Size = { bits: 15_500, cells: 32 };

const and = (one: Size, other: Size): Size => ({
  bits: one.bits + other.bits,
  cells: one.cells + other.cells,
});
const withMargin = (value: bigint) => (value * 5n) / 4n;

function transferCost(prices: Prices, forwardValue: bigint): bigint {
  return (
    forwardValue +
    2n * forwardFee(prices, STEP) +
    forwardFee(prices, WALLET) +
    rentOf(prices, WALLET, YEAR_S) +
    gasFee(prices, 6_400) +
    gasFee(prices, 7_700)
  );
}

const legCost = (prices: Prices, forwardValue: bigint) =>
  transferCost(prices, forwardValue) + forwardFee(prices, STEP);

/** A transfer of PINGO whose receiver is told with that many coins. */
export function transferValue(prices: Prices, forwardValue: bigint): bigint {
  return withMargin(transferCost(prices, forwardValue));
}

/** What an escrow or account needs to take PINGO in, or to send it back. */
export function noticeValue(prices: Prices): bigint {
  const rent = rentOf(prices, PAYMENT, YEAR_S);
  return withMargin(rent + gasFee(prices, 19_500) + legCost(prices, 0n));
}

/** Presents a voucher. */
export function presentValue(prices: Prices): bigint {
  const items = 2n * forwardFee(prices, ITEM) + rentOf(prices, ITEM, YEAR_S);
  return withMargin(gasFee(prices, 17_100) + items);
}

/** Claims rewards with a proof of so many levels. */
export function claimValue(prices: Prices, levels: number): bigint {
  return withMargin(
    gasFee(prices, 5_950 + levels * 500) +
      forwardFee(prices, and(RECORD, STEP)) +
      rentOf(prices, RECORD, YEAR_S) +
      gasFee(prices, 4_300) +
      gasFee(prices, 5_700) +
      2n * forwardFee(prices, STEP) +
      transferCost(prices, 0n),
  );
}

/** A message that one contract answers by itself: a submission, an activation. */
export function wordValue(prices: Prices): bigint {
  return withMargin(gasFee(prices, 9_000) + 2n * forwardFee(prices, STEP));
}

export function releaseValue(prices: Prices): bigint {
  const release = gasFee(prices, 6_400) + 2n * forwardFee(prices, STEP);
  return withMargin(release + transferCost(prices, 0n));
}

/** Deploys an escrow, which asks the minter for its wallet. */
export function discoverValue(prices: Prices): bigint {
  const asking = gasFee(prices, 12_000) + 3n * forwardFee(prices, STEP);
  return withMargin(rentOf(prices, PAYMENT, YEAR_S) + asking);
}

/** Ends a job: up to three payments. */
export function settleValue(prices: Prices): bigint {
  const legs = 2n * legCost(prices, 0n) + legCost(prices, gasFee(prices, 2_400));
  return withMargin(gasFee(prices, 31_000) + legs + rentOf(prices, PAYMENT, YEAR_S));
}

/** Makes a jetton with content of that size; the factory's fee comes on top. */
export function memeValue(prices: Prices, content: Size): bigint {
  const whole = and(MEME, content);
  const bear =
    gasFee(prices, 12_500) +
    rentOf(prices, WALLET, YEAR_S) +
    forwardFee(prices, WALLET) +
    gasFee(prices, 7_700) +
    2n * forwardFee(prices, STEP);
  const own = gasFee(prices, 17_500) + forwardFee(prices, whole);
  return withMargin(own + rentOf(prices, whole, 5 * YEAR_S) + bear);
}
