/** `pingo up` killed, its file edited: what was cut off ends under the old settings. */
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeFolder, scratchFolder } from "./small-network.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const entry = join(root, "src/app/pingo.ts");
const MINUTE = 60_000;

let folder: string;
let last: ChildProcess | undefined;
beforeEach(async () => {
  folder = await scratchFolder();
});
afterEach(async () => {
  last?.kill("SIGKILL");
  await removeFolder(folder);
});

interface Life {
  readonly child: ChildProcess;
  /** All that was printed so far. */
  readonly said: () => string;
  readonly ended: Promise<NodeJS.Signals | number | null>;
}

function start(): Life {
  const args = ["up", "--dir", folder, "--port", "0", "--no-chain", "--nodes", "1"];
  const child = spawn(process.execPath, ["--import", "tsx", entry, ...args], {
    cwd: root,
    env: { ...process.env, PINGO_HOME: folder },
  });
  last = child;
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (piece: Buffer) => {
      text += piece.toString();
    });
  }
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? code));
  });
  return { child, said: () => text, ended };
}

async function isUp({ said }: Life): Promise<void> {
  await expect.poll(said, { timeout: MINUTE }).toContain("PinGo is up");
}

async function kill({ child, ended }: Life): Promise<void> {
  child.kill("SIGKILL");
  expect(await ended).toBe("SIGKILL");
}

const replayed = (said: string) =>
  [...said.matchAll(/core: recovered: (\d+) records, (\d+) of them replayed/g)].map((found) =>
    Number(found[2]),
  );

interface Kept {
  readonly seen: { readonly version: number };
}

test("pingo up: settings changed after kill -9: the old ones end what was begun", async () => {
  const first = start();
  await isUp(first);
  await kill(first);

  appendFileSync(
    join(folder, "network.yaml"),
    "limits: { jobUs: 50m }\nchain: { network: local }\n",
  );
  const second = start();
  await isUp(second);
  expect(second.said()).toContain("what was written with version 1 of the settings is closed");
  expect(second.said()).toContain("limits.jobUs: actors that are there keep what they began with");
  // once under the old settings, then nothing is left to replay under the new ones
  const [before, after] = replayed(second.said());
  expect(before).toBeGreaterThan(0);
  expect(after).toBe(0);
  await kill(second);

  const third = start();
  await isUp(third);
  expect(third.said()).not.toContain("is closed with it");
  const kept = JSON.parse(readFileSync(join(folder, "settings.json"), "utf8")) as Kept;
  expect(kept.seen.version).toBe(2);
  third.child.kill("SIGINT");
  expect(await third.ended).toBe(0);
}, 400_000);
