/**
 * The agent of one machine: looks at its owner, judges by the rule what is given, and has slots and
 * listeners follow. While tasks run it looks often, so that the owner never waits; else seldom.
 */
import { type Contribution, contributionAt } from "./contribution/evaluate.ts";
import { type MachineSize, wallClock } from "./contribution/moment.ts";
import { printRule } from "./contribution/print.ts";
import type { Rule } from "./contribution/rule.ts";
import { Governor } from "./governor.ts";
import type { OwnerActivity, OwnerWatch, Sensors, Sighting } from "./owner.ts";
import { OwnerJudge } from "./owner-judge.ts";
import type { Slots } from "./slots.ts";

/** Between two looks, milliseconds: while tasks run, and else. */
const WORKING_MS = 300;
const RESTING_MS = 10_000;
/** How old the answer of a costly sensor may be: the machine is given back within a second. */
const WORKING_AGE_MS = 600;
const RESTING_AGE_MS = 30_000;
const FIRST_MS = 1_000;
/** A look that comes so much later than it was due comes out of a sleep of the machine. */
const SLEPT_MS = 15_000;
const EVENTS_KEPT = 100;

export interface AgentParts {
  readonly sensors: Sensors;
  /** What is given is taken from these. */
  readonly slots: Slots;
  readonly rule: Rule;
  readonly machine: MachineSize;
  /** Time zone of the rule's hours; by default the machine's own. */
  readonly zone?: string;
}

export interface AgentEvent {
  readonly atMs: number;
  readonly reason: Contribution["reason"];
  readonly cpuShare: number;
  readonly why: string;
}

export interface AgentStatus {
  readonly rule: string;
  readonly machine: MachineSize;
  readonly startedMs: number;
  readonly owner: OwnerActivity;
  readonly given: Contribution;
  readonly pausedByHand: boolean;
  readonly running: number;
  readonly pressure: number | undefined;
  /** Newest first. */
  readonly events: ReadonlyArray<AgentEvent>;
}

type Listener = (activity: OwnerActivity) => void;

const unseen: OwnerActivity = {
  state: "unknown",
  power: "unknown",
  load: undefined,
  by: undefined,
  why: "the machine has not been looked at yet",
};

export class Agent implements OwnerWatch {
  /** Start tasks here: they get what is given and no more. */
  readonly slots: Governor;
  private readonly parts: AgentParts;
  private readonly judge: OwnerJudge;
  private readonly clock: (atMs: number) => { readonly day: number; readonly minute: number };
  private readonly listeners = new Set<Listener>();
  private readonly startedMs = Date.now();
  private events: ReadonlyArray<AgentEvent> = [];
  private owner = unseen;
  private given: Contribution;
  private pressure: number | undefined;
  private pausedByHand = false;
  private timer: NodeJS.Timeout | undefined;
  private looked: { readonly wallMs: number; readonly steadyMs: number } | undefined;
  private dueMs = 0;
  private looking = false;
  private closed = false;

  constructor(parts: AgentParts) {
    this.parts = parts;
    this.judge = new OwnerJudge(parts.rule.idleAfterUs);
    this.clock = wallClock(parts.zone);
    this.given = this.contribution();
    this.slots = new Governor(parts.slots, this.given, () => this.lookSoon());
  }

  /** Resolves after the first look; the rest goes by itself until {@link close}. */
  async start(): Promise<void> {
    await this.look();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.parts.sensors.close();
    this.listeners.clear();
  }

  /** The listener hears "idle" when anything is given, and "busy" or "unknown" when nothing is. */
  watch(listener: Listener): () => void {
    this.listeners.add(listener);
    listener(this.activity());
    return () => this.listeners.delete(listener);
  }

  pause(): void {
    this.pausedByHand = true;
    this.settle();
  }

  resume(): void {
    this.pausedByHand = false;
    this.settle();
  }

  status(): AgentStatus {
    const { rule, machine } = this.parts;
    return {
      rule: printRule(rule),
      machine,
      startedMs: this.startedMs,
      owner: this.owner,
      given: this.given,
      pausedByHand: this.pausedByHand,
      running: this.slots.busySlots,
      pressure: this.pressure,
      events: this.events,
    };
  }

  /** A task began, and the last look may be too old for it. */
  private lookSoon(): void {
    if (this.looked === undefined || this.looking || this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), 0);
  }

  private async look(): Promise<void> {
    clearTimeout(this.timer);
    this.noticeSleep();
    this.looking = true;
    const seen = await this.sight();
    this.looking = false;
    if (this.closed) return;
    this.pressure = seen.pressure;
    this.owner = this.judge.judge(seen, performance.now() / 1_000);
    this.settle();
    const waitMs = this.waitMs();
    this.dueMs = waitMs;
    this.looked = { wallMs: Date.now(), steadyMs: performance.now() };
    this.timer = setTimeout(() => void this.look(), waitMs);
    this.timer.unref();
  }

  private waitMs(): number {
    if (this.slots.busySlots > 0) return WORKING_MS;
    // Load is the difference between two looks: the second one need not wait long.
    return this.owner.state === "unknown" && this.looked === undefined ? FIRST_MS : RESTING_MS;
  }

  /** Sensors that fail know nothing, and what is not known is not given. */
  private async sight(): Promise<Sighting> {
    try {
      const isWorking = this.slots.busySlots > 0;
      return await this.parts.sensors.look(isWorking ? WORKING_AGE_MS : RESTING_AGE_MS);
    } catch {
      return { power: "unknown" };
    }
  }

  /** A sleeping machine stops both clocks or only one of them. */
  private noticeSleep(): void {
    if (this.looked === undefined) return;
    const wall = Date.now() - this.looked.wallMs;
    const steady = performance.now() - this.looked.steadyMs;
    if (Math.max(wall, steady) > this.dueMs + SLEPT_MS) this.judge.woke(performance.now() / 1_000);
  }

  private contribution(): Contribution {
    const { rule, machine } = this.parts;
    const { state, power, load } = this.owner;
    const time = this.clock(Date.now());
    const given = contributionAt(rule, { time, owner: state, power, load }, machine);
    if (this.pausedByHand) {
      const nothing = { ...given, cpuShare: 0, slots: 0, slotShare: 0 };
      return { ...nothing, reason: "paused by hand", why: "you paused it" };
    }
    if (given.reason !== "user active") return given;
    // The rule knows that the owner is busy, the watch how that was seen.
    const reason = this.owner.by === "load" ? "busy by others" : given.reason;
    return { ...given, reason, why: this.owner.why };
  }

  /** Slots first: the owner has the machine back before anybody is told. */
  private settle(): void {
    const before = this.given;
    const given = this.contribution();
    this.given = given;
    const same =
      given.slots === before.slots &&
      given.slotShare === before.slotShare &&
      given.memoryMib === before.memoryMib;
    if (!same) this.slots.set(given);
    if (given.reason === before.reason && same && this.events.length > 0) return;
    const { reason, cpuShare } = given;
    const event: AgentEvent = { atMs: Date.now(), reason, cpuShare, why: given.why };
    this.events = [event, ...this.events].slice(0, EVENTS_KEPT);
    for (const listener of this.listeners) listener(this.activity());
  }

  private activity(): OwnerActivity {
    const { owner, given } = this;
    if (given.slots > 0) return { ...owner, state: "idle", why: given.why };
    const state = owner.state === "unknown" ? "unknown" : "busy";
    return { ...owner, state, why: `${given.reason}: ${given.why}` };
  }
}
