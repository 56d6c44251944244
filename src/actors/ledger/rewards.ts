/**
 * How verified work becomes credit. A reward waits among the account's newest until as many newer
 * ones stand behind it; only then it is cleared: free to be spent, and part of what was earned. So
 * a proof of cheating finds something to burn, and nobody posts a bond.
 */
import type { Address } from "../../kernel/address.ts";
import { type NanoVcu, nanoVcu } from "../../kernel/credit.ts";
import { withWork } from "../../kernel/decay.ts";
import { HOUR } from "../../kernel/duration.ts";
import { invariant } from "../../kernel/invariant.ts";
import type { Limits } from "../../kernel/limits.ts";
import { type Account, bankCap, changedAccount, newAccount } from "./account.ts";
import {
  accountOf,
  type Books,
  burn,
  type Purse,
  post,
  type Sampling,
  unclearedOf,
  withBooks,
} from "./books.ts";

/** What a decision of the ledger goes by, besides its books. */
export interface Moment {
  readonly atUs: number;
  readonly limits: Limits;
  readonly gate: "credit" | "account";
  readonly sampling: Sampling;
}

/** The rate w forgets half of what it saw in so many hours online, the slow one in so many. */
const HALF_LIFE_US = 6 * HOUR;
const LONG_HALF_LIFE_US = 168 * HOUR;
/**
 * Nobody declares when it was online: the time between two rewards counts as such, up to an hour.
 */
const ONLINE_GAP_US = HOUR;

export interface Reward {
  readonly from: Purse;
  readonly owner: Address;
  readonly amount: NanoVcu;
}

/** Adds a reward to the owner's uncleared ones; the oldest beyond the bound is cleared. */
export function reward(books: Books, { from, owner, amount }: Reward, moment: Moment): Books {
  const { accounts } = books;
  // verified work counts even when it overtakes its owner's OpenAccount: an hour is taken for it
  const known = accounts.get(owner) ?? newAccount(moment.atUs - ONLINE_GAP_US, moment.gate);
  const opened = withAccount(books, owner, known);
  if (amount === 0n) return opened;
  const paid = post(opened, { from, to: unclearedOf(owner), amount }, moment.sampling);
  const account = accountIn(paid, owner);
  const elapsedUs = Math.min(ONLINE_GAP_US, Math.max(0, moment.atUs - account.rewardedUs));
  const noted = changedAccount(account, {
    unvested: [...account.unvested, amount],
    rate: withWork(account.rate, amount, { elapsedUs, halfLifeUs: HALF_LIFE_US }),
    longRate: withWork(account.longRate, amount, { elapsedUs, halfLifeUs: LONG_HALF_LIFE_US }),
    rewardedUs: Math.max(moment.atUs, account.rewardedUs),
    proven: nanoVcu(account.proven + amount),
  });
  return clearBeyondBound(withAccount(paid, owner, noted), owner, moment);
}

/** Burns all rewards that are not cleared; their sum is what the proof of cheating costs. */
export function forfeit(books: Books, owner: Address, moment: Moment): Books {
  const { uncleared } = accountIn(books, owner);
  const burned = post(
    books,
    { from: unclearedOf(owner), to: burn, amount: uncleared },
    moment.sampling,
  );
  return withAccount(burned, owner, changedAccount(accountIn(burned, owner), { unvested: [] }));
}

/** Gives back what {@link forfeit} burned, from the mint: the oldest of the uncleared rewards. */
export function restore(books: Books, { from, owner, amount }: Reward, moment: Moment): Books {
  if (amount === 0n) return books;
  const minted = post(books, { from, to: unclearedOf(owner), amount }, moment.sampling);
  const account = accountIn(minted, owner);
  const first = changedAccount(account, { unvested: [amount, ...account.unvested] });
  return clearBeyondBound(withAccount(minted, owner, first), owner, moment);
}

function clearBeyondBound(books: Books, owner: Address, moment: Moment): Books {
  const account = accountIn(books, owner);
  const [oldest] = account.unvested;
  if (oldest === undefined || account.unvested.length <= moment.limits.escrowTasks) {
    return burnExcess(books, owner, moment);
  }
  const posting = { from: unclearedOf(owner), to: accountOf(owner), amount: oldest };
  const cleared = post(books, posting, moment.sampling);
  const after = changedAccount(accountIn(cleared, owner), {
    unvested: account.unvested.slice(1),
    earned: nanoVcu(account.earned + oldest),
  });
  return burnExcess(withAccount(cleared, owner, after), owner, moment);
}

/** Burns what an account holds beyond the bank's cap, after each income and change of its rate. */
export function burnExcess(books: Books, owner: Address, moment: Moment): Books {
  if (moment.gate === "account") return books;
  const account = accountIn(books, owner);
  const excess = account.balance - bankCap(account, moment.limits);
  if (excess <= 0n) return books;
  const posting = { from: accountOf(owner), to: burn, amount: nanoVcu(excess) };
  return post(books, posting, moment.sampling);
}

export function withAccount(books: Books, owner: Address, account: Account): Books {
  return withBooks(books, { accounts: books.accounts.set(owner, account) });
}

function accountIn({ accounts }: Books, owner: Address): Account {
  const account = accounts.get(owner);
  invariant(account !== undefined, `no account of ${owner}`);
  return account;
}
