/** A port of the world as the live shell sees it: model runner, trainer. */
import type { Address } from "../kernel/address.ts";
import type { PortCall } from "../kernel/command.ts";
import type { Message } from "../kernel/message.ts";

export interface LivePort {
  /**
   * Begins the call or, when (caller, key) is under way, joins it. `tell` is called once with the
   * PortOutcome, at the latest at the call's deadline; after a crash the shell calls again.
   */
  readonly call: (caller: Address, call: PortCall, tell: (outcome: Message) => void) => void;
  /** Ends what is under way without outcomes and lets go of the machine. */
  readonly close: () => Promise<void>;
}
