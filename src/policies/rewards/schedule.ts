/**
 * How much the community may have been issued by an instant. A part follows time alone, a part the
 * verified work of the network against a baseline that grows: Filecoin's simple and baseline
 * minting (spec.filecoin.io, systems/filecoin_token/block_reward_minting), with the halving and the
 * doubling time in place of the rates lambda = ln 2 / halving and g = ln 2 / doubling:
 *
 *   M_S(t)     = M_S,inf (1 - 2^(-t / halving))
 *   b(t)       = b0 2^(t / doubling)
 *   R(t)       = integral of min(b, verified work per hour) from 0 to t
 *   theta(t)   = doubling log2(1 + ln 2 R(t) / (b0 doubling))
 *   M_B(theta) = M_B,inf (1 - 2^(-theta / halving))
 *
 * A network at the baseline has theta = t. All is integer; amounts round down.
 */
import { HOUR } from "../../kernel/duration.ts";
import { doubled, halved, LN_2, log2, POWER_BITS, POWER_ONE } from "../../kernel/powers.ts";

/** Amounts in the smallest unit of money and of work; any unit of work will do. */
export interface Schedule {
  /** Ends of the two parts: what is issued when time has no end. */
  readonly byTime: bigint;
  readonly byWork: bigint;
  readonly halvingUs: number;
  readonly doublingUs: number;
  /** b0: work per hour that counts at the beginning. */
  readonly baseline: bigint;
}

/** M_S: what time alone has issued `sinceUs` after the beginning. */
export function issuedByTime({ byTime, halvingUs }: Schedule, sinceUs: number): bigint {
  return byTime - halved(byTime, { over: BigInt(sinceUs), under: BigInt(halvingUs) });
}

/** M_B: what work has issued once `baselined` work has counted. */
export function issuedByWork(schedule: Schedule, baselined: bigint): bigint {
  const { byWork, halvingUs, doublingUs } = schedule;
  const { over, under } = networkTime(schedule, baselined);
  const exponent = { over: over * BigInt(doublingUs), under: under * BigInt(halvingUs) };
  return byWork - halved(byWork, exponent);
}

/** theta in doublings, as a ratio: the age of a network at the baseline with as much work. */
export function networkTime(
  { baseline, doublingUs }: Schedule,
  baselined: bigint,
): { readonly over: bigint; readonly under: bigint } {
  const whole = (baseline * BigInt(doublingUs)) << POWER_BITS;
  return log2({ over: whole + LN_2 * baselined * BigInt(HOUR), under: whole });
}

/** Work at the baseline between two instants after the beginning: the most that counts. */
export function baselineWork(schedule: Schedule, fromUs: number, toUs: number): bigint {
  return baselineUntil(schedule, toUs) - baselineUntil(schedule, fromUs);
}

function baselineUntil({ baseline, doublingUs }: Schedule, atUs: number): bigint {
  const under = BigInt(doublingUs);
  const grown = doubled({ over: BigInt(atUs), under }) - POWER_ONE;
  return (baseline * under * grown) / (LN_2 * BigInt(HOUR));
}
