/**
 * `pingo chain …` against a local chain over HTTP: a deployment, and what people then do with the
 * contracts, right and wrong. Every refusal is a sentence, and nothing is sent twice.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readDeployment } from "../../src/adapters/ton/deployment.ts";
import { createKeyFile, type TonKey, walletOf } from "../../src/adapters/ton/keys.ts";
import type { Voucher } from "../../src/adapters/ton/wrappers/credential.ts";
import { address } from "../../src/kernel/address.ts";
import type { Wallet } from "../../src/kernel/ports/chain.ts";
import { pingo } from "../captured.ts";
import { bench } from "../gateway/running.ts";
import { ScriptedChain } from "../gateway/scripted-chain.ts";
import { publishRewards, voucherIn } from "./publisher.ts";
import { dev, removeFolder, type Served, scratchFolder, serve } from "./served-chain.ts";

const PINGO = 1_000_000_000n;
const DAY_S = 86_400;
const result = "ab".repeat(32);

let folder: string;
let chain: Served;
let ada: TonKey;
let ben: TonKey;
const keyFile = (name: string) => join(folder, `${name}.key`);
const addressOf = (key: TonKey) => walletOf(key, "local").address;

/** A command on this chain; its one JSON object. */
async function run(...args: ReadonlyArray<string>) {
  const end = ["--dir", folder, "--endpoint", chain.endpoint, "--json"];
  const { out, exit } = await pingo("chain", ...args, ...end);
  const json = JSON.parse(out) as Record<string, unknown> & {
    readonly error?: { readonly code: string; readonly message: string };
  };
  return { exit, ...json };
}

const chainNow = async () => (await (await fetch(`${chain.url}/dev/time`)).json()) as NowShown;
interface NowShown {
  readonly result: { readonly now: number };
}
const as = (name: string) => ["--key-file", keyFile(name)] as const;

beforeAll(async () => {
  folder = await scratchFolder();
  chain = await serve(folder);
  ada = await createKeyFile(keyFile("ada"), "digits");
  ben = await createKeyFile(keyFile("ben"), "digits");
});
afterAll(async () => {
  await chain.stop();
  await removeFolder(folder);
});

