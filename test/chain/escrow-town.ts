/**
 * A network with a chain of its own on which a client and a worker live: real actors, journals,
 * bus, gateway and contracts; only the machines pretend to compute. It can be copied as its disk
 * was at any moment, which is what a kill leaves, and the copy be brought up again.
 */
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Address } from "@ton/core";
import { TonClient } from "@ton/ton";
import { Effect, Exit, Scope } from "effect";
import { readDeployment } from "../../src/adapters/ton/deployment.ts";
import { createKeyFile, readKeyFile, walletOf } from "../../src/adapters/ton/keys.ts";
import { JettonWallet, Minter } from "../../src/adapters/ton/wrappers/jetton.ts";
import { Escrow } from "../../src/adapters/ton/wrappers/payments.ts";
import { clientAt } from "../../src/app/chain/client-at.ts";
import { PinGo } from "../../src/app/client/pingo.ts";
import { DemandWatch, localNetwork } from "../../src/app/gateway/local-network.ts";
import type { Planner } from "../../src/app/gateway/planner.ts";
import { type RunningGateway, startGateway } from "../../src/app/gateway/start-gateway.ts";
import { networkConfig } from "../../src/app/live/config.ts";
import { openChain } from "../../src/app/live/open-chain.ts";
import { tonChain } from "../../src/app/live/ton-chain.ts";
import { address } from "../../src/kernel/address.ts";
import { CHAIN } from "../../src/kernel/ports/chain.ts";
import type { LivePort } from "../../src/live/live-port.ts";
import type { Seen } from "../../src/live/view.ts";
import { pingo } from "../captured.ts";
import { ScriptedRunner } from "../live/scripted-runner.ts";
import { openSmall, placeOf, type SmallNetwork, until } from "../live/small-network.ts";
import { publishRewards, voucherIn } from "./publisher.ts";
import { removeFolder, scratchFolder, serve } from "./served-chain.ts";

const PINGO = 1_000_000_000n;
const DAY_S = 86_400;
const JUDGE = 0x2e90d3c5;
export const people = ["ada", "you"] as const;
export type Person = (typeof people)[number];
const PATIENCE_MS = 150_000;

/** Tasks of the sizes that the job names; the result is the digests themselves. */
const sizes: Planner = {
  plan: async ({ mflops }) => ({
    name: "sizes",
    kind: "sizes",
    work: {
      tasks: (mflops as number[]).map((mflop, i) => ({ content: `size-${i}`, mflop })),
      inputBytes: 0,
      outputBytes: 0,
      memoryMib: 0,
    },
    assembly: null,
  }),
  assemble: async (_, digests) => ({
    bytes: Buffer.from(JSON.stringify(digests)),
    contentType: "application/json",
  }),
};

const given = {
  chain: { network: "local", credential: "shown" },
  commons: { taskVcu: 0.001, tasksPerJob: 4 },
  // the machine of a test may be busy with other things for seconds
  limits: { joinUs: "1s", probeUs: "2s", offerUs: "20s" },
};

/** What a command printed. */
export type Shown = Record<string, unknown> & {
  readonly exit: number;
  readonly error?: { readonly code: string; readonly message: string };
};

