/** Letters that reach every branch of a treasurer: most answer what it asked, some are forged. */
import fc from "fast-check";
import { type Address, address, portAddress } from "../../kernel/address.ts";
import type { ChartState } from "../../kernel/chart.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { DAY, micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import { nanoPingo } from "../../kernel/policies/rewards.ts";
import {
  CHAIN,
  type ChainOutcome,
  type ChainRequest,
  type Wallet,
} from "../../kernel/ports/chain.ts";
import { DESK } from "./messages.ts";
import {
  livePace,
  type TreasurerContext,
  type TreasurerInput,
  type TreasurerRules,
} from "./state.ts";

const ledger = address("ledger", "main");
const own = address("treasurer", "main");
const desk = portAddress(DESK);
export const treasurerInput: TreasurerInput = { ledger, pace: livePace };
/** No tree, but a root that tells any two lists apart. */
export const treasurerRules: TreasurerRules = {
  rootOf: (claims) => {
    let sum = 7n;
    for (const { wallet, cumulative } of claims) {
      sum = (sum * 1_000_003n + BigInt(`0x${wallet.slice(2)}`) + cumulative) % (1n << 256n);
    }
    return sum.toString(16).padStart(64, "0");
  },
};

export function walletNumber(n: number): Wallet {
  return `0:${n.toString(16).padStart(64, "0")}` as Wallet;
}

interface Letter {
  readonly from: Address;
  readonly message: Message;
}
type Write = (context: TreasurerContext) => Letter;

const owner = fc.nat({ max: 3 }).map((n) => address("contributor", `c${n}`));
const wallet = fc.nat({ max: 6 }).map(walletNumber);
const sender = (from: Address) =>
  fc.oneof(
    { weight: 15, arbitrary: fc.constant(from) },
    { weight: 1, arbitrary: fc.constant(address("contributor", "forger")) },
  );
const letter = (from: Address, message: fc.Arbitrary<Message>): fc.Arbitrary<Write> =>
  fc.record({ from: sender(from), message }).map((one) => () => one);
const type = <const Type extends string>(name: Type) => fc.constant(name);

const linked = letter(desk, fc.record({ type: type("WalletLinked"), owner, wallet }));
const wanted = fc.oneof(
  letter(desk, fc.record({ type: type("CredentialWanted"), owner })),
  letter(ledger, fc.record({ type: type("CredentialWanted"), owner })),
);
const result = fc.constantFrom("ab", "ab", "cd").map((byte) => byte.repeat(32));
const judged = fc.oneof(
  letter(
    desk,
    fc.record({
      type: type("EscrowJudged"),
      job: fc.constant(address("job", "j1")),
      escrow: wallet,
      result,
    }),
  ),
  letter(desk, fc.record({ type: type("EscrowWatched"), escrow: wallet })),
  letter(own, fc.record({ type: type("EscrowDue"), escrow: wallet })),
);
const standing = letter(
  ledger,
  fc.record({
    type: type("StandingSeen"),
    owner,
    sequence: fc.nat({ max: 9 }),
    state: fc.constantFrom("probation", "active", "active", "suspended", "revoked"),
    credential: fc.constantFrom("none", "valid", "valid", "lapsed"),
    earned: fc.bigInt(0n, 10n ** 12n).map(nanoVcu),
  }),
);
const posted = letter(
  ledger,
  fc.record({
    type: type("ClaimsPosted"),
    epoch: fc.nat({ max: 9 }),
    claims: fc.array(fc.record({ owner, cumulative: fc.bigInt(0n, 99n).map(nanoPingo) }), {
      maxLength: 4,
    }),
  }),
);
const lookDue = letter(own, fc.record({ type: type("LookDue"), owner }));
const pause: fc.Arbitrary<Write> = fc.constant(() => ({
  from: own,
  message: { type: "xstate.after.pause.treasurer.away" },
}));
/** One of the asks that are kept, or one that is not. */
const askDue: fc.Arbitrary<Write> = fc.nat().map((pick) => ({ asks }) => {
  const intents = asks.entries().map(([intent]) => intent);
  const intent = intents[pick % (intents.length + 1)] ?? "root/0";
  return { from: own, message: { type: "AskDue", intent } as Message };
});

const tail = fc.record({
  day: fc.nat({ max: 40 }),
  state: fc.constantFrom("none", "valid", "lapsed", "revoked"),
  escrow: fc.constantFrom("absent", "accepted", "submitted", "submitted", "submitted", "done"),
  result,
});
type Tail = typeof tail extends fc.Arbitrary<infer Shown> ? Shown : never;
/** Mostly the outcome of a call that is under way. */
const outcome: fc.Arbitrary<Write> = fc
  .record({
    pick: fc.nat(),
    isOld: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    fails: fc.constantFrom("", "", "", "deadline", "unreachable", "early", "unfunded", "refused"),
    tail,
    from: sender(portAddress(CHAIN)),
  })
  .map(({ pick, isOld, fails, tail: shown, from }) => ({ asks }) => {
    const underWay = asks.entries().filter(([, { key }]) => key !== "");
    const ask = underWay[pick % Math.max(1, underWay.length)]?.[1];
    const key = ask === undefined || isOld ? "root/1#0" : ask.key;
    const value = valueFor(ask?.request, shown);
    const told = fails === "" ? { ok: true, value } : { ok: false, reason: fails, retryable: true };
    return {
      from,
      message: { type: "PortOutcome", port: CHAIN, key, outcome: told } as unknown as ChainOutcome,
    };
  });

function valueFor(
  request: ChainRequest | undefined,
  { day, state, escrow, result: submitted }: Tail,
) {
  switch (request?.type) {
    case "IssueCredential":
    case "MoveCredential": {
      const untilUs = (request.untilDay + 1) * DAY;
      return { type: "Voucher", to: walletNumber(99), value: 1n, body: "", untilUs };
    }
    case "ReadCredential":
      return { type: "CredentialShown", state, tier: 1, epoch: day, untilUs: day * DAY };
    case "ReadEscrow":
      return {
        type: "EscrowShown",
        state: escrow,
        result: submitted,
        leftUs: (day - 5) * DAY,
        judgeUs: 30 * DAY,
      };
    default:
      return { type: "Landed", transaction: "" };
  }
}

/** One delivery to a treasurer in this state; a history is an array of them. */
export const treasurerLetter: fc.Arbitrary<(state: ChartState<TreasurerContext>) => Delivery> = fc
  .record({
    write: fc.oneof(
      { weight: 5, arbitrary: linked },
      { weight: 2, arbitrary: wanted },
      { weight: 5, arbitrary: judged },
      { weight: 5, arbitrary: standing },
      { weight: 5, arbitrary: posted },
      { weight: 2, arbitrary: lookDue },
      { weight: 2, arbitrary: askDue },
      { weight: 3, arbitrary: pause },
      { weight: 12, arbitrary: outcome },
    ),
    atUs: fc.nat({ max: 40 }).map((day) => micros(day * DAY)),
    entropy: fc.nat({ max: 0xffffffff }).map((word) => word as Seed),
  })
  .map(({ write, atUs, entropy }) => ({ context }) => {
    const { from, message } = write(context);
    const id = `${from}#1` as MessageId;
    return { type: message.type, id, atUs, entropy, from, message };
  });
