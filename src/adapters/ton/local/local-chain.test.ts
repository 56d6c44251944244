import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Address,
  beginCell,
  Cell,
  contractAddress,
  external,
  getMethodId,
  internal,
  SendMode,
  storeMessage,
} from "@ton/core";
import { type KeyPair, keyPairFromSeed } from "@ton/crypto";
import { WalletContractV5R1 } from "@ton/ton";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Journal } from "../../../live/journal.ts";
import type { FencingToken } from "../../../live/leases.ts";
import type { ShardId } from "../../../live/shard.ts";
import { FileJournals } from "../../store/file-journal.ts";
import { LocalChain, type LocalChainParts, LT_STEP } from "./local-chain.ts";

/** 2026-11-22T00:00:00Z: no test reads the machine's clock. */
const NOW = 1_795_305_600;
const ONE = 1_000_000_000n;

let root: string;
const open: LocalChain[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "pingo-chain-"));
});
afterEach(async () => {
  for (const chain of open.splice(0)) await chain.close();
  await rm(root, { recursive: true });
});

const journalOf = (folder: string) =>
  new FileJournals({ folder }).open("log" as ShardId, 1 as FencingToken);

async function chainIn(folder: string, parts: Partial<LocalChainParts> = {}): Promise<LocalChain> {
  const journal = parts.journal ?? (await journalOf(folder));
  const clock = () => NOW;
  try {
    const chain = await LocalChain.open({
      clock,
      ...parts,
      folder: join(folder, "history"),
      journal,
    });
    open.push(chain);
    return chain;
  } catch (error) {
    await journal.close();
    throw error;
  }
}

async function closed(chain: LocalChain): Promise<void> {
  open.splice(open.indexOf(chain), 1);
  await chain.close();
}

const keys: ReadonlyArray<KeyPair> = [1, 2, 3].map((n) => keyPairFromSeed(Buffer.alloc(32, n)));
const wallets = keys.map(({ publicKey }) => WalletContractV5R1.create({ publicKey }));

function seqnoOf(chain: LocalChain, wallet: number): Promise<number> {
  const { address } = wallets[wallet]!;
  return chain.ask(address, getMethodId("seqno"), []).then((answer) => {
    const item = answer?.stack[0];
    return item?.type === "int" ? Number(item.value) : 0;
  });
}

interface Transfer {
  readonly from: number;
  readonly to: Address;
  readonly amount: bigint;
  readonly seqno?: number;
}

async function transferOf(chain: LocalChain, transfer: Transfer): Promise<Buffer> {
  const { from, to, amount } = transfer;
  const wallet = wallets[from]!;
  const seqno = transfer.seqno ?? (await seqnoOf(chain, from));
  const body = wallet.createTransfer({
    seqno,
    secretKey: keys[from]!.secretKey,
    sendMode: SendMode.PAY_GAS_SEPARATELY,
    timeout: NOW + 3_600,
    messages: [internal({ to, value: amount, bounce: false, body: Cell.EMPTY })],
  });
  return bytesOf(
    external({ to: wallet.address, body, ...(seqno === 0 ? { init: wallet.init } : {}) }),
  );
}

const bytesOf = (message: Parameters<typeof storeMessage>[0]) =>
  beginCell().store(storeMessage(message)).endCell().toBoc();

const balanceOf = (chain: LocalChain, address: Address) =>
  chain.account(address)?.shard.account?.storage.balance.coins ?? 0n;

/** All that a client can see. */
function viewOf(chain: LocalChain) {
  const blocks = [];
  for (let seqno = 1; seqno <= chain.seqno; seqno++) blocks.push(chain.block(seqno));
  const transactions = [];
  for (let number = 1; number <= chain.transactionCount; number++) {
    const { boc, before } = chain.transaction(number)!;
    transactions.push({ boc: Buffer.from(boc).toString("base64"), before });
  }
  const accounts = wallets.map(({ address }) => chain.account(address)?.shard.lastTransactionHash);
  return { id: chain.id, now: chain.now(), blocks, transactions, accounts };
}

