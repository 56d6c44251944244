/**
 * A network with a chain whose parts are apart: the gateway with the treasurer's shard and the
 * chain's port is a process of its own over a nats-server. It is killed (SIGKILL) after the wallet
 * was linked, after the voucher was issued, and after the result of an escrow's job was submitted;
 * nothing is asked of the chain twice.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TonClient } from "@ton/ton";
import { Effect, Exit, Scope } from "effect";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePort, type ServerProcess } from "../../src/adapters/nats/server-process.ts";
import {
  distributorFor,
  knownDeployment,
  readDeployment,
} from "../../src/adapters/ton/deployment.ts";
import { keyOfSeed, walletOf } from "../../src/adapters/ton/keys.ts";
import { proveWallet } from "../../src/adapters/ton/prove-wallet.ts";
import { Distributor } from "../../src/adapters/ton/wrappers/distributor.ts";
import { PinGo } from "../../src/app/client/pingo.ts";
import { readJobFile } from "../../src/app/job/job-file.ts";
import { openEdge, type PartOfNetwork } from "../../src/app/nats/edge-over-nats.ts";
import { readInvitation } from "../../src/app/nats/invitation.ts";
import { openNode } from "../../src/app/nats/node-over-nats.ts";
import { startOwnServer } from "../../src/app/nats/own-server.ts";
import { pingo } from "../captured.ts";
import { Town } from "../chain/escrow-town.ts";
import { dev } from "../chain/served-chain.ts";
import { type PingoProcess, startPingo } from "../live/pingo-process.ts";
import { ScriptedRunner } from "../live/scripted-runner.ts";
import { skipNats } from "./test-server.ts";

const NETWORK = `machines: []
limits: { epochUs: 2s, leaseFloorUs: 15s, revealUs: 15s }
policies: { rewards: { rule: emission, epochUs: 2s } }
chain: { network: local }
`;
const nodes = [
  ["own", "you"],
  ["n1", "ada"],
  ["n2", "ben"],
  ["n3", "cleo"],
] as const;
const root = fileURLToPath(new URL("../..", import.meta.url));
const LONG_MS = 120_000;
/** An epoch of the chain and the delay of a root, seconds. */
const CHAIN_EPOCH_S = 75;
const WORK = join(root, "examples/digits-infer.yaml");
const PRICE = 1_000_000n;

