/**
 * The plan on the real virtual machine: what it says beforehand about addresses, costs and shares
 * is what the chain then has.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, Cell, Dictionary } from "@ton/core";
import { Blockchain, Executor, type SandboxContract, type TreasuryContract } from "@ton/sandbox";
import { slimConfig } from "@ton/sandbox/dist/config/slimConfig.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "./code.ts";
import { type DeployPlan, type DeployStep, deployPlan, fundsFor } from "./deploy-plan.ts";
import { openSteps, runDeployment } from "./deploy-run.ts";
import { type DeploySettings, defaultSettings } from "./deploy-settings.ts";
import {
  deploymentFile,
  deploymentOf,
  distributorFor,
  knownDeployment,
  readDeployment,
  writeDeployment,
} from "./deployment.ts";
import { knownPrices, pricesFrom, rentOf, sizeOf, YEAR_S } from "./prices.ts";
import { Distributor } from "./wrappers/distributor.ts";
import { JettonWallet, Minter, SUPPLY } from "./wrappers/jetton.ts";
import { Vesting } from "./wrappers/vesting.ts";

const NOW = 1_795_305_600;
const issuers = ["1", "2", "3"].map((n) => n.repeat(64)) as [string, string, string];

interface Place {
  readonly chain: Blockchain;
  readonly deployer: SandboxContract<TreasuryContract>;
}

/** One virtual machine for all chains: what it learned to run fast stays fast. */
let machine: Promise<Executor> | undefined;

async function openPlace(): Promise<Place> {
  machine ??= Executor.create();
  const config = Cell.fromBase64(slimConfig);
  const chain = await Blockchain.create({ executor: await machine, config });
  chain.verbosity = { print: false, blockchainLogs: false, vmLogs: "none", debugLogs: false };
  chain.now = NOW;
  return { chain, deployer: await chain.treasury("deployer") };
}

function settingsFor(deployer: Address, change: Partial<DeploySettings> = {}): DeploySettings {
  const own = defaultSettings("local", deployer.toString());
  return {
    ...own,
    network: "local",
    deployer: deployer.toString(),
    genesis: NOW,
    issuers,
    ...change,
  };
}

const planFor = (deployer: Address, change: Partial<DeploySettings> = {}) =>
  deployPlan(settingsFor(deployer, change), codeOf, knownPrices);

/** Sends a step from the deployer's wallet; `lose` stops the world after that many steps. */
function handsOf({ chain, deployer }: Place, log: Array<string> = [], lose = Number.MAX_VALUE) {
  let left = lose;
  return {
    providerOf: (address: Address) => chain.provider(address),
    wasSent: () => false,
    becomes: (isSo: () => Promise<boolean>) => isSo(),
    onStep: ({ name }: DeployStep, outcome: string) => {
      log.push(`${name} ${outcome}`);
    },
    send: async ({ to, value, stateInit, body }: DeployStep) => {
      if (left === 0) throw new Error("killed");
      left -= 1;
      const init = stateInit === undefined ? {} : { init: stateInit };
      await deployer.send({ to, value, ...init, ...(body === undefined ? {} : { body }) });
    },
  };
}

async function accountOf({ chain }: Place, address: Address) {
  const { accountState, balance } = await chain.getContract(address);
  return { isActive: accountState?.type === "active", accountState, balance };
}

