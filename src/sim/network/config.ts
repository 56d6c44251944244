/**
 * What a scenario may say about the network. Every key has a default, so `{}` is a network; a JSON
 * Schema is derived from this one, hence a description on each field.
 */
import { Schema } from "effect";
import { Duration, MILLISECOND } from "../../kernel/duration.ts";
import { MATRIX_SIZE_MAX } from "./rtt-matrix.ts";

const probability = (description: string) =>
  Schema.optionalWith(
    Schema.Number.pipe(Schema.greaterThanOrEqualTo(0), Schema.lessThan(1)).annotations({
      description,
    }),
    { default: () => 0 },
  );

const atLeast = (least: number, fallback: number, description: string) =>
  Schema.optionalWith(
    Schema.Finite.pipe(Schema.greaterThanOrEqualTo(least)).annotations({ description }),
    { default: () => fallback },
  );

const above0 = (fallback: number, description: string) =>
  Schema.optionalWith(Schema.Finite.pipe(Schema.greaterThan(0)).annotations({ description }), {
    default: () => fallback,
  });

// A property annotation: an annotation on the schema itself would rename the shared definition.
const duration = (fallbackUs: number, description: string) =>
  Schema.optionalWith(Duration, { default: () => fallbackUs }).annotations({ description });

/** A positive quantity whose logarithm is normal. */
const bandwidth = (median: number, sigma: number, description: string) => {
  const Mbps = Schema.Struct({
    median: above0(median, "Half of the hosts have less, in Mbit/s."),
    sigma: atLeast(0, sigma, "Standard deviation of the natural logarithm; 0 makes all equal."),
  });
  return Schema.optionalWith(Mbps.annotations({ description }), {
    default: () => ({ median, sigma }),
  });
};

const ACCESS_MEDIAN_US = 5 * MILLISECOND;
const ACCESS_SIGMA = 0.6;

const Access = Schema.Struct({
  median: duration(ACCESS_MEDIAN_US, "Half of the hosts have less, one way."),
  sigma: atLeast(0, ACCESS_SIGMA, "Standard deviation of the natural logarithm."),
}).annotations({
  description: "Log-normal delay between a host and its provider, drawn once per host.",
});

/** The network of a scenario. Times are integer microseconds after decoding. */
export const NetworkConfig = Schema.Struct({
  kind: Schema.optionalWith(
    Schema.Literal("cities", "matrix", "none").annotations({
      description:
        "Where delays come from: distances between cities, a matrix of measured round trips, " +
        "or none (zero delay and endless bandwidth, to compare with queueing theory).",
    }),
    { default: () => "cities" as const },
  ),
  sites: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(1, MATRIX_SIZE_MAX)).annotations({
      description: "How many different cities are drawn by population when none are named.",
    }),
    { default: () => 100 },
  ),
  cities: Schema.optional(
    Schema.NonEmptyArray(Schema.NonEmptyString).annotations({
      description: 'Cities to use instead of drawn ones, such as "Berlin" or "London, GB".',
    }),
  ),
  matrixFile: Schema.optional(
    Schema.NonEmptyString.annotations({
      description: "For kind matrix: a square table of round-trip milliseconds, tabs between.",
    }),
  ),
  pathInflation: atLeast(
    1,
    1.9,
    "Median length of a route beyond its fixed detour, as a multiple of the great circle.",
  ),
  pathSpread: atLeast(
    0,
    0.35,
    "Standard deviation of the natural logarithm of that multiple, drawn once per pair of cities.",
  ),
  pathDetourKm: atLeast(
    0,
    200,
    "Fixed part of a route in km of fibre: short routes are relatively less direct.",
  ),
  access: Schema.optionalWith(Access, {
    default: () => ({ median: ACCESS_MEDIAN_US, sigma: ACCESS_SIGMA }),
  }),
  uplink: bandwidth(8, 0.9, "Log-normal rate at which a host sends, drawn once per host."),
  downlink: bandwidth(40, 0.9, "Log-normal rate at which a host receives, drawn once per host."),
  messageBytes: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(0, 1_000_000)).annotations({
      description: "Bytes a message is charged at least: envelope, headers, encryption.",
    }),
    { default: () => 256 },
  ),
  loss: probability("Probability that a message is lost; one that must arrive is sent again."),
  duplicate: probability("Probability that a message that must arrive does so twice."),
  reorder: probability("Probability that a message that may be lost is held back."),
  reorderWindow: duration(50 * MILLISECOND, "Longest such hold, and longest lag of a duplicate."),
  retransmissionTimeout: duration(
    200 * MILLISECOND,
    "Least wait before a lost message is sent again; twice the round trip if that is longer.",
  ),
}).annotations({ identifier: "NetworkConfig", description: "How messages travel." });
export type NetworkConfig = typeof NetworkConfig.Type;

/** The network of a scenario that says nothing. */
export const defaultNetwork: NetworkConfig = Schema.decodeUnknownSync(NetworkConfig)({});
