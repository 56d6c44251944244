/**
 * What adversaries share in a run: a count of their deeds, one blackboard per entry of the
 * scenario by which its members collude, and what only the environment can do for them. All of it
 * follows from the deliveries, so a run with adversaries repeats like any other.
 */
import type { Address } from "../../kernel/address.ts";
import { hashText } from "../../kernel/entropy.ts";

/** What one member said about a content. */
export interface Saying {
  readonly digest: string;
  readonly isLie: boolean;
  readonly by: Address;
}

/** Seen by all members of one entry, and by nobody else. */
export class Blackboard {
  /** Times that a member did what an honest one would not. */
  acted = 0;
  /** Wrong results reported. */
  lies = 0;
  /** First word of the group on each content. */
  readonly said = new Map<string, Saying>();
  /** Results of anybody that members overheard, by task. */
  readonly overheard = new Map<string, string>();
  /** Honest results so far, by owner. */
  readonly honestResults = new Map<Address, number>();
  private readonly holders = new Map<string, Set<Address>>();

  /** A member took a copy of this content; how many of them have by now. */
  hold(content: string, node: Address): number {
    const known = this.holders.get(content);
    if (known === undefined) this.holders.set(content, new Set([node]));
    else known.add(node);
    return this.copies(content);
  }

  copies(content: string): number {
    return this.holders.get(content)?.size ?? 0;
  }
}

/** The stage of one run. */
export class Stage {
  /** Nobody cheats any more: the liveness phase asks what honest actors make of the rest. */
  isOver = false;
  /** Moves a member to its next identity; set by the run. False when there is none left. */
  rotate: (contributor: Address) => boolean = () => false;
  readonly seed: number;
  readonly startUs: number;
  readonly endUs: number;
  private readonly boards: ReadonlyArray<Blackboard>;

  constructor(parts: {
    readonly seed: number;
    readonly startUs: number;
    readonly endUs: number;
    readonly entries: number;
  }) {
    this.seed = parts.seed;
    this.startUs = parts.startUs;
    this.endUs = parts.endUs;
    this.boards = Array.from({ length: parts.entries }, () => new Blackboard());
  }

  board(entry: number): Blackboard {
    return this.boards[entry] as Blackboard;
  }

  /** Entries of the scenario that never did anything wrong. */
  get idle(): number {
    return this.boards.filter(({ acted }) => acted === 0).length;
  }

  get lies(): number {
    return this.boards.reduce((sum, { lies }) => sum + lies, 0);
  }
}

/** The same draw in [0, 1) for all who know the content: colluders need no message to agree. */
export function sharedDraw(content: string, seed: number): number {
  return hashText(content, seed | 0) / 4_294_967_296;
}
