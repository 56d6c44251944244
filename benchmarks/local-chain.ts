/**
 * The local chain: a hundred thousand transactions through it, what they leave in memory, how fast
 * it opens again, and how long a client waits for the usual questions.
 */
import { createPrivateKey, sign } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Address,
  beginCell,
  Cell,
  external,
  internal,
  type MessageRelaxed,
  SendMode,
  storeMessage,
} from "@ton/core";
import { keyPairFromSeed } from "@ton/crypto";
import { TonClient, WalletContractV5R1 } from "@ton/ton";
import { FileJournals } from "../src/adapters/store/file-journal.ts";
import { serveLocalChain } from "../src/adapters/ton/local/http-server.ts";
import { LocalChain } from "../src/adapters/ton/local/local-chain.ts";
import type { FencingToken } from "../src/live/leases.ts";
import type { ShardId } from "../src/live/shard.ts";
import { collectGarbage, cpuSeconds, median } from "./clock.ts";
import { type Figure, flagsOf, numberText, printReport, type Report } from "./report.ts";

const NOW = 1_795_305_600;
const COIN = 1_000_000_000n;
const MIB = 1_048_576;
/** Messages that the wallet sends at once: with its own, a block of 51 transactions. */
const AT_ONCE = 50;
const RECIPIENTS = 2_000;
/** Transactions after which everything has been touched once and memory is looked at. */
const SETTLED = 0.2;

const flags = flagsOf();
const TRANSACTIONS = flags.smoke ? 600 : 100_000;
const SINGLES = flags.smoke ? 5 : 500;
const ASKED = flags.smoke ? 3 : 200;

const { publicKey } = keyPairFromSeed(Buffer.alloc(32, 1));
const wallet = WalletContractV5R1.create({ publicKey });
/** The system's signatures: those of the SDK would take longer than what is measured. */
const key = createPrivateKey({
  key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, 1)]),
  format: "der",
  type: "pkcs8",
});

async function openChain(folder: string): Promise<LocalChain> {
  const journals = new FileJournals({ folder });
  const journal = await journals.open("log" as ShardId, 1 as FencingToken);
  return await LocalChain.open({ folder: join(folder, "history"), journal, clock: () => NOW });
}

const recipient = (n: number) => {
  const hash = Buffer.alloc(32);
  hash.writeUInt32BE((n % RECIPIENTS) + 1, 28);
  return new Address(0, hash);
};

let seqno = 0;

async function transfer(messages: MessageRelaxed[]): Promise<Buffer> {
  const body = await wallet.createTransfer({
    seqno,
    signer: (cell: Cell) => Promise.resolve(sign(null, cell.hash(), key)),
    sendMode: SendMode.PAY_GAS_SEPARATELY,
    timeout: NOW + 3_600,
    messages,
  });
  const init = seqno === 0 ? { init: wallet.init } : {};
  seqno++;
  const message = external({ to: wallet.address, body, ...init });
  return beginCell().store(storeMessage(message)).endCell().toBoc();
}

const payment = (n: number) =>
  internal({ to: recipient(n), value: 1_000_000n, bounce: false, body: Cell.EMPTY });

function rssMib(): number {
  collectGarbage();
  return process.memoryUsage().rss / MIB;
}

interface Load {
  readonly rate: number;
  readonly rows: ReadonlyArray<ReadonlyArray<string>>;
  readonly growth: number;
}

