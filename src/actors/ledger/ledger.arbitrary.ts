/** Deliveries that reach every branch of the ledger: few names, small amounts, many repetitions. */
import fc from "fast-check";
import { type Address, address } from "../../kernel/address.ts";
import { type NanoVcu, nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { DAY, micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import { type Limits, tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import type { LedgerMessage } from "./messages.ts";
import type { LedgerInput } from "./state.ts";

const self = address("ledger", "main");
const auditor = address("auditor", "main");
const commons = address("contributor", "commons");
/** Two thousandths of a VCU in two results end probation. */
const limits: Limits = { ...tiny, probationMilliVcu: 2, suspendAfterWrong: 2, bankHours: 1 };

export const ledgerInput: LedgerInput = {
  auditor,
  limits,
  commons,
  verifier: address("verifier", "v1"),
  gate: "credit",
};

const owner = fc.integer({ min: 1, max: 3 }).map((n) => address("contributor", `c${n}`));
const job = fc.integer({ min: 1, max: 9 }).map((n) => address("job", `j${n}`));
const task = fc.constantFrom("t1", "t2", "t3", "t4");
const owners = fc.array(owner, { maxLength: 3 });
const wrong = fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, owners);
const epoch = fc.nat({ max: 3 });
const amount: fc.Arbitrary<NanoVcu> = fc
  .oneof(fc.bigInt(0n, 9n), fc.bigInt(0n, 9_000_000n))
  .map(nanoVcu);

interface Letter {
  readonly from: Address;
  readonly message: Message;
}
const letter = (
  from: fc.Arbitrary<Address>,
  message: fc.Arbitrary<LedgerMessage>,
): fc.Arbitrary<Letter> => fc.record({ from, message });
const type = <const T extends string>(name: T) => fc.constant(name);

const open = letter(owner, fc.record({ type: type("OpenAccount") }));
const reserveCommons = letter(
  job,
  fc.record({
    type: type("Reserve"),
    requester: fc.constant(commons),
    amount,
    commons: fc.constant(true),
  }),
);
const reserve = letter(
  job,
  fc.record({
    type: type("Reserve"),
    requester: fc.oneof(owner, fc.constant(commons)),
    amount: fc.oneof(amount, amount, fc.constant(nanoVcu(-1n))),
    commons: fc.boolean(),
  }),
);
const settle = letter(
  job,
  fc.record({ type: type("Settle"), task, payees: owners, each: amount, wrong }),
);
const verifier = fc.constant(address("verifier", "v1"));
const slash = letter(
  fc.oneof({ weight: 5, arbitrary: verifier }, { weight: 1, arbitrary: owner }),
  fc.record({ type: type("Slash"), owner, task }),
);
const appeal = letter(owner, fc.record({ type: type("Appeal") }));
const reexamined = letter(
  fc.oneof({ weight: 5, arbitrary: verifier }, { weight: 1, arbitrary: owner }),
  fc.record({
    type: type("Reexamined"),
    owner,
    task,
    upheld: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
  }),
);
const term = letter(
  fc.constant(self),
  fc.record({ type: type("TermEnded"), owner, term: fc.constantFrom("suspension", "credential") }),
);
const close = letter(job, fc.record({ type: type("CloseJob") }));
const show = fc.record({ type: type("ShowAccount"), epoch, account: owner });
const confirm = fc.record({ type: type("EpochConfirmed"), epoch });
const dispute = fc.record({
  type: type("EpochDisputed"),
  epoch,
  reason: fc.constant("it does not add up"),
});
const audit = letter(
  fc.oneof({ weight: 5, arbitrary: fc.constant(auditor) }, { weight: 1, arbitrary: owner }),
  fc.oneof(show, confirm, dispute),
);
const epochTerm: Letter = {
  from: self,
  message: { type: "xstate.after.epochTerm.ledger.open" },
};

/** One delivery; a history is an array of them. */
export const ledgerDelivery: fc.Arbitrary<Delivery> = fc
  .record({
    letter: fc.oneof(
      { weight: 2, arbitrary: open },
      { weight: 5, arbitrary: reserveCommons },
      { weight: 3, arbitrary: reserve },
      { weight: 16, arbitrary: settle },
      { weight: 2, arbitrary: close },
      { weight: 3, arbitrary: slash },
      { weight: 3, arbitrary: appeal },
      { weight: 8, arbitrary: reexamined },
      { weight: 1, arbitrary: term },
      { weight: 3, arbitrary: audit },
      { weight: 2, arbitrary: fc.constant(epochTerm) },
    ),
    atUs: fc.oneof(fc.nat(), fc.nat({ max: 60 * DAY })).map(micros),
    entropy: fc.nat({ max: 0xffffffff }).map((word) => word as Seed),
  })
  .map(({ letter: { from, message }, atUs, entropy }) => {
    const id = `${from}#1` as MessageId;
    return { type: message.type, id, atUs, entropy, from, message };
  });
