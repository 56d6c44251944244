import { describe, expect, test } from "vitest";
import { address } from "../../kernel/address.ts";
import { DAY, HOUR } from "../../kernel/duration.ts";
import type { Wallet } from "../../kernel/ports/chain.ts";
import { proofOfWallet, rootOfWallets } from "../../policies/rewards/wallet-claims.ts";
import { Contracts } from "../chain/contracts.ts";
import { ChainBooks } from "./chain-books.ts";
import type { Findings } from "./findings.ts";

const alice = address("contributor", "alice");
const wallet = `0:${"a".repeat(64)}` as Wallet;

/** Books over a distributor with one root in force, under which alice may claim 10. */
function open() {
  const rules = { genesisUs: 0, epochUs: HOUR, delayUs: HOUR, emission: 100n };
  const contracts = new Contracts(rules);
  const claims = [{ wallet, cumulative: 10n }];
  contracts.publish({ epoch: 1, root: rootOfWallets(claims), cap: 10n }, 2 * HOUR);
  contracts.activate(4 * HOUR);
  const found: string[] = [];
  const add = (_checker: string, _kind: string, message: string) => found.push(message);
  const books = new ChainBooks({ add } as unknown as Findings, contracts);
  return { contracts, books, found, proof: proofOfWallet(claims, wallet) };
}

function granted(amount: bigint) {
  const holdings = new Map([[alice, { settled: amount, grants: [], burned: 0n }]]);
  return { rewards: { issue: { holdings } } } as unknown as Parameters<ChainBooks["recount"]>[0];
}

describe("ChainBooks", () => {
  test("a claim within what was granted is fine; the same once more pays nothing", () => {
    const { contracts, books, found, proof } = open();
    books.claimed(alice, wallet, contracts.claim(wallet, 10n, proof));
    expect(contracts.claim(wallet, 10n, proof)).toBe(0n);
    books.recount(granted(10n));
    expect(found).toEqual([]);
  });

  test("an effect that happens twice is found", () => {
    const { books, found } = open();
    books.effect("root/1");
    books.effect("root/1");
    expect(found).toEqual(["root/1 took effect twice"]);
  });

  test("an owner who was paid more than the ledger granted is found", () => {
    const { contracts, books, found, proof } = open();
    books.claimed(alice, wallet, contracts.claim(wallet, 10n, proof));
    books.recount(granted(9n));
    expect(found).toEqual(["contributor/alice was paid 10 and granted 9"]);
  });

  test("a payment that the contract knows nothing of is found", () => {
    const { books, found } = open();
    books.claimed(alice, wallet, 3n);
    books.recount(granted(10n));
    expect(found).toEqual(["owners were paid 3, the contract says 0"]);
  });
});

describe("Contracts", () => {
  test("a credential is valid for 14 days after its day, and a later grant revives it", () => {
    const { contracts } = open();
    contracts.grant(wallet, { tier: 1, epoch: 100 });
    expect(contracts.credential(wallet, 115 * DAY - 1).state).toBe("valid");
    expect(contracts.credential(wallet, 115 * DAY).state).toBe("lapsed");
    contracts.grant(wallet, { tier: 2, epoch: 115 });
    expect(contracts.credential(wallet, 115 * DAY)).toMatchObject({ state: "valid", tier: 2 });
    contracts.punish(wallet);
    contracts.grant(wallet, { tier: 2, epoch: 120 });
    expect(contracts.credential(wallet, 120 * DAY).state).toBe("revoked");
  });

  test("a root waits its turn and its delay, and raises the cap by an epoch's emission", () => {
    const { contracts } = open();
    const root = "b".repeat(64);
    // what is above the emission so far is not for ever: later epochs raise the cap
    expect(contracts.publish({ epoch: 4, root, cap: 400n }, 4 * HOUR)).toBe("early");
    expect(contracts.publish({ epoch: 5, root, cap: 20n }, 4 * HOUR)).toBe("early");
    expect(contracts.publish({ epoch: 4, root, cap: 20n }, 4 * HOUR)).toBe("taken");
    expect(contracts.publish({ epoch: 5, root, cap: 30n }, 4.5 * HOUR)).toBe("early");
  });
});
