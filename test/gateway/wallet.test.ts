/** Wallets at the gateway: a proof counts once, of who was asked, in time; each lie is named. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { WalletProof } from "../../src/adapters/ton/connect-proof.ts";
import { keyOfSeed, walletOf } from "../../src/adapters/ton/keys.ts";
import type { ChainNetwork } from "../../src/adapters/ton/networks.ts";
import { proveWallet } from "../../src/adapters/ton/prove-wallet.ts";
import { address } from "../../src/kernel/address.ts";
import { type Bench, bench, json } from "./running.ts";
import { ScriptedChain } from "./scripted-chain.ts";

const HOUR_S = 3_600;
const keyOf = (n: number) => keyOfSeed(Buffer.alloc(32, n));
const rawOf = (n: number) => walletOf(keyOf(n), "local").address.toRawString();

let made: Bench;
let chain: ScriptedChain;
let yours: string;
let theirs: string;

beforeEach(async () => {
  made = await bench();
  chain = new ScriptedChain();
  Object.assign(made.network, { chain });
  yours = made.token("requester", "you");
  theirs = made.token("requester", "other");
});
afterEach(async () => {
  vi.useRealTimers();
  await made.close();
});

interface Proving {
  readonly key?: number;
  readonly network?: ChainNetwork;
  readonly domain?: string;
  readonly payload?: string;
  readonly nowSeconds?: number;
}

/** What a wallet answers to a challenge of this token, or to what it makes of it. */
async function proofBy(token: string, proving: Proving = {}): Promise<WalletProof> {
  const { status, body } = await made.ask(token, "/v1/wallet/challenge");
  expect([status, body.network, body.payload.length]).toEqual([200, "-7", 64]);
  const asked = { network: "local", domain: body.domain, payload: body.payload } as const;
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const { key = 1, ...rest } = proving;
  return proveWallet(keyOf(key), { ...asked, nowSeconds, ...rest });
}

const link = (token: string, proof: unknown) => made.ask(token, "/v1/wallet", json(proof));

