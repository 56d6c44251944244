/** What must be true of the ledger at any time: no credit comes from nowhere or goes nowhere. */
import { expect } from "vitest";
import type { LedgerContext } from "../../src/actors/ledger/state.ts";
import type { Network } from "../../src/app/live/network.ts";
import { LEDGER } from "../../src/app/live/plan.ts";

export function ledgerOf(network: Network): LedgerContext {
  return (network.stateOf(LEDGER) as { readonly context: LedgerContext }).context;
}

export function expectConserved(network: Network): void {
  const { books, shortfalls, disputes } = ledgerOf(network);
  let held = 0n;
  for (const [, { balance, uncleared }] of books.accounts.entries()) held += balance + uncleared;
  for (const [, { left }] of books.escrows.entries()) held += left;
  const { minted, burned } = books.totals;
  expect(minted - burned).toBe(held);
  expect(minted).toBeGreaterThan(0n);
  expect({ shortfalls, disputes }).toEqual({ shortfalls: 0, disputes: 0 });
}
