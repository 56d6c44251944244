/**
 * The local chain as clients see it: nothing here knows more than an address and TonClient, which
 * is what they would use with a public chain.
 */
import { request } from "node:http";
import { Address, beginCell, internal, toNano } from "@ton/core";
import { JettonMaster, JettonWallet, TonClient } from "@ton/ton";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeOf } from "../../src/adapters/ton/code.ts";
import { Collection } from "../../src/adapters/ton/wrappers/credential.ts";
import { distributorSetupCell } from "../../src/adapters/ton/wrappers/distributor.ts";
import {
  type Allocation,
  Minter,
  JettonWallet as OurWallet,
  SUPPLY,
} from "../../src/adapters/ton/wrappers/jetton.ts";
import { onChainMetadata } from "../../src/adapters/ton/wrappers/metadata.ts";
import { Vesting, vestingTermsCell } from "../../src/adapters/ton/wrappers/vesting.ts";
import {
  dev,
  ownerOf,
  pay,
  removeFolder,
  type Served,
  scratchFolder,
  serve,
  transferOf,
} from "./served-chain.ts";

const YEAR = 365 * 86_400;
const [creator, alice, bob] = [ownerOf(1), ownerOf(2, "v4"), ownerOf(3)];

let folder: string;
let served: Served;
beforeAll(async () => {
  folder = await scratchFolder();
  served = await serve(folder);
});
afterAll(async () => {
  await served.stop();
  await removeFolder(folder);
});

async function rpc(method: unknown, params: unknown): Promise<Record<string, unknown>> {
  return await post(JSON.stringify({ id: "1", jsonrpc: "2.0", method, params }));
}

async function post(body: string, type = "application/json"): Promise<Record<string, unknown>> {
  const headers = { "content-type": type };
  const response = await fetch(served.endpoint, { method: "POST", headers, body });
  return { status: response.status, ...((await response.json()) as object) };
}

const give = (to: Address, coins: string) =>
  dev(served.url, "faucet", { address: to.toString(), amount: toNano(coins).toString() });

const content = onChainMetadata({ name: "PinGo", symbol: "PINGO", decimals: "9" });
const minter = Minter.fromConfig(
  {
    creator: creator.wallet.address,
    content,
    walletCode: codeOf("jetton/wallet"),
    vestingCode: codeOf("vesting/vesting"),
    distributorCode: codeOf("rewards/distributor"),
    recordCode: codeOf("rewards/record"),
  },
  codeOf("jetton/minter"),
);

