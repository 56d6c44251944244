/** What a node accepts: its machine and owner, its edge, its contributor and the model runner. */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import { variant } from "../../kernel/message.ts";
import { RunnerOutcome } from "../../kernel/ports/model-runner.ts";

/** The machine is up (from `port/host`); sent at each start, whether or not a stop was told. */
export const HostStarted = variant("HostStarted", {});
export type HostStarted = typeof HostStarted.Type;
/** The machine goes down now and says so; a machine that vanishes sends nothing. */
export const HostStopping = variant("HostStopping", {});
export type HostStopping = typeof HostStopping.Type;
/** The owner uses the machine: everything it gave is given back. */
export const OwnerBusy = variant("OwnerBusy", {});
export type OwnerBusy = typeof OwnerBusy.Type;
export const OwnerIdle = variant("OwnerIdle", {});
export type OwnerIdle = typeof OwnerIdle.Type;

export const Pong = variant("Pong", { probe: Schema.Int });
export type Pong = typeof Pong.Type;

/** The edge, or a node that it asked to, measures the way to this node. */
export const Ping = variant("Ping", { probe: Schema.Int });
export type Ping = typeof Ping.Type;

/** The edge wants to know how far another node is from this one. */
export const Measure = variant("Measure", { node: Address });
export type Measure = typeof Measure.Type;

/** The edge took the node into its directory. */
export const Welcome = variant("Welcome", {});
export type Welcome = typeof Welcome.Type;

/**
 * Offers one attempt. The lease is a length, never an instant: the node counts it from the moment
 * it accepts, the edge from the moment it learns of that, so the edge's ends later on any clocks.
 */
export const Assign = variant("Assign", {
  attempt: Schema.String,
  task: Schema.String,
  job: Address,
  content: Schema.String,
  mflop: Schema.Int,
  memoryMib: Schema.Int,
  inputBytes: Schema.Int,
  outputBytes: Schema.Int,
  token: Schema.Int,
  leaseUs: Schema.Int,
});
export type Assign = typeof Assign.Type;

/**
 * The attempt is no longer this node's: stop working on it. "preempted" asks for it back: the slot
 * is wanted for work that goes before it, and the node says when it has let go.
 */
export const Revoke = variant("Revoke", {
  attempt: Schema.String,
  reason: Schema.Literal("expired", "cancelled", "unknown", "preempted"),
});
export type Revoke = typeof Revoke.Type;

/** All of the round have committed (or some for too long): show the result that was sealed. */
export const Reveal = variant("Reveal", { attempt: Schema.String });
export type Reveal = typeof Reveal.Type;

/** The contributor's standing as far as a node needs it. */
export const OwnerStanding = variant("OwnerStanding", {
  probation: Schema.Boolean,
  /** Suspended or revoked: finish what runs and take nothing more. */
  drain: Schema.Boolean,
});
export type OwnerStanding = typeof OwnerStanding.Type;

/** The lease of an attempt ended on the node's own clock (its own timer). */
export const LeaseEnded = variant("LeaseEnded", { attempt: Schema.String });
export type LeaseEnded = typeof LeaseEnded.Type;

export const NodeMessage = Schema.Union(
  HostStarted,
  HostStopping,
  OwnerBusy,
  OwnerIdle,
  Pong,
  Ping,
  Measure,
  Welcome,
  Assign,
  Revoke,
  Reveal,
  OwnerStanding,
  LeaseEnded,
  RunnerOutcome,
);
export type NodeMessage = typeof NodeMessage.Type;