describe("pingo chain deploy", () => {
  it("dry run: prints the whole plan with neither network nor key", async () => {
    const empty = await scratchFolder();
    const args = ["deploy", "--network", "testnet", "--dry-run", "--json", "--dir", empty];
    const { out, exit } = await pingo("chain", ...args);
    const plan = JSON.parse(out) as { steps: Array<{ name: string; value: string }> };
    expect(exit).toBe(0);
    expect(plan.steps.map(({ name }) => name)).toEqual([
      "minter",
      "distribution",
      "council",
      "collection",
      "pool",
      "parameters",
      "factory",
      "anchor",
    ]);
    expect(plan.steps.every(({ value }) => BigInt(value) > 0n)).toBe(true);
    await removeFolder(empty);
  });

  it("before a deployment every other command says what to do first", async () => {
    const { exit, error } = await run("status");
    expect(exit).toBe(2);
    expect(error?.message).toMatch(/knows no contracts; run pingo chain deploy/);
  });

  it("refuses an endpoint of another network, and a key that others may read", async () => {
    const other = await run("deploy", "--network", "mainnet", ...as("ada"));
    expect(other.error?.message).toMatch(/serves local, and --network says mainnet/);
    const open = keyFile("open");
    writeFileSync(open, `${"12".repeat(32)}\n`, { mode: 0o644 });
    const read = await run("deploy", "--key-file", open);
    expect(read.error?.message).toMatch(/open to others .* chmod 600/);
  });

  it("an empty wallet of a public network: the missing amount and where to send it", async () => {
    const disguised = await asTestnet(chain.endpoint);
    const empty = await scratchFolder();
    const { port } = disguised.address() as AddressInfo;
    const at = ["--endpoint", `http://127.0.0.1:${port}`, "--dir", empty, "--json"];
    const { out } = await pingo("chain", "deploy", "--network", "testnet", ...as("ada"), ...at);
    expect(out).toMatch(/The wallet 0Q\S+ has 0 TON and needs 1\.\d+ TON: send it 1\.\d+ TON more/);
    disguised.close();
    await removeFolder(empty);
  });

  it("deploys everything; once more it skips everything", async () => {
    const first = await run("deploy");
    expect(first).toMatchObject({ exit: 0, dryRun: false, network: "local" });
    expect(readDeployment(folder).isComplete).toBe(true);
    const { seqno } = await standing();
    expect(await run("deploy")).toMatchObject({ exit: 0 });
    expect((await standing()).seqno).toBe(seqno);
    const { issuers } = readDeployment(folder).settings;
    expect(await run("status")).toMatchObject({
      isDistributed: true,
      supply: `${10n ** 18n}`,
      verifiers: { threshold: 2, keys: issuers },
    });
  });

  it("never makes another deployment of one that was begun", async () => {
    const { error } = await run("deploy", ...as("ada"));
    expect(error?.message).toMatch(/was begun by the wallet .* name that wallet's key/);
    const moved = await run("status", "--network", "testnet");
    expect(moved.error?.message).toMatch(/are on local; add --network local/);
  });
});

async function standing() {
  const answer = (await (await fetch(chain.url)).json()) as { result: { seqno: number } };
  return answer.result;
}

/** The local chain with the test network's first block: what refuses must not be able to tell. */
async function asTestnet(endpoint: string): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = async () => {
      const chunks: Array<Buffer> = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString();
      const headers = { "content-type": "application/json" };
      const given = await fetch(endpoint, { method: "POST", headers, body });
      const shown = (await given.json()) as { result: { init?: { root_hash: string } } };
      if (shown.result.init !== undefined) {
        shown.result.init.root_hash = "gj+B8wb/AmlPk1z1AhVI484rhrUpgSr2oSFIh56VoSg=";
      }
      response.writeHead(given.status, headers).end(JSON.stringify(shown));
    };
    answer().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const publish = (epoch: number, amounts: ReadonlyArray<readonly [TonKey, bigint]>) =>
  publishRewards({ ...chain, folder }, epoch, amounts);

describe("pingo chain claim", () => {
  it("pays what was earned, once, and by the newest proof only", async () => {
    const [first] = await publish(1, [
      [ada, 300n * PINGO],
      [ben, 20n * PINGO],
    ]);
    const shown = await run("claim", ...as("ada"), "--proof", first!, "--dry-run");
    expect(shown).toMatchObject({ dryRun: true, exit: 0 });
    expect(await run("claim", ...as("ada"), "--proof", first!)).toMatchObject({
      sent: true,
      paid: `${300n * PINGO}`,
      balance: `${300n * PINGO}`,
    });
    const again = await run("claim", ...as("ada"), "--proof", first!);
    expect(again).toMatchObject({ exit: 0, sent: false });
    const stolen = await run("claim", ...as("ben"), "--proof", first!);
    expect(stolen.error?.message).toMatch(/not this wallet's/);
    const [, second] = await publish(2, [
      [ada, 310n * PINGO],
      [ben, 40n * PINGO],
    ]);
    const old = await run("claim", ...as("ada"), "--proof", first!);
    expect(old.error?.message).toMatch(/of epoch 1, and the root in force is of epoch 2/);
    expect(await run("claim", ...as("ben"), "--proof", second!)).toMatchObject({
      paid: `${40n * PINGO}`,
    });
    expect(await run("roots", "show")).toMatchObject({
      rewards: [{ epoch: 2, paid: `${340n * PINGO}` }],
    });
  });
});

async function voucherFile(name: string, voucher: Voucher, validFor = DAY_S) {
  const { now } = (await chainNow()).result;
  return voucherIn(folder, name, { voucher, validUntil: now + validFor });
}

describe("pingo chain credential", () => {
  it("is made by a voucher of its owner's, in time, once", async () => {
    const today = Math.floor((await chainNow()).result.now / DAY_S);
    const grant = { kind: "grant", owner: addressOf(ada), tier: 2, epoch: today } as const;
    expect(await run("credential", "show", ...as("ada"))).toMatchObject({ state: "none" });
    const file = await voucherFile("voucher", grant);
    const theirs = await run("credential", "claim", ...as("ben"), "--voucher", file);
    expect(theirs.error?.message).toMatch(/was made for UQ/);
    const late = await voucherFile("late", grant, -1);
    const expired = await run("credential", "claim", ...as("ada"), "--voucher", late);
    expect(expired.error?.message).toMatch(/expired; ask the network for a new one/);
    const made = await run("credential", "claim", ...as("ada"), "--voucher", file);
    expect(made).toMatchObject({ state: "valid", tier: 2, epoch: today });
    const again = await run("credential", "claim", ...as("ada"), "--voucher", file);
    expect(again).toMatchObject({ exit: 0, sent: false, state: "valid" });
  });

  it("is claimed at a gateway that has no voucher left, or none yet: told which", async () => {
    const gateway = await bench();
    const owner = address("contributor", "you");
    const wallets = new ScriptedChain();
    Object.assign(gateway.network, { chain: wallets });
    vi.stubEnv("PINGO_TOKEN", gateway.token("requester"));
    const at = ["credential", "claim", "--url", gateway.gateway.url] as const;
    const stranger = await run(...at, ...as("ada"));
    expect(stranger.error?.message).toMatch(/no wallet is linked to you; link one with pingo/);
    await wallets.link(owner, addressOf(ada).toRawString() as Wallet);
    // the network has seen the credential that ada made, and shows the voucher no more
    expect(await run(...at, ...as("ada"))).toMatchObject({ exit: 0, sent: false, state: "valid" });
    const early = await run(...at, ...as("ben"));
    expect(early.error?.message).toMatch(/no voucher for you yet; it makes one when your work/);
    vi.unstubAllEnvs();
    await gateway.close();
  });

  it("lapses when its time is over", async () => {
    await dev(chain.url, "time", { advance: 15 * DAY_S });
    expect(await run("credential", "show", ...as("ada"))).toMatchObject({ state: "lapsed" });
  });
});

describe("pingo chain escrow", () => {
  it("goes from price and bond to the verdict, and a wrong word moves nothing", async () => {
    const judges = await Promise.all(
      ["v0", "v1", "v2"].map((name) => createKeyFile(keyFile(name), "digits")),
    );
    const terms = join(folder, "job.yaml");
    const keys = judges.map(({ publicKey }) => `"${publicKey.toString("hex")}"`).join(", ");
    writeFileSync(
      terms,
      `client: ${addressOf(ada).toString()}\nprice: 100\nbond: 10.5\njob: digits\n` +
        "acceptSeconds: 3600\nworkSeconds: 3600\njudgeSeconds: 3600\n" +
        `verifiers: { threshold: 2, keys: [${keys}] }\n`,
    );
    expect(await run("escrow", "status", terms)).toMatchObject({ state: "absent" });
    const other = await run("escrow", "fund", terms, ...as("ben"));
    expect(other.error?.message).toMatch(/the client of these terms is/);
    const away = ["--url", "http://127.0.0.1:9"];
    expect(await run("escrow", "fund", terms, ...as("ada"), ...away)).toMatchObject({
      state: "funded",
      watch: { state: "unwatched", what: expect.stringMatching(/^No network watches it yet: /) },
    });
    expect(await run("escrow", "fund", terms, ...as("ada"), ...away)).toMatchObject({
      sent: false,
    });
    const early = await run("escrow", "expire", terms, ...as("ben"));
    expect(early.error?.message).toMatch(/time is not over before/);
    expect(await run("escrow", "accept", terms, ...as("ben"))).toMatchObject({ state: "accepted" });
    const neither = await run("escrow", "submit", terms, ...as("ben"));
    expect(neither.error?.message).toMatch(/name the job by --job, or the result's hash/);
    const hash = ["--result", result];
    const submitted = await run("escrow", "submit", terms, ...as("ben"), ...hash);
    expect(submitted).toMatchObject({ state: "submitted", resultHash: result });
    const good = [terms, ...hash, "--verdict", "good", ...as("ben")];
    const alone = await run("escrow", "verdict", ...good, "--verifier-key", keyFile("v0"));
    expect(alone.error?.message).toMatch(/2 verifiers must sign and 1 did/);
    const two = ["--verifier-key", keyFile("v0"), "--verifier-key", keyFile("v2")];
    expect(await run("escrow", "verdict", ...good, ...two)).toMatchObject({ state: "done" });
    writeFileSync(join(folder, "both.yaml"), `${readFileSync(terms, "utf8")}work: job.yaml\n`);
    const both = await run("escrow", "status", join(folder, "both.yaml"));
    expect(both.error?.message).toMatch(/either work, a job file of pingo, or job, any name/);
    const poor = await run("escrow", "fund", terms.replace("job", "none"), ...as("ada"));
    expect(poor.error?.message).toMatch(/cannot read the terms/);
  });
});

describe("pingo chain vesting and meme", () => {
  it("releases nothing before the cliff, and what has vested afterwards", async () => {
    const args = ["vesting", "release", "--vesting", vestingOf("team")];
    expect(await run(...args)).toMatchObject({ exit: 0, sent: false });
    await dev(chain.url, "time", { advance: 2 * 365 * DAY_S });
    expect(await run(...args)).toMatchObject({ sent: true });
    const none = await run("vesting", "release", ...as("ada"));
    expect(none.error?.message).toMatch(/nothing vests to this wallet/);
    expect(await run("vesting", "show")).toMatchObject({ exit: 0 });
  });

  it("makes a jetton once, and refuses a picture that is too large", async () => {
    const meme = ["meme", "create", "--name", "Dog", "--symbol", "DOG", ...as("ada")];
    const picture = ["--picture", "https://pin.go/dog.png"];
    expect(await run(...meme, ...picture)).toMatchObject({ sent: true, symbol: "DOG" });
    expect(await run(...meme, ...picture)).toMatchObject({ sent: false });
    const large = join(folder, "large.png");
    writeFileSync(large, Buffer.alloc(6_000, 7));
    const refused = await run(...meme, "--picture", large);
    expect(refused.error?.message).toMatch(/below four KiB/);
    const missing = await run(...meme, "--picture", join(folder, "none.png"));
    expect(missing.error?.message).toMatch(/there is no picture/);
  });
});

function vestingOf(whom: string): string {
  const found = readDeployment(folder).vestings.find((each) => each.for === whom);
  return found!.address.toString();
}
