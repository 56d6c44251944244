import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../../src/adapters/ton/wrappers/errors.ts";
import { codeTable, contractNames, sizeOf } from "../build.ts";
import { codes, constantOf } from "./chain.ts";
import { type Measured, measure } from "./gas-table.ts";

interface Row {
  readonly total: number;
  readonly feeOld: number;
  readonly feeReduced: number;
}

const folder = join(import.meta.dirname, "..");
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8")) as unknown;
const rows = read("gas.json") as Record<string, Row>;
const RISE = 1.05;

describe("Gas", () => {
  let old: ReadonlyMap<string, Measured>;
  let reduced: ReadonlyMap<string, Measured>;
  beforeAll(async () => {
    old = await measure("old");
    reduced = await measure("reduced");
  });
  const totalOf = (name: string) => {
    const gas = old.get(name)?.gas;
    if (gas === undefined) throw new Error(`no operation ${name}`);
    return gas.reduce((sum, each) => sum + each, 0);
  };

  test("no operation costs 5 % more than contracts/gas.json says", () => {
    expect([...old.keys()]).toEqual(Object.keys(rows));
    for (const [name, row] of Object.entries(rows)) {
      expect(totalOf(name), name).toBeLessThanOrEqual(row.total * RISE);
      expect(old.get(name)?.fee, name).toBeLessThanOrEqual(row.feeOld * RISE);
      expect(reduced.get(name)?.fee, name).toBeLessThanOrEqual(row.feeReduced * RISE);
    }
  });

  test("not above the reference implementations' published figures, nor above our goals", () => {
    expect(totalOf("jetton: transfer")).toBeLessThanOrEqual(12_019);
    expect(totalOf("jetton: transfer with notification")).toBeLessThanOrEqual(14_388);
    expect(totalOf("jetton: burn")).toBeLessThanOrEqual(8_634);
    expect(totalOf("credential: claim")).toBeLessThanOrEqual(10_500);
    expect(totalOf("rewards: claim, 500,000 owners")).toBeLessThanOrEqual(37_000);
  });

  test("what contracts ask for in advance covers what they use", () => {
    const used = (name: string) => old.get(name)?.gas ?? [];
    const [, settle, pay] = used("rewards: claim, 500,000 owners");
    const [release] = used("vesting: release");
    const [transfer, receive] = used("jetton: transfer with notification");
    const [burn, burnt] = used("jetton: burn");
    const [present, move, inherit] = used("credential: recover");
    const [redeem, , , , , notified] = used("account: redeem");
    const [share] = used("pool: share out");
    const [fraud] = used("roots: fraud, 16 roots dropped");
    const [propose = 0, open] = used("governance: propose, 500,000 voters");
    const [vote = 0, , count] = used("governance: vote, 500,000 voters");
    const [execute, approved, parameter] = used("governance: execute");
    const levels = constantOf("rewards/fees", "GAS_CLAIM_LEVEL") * 19;
    const asked: ReadonlyArray<readonly [number | undefined, string, string]> = [
      [transfer, "jetton/fees", "GAS_TRANSFER"],
      [receive, "jetton/fees", "GAS_RECEIVE"],
      [burn, "jetton/fees", "GAS_BURN"],
      [burnt, "jetton/fees", "GAS_BURNT"],
      [release, "vesting/vesting", "GAS_RELEASE"],
      [settle, "rewards/fees", "GAS_SETTLE"],
      [pay, "rewards/fees", "GAS_PAY"],
      [present, "credential/fees", "GAS_PRESENT"],
      [move, "credential/fees", "GAS_ITEM"],
      [inherit, "credential/fees", "GAS_ITEM"],
      [redeem, "payments/fees", "GAS_REDEEM"],
      [share, "payments/fees", "GAS_SHARE"],
      [notified, "payments/fees", "GAS_NOTIFIED"],
      [fraud, "roots/fees", "GAS_ANCHOR"],
      [propose - levels, "governance/fees", "GAS_PROPOSE"],
      [open, "governance/fees", "GAS_OPEN"],
      [vote - levels, "governance/fees", "GAS_VOTE"],
      [count, "governance/fees", "GAS_COUNT"],
      [execute, "governance/fees", "GAS_EXECUTE"],
      [approved, "governance/fees", "GAS_APPROVED"],
      [parameter, "governance/fees", "GAS_PARAMETER"],
    ];
    for (const [gas, file, name] of asked) {
      expect(gas, name).toBeGreaterThan(0);
      expect(gas, name).toBeLessThanOrEqual(constantOf(file, name));
    }
    const claim = used("rewards: claim, 500,000 owners")[0];
    expect(claim).toBeLessThanOrEqual(constantOf("rewards/fees", "GAS_CLAIM") + levels);
    const [proven = 0, , paid = 0] = used("roots: withdraw, 500,000 owners");
    const steps = ["GAS_CLAIM", "GAS_PAY"].map((name) => constantOf("rewards/fees", name));
    const withdrawal = steps.reduce((sum, each) => sum + each, levels);
    const more = constantOf("roots/fees", "GAS_WITHDRAWAL");
    expect(proven + paid).toBeLessThanOrEqual(withdrawal + more);
  });

  test("rent is asked for what is really stored", async () => {
    const names = ["jetton/wallet", "rewards/record", "credential/item"] as const;
    const [wallet, record, item] = await codes(...names);
    const [escrow, anchor] = await codes("payments/escrow", "roots/anchor");
    const [proposal] = await codes("governance/proposal");
    const [meme] = await codes("memes/minter");
    // The largest data of most: two addresses and an amount, in one cell.
    const small = { bits: 2 * 267 + 124, cells: 1 };
    // An escrow with three verifiers: its own cell, terms, details, judges, keys, work, owed.
    const job = { bits: 600 + 930 + 352 + 17 + 900 + 523 + 192, cells: 11 };
    // Its own cell, terms, limits, vault, record's code, challenge, sixteen pending roots.
    const layer = { bits: 800 + 803 + 312 + 3800 + 363 + 16 * 560 + 16 * 70, cells: 46 };
    // Its own cell, terms, change, the record's code.
    const poll = { bits: 450 + 750 + 651 + 3200, cells: 12 };
    // Its own cell, origin, the wallets' code; the content is measured at run time.
    const born = { bits: 125 + 598 + sizeOf([wallet]).bits, cells: 2 + sizeOf([wallet]).cells };
    const asked = [
      [wallet, "jetton/fees", "WALLET", small],
      [record, "rewards/fees", "RECORD", small],
      [item, "credential/fees", "ITEM", small],
      [escrow, "payments/fees", "PAYMENT", job],
      [anchor, "roots/fees", "ANCHOR", layer],
      [proposal, "governance/fees", "PROPOSAL", poll],
      [meme, "memes/fees", "MEME", born],
    ] as const;
    for (const [code, file, name, data] of asked) {
      const { bits, cells } = sizeOf([code]);
      expect(bits + data.bits, name).toBeLessThanOrEqual(constantOf(file, `${name}_BITS`));
      expect(cells + data.cells, name).toBeLessThanOrEqual(constantOf(file, `${name}_CELLS`));
    }
  });
});

describe("Build", () => {
  test("the sources compile to the hashes that `npm run contracts:build` wrote", async () => {
    expect(await codeTable()).toEqual(read("code.json"));
  });

  test("exit codes have one meaning each, and the same name in Tolk and in TypeScript", () => {
    const text = readFileSync(join(folder, "errors.tolk"), "utf8");
    const found = [...text.matchAll(/^const ERR_(\w+) = (\w+)$/gm)];
    const inTolk = Object.fromEntries(found.map(([, name, code]) => [name, Number(code)]));
    expect(inTolk).toEqual(exitCodes);
    expect(new Set(Object.values(inTolk)).size).toBe(found.length);
  });

  test("no amount of coins is written in a contract", () => {
    for (const name of new Set(contractNames.map((each) => each.split("/")[0]!))) {
      for (const [file, text] of sourcesIn(name)) {
        expect(text.includes("ton("), file).toBe(false);
      }
    }
  });
});

function sourcesIn(name: string): ReadonlyArray<readonly [string, string]> {
  const files = readdirSync(join(folder, name)).filter((file) => file.endsWith(".tolk"));
  return files.map((file) => [file, readFileSync(join(folder, name, file), "utf8")]);
}
