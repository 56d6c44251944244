/**
 * A newcomer's first day, from nothing to PINGO in its wallet, on a network and a chain of its own:
 *
 *   npx tsx examples/first-credential.ts [--dir <folder>] [--kill]
 *
 * A job is refused, a wallet is proved, the machine earns its place, the credential is made on
 * chain, the same job is done, an epoch closes, and the reward is claimed. With --kill the network
 * is killed (SIGKILL) after every step and started again: nothing is lost and nothing is paid
 * twice. Every step asks first what there is, so the script can be run again in the same folder.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { createKeyFile } from "../src/adapters/ton/keys.ts";
import { PinGo } from "../src/app/client/pingo.ts";
import { readJobFile } from "../src/app/job/job-file.ts";

const root = resolve(import.meta.dirname, "..");
const command = [process.execPath, "--import", "tsx", join(root, "src/app/pingo.ts")] as const;
/** Whoever watches the script has nothing more urgent to do. */
const mine = ["--priority", "low"] as const;
const PATIENCE_MS = 15 * 60_000;
const LOOK_MS = 500;

/** Credentials are demanded, and an epoch of rewards lasts as long as one looks on. */
const NETWORK = `machines:
  - { node: own, owner: you }
  - { node: n1, owner: ada }
  - { node: n2, owner: ben }
  - { node: n3, owner: cleo }
policies: { rewards: { rule: emission, epochUs: 60s } }
chain: { credential: required }
`;

interface Shown {
  readonly state?: string;
  readonly sent?: boolean;
  readonly paid?: string;
  readonly claimed?: string;
  readonly balance?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

class Newcomer {
  readonly folder: string;
  readonly keyFile: string;
  private readonly port: number;
  private network: ChildProcess | undefined;

  constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
    this.keyFile = join(folder, "newcomer.key");
  }

  private get environment() {
    const url = `http://127.0.0.1:${this.port}`;
    return { ...process.env, PINGO_HOME: this.folder, PINGO_URL: url };
  }

  get pingo(): PinGo {
    // the client of programs; the token lies where `pingo up` left it
    process.env.PINGO_HOME = this.folder;
    return new PinGo({ url: `http://127.0.0.1:${this.port}` });
  }

