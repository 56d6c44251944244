/**
 * What the ledger told each contributor of its standing, and the lines of its account: every move
 * of credit with the job and the message that made it. Balances are the ledger's own and read
 * there.
 */
import type { StandingChanged } from "../../../actors/contributor/messages.ts";
import type { JobClosed } from "../../../actors/job/messages.ts";
import type { Reserve, Settle, Slash } from "../../../actors/ledger/messages.ts";
import { type Address, kindOf } from "../../../kernel/address.ts";
import type { Command } from "../../../kernel/command.ts";
import type { Delivery } from "../../../kernel/delivery.ts";
import type { Message, MessageId } from "../../../kernel/message.ts";
import type { View } from "../../../live/view.ts";

/** One move of credit of an account. */
export interface CreditLine {
  readonly atUs: number;
  /** held: into a job's escrow; returned: out of it; earned: for a result; slashed: burned. */
  readonly what: "held" | "returned" | "earned" | "slashed";
  /** nano-VCU; negative for what left the account; 0 where only the ledger knows (slashed). */
  readonly amount: bigint;
  readonly job: string;
  readonly task: string;
  /** The message that made it. */
  readonly cause: MessageId;
}

export interface Contributor {
  readonly contributor: Address;
  openedUs: number;
  /** The ledger's newest word; undefined before it said anything but that the account is open. */
  standing: StandingChanged | undefined;
  /** Newest last. */
  readonly lines: CreditLine[];
}

interface Escrow {
  readonly requester: Address;
  readonly commons: boolean;
  left: bigint;
}

export interface Contributors {
  readonly byAddress: Map<Address, Contributor>;
  /** Jobs whose escrow is open. */
  readonly escrows: Map<Address, Escrow>;
}

/** Lines that an account keeps. */
const LINES_KEPT = 500;

export const contributorsView: View<Contributors> = {
  name: "contributors",
  version: 1,
  empty: () => ({ byAddress: new Map(), escrows: new Map() }),
  fold: (view, { actor, delivery, step }) => {
    if (kindOf(actor) === "ledger") foldLedger(view, delivery, step.commands);
    return view;
  },
  save: ({ byAddress, escrows }) => ({
    contributors: [...byAddress.values()].map((each) => ({ ...each, lines: [...each.lines] })),
    escrows: [...escrows].map(([job, escrow]) => [job, { ...escrow }] as const),
  }),
  load: (saved) => {
    const { contributors, escrows } = saved as {
      readonly contributors: ReadonlyArray<Contributor>;
      readonly escrows: ReadonlyArray<readonly [Address, Escrow]>;
    };
    const byAddress = new Map(contributors.map((each) => [each.contributor, each]));
    return { byAddress, escrows: new Map(escrows) };
  },
};

function contributorAt(view: Contributors, at: Address): Contributor {
  let known = view.byAddress.get(at);
  if (known === undefined) {
    known = { contributor: at, openedUs: 0, standing: undefined, lines: [] };
    view.byAddress.set(at, known);
  }
  return known;
}

function foldLedger(
  view: Contributors,
  delivery: Delivery,
  commands: ReadonlyArray<Command>,
): void {
  const answer = replyOf(commands);
  switch (delivery.type) {
    case "OpenAccount": {
      const account = contributorAt(view, delivery.from);
      if (account.openedUs === 0) account.openedUs = delivery.atUs;
      break;
    }
    case "Reserve":
      if (answer?.type === "Reserved") hold(view, delivery);
      break;
    case "Settle":
      settle(view, delivery);
      break;
    case "CloseJob":
      if (answer?.type === "JobClosed") giveBack(view, delivery, answer as JobClosed);
      break;
    case "Slash": {
      const { owner, task } = delivery.message as Slash;
      note(view, owner, delivery, { what: "slashed", amount: 0n, task });
      break;
    }
  }
  for (const command of commands) {
    if (command.command === "Send" && command.message.type === "StandingChanged") {
      contributorAt(view, command.to).standing = command.message as StandingChanged;
    }
  }
}

function replyOf(commands: ReadonlyArray<Command>): Message | undefined {
  for (const command of commands) if (command.command === "Reply") return command.message;
  return undefined;
}

/** The answer is repeated for a job that asks again; its credit is held once. */
function hold(view: Contributors, delivery: Delivery): void {
  if (view.escrows.has(delivery.from)) return;
  const { requester, amount, commons } = delivery.message as Reserve;
  view.escrows.set(delivery.from, { requester, commons, left: amount });
  if (!commons) note(view, requester, delivery, { what: "held", amount: 0n - amount, task: "" });
}

function settle(view: Contributors, delivery: Delivery): void {
  const escrow = view.escrows.get(delivery.from);
  const { payees, each, task } = delivery.message as Settle;
  if (escrow === undefined || each > escrow.left) return;
  escrow.left -= payees.length === 0 ? 0n : each;
  for (const owner of new Set(payees)) {
    note(view, owner, delivery, { what: "earned", amount: each, task });
  }
}

function giveBack(view: Contributors, delivery: Delivery, { refunded }: JobClosed): void {
  const escrow = view.escrows.get(delivery.from);
  if (!view.escrows.delete(delivery.from) || escrow === undefined || escrow.commons) return;
  if (refunded > 0n) {
    note(view, escrow.requester, delivery, { what: "returned", amount: refunded, task: "" });
  }
}

function note(
  view: Contributors,
  owner: Address,
  delivery: Delivery,
  move: Pick<CreditLine, "what" | "amount" | "task">,
): void {
  const { lines } = contributorAt(view, owner);
  const { atUs, id: cause, from } = delivery;
  lines.push({ atUs, ...move, job: kindOf(from) === "job" ? from : "", cause });
  if (lines.length > LINES_KEPT) lines.splice(0, lines.length - LINES_KEPT);
}
