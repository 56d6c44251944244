/**
 * The books: who holds how much. Every change of credit is one posting from a purse to a purse
 * through {@link post}, which also keeps the totals, so that
 * minted - burned = balances + escrow can be read at any step without counting.
 */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import { NanoVcu, nanoVcu } from "../../kernel/credit.ts";
import { pick, type Seed } from "../../kernel/entropy.ts";
import { assertNever, invariant } from "../../kernel/invariant.ts";
import { Standing } from "../../kernel/policies/scheduling.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";
import { StandingState } from "../contributor/messages.ts";

export const Account = Schema.Struct({
  balance: NanoVcu,
  /** Verified work in its whole life. */
  earned: NanoVcu,
  validResults: Schema.Int,
  wrongResults: Schema.Int,
  state: StandingState,
  /** Counts the changes of standing that its owner was told, the opening included. */
  sequence: Schema.Int,
  warned: Schema.Boolean,
  /** The newest tasks whose wrong results counted. */
  evidence: Schema.Array(Schema.String),
});
export type Account = typeof Account.Type;

/** A copy with changes, spelt out so that all have one hidden class (docs/decisions/0009). */
export function changedAccount(old: Account, change: Partial<Account>): Account {
  return {
    balance: change.balance ?? old.balance,
    earned: change.earned ?? old.earned,
    validResults: change.validResults ?? old.validResults,
    wrongResults: change.wrongResults ?? old.wrongResults,
    state: change.state ?? old.state,
    sequence: change.sequence ?? old.sequence,
    warned: change.warned ?? old.warned,
    evidence: change.evidence ?? old.evidence,
  };
}

export const Escrow = Schema.Struct({
  requester: Address,
  commons: Schema.Boolean,
  left: NanoVcu,
  spent: NanoVcu,
  /** The answer to its Reserve, given again when it is asked again. */
  standing: Standing,
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
    paid: change.paid ?? old.paid,
  };
}

const Totals = Schema.Struct({
  minted: NanoVcu,
  burned: NanoVcu,
  balances: NanoVcu,
  escrow: NanoVcu,
  postings: Schema.Int,
});
type Totals = typeof Totals.Type;

/** One account's movements within an epoch. */
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
    totals: { minted: zero, burned: zero, balances: zero, escrow: zero, postings: 0 },
    lines: VersionedMap.empty(),
    sample: [],
  };
}

/** Where credit comes from or goes to. */
export type Purse =
  | { readonly purse: "mint" }
  | { readonly purse: "burn" }
  | { readonly purse: "account"; readonly name: Address }
  | { readonly purse: "escrow"; readonly name: Address };

export const mint: Purse = { purse: "mint" };
export const burn: Purse = { purse: "burn" };
export const accountOf = (name: Address): Purse => ({ purse: "account", name });
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
  const { minted, burned, balances, escrow, postings } = totals;
  return {
    accounts,
    escrows,
    totals: { minted, burned, balances, escrow, postings },
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
      changeAccount(draft, purse.name, by, sampling);
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

function changeAccount(draft: Draft, name: Address, by: NanoVcu, sampling: Sampling): void {
  const account = draft.accounts.get(name);
  invariant(account !== undefined, `no account of ${name}`);
  const balance = nanoVcu(account.balance + by);
  invariant(balance >= 0n, `the account of ${name} would be negative`);
  draft.accounts = draft.accounts.set(name, changedAccount(account, { balance }));
  draft.totals.balances = nanoVcu(draft.totals.balances + by);
  if (sampling.size > 0) note(draft, name, { opening: account.balance, by, sampling });
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
  readonly escrow: bigint;
  /** Accounts and jobs whose amount is below zero. */
  readonly negative: ReadonlyArray<Address>;
  /** minted - burned = balances + escrow, and the running totals say the same. */
  readonly sound: boolean;
}

export function recount({ accounts, escrows, totals }: Books): Recount {
  let balances = 0n;
  let escrow = 0n;
  const negative: Array<Address> = [];
  for (const [name, { balance }] of accounts.entries()) {
    balances += balance;
    if (balance < 0n) negative.push(name);
  }
  for (const [job, { left }] of escrows.entries()) {
    escrow += left;
    if (left < 0n) negative.push(job);
  }
  const sound =
    balances === totals.balances &&
    escrow === totals.escrow &&
    totals.minted - totals.burned === balances + escrow;
  return { balances, escrow, negative, sound };
}
