/**
 * An actor that does what it is told: each message carries the commands that its step gives back.
 * With it a story about the simulator is a list of messages, and nothing else has to be known.
 */
import { Either, Schema } from "effect";
import { type Address, address } from "../../src/kernel/address.ts";
import type { Behaviour } from "../../src/kernel/behaviour.ts";
import type { Command } from "../../src/kernel/command.ts";
import { variant } from "../../src/kernel/message.ts";
import { type ActorSpec, Simulator, type SimulatorParts } from "../../src/sim/core/simulator.ts";
import { findSite } from "../../src/sim/network/cities.ts";
import { NetworkConfig } from "../../src/sim/network/config.ts";
import { Network } from "../../src/sim/network/link.ts";

const Commands = Schema.Array(Schema.Unknown as unknown as Schema.Schema<Command>);
const Do = variant("Do", { word: Schema.String, commands: Commands });
const Huh = variant("Huh", {});
const PortOutcome = variant("PortOutcome", { key: Schema.String, value: Schema.String });
const PuppetMessage = Schema.Union(Do, Huh, PortOutcome);
type PuppetMessage = typeof PuppetMessage.Type;

/** What a puppet heard, one word each. */
const PuppetState = Schema.Struct({ at: Schema.String, heard: Schema.Array(Schema.String) });
export type PuppetState = typeof PuppetState.Type;

/** Says `word`; whoever hears it gives back `commands`. */
export function say(word: string, ...commands: ReadonlyArray<Command>): PuppetMessage {
  return { type: "Do", word, commands };
}
/** A message that a puppet does not understand. */
export const huh: PuppetMessage = { type: "Huh" };

function puppetOf(kind: string): Behaviour<PuppetState, PuppetMessage, ReadonlyArray<Command>> {
  return {
    kind,
    version: 1,
    State: PuppetState,
    Message: PuppetMessage,
    init: (input) => ({ state: { at: "born", heard: [] }, commands: input, handled: true }),
    step: (state, delivery) => {
      const { message } = delivery;
      if (message.type === "Huh") return { state, commands: [], handled: false };
      const word = message.type === "Do" ? message.word : `${message.key}=${message.value}`;
      const commands = message.type === "Do" ? message.commands : [];
      return { state: { at: "told", heard: [...state.heard, word] }, commands, handled: true };
    },
  };
}

const KINDS = ["actor", "child"];
const HOSTS = 8;

export interface Theatre {
  readonly sim: Simulator;
  /** Deliveries so far as "<milliseconds since the start> <receiver>: <word>". */
  readonly log: string[];
  /** Deliveries so far as "<receiver> <message id>". */
  readonly ids: string[];
}

export type TheatreParts = Partial<SimulatorParts> & { readonly network?: Network };

export const START_US = 1_767_571_200_000_000;

/** One way takes a millisecond, and bytes take no time. */
export const ONE_MS = { messageBytes: 0, pathDetourKm: 0 };

/** A network without delay, unless `input` says more. */
export function networkOf(input: object = { kind: "none" }): Network {
  const config = Schema.decodeUnknownSync(NetworkConfig)(input);
  const place = { site: 0, accessUs: 500, uplinkMbps: 8, downlinkMbps: 8 };
  const hosts = Array.from({ length: HOSTS }, () => place);
  const sites = [Either.getOrThrow(findSite("London"))];
  return new Network({ config, seed: 5, sites, hosts });
}

export function theatre(parts: TheatreParts = {}): Theatre {
  const sim = new Simulator({
    seed: 3,
    startUs: START_US,
    behaviours: new Map(KINDS.map((kind) => [kind, puppetOf(kind)])),
    network: networkOf(),
    messageBytes: 0,
    outboxTail: 8,
    hashing: true,
    ...parts,
  });
  const log: string[] = [];
  const ids: string[] = [];
  sim.onDelivery = (delivery) => {
    const message = delivery.message as PuppetMessage;
    const word = message.type === "Do" ? message.word : message.type;
    log.push(`${(sim.nowUs - START_US) / 1_000} ${delivery.target.address}: ${word}`);
    ids.push(`${delivery.target.address} ${delivery.id}`);
  };
  return { sim, log, ids };
}

export const actor = (name: string): Address => address("actor", name);

/** The actors of the start, each on a host of its own, with the commands of its first step. */
export function cast(names: ReadonlyArray<string>, ...first: ReadonlyArray<Command>): ActorSpec[] {
  return names.map((name, n) => ({
    address: actor(name),
    host: n % HOSTS,
    input: n === 0 ? first : [],
  }));
}

export function heardBy({ sim }: Theatre, name: string): ReadonlyArray<string> {
  return (sim.actor(actor(name)).state as PuppetState).heard;
}
