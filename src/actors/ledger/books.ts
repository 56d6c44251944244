/**
 * The books: who holds how much. Every change of credit is one posting from a purse to a purse
 * through {@link post}, which also keeps the totals, so that
 * minted - burned = balances + uncleared + escrow can be read at any step without counting.
 */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import { NanoVcu, nanoVcu } from "../../kernel/credit.ts";
import { pick, type Seed } from "../../kernel/entropy.ts";
import { assertNever, invariant } from "../../kernel/invariant.ts";
import { Standing } from "../../kernel/policies/scheduling.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import { Account, changedAccount } from "./account.ts";

export const Escrow = Schema.Struct({
  requester: Address,
  commons: Schema.Boolean,
  left: NanoVcu,
  spent: NanoVcu,
  /** The answer to its Reserve, given again when it is asked again. */
  standing: Standing,
  onDebt: Schema.Boolean,
  /** Tasks that were settled. */
  paid: versionedMap(Schema.String, Schema.Literal(true)),
});
export type Escrow = typeof Escrow.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function withEscrow(old: Escrow, change: Partial<Escrow>): Escrow {
  return {
    requester: change.requester ?? old.requester,
    commons: change.commons ?? old.commons,
    left: change.left ?? old.left,
    spent: change.spent ?? old.spent,
    standing: change.standing ?? old.standing,
    onDebt: change.onDebt ?? old.onDebt,
    paid: change.paid ?? old.paid,
  };
}

const Totals = Schema.Struct({
  minted: NanoVcu,
  burned: NanoVcu,
  /** Cleared credit of all accounts, debts taken off. */
  balances: NanoVcu,
  /** Rewards that are not cleared yet. */
  uncleared: NanoVcu,
  escrow: NanoVcu,
  postings: Schema.Int,
});
type Totals = typeof Totals.Type;

/** One account's movements within an epoch, of cleared and other credit together. */
export const Line = Schema.Struct({ opening: NanoVcu, credits: NanoVcu, debits: NanoVcu });
export type Line = typeof Line.Type;

export const Books = Schema.Struct({
  accounts: versionedMap(Address, Account),
  /** By job. */
  escrows: versionedMap(Address, Escrow),
  totals: Totals,
  /** Accounts that moved in the running epoch. */
  lines: versionedMap(Address, Line),
  /** An even sample of the lines' names, drawn while they appear. */
  sample: Schema.Array(Address),
});
export type Books = typeof Books.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function withBooks(old: Books, change: Partial<Books>): Books {
  return {
    accounts: change.accounts ?? old.accounts,
    escrows: change.escrows ?? old.escrows,
    totals: change.totals ?? old.totals,
    lines: change.lines ?? old.lines,
    sample: change.sample ?? old.sample,
  };
}

const zero = nanoVcu(0n);

export function emptyBooks(): Books {
  return {
    accounts: VersionedMap.empty(),
    escrows: VersionedMap.empty(),
    totals: {
      minted: zero,
      burned: zero,
      balances: zero,
      uncleared: zero,
      escrow: zero,
      postings: 0,
    },
    lines: VersionedMap.empty(),
    sample: [],
  };
}

/** Where credit comes from or goes to. */
export type Purse =
  | { readonly purse: "mint" }
  | { readonly purse: "burn" }
  | { readonly purse: "account"; readonly name: Address }
  | { readonly purse: "uncleared"; readonly name: Address }
  | { readonly purse: "escrow"; readonly name: Address };

export const mint: Purse = { purse: "mint" };
export const burn: Purse = { purse: "burn" };
export const accountOf = (name: Address): Purse => ({ purse: "account", name });
/** The rewards of an account that are not cleared. */
export const unclearedOf = (name: Address): Purse => ({ purse: "uncleared", name });
export const escrowOf = (name: Address): Purse => ({ purse: "escrow", name });

/** How the running epoch remembers what moved. */
export interface Sampling {
  /** Names that the epoch's sample holds at most; 0 keeps no lines at all. */
  readonly size: number;
  readonly entropy: Seed;
}

export interface Posting {
  readonly from: Purse;
  readonly to: Purse;
  readonly amount: NanoVcu;
}

/** A copy that only `post` itself may write to, before anybody else sees it. */
type Draft = { -readonly [K in keyof Books]: Books[K] } & {
  totals: { -readonly [K in keyof Totals]: Totals[K] };
};

function draftOf({ accounts, escrows, totals, lines, sample }: Books): Draft {
  const { minted, burned, balances, uncleared, escrow, postings } = totals;
  return {
    accounts,
    escrows,
    totals: { minted, burned, balances, uncleared, escrow, postings },
    lines,
    sample,
  };
}

