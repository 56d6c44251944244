/**
 * kill -9 while wallets pay: what was acknowledged is there afterwards, whole and once, and the
 * chain goes on. A folder has one owner at a time, and what a dead one left is taken over.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { internal, toNano } from "@ton/core";
import { TonClient } from "@ton/ton";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { build, root } from "../cli/built.ts";
import { dev, ownerOf, pay, removeFolder, scratchFolder } from "./served-chain.ts";

const KILLS = 3;
const bin = join(root, "bin/pingo.js");
const [payer, payee] = [ownerOf(1), ownerOf(2)];

let folder: string;
const children: ChildProcess[] = [];
beforeAll(build, 120_000);
beforeEach(async () => {
  folder = await scratchFolder();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await removeFolder(folder);
});

interface Said {
  readonly endpoint: string;
  readonly url: string;
  readonly error?: { readonly message: string };
}

interface Up extends Said {
  readonly process: ChildProcess;
  readonly ended: Promise<NodeJS.Signals | number>;
}

/** The command, in a process of its own. */
async function up(): Promise<Up> {
  const args = [bin, "chain", "up", "--port", "0", "--json", "--dir", folder];
  const started = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(started);
  const ended = new Promise<NodeJS.Signals | number>((resolve) => {
    started.once("exit", (code, signal) => resolve(signal ?? code ?? 0));
  });
  for await (const line of createInterface({ input: started.stdout })) {
    const said = JSON.parse(line) as Said;
    if (said.error === undefined) return { ...said, process: started, ended };
    throw new Error(`it ended with ${await ended} before it was up: ${said.error.message}`);
  }
  throw new Error(`it ended with ${await ended} before it was up`);
}

test("Kill: payments that were acknowledged are there once, others whole or not at all", {
  timeout: 240_000,
}, async () => {
  const value = toNano("0.01");
  let chain = await up();
  const amount = toNano("100").toString();
  await dev(chain.url, "faucet", { address: payer.wallet.address.toString(), amount });
  let acknowledged = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const { endpoint, process: running, ended } = chain;
    const client = new TonClient({ endpoint });
    const due = acknowledged + 4;
    try {
      for (;;) {
        const message = internal({ to: payee.wallet.address, value, bounce: false });
        const paying = pay(client, payer, message);
        // it dies somewhere between the first question and the answer
        if (acknowledged === due) setTimeout(() => running.kill("SIGKILL"), kill * 9);
        await paying;
        acknowledged++;
      }
    } catch (error) {
      if (acknowledged < due) throw error;
    }
    expect(await ended).toBe("SIGKILL");
    chain = await up();
    const after = new TonClient({ endpoint: chain.endpoint });
    const seqno = await payer.wallet.getSeqno(after.provider(payer.wallet.address));
    expect([acknowledged, acknowledged + 1]).toContain(seqno);
    const received = await after.getTransactions(payee.wallet.address, { limit: 100 });
    const values = received.map(({ inMessage }) =>
      inMessage?.info.type === "internal" ? inMessage.info.value.coins : 0n,
    );
    expect(values).toEqual(Array.from({ length: seqno }, () => value));
    acknowledged = seqno;
  }
  await expect(up()).rejects.toThrow(/it ended with 2 before it was up: .*is held by process \d+/);
  chain.process.kill("SIGINT");
  expect(await chain.ended).toBe(0);
});