describe("Deployment plan", () => {
  it("puts every contract where it says, and the supply where the rule wants it", async () => {
    const place = await openPlace();
    const plan = planFor(place.deployer.address);
    await runDeployment(plan, handsOf(place));
    for (const address of Object.values(plan.contracts)) {
      expect((await accountOf(place, address)).isActive).toBe(true);
    }
    const minter = place.chain.openContract(new Minter(plan.contracts.minter));
    expect(await minter.getIsDistributed()).toBe(true);
    let held = 0n;
    for (const { address, amount } of [...plan.distributors, ...plan.vestings]) {
      const wallet = new JettonWallet(await minter.getWalletAddress(address));
      expect(await place.chain.openContract(wallet).getBalance()).toBe(amount);
      held += amount;
    }
    expect(held).toBe(SUPPLY);
    const community = plan.distributors.reduce((sum, { amount }) => sum + amount, 0n);
    expect(community * 100n).toBe(SUPPLY * 81n);
    const [distributor] = plan.distributors;
    const opened = place.chain.openContract(new Distributor(distributor!.address));
    expect((await opened.getData()).wallet).not.toBeNull();
    const team = plan.vestings.find((each) => each.for === "team")!;
    const vesting = await place.chain.openContract(new Vesting(team.address)).getData();
    expect(vesting.total).toBe((SUPPLY * 9n) / 100n);
  });

  it("costs what it says at most, and leaves every contract years of rent", async () => {
    const place = await openPlace();
    const plan = planFor(place.deployer.address);
    const before = await place.deployer.getBalance();
    await runDeployment(plan, handsOf(place));
    const spent = before - (await place.deployer.getBalance());
    const funds = fundsFor(plan.steps);
    const spare = plan.steps.reduce((sum, { cost }) => sum + cost.spare, 0n);
    expect(spent).toBeLessThan(funds);
    // The estimate is no wild guess either: the rest is what was marked as spare, and some gas.
    expect(spent * 10n).toBeGreaterThan((funds - spare) * 7n);
    for (const address of Object.values(plan.contracts)) {
      const { accountState, balance } = await accountOf(place, address);
      if (accountState?.type !== "active") throw new Error("not active");
      const { code, data } = accountState.state;
      const rent = rentOf(knownPrices, sizeOf(code ?? undefined, data ?? undefined), 4 * YEAR_S);
      expect(balance).toBeGreaterThan(rent);
    }
  });

  it("interrupted after any step it goes on where it was and sends nothing twice", async () => {
    const place = await openPlace();
    const plan = planFor(place.deployer.address);
    const sent: Array<string> = [];
    for (let round = 0; round < plan.steps.length; round += 1) {
      const log: Array<string> = [];
      const ended = runDeployment(plan, handsOf(place, log, 1));
      const last = round === plan.steps.length - 1;
      expect(await ended.then(() => "done", String)).toBe(last ? "done" : "Error: killed");
      sent.push(...log.filter((line) => line.endsWith(" done")));
    }
    expect(sent).toEqual(plan.steps.map(({ name }) => `${name} done`));
    expect(await openSteps(plan, (address) => place.chain.provider(address))).toEqual([]);
  });

  it("by four shards pays each owner from the distributor of its address", async () => {
    const place = await openPlace();
    const own = defaultSettings("local", place.deployer.address.toString());
    const rewards = { ...own.rewards, shardBits: 2 };
    const plan = planFor(place.deployer.address, { rewards });
    await runDeployment(plan, handsOf(place));
    expect(plan.distributors).toHaveLength(4);
    const { deployer } = place;
    const deployment = deploymentOf(plan, "http://127.0.0.1:1");
    const shard = deployer.address.hash.readUInt8(0) >> 6;
    const at = distributorFor(deployment, deployer.address);
    expect(at.equals(plan.distributors[shard]!.address)).toBe(true);
    const data = await place.chain.openContract(new Distributor(at)).getData();
    expect(data.wallet).not.toBeNull();
  });

  it("reads the network's prices as the network keeps them", () => {
    const keys = Dictionary.Keys.Int(32);
    const values = Dictionary.Values.Cell();
    const config = Dictionary.loadDirect(keys, values, Cell.fromBase64(slimConfig));
    const prices = pricesFrom(config.get(18)!, config.get(21)!, config.get(25)!);
    expect(prices).toEqual(knownPrices);
  });

  it("refuses what the contracts would refuse, in a sentence, whatever the shares", () => {
    const { deployer } = { deployer: planFor(anybody).settings.deployer };
    fc.assert(
      fc.property(
        fc.array(fc.record({ share: fc.integer({ min: 1, max: 3_000 }), team: fc.boolean() }), {
          maxLength: 8,
        }),
        (lines) => {
          const vestings = lines.map(({ share, team }, n) => ({
            for: team ? ("team" as const) : ("treasury" as const),
            beneficiary: deployer,
            share,
            cliffDays: 365,
            durationDays: 1_095 + n,
          }));
          const all = lines.reduce((sum, { share }) => sum + share, 0);
          const side = lines.reduce((sum, { share, team }) => sum + (team ? share : 0), 0);
          const isRefused = all > 2_000 || side >= 2_000;
          const plan = () => planFor(anybody, { vestings });
          if (isRefused) expect(plan).toThrow(/80 %|20 %/);
          else expect(plan().vestings).toHaveLength(lines.length);
        },
      ),
      { numRuns: 25 },
    );
  });
});
const anybody = (await openPlace()).deployer.address;

