/** Who has how many tokens: every nano-PINGO that was issued is in one purse, locked or burned. */
import type { Address } from "../../kernel/address.ts";
import { invariant } from "../../kernel/invariant.ts";
import type { RewardsState } from "../../kernel/policies/rewards.ts";
import { sumOf } from "../../policies/rewards/split.ts";
import { grantedOf } from "../../policies/rewards/vesting.ts";

export const classes = [
  "compute",
  "edges",
  "users",
  "team",
  "investors",
  "treasury",
  "speculators",
  "market",
] as const;
export type HolderClass = (typeof classes)[number];

export class Books {
  /** Free tokens by purse; a purse's class is what stands before the colon. */
  readonly purses = new Map<string, bigint>();
  /** What owners have claimed in their whole lives. */
  readonly claimed = new Map<Address, bigint>();
  /** What the vesting contracts have released to team and investors. */
  readonly released = { team: 0n, investors: 0n };
  burned = 0n;

  of(purse: string): bigint {
    return this.purses.get(purse) ?? 0n;
  }

  put(purse: string, amount: bigint): void {
    const after = this.of(purse) + amount;
    invariant(after >= 0n, `${purse} would hold ${after}`);
    this.purses.set(purse, after);
  }

  burn(purse: string, amount: bigint): void {
    this.put(purse, -amount);
    this.burned += amount;
  }

  /** Free tokens of a class. */
  free(of: HolderClass): bigint {
    let sum = 0n;
    for (const [purse, amount] of this.purses) if (purse.split(":")[0] === of) sum += amount;
    return sum;
  }
}

/** What is issued and in nobody's purse yet, by whose it will be. */
export function lockedIn(books: Books, state: RewardsState, classOf: ReadonlyMap<Address, string>) {
  const locked = new Map<string, bigint>();
  for (const [owner, holding] of state.holdings.entries()) {
    const open = grantedOf(holding) - (books.claimed.get(owner) ?? 0n);
    const of = classOf.get(owner) ?? "nobody";
    locked.set(of, (locked.get(of) ?? 0n) + open);
  }
  locked.set("team", state.issued.team - books.released.team);
  locked.set("investors", state.issued.investors - books.released.investors);
  return locked;
}

/** What in the books does not add up to what the rule has issued, in a sentence. */
export function missingIn(
  books: Books,
  state: RewardsState,
  locked: ReadonlyMap<string, bigint>,
): ReadonlyArray<string> {
  let sum = books.burned;
  for (const amount of books.purses.values()) sum += amount;
  for (const amount of locked.values()) sum += amount;
  const issued = sumOf(state.issued);
  const found = sum === issued ? [] : [`${sum} nano-PINGO are somewhere, ${issued} were issued`];
  for (const [of, amount] of locked) if (amount < 0n) found.push(`${of} has ${amount} locked`);
  return found;
}
