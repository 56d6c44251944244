/** Deliberate bugs of the mailbox: each is what the real one would be without one of its lines. */
import type { Address } from "../../kernel/address.ts";
import { Mailbox, type MailboxImage } from "../../kernel/mailbox.ts";
import type { Message } from "../../kernel/message.ts";

/** Nothing is issued again after a crash. */
export class LosesOutbox extends Mailbox {
  override image(addressOf: (sender: number) => Address | undefined): MailboxImage {
    return { ...super.image(addressOf), outbox: [] };
  }
}

/** A second copy of a message is a message. */
export class SkipsDuplicateCheck extends Mailbox {
  override accept(sender: number, n: number): boolean {
    super.accept(sender, n);
    return true;
  }
}

/** A firing of a timer that was started again or cancelled still counts. */
export class FiresStaleTimers extends Mailbox {
  private readonly messages = new Map<string, Message>();

  override startTimer(key: string, dueUs: number, message: Message) {
    this.messages.set(key, message);
    return super.startTimer(key, dueUs, message);
  }

  override fireTimer(key: string, epoch: number): Message | undefined {
    return super.fireTimer(key, epoch) ?? this.messages.get(key);
  }
}

/** Timers do not survive a crash. */
export class ForgetsTimers extends Mailbox {
  override image(addressOf: (sender: number) => Address | undefined): MailboxImage {
    return { ...super.image(addressOf), timers: [] };
  }
}
