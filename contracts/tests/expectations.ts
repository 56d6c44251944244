/** What tests demand of transactions. */
import type { Address } from "@ton/core";
import type { SendMessageResult } from "@ton/sandbox";
import { type FlatTransactionComparable, findTransaction } from "@ton/test-utils";
import { expect } from "vitest";

/** Fails with all transactions when none matches. */
export function expectTransaction(result: SendMessageResult, match: FlatTransactionComparable) {
  const found = findTransaction(result.transactions, match);
  if (found === undefined) {
    const seen = result.transactions.map(({ inMessage, description }) => {
      const compute = description.type === "generic" ? description.computePhase : undefined;
      const code = compute?.type === "vm" ? compute.exitCode : compute?.type;
      return [inMessage?.info.src, inMessage?.info.dest, code].join(" ");
    });
    expect.fail(`no transaction matches; there were\n${seen.join("\n")}`);
  }
  return found;
}

/** The receiver refused with this code. */
export function expectRefusal(result: SendMessageResult, to: Address, exitCode: number): void {
  expectTransaction(result, { to, exitCode, aborted: true });
}

export function expectNoTransaction(
  result: SendMessageResult,
  match: FlatTransactionComparable,
): void {
  expect(findTransaction(result.transactions, match)).toBeUndefined();
}