describe("Deployment settings", () => {
  const own = settingsFor(anybody);
  const refused = (change: Partial<DeploySettings>) => {
    try {
      deployPlan({ ...own, ...change }, codeOf, knownPrices);
      return "taken";
    } catch (error) {
      return (error as Error).message;
    }
  };

  it("say what is wrong and what to do", () => {
    const [first, second] = issuers;
    expect(refused({ issuers: [first, first, second] })).toMatch(/same key; name three/);
    const [line] = own.vestings;
    expect(refused({ vestings: [{ ...line!, cliffDays: 30 }] })).toMatch(/at least 365/);
    expect(refused({ vestings: [line!, line!] })).toMatch(/repeats the terms/);
    expect(refused({ memes: { fee: 2n, mostFee: 1n } })).toMatch(/lower it/);
    expect(refused({ roles: { ...own.roles, edges: "EQnonsense" } })).toMatch(
      /roles.edges is "EQn/,
    );
    const parameters = { price: { value: 9n, least: 1n, most: 3n } };
    expect(refused({ parameters })).toMatch(/choose a value from 1 to 3/);
  });

  it("of the main network need several hands", () => {
    expect(refused({ network: "mainnet" })).toMatch(/roles.guardian is the deployer's wallet/);
  });
});

describe("Deployment file", () => {
  it("says the same when it is read again", () => {
    const folder = mkdtempSync(join(tmpdir(), "pingo-deployment-"));
    try {
      expect(knownDeployment(folder)).toBeUndefined();
      const deployment = deploymentOf(planFor(anybody), "http://127.0.0.1:7461/api/v2/jsonRPC");
      writeDeployment(folder, deployment);
      const read = readDeployment(folder);
      expect(plain(read)).toEqual(plain(deployment));
      // The plan of the same settings is the same: an interrupted deployment goes on.
      expect(plain(replanned(read.settings).contracts)).toEqual(plain(deployment.contracts));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("torn, of another version or missing: a sentence says what to do", () => {
    const folder = mkdtempSync(join(tmpdir(), "pingo-deployment-"));
    try {
      expect(() => readDeployment(folder)).toThrow(/run pingo chain deploy/);
      writeDeployment(folder, deploymentOf(planFor(anybody), "http://127.0.0.1:1"));
      const text = readFileSync(deploymentFile(folder), "utf8");
      writeFileSync(deploymentFile(folder), text.slice(0, text.length / 2));
      expect(() => readDeployment(folder)).toThrow(/is no JSON; restore/);
      writeFileSync(deploymentFile(folder), text.replace('"form": 1', '"form": 2'));
      expect(() => readDeployment(folder)).toThrow(/no deployment of this version/);
      writeFileSync(deploymentFile(folder), text.replace(/"minter": "[^"]*"/, '"minter": "here"'));
      expect(() => readDeployment(folder)).toThrow(/contracts.minter is "here"/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? `${item}` : item)),
  );

function replanned(settings: DeploySettings): DeployPlan {
  return deployPlan(settings, codeOf, knownPrices);
}
