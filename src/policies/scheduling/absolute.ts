/**
 * Absolute credit first: the largest balance goes first, whatever the rate that earned it. A large
 * contributor is always before a small one, and many small identities pay where one would not.
 */
import { Schema } from "effect";
import { priceOf } from "../../kernel/credit.ts";
import { lanePolicy } from "./lane-rule.ts";

const Account = Schema.Struct({
  balance: Schema.BigInt,
  /** Life sums, which tell the newer of two standings. */
  age: Schema.BigInt,
});

export const absolute = lanePolicy({
  name: "absolute",
  summary: "The requester with the most unspent credit; commons work after all paid work.",
  admission: "credit",
  Params: Schema.Struct({}),
  Account,
  fresh: () => ({ balance: 0n, age: -1n }),
  arrive: (account, { standing: { balance, earned, spent } }) => {
    const age = earned + spent;
    return age > account.age ? { balance, age } : account;
  },
  charge: ({ balance, age }, { mflop, memoryMib }) => ({
    balance: balance - priceOf(mflop, memoryMib),
    age,
  }),
  rank: ({ balance }) => -balance,
  words: ({ balance }) => `has ${Number(balance) / 1e9} VCU`,
});
