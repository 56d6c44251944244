/**
 * A newcomer's first day end to end, as `examples/first-credential.ts` shows it: the network is a
 * process of its own, its chain the real virtual machine, its work done by the real runtime. It is
 * killed (SIGKILL) where most is under way, and every command with its message written down and
 * with its message taken. With PINGO_SOAK set it is killed at every moment that counts: what was
 * computed when it died is waited for until its lease ends, which takes minutes.
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

const moments = [
  "contracts are being deployed",
  "the job was refused",
  "the wallet was linked",
  "a voucher was issued",
  "the credential was made",
  "the network saw the credential",
  "the job was handed in",
  "the job was settled",
  "a root was posted",
  "the reward was paid",
];
const always = new Set(["the credential was made", "the job was handed in", "a root was posted"]);
const isSoak = process.env.PINGO_SOAK !== undefined;
const isLethal = (moment: string) => isSoak || always.has(moment);

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
  fate = { ...killing(me, (line) => killed.push(line.trim()), isLethal), hurry };
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

  test("was killed at these moments, and with every message of every command", async () => {
    const deaths = (command: string) =>
      ["written", "taken"].map((death) => `killed: chain ${command}, its message ${death}`);
    const expected = moments.filter(isLethal).map((moment) => `killed: ${moment}`);
    const all = [...expected, ...deaths("credential claim"), ...deaths("claim")];
    expect([...new Set(killed)].sort()).toEqual(all.sort());
  });

  test("one credential, each amount claimed once, and paid what the wallet has", async () => {
    const { grants, claims, claimed, balance, paid, cleared } = await booksOf(me);
    expect(grants).toBe(1);
    expect(new Set(claims).size).toBe(claims.length);
    expect([claimed, paid, claims.at(-1)]).toEqual([balance, balance, balance]);
    expect(balance).toBeGreaterThan(0n);
    expect(balance).toBeLessThanOrEqual(cleared);
  });
});
