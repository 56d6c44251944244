/**
 * A newcomer's first day, from nothing to PINGO in its wallet, on a network and a chain of its own:
 *
 *   npx tsx examples/first-credential.ts [--dir <folder>] [--kill]
 *
 * A job is refused, a wallet is proved, the machine earns its place, the credential is made on
 * chain, the same job is done, an epoch closes, and the reward is claimed. With --kill the network
 * is killed (SIGKILL) at every moment that counts, and every command that sends something, with
 * its message written down and with its message taken: nothing is lost and nothing is paid twice.
 * Every step asks first what there is, so the script can be run again in the same folder.
 */
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { createKeyFile } from "../src/adapters/ton/keys.ts";
import { killing, quietly } from "./first-day/fates.ts";
import { Newcomer } from "./first-day/newcomer.ts";
import { steps } from "./first-day/steps.ts";

const root = resolve(import.meta.dirname, "..");

/** Credentials are demanded, and epochs last as long as one looks on. */
const NETWORK = `machines:
  - { node: own, owner: you }
  - { node: n1, owner: ada }
  - { node: n2, owner: ben }
  - { node: n3, owner: cleo }
limits: { epochUs: 30s }
policies: { rewards: { rule: emission, epochUs: 30s } }
chain: { credential: required }
`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { dir: { type: "string" }, kill: { type: "boolean" } } });
  const folder = resolve(values.dir ?? mkdtempSync(join(tmpdir(), "pingo-first-")));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const config = join(folder, "network.yaml");
  if (!existsSync(config)) writeFileSync(config, NETWORK);
  const command = [process.execPath, "--import", "tsx", join(root, "src/app/pingo.ts")] as const;
  const me = new Newcomer({ folder, port: await freePort(), command: [...command], root });
  if (!existsSync(me.keyFile)) await createKeyFile(me.keyFile, "words");
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void me.end("SIGTERM").finally(() => process.exit(130)));
  }
  const say = (line: string) => console.log(line);
  const fate = values.kill === true ? killing(me, say) : quietly(me);
  try {
    await me.up();
    for (const [name, does] of steps) say(`${name}: ${await does(me, fate)}`);
  } finally {
    await me.end("SIGTERM");
  }
  say(`everything is in ${folder}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

await main();
