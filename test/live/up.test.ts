/** `pingo up` killed, its file edited: what was cut off ends under the old settings. */
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type PingoProcess, startPingo } from "./pingo-process.ts";
import { removeFolder, scratchFolder } from "./small-network.ts";

const MINUTE = 60_000;

let folder: string;
let last: PingoProcess | undefined;
beforeEach(async () => {
  folder = await scratchFolder();
});
afterEach(async () => {
  await last?.end("SIGKILL");
  await removeFolder(folder);
});

async function up(): Promise<PingoProcess> {
  const args = ["up", "--dir", folder, "--port", "0", "--no-chain", "--nodes", "1"];
  const life = startPingo(folder, args);
  last = life;
  await expect.poll(life.said, { timeout: MINUTE }).toContain("PinGo is up");
  return life;
}

const replayed = (said: string) =>
  [...said.matchAll(/core: recovered: (\d+) records, (\d+) of them replayed/g)].map((found) =>
    Number(found[2]),
  );

interface Kept {
  readonly seen: { readonly version: number };
}

test("pingo up: settings changed after kill -9: the old ones end what was begun", async () => {
  const first = await up();
  expect(await first.end("SIGKILL")).toBe("SIGKILL");

  appendFileSync(
    join(folder, "network.yaml"),
    "limits: { jobUs: 50m }\nchain: { network: local }\n",
  );
  const second = await up();
  expect(second.said()).toContain("what was written with version 1 of the settings is closed");
  expect(second.said()).toContain("limits.jobUs: actors that are there keep what they began with");
  // once under the old settings, then nothing is left to replay under the new ones
  const [before, after] = replayed(second.said());
  expect(before).toBeGreaterThan(0);
  expect(after).toBe(0);
  expect(await second.end("SIGKILL")).toBe("SIGKILL");

  const third = await up();
  expect(third.said()).not.toContain("is closed with it");
  const kept = JSON.parse(readFileSync(join(folder, "settings.json"), "utf8")) as Kept;
  expect(kept.seen.version).toBe(2);
  expect(await third.end("SIGINT")).toBe(0);
}, 400_000);
