/**
 * What an edge has measured of a node's work. Nothing of it is the node's own word; nodes of which
 * nothing is known share one record.
 */
import { Schema } from "effect";
import { DAY, MINUTE } from "../../kernel/duration.ts";

export const Track = Schema.Struct({
  /** Moving share of its leases that ended with a result, per mille. */
  reliability: Schema.Int,
  /** Moving mean of the speed at which it finished, MFLOP per second; 0 while unknown. */
  mflops: Schema.Int,
  /** Moving mean of the rate at which inputs reached it, kbit/s; 0 while unknown. */
  kbps: Schema.Int,
  /** Offers and leases in a row that came to nothing: each doubles its rest. */
  rests: Schema.Int,
});
export type Track = typeof Track.Type;

export const noTrack: Track = Object.freeze({ reliability: 1_000, mflops: 0, kbps: 0, rests: 0 });

/** Below this a node gets commons work only, where there is any (per mille). */
export const TRUSTED = 600;
const REST_MAX_US = 10 * MINUTE;
/** For a node that is below trust and goes on failing. */
const LONG_REST_MAX_US = DAY;
/** Further doubling says nothing. */
const RESTS_MAX = 16;
/** A year of one slot's work in a second: beyond what a measurement can mean. */
const MFLOPS_MAX = 2_000_000_000;
/** Bits per byte times microseconds per second over bits per kbit. */
const BYTES_TO_KBIT_US = 8_000;
/** A terabit per second. */
const KBPS_MAX = 1_000_000_000;
/** Half of the volunteers' lines receive more. */
const TYPICAL_KBPS = 40_000;
const COMMON_BYTES = 1_000_000;

/** R <- .95 R + .05 ok, after each lease. */
export function afterLease(track: Track, ok: boolean): Track {
  const reliability = Math.round((95 * track.reliability + (ok ? 5_000 : 0)) / 100);
  const rests = ok ? 0 : Math.min(RESTS_MAX, track.rests + 1);
  if (reliability === track.reliability && rests === track.rests) return track;
  return { reliability, mflops: track.mflops, kbps: track.kbps, rests };
}

/** A finished run: its metered work over the time from the node's start until its end. */
export function afterRun(track: Track, mflop: number, tookUs: number): Track {
  const { reliability, kbps, rests } = track;
  const measured = Math.round((mflop * 1_000_000) / Math.max(1, tookUs));
  const mflops = moved(track.mflops, Math.max(1, Math.min(MFLOPS_MAX, measured)));
  return { reliability, mflops, kbps, rests };
}

/** An input that came in so many microseconds. */
export function afterFetch(track: Track, bytes: number, tookUs: number): Track {
  const { reliability, mflops, rests } = track;
  const measured = Math.round((bytes * BYTES_TO_KBIT_US) / Math.max(1, tookUs));
  const kbps = moved(track.kbps, Math.max(1, Math.min(KBPS_MAX, measured)));
  return { reliability, mflops, kbps, rests };
}

/** Microseconds that an input of a common size takes on a line; on a typical one while unknown. */
export function lineUs({ kbps }: Track): number {
  const rate = kbps === 0 ? TYPICAL_KBPS : kbps;
  return Math.round((COMMON_BYTES * BYTES_TO_KBIT_US) / rate);
}

/** One more offer that came to nothing. */
export function afterRefusal(track: Track): Track {
  const { reliability, mflops, kbps } = track;
  return { reliability, mflops, kbps, rests: Math.min(RESTS_MAX, track.rests + 1) };
}

/**
 * How long a node rests after so many failures in a row: doubling, ten minutes at most, or a day
 * for one below trust. One success ends the row, so bad luck costs a minute.
 */
export function restUs(track: Track, offerUs: number): number {
  const doubled = offerUs * (1 << Math.max(0, track.rests - 1));
  const most = track.reliability < TRUSTED ? LONG_REST_MAX_US : REST_MAX_US;
  return Math.max(1, Math.min(most, doubled));
}

/** A quarter of the news; the first value is taken as it is. */
function moved(old: number, news: number): number {
  return old === 0 ? news : Math.round((3 * old + news) / 4);
}