describe.skipIf(skipNats)("A chain over NATS", () => {
  let folder: string;
  let gw: string;
  let server: ServerProcess;
  let port: number;
  let gateway: PingoProcess | undefined;
  const scope = Effect.runSync(Scope.make());
  const key = keyOfSeed(Buffer.alloc(32, 7));
  const wallet = walletOf(key, "local").address;

  const startGateway = async () => {
    const args = ["gateway", "--nats", server.url, "--dir", gw, "--port", String(port), "--json"];
    gateway = startPingo(gw, args);
    expect(await gateway.told).toContain('"up":true');
  };
  const kill = () => gateway?.end("SIGKILL");
  const partOf = async (role: "edge" | "node", name: string, owner?: string) => {
    const out = join(folder, `${name}.invitation`);
    const at = ["--nats", server.url, "--dir", gw, "--out", out];
    const owned = owner === undefined ? [] : ["--owner", owner];
    const ran = await pingo("gateway", "enrol", role, name, ...at, ...owned);
    expect(ran).toMatchObject({ exit: 0, err: "" });
    const { credentials, config } = readInvitation(out, role);
    const own = join(folder, name);
    const part: PartOfNetwork = {
      name,
      folder: own,
      url: server.url,
      config,
      credentials,
      say: () => {},
    };
    return part;
  };
  const opened = <A>(open: Effect.Effect<A, unknown, Scope.Scope>) =>
    Effect.runPromise(Scope.extend(open, scope));
  /** Anew each time: the gateway that one was connected to may be dead. */
  const you = () => new PinGo({ url: `http://127.0.0.1:${port}` });
  const until = async <A>(what: string, look: () => Promise<A | null | undefined>): Promise<A> => {
    let found: A | null | undefined;
    const asked = async () => {
      try {
        found = await look();
      } catch (error) {
        return String(error);
      }
      return found !== null && found !== undefined;
    };
    await expect.poll(asked, { timeout: LONG_MS, interval: 200, message: what }).toBe(true);
    return found as A;
  };
  /** Runs a command of the chain with somebody's key and token. */
  const chained = async (who: "ada" | "you", ...args: ReadonlyArray<string>) => {
    vi.stubEnv("PINGO_URL", `http://127.0.0.1:${port}`);
    const made = ["--role", "requester", "--contributor", who, "--dir", gw, "--json"];
    const { secret } = JSON.parse((await pingo("gateway", "token", "create", ...made)).out);
    vi.stubEnv("PINGO_TOKEN", secret);
    const own = ["--key-file", join(gw, `${who}.key`), "--dir", gw, "--json"];
    const { exit, out } = await pingo("chain", ...args, ...own);
    vi.stubEnv("PINGO_TOKEN", undefined);
    if (exit !== 0) throw new Error(`${args.join(" ")}: ${out}`);
    return JSON.parse(out) as Record<string, unknown>;
  };
  const chainUrl = () => new URL(readDeployment(gw).endpoint).origin;
  const rewardsOnChain = async () => {
    const deployment = readDeployment(gw);
    const client = new TonClient({ endpoint: deployment.endpoint });
    const distributor = new Distributor(distributorFor(deployment, wallet));
    return await client.open(distributor).getData();
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pingo-nats-chain-"));
    gw = join(folder, "gw");
    mkdirSync(gw, { mode: 0o700 });
    writeFileSync(join(gw, "network.yaml"), NETWORK);
    vi.stubEnv("PINGO_HOME", gw);
    port = await freePort();
    server = await startOwnServer(gw);
    const edge = await partOf("edge", "e0");
    const machines: PartOfNetwork[] = [];
    for (const [name, owner] of nodes) machines.push(await partOf("node", name, owner));
    await startGateway();
    await opened(openEdge(edge));
    for (const part of machines) {
      const runner = new ScriptedRunner(() => 20);
      await opened(openNode({ ...part, runner: () => Effect.succeed(runner) }));
    }
  }, 180_000);
  afterAll(async () => {
    await kill();
    await Effect.runPromise(Scope.close(scope, Exit.void));
    await server?.kill();
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
  });

  test("linked, killed, a voucher, killed, a root: each is there once", async () => {
    const { domain, payload } = await you().walletChallenge();
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const proof = proveWallet(key, { network: "local", domain, payload, nowSeconds });
    const linked = await you().linkWallet(proof);
    expect(linked.wallet).toBe(wallet.toRawString());
    await kill();
    await startGateway();

    // the chain is made ready beside the network, in whichever life
    const complete = async () => (knownDeployment(gw)?.isComplete === true ? true : undefined);
    await until("the contracts", complete);
    // what stands in the file may still be of a life before
    await until("the chain of this life", () =>
      dev(chainUrl(), "time", { advance: CHAIN_EPOCH_S }),
    );
    expect((await until("the gateway", () => you().wallet())).wallet).toBe(linked.wallet);
    const voucher = await until("a voucher", async () => (await you().wallet()).voucher);
    await kill();
    await startGateway();

    const again = await until("the voucher again", async () => (await you().wallet()).voucher);
    expect(again).toEqual(voucher);
    const claim = await until("a root with a claim", async () => {
      return (await you().claims()).roots.at(-1);
    });
    // it waits there until somebody claims; the gateway proves what it says to whoever does
    await until("one of these roots on chain", async () => {
      await dev(chainUrl(), "time", { advance: CHAIN_EPOCH_S });
      const { root: inForce, pendingRoot } = await rewardsOnChain();
      const there = [inForce, pendingRoot].map((each) => each.toString(16).padStart(64, "0"));
      return (await you().claims()).roots.find((each) => there.includes(each.root));
    });
    expect(BigInt(claim.cumulative)).toBeGreaterThan(0n);
    const letters = readFileSync(join(gw, "gateway", "log", "gateway.log"), "utf8");
    expect(letters).not.toContain('"fault"');
  }, 400_000);

  test("an escrow, its gateway killed before the verdict: paid once", async () => {
    if (gateway?.isRunning() !== true) await startGateway();
    const town = new Town(gw);
    // tried once more it is another escrow
    const salt = `nats${Date.now()}`;
    writeFileSync(town.keyFile("you"), "07".repeat(32), { mode: 0o600 });
    writeFileSync(town.keyFile("ada"), "08".repeat(32), { mode: 0o600 });
    await chained("ada", "credential", "link");
    const work = readJobFile(WORK);
    // there is work in the next epoch, so both are paid for it
    await you().wait((await you().submit(work)).id);
    await until("a badge", () => chained("ada", "credential", "claim"));
    for (const who of ["ada", "you"] as const) {
      await until(`the PINGO of ${who}`, async () => {
        await dev(chainUrl(), "time", { advance: CHAIN_EPOCH_S });
        return await chained(who, "claim");
      });
    }
    const terms = await town.terms(salt);
    const lines = readFileSync(terms, "utf8").replace(/price: .*\nbond: .*\nwork: .*/, () => {
      return `price: 0.001\nbond: 0.001\nwork: ${WORK}`;
    });
    writeFileSync(terms, lines);
    const before = await town.balances();
    const { escrow } = await chained("ada", "escrow", "fund", terms);
    const paid = { address: String(escrow), salt };
    await expect(you().quote({ ...work, escrow: { ...paid, salt: "" } })).rejects.toThrow(
      /is for another job than this/,
    );
    await chained("you", "escrow", "accept", terms);
    const { id } = await you().submit({ ...work, escrow: paid });
    const { result } = await you().wait(id);
    await expect(you().submit({ ...work, escrow: paid })).rejects.toThrow(/pays for job you\./);
    // by its hash: the network is not told of it
    await chained("you", "escrow", "submit", terms, "--result", String(result));
    await kill();
    await startGateway();

    const fate = await until("the verdict", async () => {
      const status = await you().status(id);
      return status.escrow?.state === "settled" ? status.escrow : undefined;
    });
    expect(fate.verdict).toBe("good");
    expect(await town.verdictsAt(paid.address)).toBe(1);
    const moved = (await town.balances()).map((amount, at) => amount - (before[at] ?? 0n));
    expect(moved).toEqual([-PRICE, PRICE - PRICE / 5n, PRICE / 5n]);
  }, 400_000);
});