export class Town {
  readonly folder: string;
  /** Sees each delivery of the network when it is stepped. */
  onSeen: (seen: Seen) => void = () => {};
  private network: SmallNetwork | undefined;
  private gateway: RunningGateway | undefined;
  private readonly tokens = new Map<Person, string>();
  private scope = Effect.runSync(Scope.make());

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Contracts, and two people with PINGO and a credential; the network comes later. */
  static async found(): Promise<Town> {
    const town = new Town(await scratchFolder());
    const { folder } = town;
    const chain = await serve(folder);
    const at = ["--dir", folder, "--endpoint", chain.endpoint, "--json"];
    const run = async (...args: ReadonlyArray<string>) => {
      const { exit, out } = await pingo("chain", ...args, ...at);
      if (exit !== 0) throw new Error(`pingo chain ${args.join(" ")}: ${out}`);
    };
    await run("deploy");
    const keys = await Promise.all(people.map((who) => createKeyFile(town.keyFile(who), "digits")));
    const amounts = keys.map((key) => [key, 200n * PINGO] as const);
    const proofs = await publishRewards({ ...chain, folder }, 1, amounts);
    const { timestampt: now } = await chain.client.getContractState(
      Address.parse(`0:${"0".repeat(64)}`),
    );
    for (const [n, who] of people.entries()) {
      const owner = walletOf(keys[n]!, "local").address;
      const voucher = { kind: "grant", owner, tier: 1, epoch: Math.floor(now / DAY_S) } as const;
      const file = await voucherIn(folder, who, { voucher, validUntil: now + DAY_S });
      await run("claim", "--key-file", town.keyFile(who), "--proof", proofs[n]!);
      await run("credential", "claim", "--key-file", town.keyFile(who), "--voucher", file);
    }
    await chain.stop();
    return town;
  }

  keyFile(who: Person): string {
    return join(this.folder, `${who}.key`);
  }

