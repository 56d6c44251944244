/**
 * A newcomer's first day end to end, as `examples/first-credential.ts` shows it: the network is a
 * process of its own, its chain the real virtual machine, its work done by the real runtime. It is
 * killed (SIGKILL) at every moment that counts, and so is every command with its message written
 * down and with its message taken; a quiet day is what is left between the kills.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { booksOf } from "../../examples/first-day/books.ts";
import { killing } from "../../examples/first-day/fates.ts";
import { Newcomer } from "../../examples/first-day/newcomer.ts";
import { type Fate, steps } from "../../examples/first-day/steps.ts";
import { freePort } from "../../src/adapters/nats/server-process.ts";
import { readDeployment } from "../../src/adapters/ton/deployment.ts";
import { createKeyFile } from "../../src/adapters/ton/keys.ts";
import { build, root } from "../cli/built.ts";
import { dev } from "./served-chain.ts";

/** As in the example, with epochs and leases as long as it takes to do something in them. */
const NETWORK = `machines:
  - { node: own, owner: you }
  - { node: n1, owner: ada }
  - { node: n2, owner: ben }
  - { node: n3, owner: cleo }
limits: { epochUs: 2s, leaseFloorUs: 15s, revealUs: 15s }
policies: { rewards: { rule: emission, epochUs: 2s } }
chain: { credential: required }
`;

let folder: string;
let me: Newcomer;
let fate: Fate;
const killed: Array<string> = [];

beforeAll(async () => {
  await build();
  folder = mkdtempSync(join(tmpdir(), "pingo-first-"));
  writeFileSync(join(folder, "network.yaml"), NETWORK);
  vi.stubEnv("PINGO_HOME", folder);
  const command = [process.execPath, join(root, "bin/pingo.js")] as [string, string];
  me = new Newcomer({ folder, port: await freePort(), command, root });
  await createKeyFile(me.keyFile, "digits");
  const hurry = async () => {
    // an epoch of the chain and the delay of a root
    await dev(new URL(readDeployment(folder).endpoint).origin, "time", { advance: 75 });
  };
  fate = { ...killing(me, (line) => killed.push(line.trim())), hurry };
  await me.up();
}, 300_000);
afterAll(async () => {
  await me.end("SIGKILL");
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe("A newcomer's first day", () => {
  // each step stands on those before it
  for (const [name, does] of steps) {
    test(`${name}: nothing is lost, nothing is paid twice`, { timeout: 600_000 }, async () => {
      expect(await does(me, fate)).toMatch(/./);
    });
  }

  test("killed at every moment that counts, and with every message", async () => {
    // a claim may have to put its root in force first: that is a message, too
    expect([...new Set(killed)]).toEqual([
      "killed: contracts are being deployed",
      "killed: the job was refused",
      "killed: the wallet was linked",
      "killed: a voucher was issued",
      "killed: chain credential claim, its message written",
      "killed: chain credential claim, its message taken",
      "killed: the credential was made",
      "killed: the network saw the credential",
      "killed: the job was handed in",
      "killed: the job was settled",
      "killed: a root was posted",
      "killed: chain claim, its message written",
      "killed: chain claim, its message taken",
      "killed: the reward was paid",
    ]);
  });

  test("one credential, one claim for each amount, and the chain paid what is in the wallet", async () => {
    const { grants, claims, claimed, balance, paid, cleared } = await booksOf(me);
    expect(grants).toBe(1);
    expect(new Set(claims).size).toBe(claims.length);
    expect([claimed, paid, claims.at(-1)]).toEqual([balance, balance, balance]);
    expect(balance).toBeGreaterThan(0n);
    expect(balance).toBeLessThanOrEqual(cleared);
  });
});