describe("LocalChain: messages", () => {
  test("coins of the faucet deploy a wallet, which pays another", async () => {
    const chain = await chainIn(root);
    const [first, second] = [wallets[0]!.address, wallets[1]!.address];
    await chain.give(first, 5n * ONE);
    await chain.send(await transferOf(chain, { from: 0, to: second, amount: ONE }));
    expect(await seqnoOf(chain, 0)).toBe(1);
    expect(balanceOf(chain, second)).toBe(ONE);
    expect(balanceOf(chain, first)).toBeLessThan(4n * ONE);
    expect(chain).toMatchObject({ seqno: 2, transactionCount: 3, accountCount: 2 });
    const shard = chain.account(first)!.shard;
    expect(shard.lastTransactionLt).toBe(2n * LT_STEP);
  });

  test("the same message again is not accepted and changes nothing", async () => {
    const chain = await chainIn(root);
    await chain.give(wallets[0]!.address, 5n * ONE);
    const boc = await transferOf(chain, { from: 0, to: wallets[1]!.address, amount: ONE });
    await chain.send(boc);
    const before = viewOf(chain);
    await expect(chain.send(boc)).rejects.toMatchObject({ reason: "unaccepted" });
    await expect(chain.send(boc)).rejects.toThrow(/exitcode=133; look at its seqno/);
    expect(viewOf(chain)).toEqual(before);
  });

  test("wallets that send at once are served in turn", async () => {
    const chain = await chainIn(root);
    await Promise.all(wallets.map(({ address }) => chain.give(address, 5n * ONE)));
    const to = new Address(0, Buffer.alloc(32, 9));
    const sent = await Promise.all(
      wallets.map((_, from) => transferOf(chain, { from, to, amount: ONE })),
    );
    await Promise.all(sent.map((boc) => chain.send(boc)));
    expect(balanceOf(chain, to)).toBe(3n * ONE);
    expect(chain.account(to)?.last).toBe(9);
    expect(chain.transaction(9)?.before).toBe(7);
  });

  test("what is no external message is refused in words", async () => {
    const chain = await chainIn(root);
    const [address] = wallets.map((wallet) => wallet.address) as [Address];
    const { info } = internal({ to: address, value: ONE, body: Cell.EMPTY });
    const inner = bytesOf({
      info: { ...info, src: address },
      body: Cell.EMPTY,
    });
    const elsewhere = bytesOf(external({ to: new Address(5, address.hash), body: Cell.EMPTY }));
    for (const [boc, words] of [
      [Buffer.from("coins, please"), /no bag of cells; send what toBoc/],
      [beginCell().storeUint(3, 7).endCell().toBoc(), /no message; build one/],
      [Buffer.alloc(65_536), /at most 65535 bytes, this one 65536/],
      [inner, /only external messages are taken/],
      [elsewhere, /no workchain 5; use an address of 0 or -1/],
      [bytesOf(external({ to: address, body: Cell.EMPTY })), /cannot be run|not accept/],
    ] as const) {
      await expect(chain.send(boc)).rejects.toThrow(words);
    }
    await expect(chain.give(address, 0n)).rejects.toThrow(/from 1 to 10{18} nanogram/);
    await expect(chain.give(new Address(7, address.hash), 1n)).rejects.toThrow(/no workchain 7/);
    expect(chain).toMatchObject({ seqno: 0, transactionCount: 0, accountCount: 0 });
  });

  test("a contract that writes to itself for ever is stopped; nothing of it stays", async () => {
    // ACCEPT, then all it has to its own address: FF00 SETCP0, F800 ACCEPT, C8 NEWC, …, FB00 SEND
    const code = beginCell()
      .storeBuffer(Buffer.from("ff00f800c8801801cb05f82801ce70fa027001cb6ac9810080fb00", "hex"))
      .endCell();
    const init = { code, data: Cell.EMPTY };
    const to = contractAddress(0, init);
    const chain = await chainIn(root, { limits: { block: 40, snapshot: 1_000 } });
    await chain.give(to, 5n * ONE);
    const sending = chain.send(bytesOf(external({ to, init, body: Cell.EMPTY })));
    await expect(sending).rejects.toThrow(/more than 40 transactions; send less/);
    expect(chain).toMatchObject({ seqno: 1, transactionCount: 1 });
    expect(balanceOf(chain, to)).toBe(5n * ONE);
  });
});

describe("LocalChain: time", () => {
  test("it is put on, never back, and stays on after a restart", async () => {
    let clock = NOW;
    const chain = await chainIn(root, { clock: () => clock });
    expect(chain.now()).toBe(NOW);
    await chain.setTime(NOW + 86_400);
    clock += 10;
    expect(chain.now()).toBe(NOW + 86_410);
    await expect(chain.setTime(NOW)).rejects.toThrow(/never goes back: it is \d+ and would be/);
    await expect(chain.setTime(2 ** 32)).rejects.toThrow(/seconds up to 4294967295/);
    await closed(chain);
    const again = await chainIn(root, { clock: () => clock });
    expect(again.now()).toBe(NOW + 86_410);
  });

  test("a machine's clock that was set back does not stop the chain", async () => {
    let clock = NOW;
    const chain = await chainIn(root, { clock: () => clock });
    await chain.give(wallets[0]!.address, ONE);
    clock -= 3_600;
    await chain.give(wallets[0]!.address, ONE);
    expect(chain.block(2)?.time).toBe(NOW);
  });
});

