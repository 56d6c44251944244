/** Deliveries that reach every branch of the auditor: most add up, some do not, some are forged. */
import fc from "fast-check";
import { type Address, address } from "../../kernel/address.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import { tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import type { AuditorMessage } from "./messages.ts";
import type { AuditorInput } from "./state.ts";

const ledger = address("ledger", "main");
export const auditorInput: AuditorInput = { ledger, limits: tiny };

interface Letter {
  readonly from: Address;
  readonly message: Message;
}
const letter = (message: fc.Arbitrary<AuditorMessage>): fc.Arbitrary<Letter> =>
  fc.record({
    from: fc.oneof(
      { weight: 9, arbitrary: fc.constant(ledger) },
      { weight: 1, arbitrary: fc.constant(address("contributor", "forger")) },
    ),
    message,
  });

const account = fc.constantFrom("contributor/c1", "contributor/c2");
const amount = fc.bigInt(0n, 5n);
/** An error of one nano in one case of four. */
const error = fc.constantFrom(0n, 0n, 0n, 1n);

const closed = fc
  .record({
    epoch: fc.nat({ max: 2 }),
    burned: amount,
    balances: amount,
    escrow: amount,
    error,
    postings: fc.nat({ max: 9 }),
    accounts: fc.array(account, { maxLength: 2 }),
  })
  .map(({ error: by, ...totals }) => ({
    type: "EpochClosed" as const,
    epoch: totals.epoch,
    minted: nanoVcu(totals.burned + totals.balances + totals.escrow + by),
    burned: nanoVcu(totals.burned),
    balances: nanoVcu(totals.balances),
    escrow: nanoVcu(totals.escrow),
    postings: totals.postings,
    accounts: totals.accounts,
  }));
const shown = fc
  .record({
    epoch: fc.nat({ max: 2 }),
    account,
    opening: amount,
    credits: amount,
    debits: amount,
    error,
  })
  .map(({ error: by, ...line }) => ({
    type: "AccountShown" as const,
    epoch: line.epoch,
    account: line.account,
    opening: nanoVcu(line.opening),
    credits: nanoVcu(line.credits),
    debits: nanoVcu(line.debits),
    closing: nanoVcu(line.opening + line.credits - line.debits + by),
  }));
const showTerm: Letter = {
  from: address("auditor", "main"),
  message: { type: "xstate.after.showTerm.auditor.auditing" },
};

/** One delivery; a history is an array of them. */
export const auditorDelivery: fc.Arbitrary<Delivery> = fc
  .record({
    letter: fc.oneof(
      { weight: 3, arbitrary: letter(closed) },
      { weight: 6, arbitrary: letter(shown) },
      { weight: 1, arbitrary: fc.constant(showTerm) },
    ),
    atUs: fc.nat().map(micros),
    entropy: fc.nat({ max: 0xffffffff }).map((word) => word as Seed),
  })
  .map(({ letter: { from, message }, atUs, entropy }) => {
    const id = `${from}#1` as MessageId;
    return { type: message.type, id, atUs, entropy, from, message };
  });