describe("Local chain: PINGO and credentials through plain clients", () => {
  let start: number;
  const terms = () => ({
    beneficiary: alice.wallet.address,
    // a year from the distribution at the earliest, and that is a little later
    start: start + 3_600,
    cliff: YEAR,
    duration: 4 * YEAR,
  });
  const team = (SUPPLY * 15n) / 100n;

  beforeAll(async () => {
    const response = await fetch(`${served.url}/dev/time`);
    start = ((await response.json()) as { result: { now: number } }).result.now;
    for (const { wallet } of [creator, alice]) await give(wallet.address, "20");
  });

  test("the minter of contracts/ is deployed, and JettonMaster reads it", async () => {
    const { client } = served;
    expect(await client.isContractDeployed(minter.address)).toBe(false);
    const deploys = internal({ to: minter.address, value: toNano("0.2"), init: minter.init });
    await pay(client, creator, deploys);
    expect(await client.isContractDeployed(minter.address)).toBe(true);
    const data = await client.open(JettonMaster.create(minter.address)).getJettonData();
    expect(data.totalSupply).toBe(0n);
    expect(data.content.equals(content)).toBe(true);
    expect(data.walletCode.equals(codeOf("jetton/wallet"))).toBe(true);
    const state = await client.getContractState(minter.address);
    expect(state.code?.equals(codeOf("jetton/minter").toBoc())).toBe(true);
  });

  test("PINGO is distributed, a vesting pays after a year, and its owner pays on", async () => {
    const { client } = served;
    const community = {
      publisher: creator.wallet.address,
      guardian: bob.wallet.address,
      genesis: start,
      epochSeconds: 86_400,
      delaySeconds: 86_400,
      emission: 769_000n * 1_000_000_000n,
      halvingEpochs: 730,
    };
    const allocations: ReadonlyArray<Allocation> = [
      {
        kind: "community",
        amount: SUPPLY - team,
        terms: distributorSetupCell(community, { bits: 0, prefix: 0 }),
      },
      { kind: "team", amount: team, terms: vestingTermsCell(terms()) },
    ];
    const body = Minter.distributeBody(allocations);
    await pay(client, creator, internal({ to: minter.address, value: toNano("5"), body }));
    const master = client.open(JettonMaster.create(minter.address));
    expect((await master.getJettonData()).totalSupply).toBe(SUPPLY);

    const vesting = Vesting.of(
      { minter: minter.address, total: team, terms: terms() },
      codeOf("vesting/vesting"),
    );
    const release = internal({
      to: vesting.address,
      value: toNano("0.2"),
      body: Vesting.releaseBody(),
    });
    await pay(client, alice, release);
    const hers = await master.getWalletAddress(alice.wallet.address);
    const wallet = client.open(JettonWallet.create(hers));
    expect(await wallet.getBalance()).toBe(0n);
    expect(await dev(served.url, "time", { advance: 2 * YEAR })).toMatchObject({ ok: true });
    await pay(client, alice, release);
    const balance = await wallet.getBalance();
    expect(balance).toBeGreaterThan((team * 49n) / 100n);

    const his = client.open(JettonWallet.create(await master.getWalletAddress(bob.wallet.address)));
    const transfer = OurWallet.transferBody({
      amount: 7n,
      recipient: bob.wallet.address,
      excessesTo: alice.wallet.address,
    });
    await pay(client, alice, internal({ to: hers, value: toNano("0.1"), body: transfer }));
    expect(await his.getBalance()).toBe(7n);
    expect(await wallet.getBalance()).toBe(balance - 7n);
  });

  test("the collection of credentials is deployed and answers", async () => {
    const { client } = served;
    const issuers = [1n, 2n, 3n] as const;
    const collection = Collection.fromConfig(
      {
        owner: creator.wallet.address,
        issuers,
        metadata: onChainMetadata({ name: "PinGo contributors" }),
        base: "https://example.org/",
        itemCode: codeOf("credential/item"),
      },
      codeOf("credential/collection"),
    );
    const deploys = internal({
      to: collection.address,
      value: toNano("0.2"),
      init: collection.init,
    });
    await pay(client, creator, deploys);
    const { stack } = await client.runMethod(collection.address, "get_collection_data");
    expect(stack.readBigNumber()).toBe(-1n);
    stack.readCell();
    expect(stack.readAddress().equals(creator.wallet.address)).toBe(true);
  });
});