describe("LocalChain: restarts", () => {
  test("a chain goes on from its snapshot and runs nothing again", async () => {
    const chain = await chainIn(root);
    await chain.give(wallets[0]!.address, 5n * ONE);
    await chain.send(await transferOf(chain, { from: 0, to: wallets[1]!.address, amount: ONE }));
    const before = viewOf(chain);
    await closed(chain);
    const journal = await journalOf(root);
    expect((await journal.latest())?.at).toBe(3);
    const again = await chainIn(root, { journal });
    expect(viewOf(again)).toEqual(before);
    await again.send(await transferOf(again, { from: 0, to: wallets[1]!.address, amount: ONE }));
    expect(await seqnoOf(again, 0)).toBe(2);
  });

  test("killed after any history, it comes back as it was", { timeout: 120_000 }, async () => {
    const step = fc.oneof(
      fc.record({ give: fc.integer({ min: 0, max: 2 }) }),
      fc.record({
        from: fc.integer({ min: 0, max: 2 }),
        to: fc.integer({ min: 0, max: 2 }),
        stale: fc.boolean(),
      }),
      fc.record({ advance: fc.integer({ min: 1, max: 1_000_000 }) }),
    );
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const folder = join(root, `${++runs}`);
        const chain = await chainIn(folder, { limits: { block: 100, snapshot: 5 } });
        for (const each of steps) {
          if ("give" in each) await chain.give(wallets[each.give]!.address, 2n * ONE);
          else if ("advance" in each) await chain.setTime(chain.now() + each.advance);
          else {
            const to = wallets[each.to]!.address;
            const seqno = each.stale ? { seqno: 7_777 } : {};
            const boc = await transferOf(chain, { from: each.from, to, amount: ONE, ...seqno });
            await chain.send(boc).catch(() => {});
          }
        }
        // what is on the disk now is what a process that is killed now leaves there
        const left = join(root, `${runs}-left`);
        await cp(folder, left, { recursive: true });
        await rm(join(left, "log", "lock"));
        const again = await chainIn(left);
        expect(viewOf(again)).toEqual(viewOf(chain));
        await closed(again);
        await closed(chain);
      }),
      { numRuns: 8 },
    );
  });

  test("torn last line: the block was acknowledged to nobody and is gone whole", async () => {
    const chain = await chainIn(root);
    await chain.give(wallets[0]!.address, ONE);
    const before = viewOf(chain);
    await chain.give(wallets[0]!.address, ONE);
    const left = `${root}/left`;
    await cp(join(root, "log"), join(left, "log"), { recursive: true });
    await cp(join(root, "history"), join(left, "history"), { recursive: true });
    await rm(join(left, "log", "lock"));
    const [name] = (await readdir(join(left, "log"))).filter((each) => each.endsWith(".log"));
    const path = join(left, "log", name!);
    await truncate(path, (await readFile(path)).length - 3);
    const again = await chainIn(left);
    expect(viewOf(again)).toEqual(before);
  });

  test("a log that cannot be written: nothing has happened, and later it goes on", async () => {
    const journal = await journalOf(root);
    let full = false;
    const wary: Journal = {
      append: (expected, records) =>
        full ? Promise.reject(new Error("the disk is full")) : journal.append(expected, records),
      read: (from) => journal.read(from),
      latest: () => journal.latest(),
      compact: (snapshot) => journal.compact(snapshot),
      close: () => journal.close(),
    };
    const chain = await chainIn(root, { journal: wary });
    await chain.give(wallets[0]!.address, ONE);
    const before = viewOf(chain);
    full = true;
    await expect(chain.give(wallets[0]!.address, ONE)).rejects.toThrow("the disk is full");
    expect(viewOf(chain)).toEqual(before);
    full = false;
    await chain.give(wallets[1]!.address, ONE);
    expect(viewOf(chain).transactions).toHaveLength(2);
  });

  test("a log that another machine would compute otherwise is not believed", async () => {
    const chain = await chainIn(root);
    await chain.give(wallets[0]!.address, ONE);
    const records: string[] = [];
    const journal = await journalOf(root);
    for await (const record of journal.read(0)) records.push(record);
    await journal.close();
    open.splice(0);
    const forged = records.map((record) => record.replace(/"hash":"../, '"hash":"00'));
    const other = join(root, "other");
    const written = await journalOf(other);
    await written.append(0, forged);
    await expect(chainIn(other, { journal: written })).rejects.toThrow(
      /block 1 comes out otherwise .* use the version that wrote it/,
    );
  });

  test("a folder that lacks transactions says so", async () => {
    const chain = await chainIn(root);
    await chain.give(wallets[0]!.address, ONE);
    await closed(chain);
    await writeFile(join(root, "history", "transactions.dat"), "");
    await expect(chainIn(root)).rejects.toThrow(/transactions.dat is damaged: it has 0 bytes/);
  });
});