async function refusal(token: string, proof: unknown) {
  const { status, body } = await link(token, proof);
  return { status, code: body.type.split(/[/#:]/).at(-1), detail: body.detail as string };
}

describe("Wallet: linking", () => {
  test("a right answer links it; status shows it, and nobody else's is shown", async () => {
    expect((await made.ask(yours, "/v1/wallet")).body).toMatchObject({
      wallet: null,
      credential: null,
      required: true,
      rewards: "0",
    });
    const { status, body } = await link(yours, await proofBy(yours));
    expect(status).toBe(202);
    expect(body).toMatchObject({ wallet: rawOf(1), voucher: null });
    expect((await made.ask(theirs, "/v1/wallet")).body.wallet).toBeNull();
    expect(await made.ask(yours, "/v1/wallet/claims")).toMatchObject({
      body: { wallet: rawOf(1), roots: [] },
    });
  });

  test("an answer counts once, right or wrong, and for who was asked", async () => {
    const proof = await proofBy(yours);
    expect((await link(yours, proof)).status).toBe(202);
    expect(await refusal(yours, proof)).toMatchObject({ status: 422, code: "no-such-challenge" });
    const stolen = await proofBy(yours, { key: 2 });
    const { status, detail } = await refusal(theirs, stolen);
    expect([status, detail]).toEqual([422, expect.stringMatching(/is not yours; ask for a new/)]);
    // it is gone for whom it was made, too
    expect(await refusal(yours, stolen)).toMatchObject({ code: "no-such-challenge" });
    expect((await made.ask(yours, "/v1/wallet")).body.wallet).toBe(rawOf(1));
  });

  test("a challenge that nobody ever gave, and one that is too old", async () => {
    const forged = await proofBy(yours, { payload: "ab".repeat(32) });
    expect(await refusal(yours, forged)).toMatchObject({ status: 422, code: "no-such-challenge" });
    const proof = await proofBy(yours);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6 * 60_000 });
    const { detail } = await refusal(yours, proof);
    expect(detail).toMatch(/too old or is not yours; ask for a new one/);
  });

  test("wallets belong to one contributor for ever", async () => {
    await link(yours, await proofBy(yours));
    expect(await refusal(theirs, await proofBy(theirs))).toMatchObject({
      status: 409,
      code: "wallet-taken",
    });
    expect((await link(yours, await proofBy(yours, { key: 2 }))).body.wallet).toBe(rawOf(2));
    // and one that was given up does not come back
    expect(await refusal(yours, await proofBy(yours))).toMatchObject({ status: 409 });
    expect((await made.ask(theirs, "/v1/wallet")).body.wallet).toBeNull();
  });
});

describe("Wallet: proofs that are none", () => {
  type Lie = readonly [string, Proving, (proof: WalletProof) => unknown, string, RegExp];
  const lies: ReadonlyArray<Lie> = [
    [
      "signed by another key",
      {},
      (proof) => ({ ...proof, proof: { ...proof.proof, signature: `${"A".repeat(86)}==` } }),
      "proof-signature",
      /key did not sign this proof: connect again/,
    ],
    [
      "another wallet's address",
      {},
      (proof) => ({ ...proof, address: rawOf(9) }),
      "proof-state",
      /state does not belong to its address/,
    ],
    [
      "for another network",
      { network: "mainnet" },
      (proof) => proof,
      "proof-network",
      /is on network -239: switch it to local \(-7\)/,
    ],
    [
      "for another site",
      { domain: "evil.example" },
      (proof) => proof,
      "proof-domain",
      /is for "evil\.example", not for pin\.go/,
    ],
    [
      "by a clock that is an hour slow",
      { nowSeconds: Math.floor(Date.now() / 1_000) - HOUR_S },
      (proof) => proof,
      "proof-expired",
      /60 minutes old by our clock.*check the device's clock/,
    ],
    [
      "by a clock that is an hour fast",
      { nowSeconds: Math.floor(Date.now() / 1_000) + HOUR_S },
      (proof) => proof,
      "proof-clock",
      /60 minutes ahead of ours: set it right/,
    ],
  ];
  test.each(lies)("%s: refused in a sentence, nothing is linked", async (...lie) => {
    const [, proving, change, code, words] = lie;
    const refused = await refusal(yours, change(await proofBy(yours, proving)));
    expect(refused).toMatchObject({ status: 422, code });
    expect(refused.detail).toMatch(words);
    expect((await made.ask(yours, "/v1/wallet")).body.wallet).toBeNull();
  });

  test("what has not even the form of one", async () => {
    const { status, body } = await link(yours, { address: rawOf(1) });
    expect(status).toBe(400);
    expect(body.detail).toMatch(/network/);
  });
});

describe("Wallet: who may ask, and looking", () => {
  test("a look is asked of the treasurer, for oneself", async () => {
    const { status, body } = await made.ask(yours, "/v1/wallet/look", { method: "POST" });
    expect([status, body.credential]).toEqual([202, null]);
    expect(chain.looked).toEqual([address("contributor", "you")]);
  });

  test("without a token, for nobody, or where there is no chain: told what to do", async () => {
    expect((await made.ask(undefined, "/v1/wallet")).status).toBe(401);
    const nobody = await made.ask(made.token("operator"), "/v1/wallet/challenge");
    expect([nobody.status, nobody.body.detail]).toEqual([
      403,
      expect.stringMatching(/speaks for no contributor; use one made with --contributor/),
    ]);
    Object.assign(made.network, { chain: undefined });
    for (const path of ["/v1/wallet", "/v1/wallet/challenge", "/v1/wallet/claims"]) {
      const { status, body } = await made.ask(yours, path);
      expect([status, body.detail]).toEqual([404, expect.stringMatching(/has no chain; its oper/)]);
    }
  });
});
