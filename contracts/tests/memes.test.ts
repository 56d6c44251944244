import { createHash } from "node:crypto";
import { beginCell, type Cell, Dictionary, toNano } from "@ton/core";
import { JettonMaster } from "@ton/ton";
import { beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../../src/adapters/ton/wrappers/errors.ts";
import { memeContent } from "../../src/adapters/ton/wrappers/memes.ts";
import { onChainMetadata } from "../../src/adapters/ton/wrappers/metadata.ts";
import { balanceOf, constantOf, dataOf, gasOf, leastValue } from "./chain.ts";
import { expectNoTransaction, expectRefusal } from "./expectations.ts";
import {
  bytes,
  create,
  type Fair,
  FEE,
  holding,
  MEME_SUPPLY,
  MOST_FEE,
  memeBy,
  openFair,
  pictured,
  plain,
} from "./memes.ts";

const ONE = toNano("1");
const word = (op: number) => beginCell().storeUint(op, 32).storeUint(0, 64);

describe("Meme factory", () => {
  let fair: Fair;
  let start: ReturnType<Fair["chain"]["snapshot"]>;
  beforeAll(async () => {
    fair = await openFair();
    start = fair.chain.snapshot();
  });
  const fresh = () => fair.chain.loadFrom(start);

  test("a jetton: all of the supply its creator's, the fee the treasury's", async () => {
    await fresh();
    const { alice, treasury } = fair;
    const before = await treasury.getBalance();
    await create(fair, alice);
    const meme = await memeBy(fair, alice);
    expect(await meme.getSupply()).toBe(MEME_SUPPLY);
    expect(await (await holding(fair, meme, alice)).getBalance()).toBe(MEME_SUPPLY);
    const won = (await treasury.getBalance()) - before;
    expect(won).toBeGreaterThan(FEE - toNano("0.001"));
    expect(won).toBeLessThanOrEqual(FEE);
  });

  test("JettonMaster of @ton/ton reads it: no admin, no minting, its content", async () => {
    await fresh();
    const { alice, bob, chain } = fair;
    await create(fair, alice);
    const { address } = await memeBy(fair, alice);
    const data = await chain.openContract(JettonMaster.create(address)).getJettonData();
    expect(data.mintable).toBe(false);
    expect(data.adminAddress.hash.equals(Buffer.alloc(32))).toBe(true);
    const entries = data.content
      .beginParse()
      .skip(8)
      .loadDict(Dictionary.Keys.Buffer(32), Dictionary.Values.Cell());
    const text = (key: string) => {
      const cell = entries.get(createHash("sha256").update(key).digest());
      return cell?.beginParse().skip(8).loadStringTail();
    };
    expect([text("name"), text("symbol"), text("image")]).toEqual([
      "Dog of the Day",
      "DOG",
      "https://pin.go/dog.png",
    ]);
    expect(bob.address.equals(alice.address)).toBe(false);
  });

  test("it is transferred and burnt like any other", async () => {
    await fresh();
    const { alice, bob } = fair;
    await create(fair, alice);
    const meme = await memeBy(fair, alice);
    const wallet = await holding(fair, meme, alice);
    const move = { value: ONE, amount: 10n, recipient: bob.address };
    await wallet.sendTransfer(alice.getSender(), move);
    await wallet.sendBurn(alice.getSender(), { value: ONE, amount: 5n });
    expect(await (await holding(fair, meme, bob)).getBalance()).toBe(10n);
    expect(await wallet.getBalance()).toBe(MEME_SUPPLY - 15n);
    expect(await meme.getSupply()).toBe(MEME_SUPPLY - 5n);
  });

  test("addresses: another creator, salt or content makes another jetton", async () => {
    await fresh();
    const { alice, bob } = fair;
    const each = [
      await memeBy(fair, alice),
      await memeBy(fair, bob),
      await memeBy(fair, alice, { salt: 1n }),
      await memeBy(fair, alice, { content: pictured }),
    ];
    expect(new Set(each.map(({ address }) => address.toString())).size).toBe(4);
  });

  test("the same once more: nothing is born, nothing is charged", async () => {
    await fresh();
    const { alice, treasury } = fair;
    await create(fair, alice);
    const before = { alice: await alice.getBalance(), treasury: await treasury.getBalance() };
    await create(fair, alice, { supply: 5n });
    const meme = await memeBy(fair, alice);
    expect(await meme.getSupply()).toBe(MEME_SUPPLY);
    expect(before.alice - (await alice.getBalance())).toBeLessThan(toNano("0.1"));
    expect(await treasury.getBalance()).toBe(before.treasury);
  });

  const incomplete = (values: Record<string, string>) => onChainMetadata(values);
  const full = { name: "a", symbol: "b", image: "c" };
  const offChain = beginCell().storeUint(1, 8).storeStringTail("https://pin.go/x.json").endCell();
  const refused: ReadonlyArray<readonly [string, Cell, number]> = [
    ["no name", incomplete({ symbol: "b", image: "c" }), exitCodes.BAD_CONTENT],
    ["no symbol", incomplete({ name: "a", image: "c" }), exitCodes.BAD_CONTENT],
    ["no picture", incomplete({ name: "a", symbol: "b" }), exitCodes.BAD_CONTENT],
    ["a document elsewhere", offChain, exitCodes.BAD_CONTENT],
    [
      "a picture of six KiB",
      onChainMetadata({ ...full, image_data: bytes(6144) }),
      exitCodes.CONTENT_TOO_LARGE,
    ],
    [
      "a hundred small texts",
      onChainMetadata({
        ...full,
        ...Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`key ${n}`, `${n}`])),
      }),
      exitCodes.CONTENT_TOO_LARGE,
    ],
  ];
  test.each(refused)("%s: refused, the coins come back", async (_, content, code) => {
    await fresh();
    const { alice, factory } = fair;
    const before = await alice.getBalance();
    expectRefusal(await create(fair, alice, { content }), factory.address, code);
    expect(before - (await alice.getBalance())).toBeLessThan(toNano("0.1"));
  });

  test("a supply of nothing: refused", async () => {
    await fresh();
    const result = await create(fair, fair.alice, { supply: 0n });
    expectRefusal(result, fair.factory.address, exitCodes.BAD_CONTENT);
  });

  test("what wallets show must be there before a coin is spent", () => {
    expect(() => memeContent({ name: "", symbol: "A", picture: "x" })).toThrow(
      "a name and a symbol",
    );
    expect(() => memeContent({ name: "A", symbol: "A", picture: "" })).toThrow("needs a picture");
  });

  test("a creator on the masterchain: refused", async () => {
    await fresh();
    const master = await fair.chain.treasury("master", { workchain: -1 });
    const result = await create(fair, master);
    expectRefusal(result, fair.factory.address, exitCodes.WRONG_WORKCHAIN);
  });

  test("forged births, burns and fees change nothing", async () => {
    await fresh();
    const { alice, bob, factory, chain } = fair;
    await create(fair, alice);
    const meme = await memeBy(fair, alice);
    const state = () => Promise.all([meme, factory].map((each) => dataOf(chain, each.address)));
    const before = await state();
    const name = createHash("sha256").update("fee").digest();
    const bear = word(0x24c90e7b)
      .storeCoins(9)
      .storeCoins(0)
      .storeCoins(0)
      .storeAddress(bob.address);
    const burn = word(0x7bdd97de).storeCoins(9).storeAddress(alice.address).storeAddress(null);
    const forgeries = [
      [meme.address, bear, exitCodes.NOT_FACTORY],
      [meme.address, burn, exitCodes.NOT_WALLET],
      [meme.address, word(0x642b7d07), exitCodes.WRONG_OP],
      [
        factory.address,
        word(0x70617261).storeBuffer(name).storeUint(0, 128).storeAddress(bob.address),
        exitCodes.NOT_GOVERNOR,
      ],
    ] as const;
    for (const [to, body, code] of forgeries) {
      const result = await bob.send({ to, value: ONE, body: body.endCell() });
      expectRefusal(result, to, code);
    }
    expect(await state()).toEqual(before);
  });

  test("the fee: by vote, up to a bound", async () => {
    await fresh();
    const { governor, factory } = fair;
    const set = (parameter: string, value: bigint) => {
      const name = createHash("sha256").update(parameter).digest();
      const body = word(0x70617261)
        .storeBuffer(name)
        .storeUint(value, 128)
        .storeAddress(governor.address);
      return governor.send({ to: factory.address, value: ONE, body: body.endCell() });
    };
    expectRefusal(await set("fee", MOST_FEE + 1n), factory.address, exitCodes.OUT_OF_BOUNDS);
    expectRefusal(await set("fees", 1n), factory.address, exitCodes.UNKNOWN_PARAMETER);
    await set("fee", 0n);
    expect(await factory.getFee()).toBe(0n);
    await create(fair, fair.alice, { value: toNano("0.5") });
    expect(await (await memeBy(fair, fair.alice)).getSupply()).toBe(MEME_SUPPLY);
  });

  test("the largest content: the gas and the rent that were asked for are enough", async () => {
    await fresh();
    const { alice, factory, chain } = fair;
    const texts = Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`key ${n}`, `${n}`]));
    const picture = bytes(4096);
    const content = onChainMetadata({ name: "a", symbol: "b", image_data: picture, ...texts });
    const result = await create(fair, alice, { content });
    const meme = await memeBy(fair, alice, { content });
    const [made] = gasOf(result, factory.address);
    const [born] = gasOf(result, meme.address);
    expect(made).toBeLessThanOrEqual(constantOf("memes/fees", "GAS_CREATE"));
    expect(born).toBeLessThanOrEqual(constantOf("memes/fees", "GAS_BEAR"));
    expect(await balanceOf(chain, meme.address)).toBeGreaterThan(toNano("0.1"));
  });

  test.each(["old", "reduced"] as const)("%s prices: the least value is enough", async (prices) => {
    const cheap = await openFair(prices);
    for (const content of [plain, pictured]) {
      const send = (value: bigint) => create(cheap, cheap.alice, { content, value });
      const least = await leastValue(cheap.chain, cheap.factory.address, send);
      expectNoTransaction(await send(least), { aborted: true });
      const meme = await memeBy(cheap, cheap.alice, { content });
      expect(await (await holding(cheap, meme, cheap.alice)).getBalance()).toBe(MEME_SUPPLY);
    }
  });
});