/** Moves credit between two purses: the only way in which any amount changes. */
export function post(books: Books, posting: Posting, sampling: Sampling): Books {
  const { amount, from, to } = posting;
  invariant(amount >= 0n, "a posting moves no negative amount");
  if (amount === 0n) return books;
  const draft = draftOf(books);
  draft.totals.postings += 1;
  applyTo(draft, from, nanoVcu(0n - amount), sampling);
  applyTo(draft, to, amount, sampling);
  return draft;
}

function applyTo(draft: Draft, purse: Purse, by: NanoVcu, sampling: Sampling): void {
  const { totals } = draft;
  switch (purse.purse) {
    case "mint":
      invariant(by < 0n, "nothing goes back to the mint");
      totals.minted = nanoVcu(totals.minted - by);
      return;
    case "burn":
      invariant(by > 0n, "what is burned does not come back");
      totals.burned = nanoVcu(totals.burned + by);
      return;
    case "account":
    case "uncleared":
      changeAccount(draft, purse, by, sampling);
      return;
    case "escrow": {
      const escrow = draft.escrows.get(purse.name);
      invariant(escrow !== undefined, `no escrow of ${purse.name}`);
      const left = nanoVcu(escrow.left + by);
      invariant(left >= 0n, `the escrow of ${purse.name} would be negative`);
      draft.escrows = draft.escrows.set(purse.name, withEscrow(escrow, { left }));
      totals.escrow = nanoVcu(totals.escrow + by);
      return;
    }
    default:
      assertNever(purse);
  }
}

/** Whether an account may go below zero is the gate's business; uncleared credit never does. */
function changeAccount(
  draft: Draft,
  purse: { readonly purse: "account" | "uncleared"; readonly name: Address },
  by: NanoVcu,
  sampling: Sampling,
): void {
  const { name } = purse;
  const account = draft.accounts.get(name);
  invariant(account !== undefined, `no account of ${name}`);
  if (purse.purse === "account") {
    const balance = nanoVcu(account.balance + by);
    draft.accounts = draft.accounts.set(name, changedAccount(account, { balance }));
    draft.totals.balances = nanoVcu(draft.totals.balances + by);
  } else {
    const uncleared = nanoVcu(account.uncleared + by);
    invariant(uncleared >= 0n, `the uncleared rewards of ${name} would be negative`);
    draft.accounts = draft.accounts.set(name, changedAccount(account, { uncleared }));
    draft.totals.uncleared = nanoVcu(draft.totals.uncleared + by);
  }
  if (sampling.size > 0) note(draft, name, { opening: holdings(account), by, sampling });
}

/** All that an account holds, cleared or not. */
export function holdings({ balance, uncleared }: Account): NanoVcu {
  return nanoVcu(balance + uncleared);
}

/** Adds to the account's line of the epoch; a new line may enter the sample (reservoir rule R). */
function note(
  draft: Draft,
  name: Address,
  move: { readonly opening: NanoVcu; readonly by: NanoVcu; readonly sampling: Sampling },
): void {
  const { by, sampling } = move;
  const before = draft.lines.get(name);
  const line = before ?? { opening: move.opening, credits: zero, debits: zero };
  draft.lines = draft.lines.set(name, {
    opening: line.opening,
    credits: by > 0n ? nanoVcu(line.credits + by) : line.credits,
    debits: by < 0n ? nanoVcu(line.debits - by) : line.debits,
  });
  if (before !== undefined) return;
  const place =
    draft.sample.length < sampling.size
      ? draft.sample.length
      : pick(sampling.entropy, draft.lines.size, draft.lines.size);
  if (place < sampling.size) {
    const sample = [...draft.sample];
    sample[place] = name;
    draft.sample = sample;
  }
}

/** What a full count of accounts and escrows finds; for checkers and the epoch's end only. */
export interface Recount {
  readonly balances: bigint;
  readonly uncleared: bigint;
  readonly escrow: bigint;
  /** Accounts below zero: who lives on debt. */
  readonly inDebt: ReadonlyArray<Address>;
  /**
   * minted - burned = balances + uncleared + escrow, the running totals say the same, each
   * account's uncleared rewards add up, and no escrow is negative.
   */
  readonly sound: boolean;
}

export function recount({ accounts, escrows, totals }: Books): Recount {
  let balances = 0n;
  let uncleared = 0n;
  let escrow = 0n;
  let adds = true;
  const inDebt: Array<Address> = [];
  for (const [name, account] of accounts.entries()) {
    balances += account.balance;
    uncleared += account.uncleared;
    if (account.balance < 0n) inDebt.push(name);
    adds &&= account.unvested.reduce((sum, one) => sum + one, 0n) === account.uncleared;
  }
  for (const [, { left }] of escrows.entries()) {
    escrow += left;
    adds &&= left >= 0n;
  }
  const sound =
    adds &&
    balances === totals.balances &&
    uncleared === totals.uncleared &&
    escrow === totals.escrow &&
    totals.minted - totals.burned === balances + uncleared + escrow;
  return { balances, uncleared, escrow, inDebt, sound };
}