describe("Local chain: history", () => {
  test("a cursor walks every transaction once, newest first", async () => {
    const { client } = served;
    const { address } = creator.wallet;
    const all = await client.getTransactions(address, { limit: 100 });
    const walked = await client.getTransactions(address, { limit: 2 });
    for (;;) {
      const last = walked.at(-1)!;
      const [lt, hash] = [last.lt.toString(), last.hash().toString("base64")];
      const page = await client.getTransactions(address, { limit: 2, lt, hash });
      if (page.length === 0) break;
      walked.push(...page);
    }
    expect(walked.map(({ lt }) => lt)).toEqual(all.map(({ lt }) => lt));
    for (const [i, { prevTransactionHash, prevTransactionLt }] of all.slice(0, -1).entries()) {
      const before = all[i + 1]!;
      expect(prevTransactionLt).toBe(before.lt);
      expect(prevTransactionHash).toBe(BigInt(`0x${before.hash().toString("hex")}`));
    }
    const third = all[2]!;
    const newer = await client.getTransactions(address, { limit: 9, to_lt: third.lt.toString() });
    expect(newer.map(({ lt }) => lt)).toEqual(all.slice(0, 2).map(({ lt }) => lt));
    const one = await client.getTransaction(
      address,
      third.lt.toString(),
      third.hash().toString("base64"),
    );
    expect(one?.hash().equals(third.hash())).toBe(true);
  });

  test("a message leads to both of its transactions; each block has its own", async () => {
    const { client } = served;
    const [received] = await client.getTransactions(minter.address, { limit: 1 });
    const info = received!.inMessage!.info;
    if (info.type !== "internal") throw new Error("a minter hears of wallets only");
    const way = [info.src, info.dest, info.createdLt.toString()] as const;
    expect((await client.tryLocateResultTx(...way)).lt).toBe(received!.lt);
    const source = await client.tryLocateSourceTx(...way);
    expect(source.outMessages.values().some((sent) => sent.info.dest?.toString())).toBe(true);
    const { latestSeqno, shard, workchain } = await client.getMasterchainInfo();
    expect(workchain).toBe(-1);
    const lts: string[] = [];
    for (let seqno = 1; seqno <= latestSeqno; seqno++) {
      expect(await client.getWorkchainShards(seqno)).toEqual([{ workchain: 0, shard, seqno }]);
      lts.push(...(await client.getShardTransactions(0, seqno, shard)).map(({ lt }) => lt));
    }
    expect(lts).toEqual(lts.map((_, i) => `${(i + 1) * 1_000_000}`));
  });

  test("an estimate is what the wallet then pays", async () => {
    const { client } = served;
    const { wallet } = creator;
    const message = internal({ to: bob.wallet.address, value: "0.1", bounce: false });
    const body = await transferOf(client, creator, [message]);
    const estimate = await client.estimateExternalMessageFee(wallet.address, {
      body,
      initCode: null,
      initData: null,
      ignoreSignature: true,
    });
    await client.sendExternalMessage(wallet, body);
    const [paid] = await client.getTransactions(wallet.address, { limit: 1 });
    const { in_fwd_fee, storage_fee, gas_fee, fwd_fee } = estimate.source_fees;
    const [sent] = paid!.outMessages.values();
    const forward = sent?.info.type === "internal" ? sent.info.forwardFee : 0n;
    const real = Number(paid!.totalFees.coins + forward);
    expect(Math.abs(in_fwd_fee + storage_fee + gas_fee + fwd_fee - real)).toBeLessThan(100);
  });

  test("comments are text, and other clients' methods are there", async () => {
    const { client } = served;
    await pay(client, creator, internal({ to: bob.wallet.address, value: "0.1", body: "thänks" }));
    const address = bob.wallet.address.toString();
    const { result } = await rpc("getTransactions", { address, limit: 1 });
    expect(result).toMatchObject([{ in_msg: { message: "thänks", value: "100000000" } }]);
    const hex = bob.wallet.address.toRawString();
    expect(await rpc("getAddressBalance", { address: hex })).toMatchObject({ ok: true });
    expect(await rpc("getAddressState", { address })).toMatchObject({ result: "uninitialized" });
    expect(
      await rpc("getWalletInformation", { address: creator.wallet.address.toString() }),
    ).toMatchObject({ result: { wallet: true, account_state: "active", seqno: 5 } });
    expect(await rpc("getExtendedAddressInformation", { address })).toMatchObject({
      result: { account_state: { "@type": "uninited.accountState" } },
    });
    expect(await rpc("getConfigParam", { config_id: 21 })).toMatchObject({ ok: true });
    const rest = await fetch(`${served.url}/api/v2/getAddressBalance?address=${address}`);
    expect(await rest.json()).toMatchObject({ ok: true });
    expect(rest.headers.get("access-control-allow-origin")).toBe("*");
  });
});

