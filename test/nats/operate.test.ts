/** The commands of docs/operate.md for a network of three machines, in their order, as written. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../../src/adapters/nats/server-process.ts";
import { PinGo } from "../../src/app/client/pingo.ts";
import { admitShards, ownTrust } from "../../src/app/nats/operator-keys.ts";
import { CORE } from "../../src/live/shard.ts";
import { skipNats } from "./test-server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(root, "docs/operate.md"), "utf8");
const entry = join(root, "src/app/pingo.ts");
const tsx = join(root, "node_modules/tsx/dist/loader.mjs");
const UP_MS = 120_000;

/** Lines that begin with `pingo` between two headings. */
function commandsOf(from: string, to: string): ReadonlyArray<string> {
  const part = page.slice(page.indexOf(from), page.indexOf(to));
  return part.split("\n").filter((line) => line.startsWith("pingo "));
}

/** Words of a command line; quotes hold some together. */
function words(line: string): ReadonlyArray<string> {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

let folder: string;
let env: NodeJS.ProcessEnv;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pingo-operate-"));
  env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder };
  delete env.PINGO_HOME;
  // the server that was unpacked for this user is used
  env.XDG_CACHE_HOME = process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? "", ".cache");
});
afterEach(async () => {
  for (const child of [...children].reverse()) await ended(child, "SIGTERM");
  children.length = 0;
  await rm(folder, { recursive: true, force: true });
});

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  await gone;
  clearTimeout(timer);
}

/** Until it has ended well, or, of one that stays, until it says that it is there. */
function run(line: string): Promise<string> {
  const args = words(line).slice(1);
  const child = spawn(process.execPath, ["--import", tsx, entry, ...args], { cwd: folder, env });
  children.push(child);
  return new Promise((resolve, reject) => {
    let said = "";
    const late = setTimeout(() => reject(new Error(`not up: ${line}\n${said}`)), UP_MS);
    const done = () => {
      clearTimeout(late);
      resolve(said);
    };
    child.stdout.on("data", (text: Buffer) => {
      said += text.toString();
      if (/ is up\.|^nats-server at /m.test(said)) done();
    });
    child.stderr.on("data", (text: Buffer) => {
      said += text.toString();
    });
    child.once("exit", (code) => {
      if (code === 0) done();
      else reject(new Error(`${line}\nended with ${code}: ${said}`));
    });
  });
}

describe.skipIf(skipNats)("docs/operate.md: three machines", () => {
  test("every command does what the page says, and the nodes are there", async () => {
    const three = commandsOf("## On three machines", "### What may be stopped");
    const submit = three.at(-1);
    expect(submit).toMatch(/^pingo job submit/);
    expect(three.length).toBeGreaterThanOrEqual(11);
    const ports = new Map<string, string>();
    for (const port of ["4222", "7460", "7461", "7462", "7463"]) {
      ports.set(port, String(await freePort()));
    }
    for (const line of three.slice(0, -1)) {
      await run(line.replace(/\b(4222|746\d)\b/g, (port) => ports.get(port) ?? port));
    }
    env.PINGO_URL = `http://127.0.0.1:${ports.get("7460")}`;
    const listed = await run("pingo job list --json");
    expect(JSON.parse(listed)).toMatchObject({ jobs: [] });
    const known = JSON.parse(readFileSync(join(folder, "pingo", "known-tokens.json"), "utf8"));
    const token = JSON.stringify(known).match(/pingo_[\w-]+/)?.[0] ?? "";
    const pingo = new PinGo({ url: env.PINGO_URL, token });
    const nodes = async () =>
      (await pingo.nodes()).map(({ id, owner, edge }) => `${id} ${owner} ${edge}`).sort();
    await expect.poll(nodes, { timeout: 60_000 }).toEqual(["n1 ada e0", "n2 ben e0", "own you e0"]);
    // the last one is cut off, and not let in again by mistake
    const [expel = ""] = commandsOf("### Cut somebody off", "## What lies where");
    const here = (line: string) => line.replace("4222", ports.get("4222") ?? "");
    const last = children.at(-2);
    expect(await run(here(expel))).toMatch(/^The node n2 is cut off: wrong results since May\./);
    await expect(
      run(here(three.find((line) => line.includes("enrol node n2")) ?? "")),
    ).rejects.toThrow(/n2 was expelled: wrong results since May; .* deny remove node n2/);
    await expect(run(here(expel))).rejects.toThrow(/no node n2 is let in here/);
    await expect.poll(() => last?.exitCode, { timeout: 60_000 }).toBe(1);
    // stopped one after the other, each lets go in order
    const stayed = children.filter((child) => child.exitCode === null);
    for (const child of stayed.reverse()) {
      await ended(child, "SIGINT");
      expect([child.exitCode, child.signalCode]).toEqual([0, null]);
    }
  }, 400_000);

  test("three servers are made, started and keep every message three times", async () => {
    const lines = commandsOf("### Three servers", "### Security");
    expect(lines).toHaveLength(6);
    const ports = new Map<string, string>();
    for (const port of ["4231", "4232", "4233", "6231", "6232", "6233"]) {
      ports.set(port, String(await freePort()));
    }
    const here = (line: string) =>
      line.replace(/\b[46]23[123]\b/g, (port) => ports.get(port) ?? port);
    // the first one makes the operator's keys
    for (const line of lines.slice(0, 3)) await run(here(line));
    await Promise.all(lines.slice(3).map((line) => run(here(line))));
    const url = ["4231", "4232", "4233"]
      .map((port) => `nats://127.0.0.1:${ports.get(port)}`)
      .join();
    const place = join(folder, "operator");
    const limits = { inboxBytes: 16 * 1_048_576, blobBytes: 16 * 1_048_576 };
    // makes the network's streams with three replicas, or says what is wrong
    await admitShards({ folder: place, url, limits }, ownTrust(place), [CORE]);
    const [one, two] = ["s1", "s2"].map((name) =>
      readFileSync(join(folder, "operator", "nats", `${name}.conf`), "utf8"),
    );
    const secret = /nats-route:\/\/route:([0-9a-f]{64})@/;
    expect(secret.exec(one ?? "")?.[1]).toBe(secret.exec(two ?? "")?.[1]);
    // they trust the same operator
    const operator = /^operator: .*$/m;
    const accounts = /resolver_preload: \{[^}]*\}/;
    expect(operator.exec(one ?? "")?.[0]).toBeDefined();
    expect(accounts.exec(one ?? "")?.[0]?.match(/A[A-Z0-9]{55}/g)).toEqual(
      accounts.exec(two ?? "")?.[0]?.match(/A[A-Z0-9]{55}/g),
    );
  }, 120_000);
});
