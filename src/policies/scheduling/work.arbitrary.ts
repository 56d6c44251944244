/** Works for tests of scheduling rules: everything that a test does not speak of has a default. */
import { Schema } from "effect";
import { address } from "../../kernel/address.ts";
import { MFLOP_PER_VCU, nanoVcu } from "../../kernel/credit.ts";
import type { AnySchedulingPolicy, Moment, Work } from "../../kernel/policies/scheduling.ts";

export const VCU = 1_000_000_000n;

export interface Wish {
  readonly by: string;
  readonly vcu?: number;
  readonly memoryMib?: number;
  readonly balance?: bigint;
  readonly earned?: bigint;
  readonly rate?: bigint;
  readonly onDebt?: boolean;
  readonly task?: string;
  readonly queuedUs?: number;
}

/** Work number n: attempt `<by><n>` of task `t<n>`; "commons" asks for commons work. */
export function workOf(wish: Wish, n: number): Work {
  const { by, vcu = 1, memoryMib = 0, balance = 0n, earned = VCU, rate = 0n } = wish;
  const task = wish.task ?? `t${n}`;
  return {
    attempt: `${by}${n}`,
    task,
    job: address("job", "j"),
    requester: address("contributor", by),
    standing: {
      balance: nanoVcu(balance),
      earned: nanoVcu(earned),
      spent: nanoVcu(0n),
      rate: nanoVcu(rate),
    },
    commons: by === "commons",
    onDebt: wish.onDebt ?? false,
    content: task,
    mflop: vcu * MFLOP_PER_VCU,
    memoryMib,
    inputBytes: 0,
    outputBytes: 0,
    token: n,
    exclude: [],
    queuedUs: wish.queuedUs ?? 0,
  };
}

type Capacity = Moment["capacityOf"];

export function momentOf(atUs: number, capacityOf: Capacity = () => 0): Moment {
  return { atUs, capacityOf };
}

/** A rule at work: what was asked of it, in the order of its answers. */
export class Queue {
  private readonly policy: AnySchedulingPolicy;
  private readonly capacityOf: Capacity;
  private state: unknown;
  private count = 0;
  atUs = 0;

  constructor(policy: AnySchedulingPolicy, params: object = {}, capacityOf: Capacity = () => 0) {
    this.policy = policy;
    this.capacityOf = capacityOf;
    this.state = policy.init(Schema.decodeUnknownSync(policy.Params)(params));
  }

  add(...wishes: ReadonlyArray<Wish>): this {
    for (const wish of wishes) {
      this.state = this.policy.add(this.state, workOf(wish, this.count++), this.moment);
    }
    return this;
  }

  /** Places the next work: "a1 by credit", or when to ask again, or nothing. */
  place(): string | undefined {
    const { state, work, pass, againUs } = this.policy.next(this.state, this.moment);
    this.state = state;
    if (work === undefined) return againUs === undefined ? undefined : `again at ${againUs}`;
    const { moment } = this;
    this.state = this.policy.take(this.state, work, { placed: true, pass, moment });
    return pass === "any" ? work.attempt : `${work.attempt} by ${pass}`;
  }

  /** Places `count` works; all that may be placed without one. */
  order(count = Number.POSITIVE_INFINITY): string {
    const placed: Array<string> = [];
    while (placed.length < count) {
      const word = this.place();
      if (word === undefined) break;
      placed.push(word);
      if (word.startsWith("again")) break;
    }
    return placed.join(" ");
  }

  end(wish: Wish): void {
    const { requester, commons, mflop, memoryMib } = workOf(wish, 0);
    this.state = this.policy.ended?.(this.state, { requester, commons, mflop, memoryMib });
  }

  explain(attempt: string): string {
    return this.policy.explain(this.state, attempt);
  }

  private get moment(): Moment {
    return momentOf(this.atUs, this.capacityOf);
  }
}