describe("Local chain: wrong input", () => {
  test("each is answered as toncenter answers, in a sentence", async () => {
    const address = creator.wallet.address.toString();
    const boc = beginCell().endCell().toBoc().toString("base64");
    const hash = Buffer.alloc(32).toString("hex");
    const wrong: ReadonlyArray<readonly [string, unknown, number, RegExp]> = [
      ["getMoney", {}, 404, /no method "getMoney"; there are getAddressInformation/],
      ["getAddressInformation", {}, 422, /address must be an address such as/],
      ["getAddressInformation", { address: "EQnope" }, 422, /look for a character that is missing/],
      ["getAddressInformation", [], 422, /params must be an object/],
      ["getTransactions", { address, limit: 0 }, 422, /limit must be from 1 to 101/],
      ["getTransactions", { address, limit: "many" }, 422, /limit must be a whole number/],
      ["getTransactions", { address, lt: "1000000" }, 422, /lt and hash belong together/],
      ["getTransactions", { address, lt: "7", hash }, 500, /LITE_SERVER_UNKNOWN: cannot locate/],
      ["getTransactions", { address, lt: "7", hash: "00" }, 422, /a hash of 32 bytes/],
      ["sendBoc", { boc: "" }, 422, /boc must be a bag of cells/],
      ["sendBoc", { boc }, 500, /the cell is no message; build one with external/],
      ["runGetMethod", { address, stack: [] }, 422, /method must be the name/],
      ["runGetMethod", { address, method: "seqno", stack: 7 }, 422, /stack must be a list/],
      ["runGetMethod", { address, method: "seqno", stack: [["x", 1]] }, 422, /kind of num/],
      ["estimateFee", { address, body: "%%%" }, 422, /body must be a bag of cells/],
      ["shards", { seqno: 1e9 }, 404, /no block 1000000000; the newest is/],
      ["tryLocateResultTx", { source: address, destination: address }, 422, /created_lt must be/],
      [
        "tryLocateSourceTx",
        { source: address, destination: address, created_lt: "9999000001" },
        404,
        /no transaction has this message/,
      ],
      ["getConfigParam", { config_id: 4_000 }, 404, /no parameter 4000/],
    ];
    for (const [method, params, code, words] of wrong) {
      const got = await rpc(method, params);
      expect(got, method).toMatchObject({ status: code, ok: false, code, id: "1" });
      expect(got.error, method).toMatch(words);
    }
    expect(await post("{")).toMatchObject({ status: 422, error: expect.stringMatching(/no JSON/) });
    expect(await post("[]")).toMatchObject({ status: 422 });
    expect(await post("{}", "text/plain")).toMatchObject({ status: 415 });
    expect(await post(`{"a":"${"x".repeat(1_100_000)}"}`)).toMatchObject({ status: 413 });
  });

  test("a method that throws and an account without code have exit codes", async () => {
    const { client } = served;
    const unknown = await client.runMethodWithError(creator.wallet.address, "no_such_method");
    expect(unknown.exit_code).toBe(11);
    const nobody = new Address(0, Buffer.alloc(32, 77));
    expect((await client.runMethodWithError(nobody, "seqno")).exit_code).toBe(-13);
    expect(await client.getContractState(nobody)).toMatchObject({
      state: "uninitialized",
      balance: 0n,
      lastTransaction: null,
    });
  });

  test("coins and time are asked for with sense", async () => {
    const { url } = served;
    const address = bob.wallet.address.toString();
    const words = (given: unknown) => (given as { error: string }).error;
    expect(words(await dev(url, "faucet", { address }))).toMatch(/amount must be nanogram/);
    expect(words(await dev(url, "faucet", { address, amount: "1.5" }))).toMatch(/whole number/);
    expect(words(await dev(url, "faucet", { address, amount: "0" }))).toMatch(/gives from 1/);
    expect(words(await dev(url, "time", {}))).toMatch(/give now, a Unix time in seconds, or/);
    expect(words(await dev(url, "time", { now: 1 }))).toMatch(/never goes back/);
    expect(words(await dev(url, "gold", {}))).toMatch(/nothing at \/dev\/gold; there are POST/);
    const deleted = await fetch(`${url}/dev/time`, { method: "DELETE" });
    expect(deleted.status).toBe(405);
  });

  test("a page that gives this machine its own name gets nothing", async () => {
    const { port } = new URL(served.url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { host: "evil.example" };
      const asking = request({ host: "127.0.0.1", port, path: "/", headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asking.once("error", reject).end();
    });
    expect(status).toBe(403);
  });
});

describe("Local chain: folders", () => {
  test("a second one on the folder, and one on the same port, are refused", async () => {
    await expect(serve(folder)).rejects.toThrow(/open in this process already/);
    const other = await scratchFolder();
    const { port } = new URL(served.url);
    await expect(serve(other, Number(port))).rejects.toThrow(
      /port \d+ is taken; stop what uses it/,
    );
    await removeFolder(other);
  });

  test("stopped and started again, everything is there", async () => {
    const { address } = creator.wallet;
    const before = await served.client.getTransactions(address, { limit: 100 });
    const { balance } = await served.client.getContractState(address);
    await served.stop();
    served = await serve(folder);
    const client = new TonClient({ endpoint: served.endpoint });
    const after = await client.getTransactions(address, { limit: 100 });
    expect(after.map((each) => each.hash())).toEqual(before.map((each) => each.hash()));
    expect((await client.getContractState(address)).balance).toBe(balance);
    await pay(client, creator, internal({ to: bob.wallet.address, value: "0.1", bounce: false }));
    expect(await client.getTransactions(address, { limit: 100 })).toHaveLength(before.length + 1);
  });
});