  /** Brings network, chain and gateway up, or up again; ends when the chain answers. */
  async up(): Promise<void> {
    const { folder } = this;
    const config = networkConfig({ machines: [], ...given }, "network.yaml").chain!;
    const watch = new DemandWatch();
    const prepare = tonChain({ folder, chain: config, say: () => {} });
    const chain = await Effect.runPromise(
      openChain({ prepare, say: () => {} }).pipe(Scope.extend(this.scope)),
    );
    const runner = new ScriptedRunner(() => 2);
    const ports = new Map<string, LivePort>([
      ["runner", runner],
      [CHAIN, chain],
    ]);
    this.network = await openSmall({
      folder,
      given,
      parts: {
        chain: config,
        // one name, so that a copy of the folder is its own
        holder: "town",
        portsOf: () => ports,
        settings: { leaseUs: 300_000_000 },
        onDelivery: (seen) => {
          watch.seen(seen);
          this.onSeen(seen);
        },
      },
    });
    const handle = localNetwork(this.network, watch, "town");
    this.gateway = await startGateway(handle, sizes, {
      folder: join(folder, "gateway"),
      http: { port: 0 },
    });
    const { minter } = readDeployment(folder).contracts;
    const answers = async () => {
      const seen = await handle.chain?.escrow(minter.toRawString() as never);
      return seen?.ok === false && seen.reason === "refused";
    };
    const end = performance.now() + PATIENCE_MS;
    while (!(await answers())) {
      if (performance.now() > end) throw new Error("the chain does not answer");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async down(): Promise<void> {
    await this.gateway?.close();
    await this.network?.close();
    this.gateway = undefined;
    this.network = undefined;
    await Effect.runPromise(Scope.close(this.scope, Exit.void));
    this.scope = Effect.runSync(Scope.make());
  }

  async raze(): Promise<void> {
    await this.down();
    await removeFolder(this.folder);
  }

  /** Everybody has a place in the network, and a wallet that it knows the credential of. */
  async settleDown(): Promise<void> {
    for (const who of people) {
      const at = address("contributor", who);
      await until(() => placeOf(this.network!, at) === "active", `${who} active`, PATIENCE_MS);
      const { error } = await this.run(who, "credential", "link");
      if (error !== undefined) throw new Error(error.message);
      await this.eventually(async () => {
        const { credential } = await this.client(who).wallet();
        return credential?.state === "valid" ? true : undefined;
      });
    }
  }

  /** What the disk holds at this moment, as another town that was killed now. */
  copy(name: string): Town {
    const to = `${this.folder}-${name}`;
    mkdirSync(to, { recursive: true, mode: 0o700 });
    cpSync(this.folder, to, { recursive: true });
    for (const entry of readdirSync(to, { recursive: true, encoding: "utf8" })) {
      // of a process that is gone
      if (/(^|\/|\.)lock$/.test(entry)) rmSync(join(to, entry));
    }
    return new Town(to);
  }

  client(who: Person): PinGo {
    return new PinGo({ url: this.gateway!.url, token: this.token(who) });
  }

  private token(who: Person): string {
    const known = this.tokens.get(who);
    if (known !== undefined) return known;
    const nowUs = Date.now() * 1_000;
    const wanted = { role: "requester", contributor: who, note: "test", nowUs } as const;
    const { secret } = this.gateway!.tokens.create({ ...wanted, forUs: 3_600_000_000 });
    this.tokens.set(who, secret);
    return secret;
  }

  /** `pingo chain …` of somebody, with its key, its token and this gateway. */
  async run(who: Person, ...args: ReadonlyArray<string>): Promise<Shown> {
    const { endpoint } = readDeployment(this.folder);
    const own = ["--key-file", this.keyFile(who), "--dir", this.folder, "--endpoint", endpoint];
    process.env.PINGO_URL = this.gateway!.url;
    process.env.PINGO_TOKEN = this.token(who);
    try {
      const { exit, out } = await pingo("chain", ...args, ...own, "--json");
      return { exit, ...(JSON.parse(out) as Record<string, unknown>) };
    } finally {
      delete process.env.PINGO_URL;
      delete process.env.PINGO_TOKEN;
    }
  }

  /** Terms of an escrow of ten PINGO and a bit, for a job of two tasks. */
  async terms(name: string): Promise<string> {
    const { settings } = readDeployment(this.folder);
    const client = walletOf(await readKeyFile(this.keyFile("ada")), "local").address;
    const job = "kind: sizes\nmflops: [360, 720]\n";
    writeFileSync(join(this.folder, "job.yaml"), job);
    const file = join(this.folder, `${name}.yaml`);
    const keys = settings.issuers.map((key) => `"${key}"`).join(", ");
    writeFileSync(
      file,
      `client: ${client.toString()}\nprice: 10.000000003\nbond: 2\nwork: job.yaml\n` +
        `salt: ${name}\nacceptSeconds: 3600\nworkSeconds: 3600\njudgeSeconds: 3600\n` +
        `verifiers: { threshold: 2, keys: [${keys}] }\n`,
    );
    return file;
  }

  /** PINGO of client, worker and the network's pool, nano. */
  async balances(): Promise<ReadonlyArray<bigint>> {
    const { contracts, endpoint } = readDeployment(this.folder);
    const client = new TonClient({ endpoint });
    const keys = await Promise.all(people.map((who) => readKeyFile(this.keyFile(who))));
    const owners = [...keys.map((key) => walletOf(key, "local").address), contracts.pool];
    const minter = client.open(new Minter(contracts.minter));
    return Promise.all(
      owners.map(async (owner) => {
        const at = await minter.getWalletAddress(owner);
        if (!(await client.isContractDeployed(at))) return 0n;
        return client.open(new JettonWallet(at)).getBalance();
      }),
    );
  }

  /** State of an escrow on chain. */
  async stateOf(escrow: string): Promise<string> {
    const client = new TonClient({ endpoint: readDeployment(this.folder).endpoint });
    return (await client.open(clientAt(Escrow, Address.parse(escrow))).getData()).state;
  }

  /** Verdicts that came to an escrow, those that it refused among them. */
  async verdictsAt(escrow: string): Promise<number> {
    const client = new TonClient({ endpoint: readDeployment(this.folder).endpoint });
    const all = await client.getTransactions(Address.parse(escrow), { limit: 50 });
    return all.filter(({ inMessage }) => {
      const body = inMessage?.body.beginParse();
      return body !== undefined && body.remainingBits >= 32 && body.preloadUint(32) === JUDGE;
    }).length;
  }

  async eventually<A>(look: () => Promise<A | undefined>): Promise<A> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (performance.now() > end) throw new Error("waited in vain");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