  async up(): Promise<void> {
    const [node, ...args] = command;
    const flags = ["up", "--dir", this.folder, "--port", String(this.port), "--json", ...mine];
    const child = spawn(node, [...args, ...flags], {
      cwd: root,
      env: this.environment,
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.network = child;
    await new Promise<void>((ready, failed) => {
      child.stdout?.once("data", () => ready());
      child.once("exit", (code) => failed(new Error(`pingo up ended with ${code}`)));
    });
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.network;
    this.network = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await gone;
  }

  /** A command of `pingo`, its one JSON object. */
  async run(...args: ReadonlyArray<string>): Promise<Shown> {
    const [node, ...first] = command;
    const options = { cwd: root, env: this.environment };
    const all = [...first, ...args, "--dir", this.folder, "--key-file", this.keyFile, "--json"];
    const ended = promisify(execFile)(node, all, options);
    const { stdout } = await ended.catch((error: unknown) => error as { stdout: string });
    return JSON.parse(stdout) as Shown;
  }

  /** Says what was waited for when it never comes. */
  async until<A>(what: string, look: () => Promise<A | undefined>): Promise<A> {
    const end = performance.now() + PATIENCE_MS;
    let last = "";
    while (performance.now() < end) {
      const found = await look().catch((error: unknown) => {
        last = String(error);
        return undefined;
      });
      if (found !== undefined) return found;
      await new Promise((next) => setTimeout(next, LOOK_MS));
    }
    throw new Error(`waited in vain for ${what}${last === "" ? "" : `: ${last}`}`);
  }

  /** Hands the job in, and gives how it ended. By its key it is one job, sent often or not. */
  async job(key: string): Promise<{ readonly state: string; readonly reason: string }> {
    const work = readJobFile(join(root, "examples", "digits-infer.yaml"));
    const { id } = await this.pingo.submit(work, { key });
    return this.pingo.wait(id);
  }
}

type Step = readonly [name: string, does: (me: Newcomer) => Promise<string>];

const steps: ReadonlyArray<Step> = [
  [
    "a job before anything was given",
    async (me) => {
      const { state, reason } = await me.job("too-early");
      if (state !== "refused") throw new Error(`the job should be refused and is ${state}`);
      return `refused: ${reason}`;
    },
  ],
  [
    "a wallet of one's own",
    async (me) => {
      await me.until("the chain", async () => {
        const { error } = await me.run("chain", "credential", "link");
        if (error !== undefined) throw new Error(error.message);
        return true;
      });
      const linked = async () => (await me.pingo.wallet()).wallet ?? undefined;
      return `linked: ${await me.until("the linked wallet", linked)}`;
    },
  ],
  [
    "probation",
    async (me) => {
      const voucher = async () => {
        const { voucher: made, credential } = await me.pingo.wallet();
        if (credential?.state === "valid") return "already presented";
        if (made === null) return undefined;
        return `issued, good until ${new Date(made.untilUs / 1_000).toISOString()}`;
      };
      return `verified work earned a voucher: ${await me.until("a voucher", voucher)}`;
    },
  ],
  [
    "the credential on chain",
    async (me) => {
      const claimed = await me.run("chain", "credential", "claim");
      if (claimed.error !== undefined) throw new Error(claimed.error.message);
      const again = await me.run("chain", "credential", "claim");
      if (again.sent !== false) throw new Error("a voucher was presented twice");
      await me.until("the network to see the credential", async () => {
        const { credential } = await me.pingo.lookAtWallet();
        return credential?.state === "valid" ? true : undefined;
      });
      return `${claimed.state}; the same voucher once more sends nothing`;
    },
  ],
  [
    "the same job",
    async (me) => {
      for (let attempt = 1; ; attempt += 1) {
        const { state, reason } = await me.job(`in-time-${attempt}`);
        if (state === "settled") return `${state}, every result verified`;
        // what was earned may be a little less than the job's price still
        if (state !== "refused" || attempt === 20) throw new Error(`it is ${state}: ${reason}`);
        await new Promise((next) => setTimeout(next, 5_000));
      }
    },
  ],
  [
    "the reward",
    async (me) => {
      const paid = await me.until("a claim that pays", async () => {
        const shown = await me.run("chain", "claim");
        if (shown.error !== undefined) throw new Error(shown.error.message);
        return shown;
      });
      const again = await me.run("chain", "claim");
      const twice = again.error === undefined && again.sent !== false && again.paid === paid.paid;
      if (twice) throw new Error("the same reward was paid twice");
      const amount = Number(paid.paid ?? paid.claimed ?? "0") / 1e9;
      return `${amount} PINGO are in the wallet`;
    },
  ],
];

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { dir: { type: "string" }, kill: { type: "boolean" } } });
  const folder = resolve(values.dir ?? mkdtempSync(join(tmpdir(), "pingo-first-")));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const config = join(folder, "network.yaml");
  if (!existsSync(config)) writeFileSync(config, NETWORK);
  const me = new Newcomer(folder, await freePort());
  if (!existsSync(me.keyFile)) await createKeyFile(me.keyFile, "words");
  try {
    await me.up();
    for (const [name, does] of steps) {
      console.log(`${name}: ${await does(me)}`);
      if (values.kill !== true) continue;
      await me.end("SIGKILL");
      await me.up();
    }
    // After all of it, and after the last kill: what the chain says of the whole day.
    const credential = await me.run("chain", "credential", "show");
    console.log(JSON.stringify({ folder, credential: credential.state }));
  } finally {
    await me.end("SIGTERM");
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

await main();
