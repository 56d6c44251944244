/**
 * Outbound effects as data. The set is closed: adding one breaks every shell at compile time, and
 * that is the point. Shells execute commands in the order in which the step gives them.
 */
import type { Address } from "./address.ts";
import type { Message } from "./message.ts";

/** At least once, in order per (sender, receiver) pair; the receiver drops duplicates. */
export interface Send {
  readonly command: "Send";
  readonly to: Address;
  readonly message: Message;
}

/** A Send to whoever the current delivery came from. */
export interface Reply {
  readonly command: "Reply";
  readonly message: Message;
}

/** Starting a key again replaces it; a late firing of the old one is dropped. */
export interface StartTimer {
  readonly command: "StartTimer";
  readonly key: string;
  readonly delayUs: number;
  readonly message: Message;
}

export interface CancelTimer {
  readonly command: "CancelTimer";
  readonly key: string;
}

/** Creates `address` with the behaviour of its kind; a second Spawn of the address is dropped. */
export interface Spawn {
  readonly command: "Spawn";
  readonly address: Address;
  readonly input: unknown;
}

/** Ends this actor after the step; its timers and port calls go with it. */
export interface Stop {
  readonly command: "Stop";
}

/** At most once, to whoever listens to the topic: metrics, gossip. */
export interface Publish {
  readonly command: "Publish";
  readonly topic: string;
  readonly message: Message;
}

/** Exactly one PortOutcome with this key comes back, at the latest after `deadlineUs`. */
export interface PortCall {
  readonly command: "PortCall";
  readonly key: string;
  readonly port: string;
  readonly request: Message;
  readonly deadlineUs: number;
}

export type Command = Send | Reply | StartTimer | CancelTimer | Spawn | Stop | Publish | PortCall;

export function send(to: Address, message: Message): Send {
  return { command: "Send", to, message };
}
export function reply(message: Message): Reply {
  return { command: "Reply", message };
}
export function startTimer(key: string, delayUs: number, message: Message): StartTimer {
  return { command: "StartTimer", key, delayUs, message };
}
export function cancelTimer(key: string): CancelTimer {
  return { command: "CancelTimer", key };
}
export function spawn(address: Address, input: unknown): Spawn {
  return { command: "Spawn", address, input };
}
export const stop: Stop = { command: "Stop" };
export function publish(topic: string, message: Message): Publish {
  return { command: "Publish", topic, message };
}
export function portCall(
  port: string,
  key: string,
  request: Message,
  deadlineUs: number,
): PortCall {
  return { command: "PortCall", key, port, request, deadlineUs };
}
export const noCommands: ReadonlyArray<Command> = [];