async function load(chain: LocalChain): Promise<Load> {
  const rows = [["transactions", "transactions a CPU second", "memory MiB"]];
  let [n, seconds, settled, done] = [0, 0, 0, 0];
  const step = TRANSACTIONS / 5;
  let [next, stepStart, stepSeconds] = [step, 0, 0];
  while (chain.transactionCount < TRANSACTIONS) {
    const boc = await transfer(Array.from({ length: AT_ONCE }, () => payment(n++)));
    const start = cpuSeconds();
    await chain.send(boc);
    stepSeconds += cpuSeconds() - start;
    if (chain.transactionCount < next) continue;
    done = rssMib();
    if (next <= TRANSACTIONS * SETTLED + 1) settled = done;
    const rate = (chain.transactionCount - stepStart) / stepSeconds;
    rows.push([numberText(chain.transactionCount), numberText(rate), numberText(done)]);
    seconds += stepSeconds;
    [next, stepStart, stepSeconds] = [next + step, chain.transactionCount, 0];
  }
  return { rate: chain.transactionCount / seconds, rows, growth: done - settled };
}

async function singles(chain: LocalChain): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < SINGLES; i++) {
    const boc = await transfer([payment(i)]);
    const start = cpuSeconds();
    await chain.send(boc);
    times.push(1_000 * (cpuSeconds() - start));
  }
  return median(times);
}

/** What a question costs over HTTP through the usual client: the client's own work is in it. */
async function waits(chain: LocalChain): Promise<ReadonlyArray<Figure>> {
  const server = await serveLocalChain({ chain, port: 0, say: () => {} });
  const client = new TonClient({ endpoint: server.endpoint });
  const { address } = wallet;
  const questions: ReadonlyArray<readonly [string, () => Promise<unknown>, number]> = [
    ["getAddressInformation", () => client.getContractState(address), 5],
    ["runGetMethod", () => client.runMethod(address, "seqno"), 10],
    ["getTransactions, 20", () => client.getTransactions(recipient(1), { limit: 20 }), 100],
    ["sendBoc, 2 transactions", async () => client.sendFile(await transfer([payment(1)])), 25],
  ];
  const figures: Figure[] = [];
  for (const [name, ask, atMost] of questions) {
    const times: number[] = [];
    for (let i = 0; i < ASKED; i++) {
      const start = cpuSeconds();
      await ask();
      times.push(1_000 * (cpuSeconds() - start));
    }
    figures.push({ name: `over HTTP: ${name}`, value: median(times), unit: "CPU ms", atMost });
  }
  await server.close();
  return figures;
}

async function measure(folder: string): Promise<Report> {
  const begun = cpuSeconds();
  let chain = await openChain(folder);
  const first = cpuSeconds() - begun;
  await chain.give(wallet.address, 1_000_000n * COIN);
  const { rate, rows, growth } = await load(chain);
  const single = await singles(chain);
  const last = chain.transaction(chain.transactionCount);
  await chain.close();
  const start = cpuSeconds();
  chain = await openChain(folder);
  const again = cpuSeconds() - start;
  const http = await waits(chain);
  const bytes = (await stat(join(folder, "history", "transactions.dat"))).size;
  const each = bytes / chain.transactionCount;
  await chain.close();
  const [cell = Cell.EMPTY] = Cell.fromBoc(Buffer.from(last?.boc ?? []));
  return {
    benchmark: "local-chain",
    hash: cell.hash().toString("hex").slice(0, 16),
    figures: [
      { name: "transactions a CPU second", value: rate, unit: "", atLeast: 380 },
      { name: "a payment of its own, two transactions", value: single, unit: "CPU ms", atMost: 10 },
      { name: "memory, from a fifth to the end", value: growth, unit: "MiB", atMost: 64 },
      { name: "first start, virtual machine and all", value: first, unit: "CPU s", atMost: 2 },
      { name: "start with all of it on disk", value: again, unit: "CPU s", atMost: 1 },
      { name: "on disk, a transaction", value: each, unit: "bytes", atMost: 1_000 },
      ...http,
    ],
    table: rows,
    notes: [
      `${numberText(RECIPIENTS)} accounts; every block is on the disk before it is acknowledged.`,
      "Over HTTP client and server share the process: what is measured is the work of both.",
    ],
  };
}

const folder = await mkdtemp(join(tmpdir(), "pingo-bench-chain-"));
try {
  printReport(await measure(folder), flags);
} finally {
  await rm(folder, { recursive: true });
}
