/** Folds deliveries into the trace hash: when, to whom, from whom, which message, what it says. */
import type { AnyBehaviour } from "../../kernel/behaviour.ts";
import { hashText } from "../../kernel/entropy.ts";
import type { Envelope } from "./hosted.ts";
import { MessagePlans, type TraceHash } from "./trace-hash.ts";

export class Folder {
  private readonly plans = new Map<string, MessagePlans>();

  constructor(behaviours: ReadonlyMap<string, AnyBehaviour>) {
    for (const [kind, { Message }] of behaviours) this.plans.set(kind, new MessagePlans(Message));
  }

  fold(hash: TraceHash, envelope: Envelope, nowUs: number): void {
    const { target } = envelope;
    hash.integer(nowUs);
    hash.word(target.k0);
    hash.word(envelope.senderIndex >= 0 ? envelope.senderKey : keyOfPort(envelope));
    hash.word(envelope.n);
    hash.value(envelope.message, this.plans.get(target.behaviour.kind)?.of(envelope.type));
  }
}

/** What stands for the sender in the hash when that is a port, or the actor's own timer. */
function keyOfPort({ target, from }: Envelope): number {
  return from === target.address ? target.k0 : hashText(from);
}
