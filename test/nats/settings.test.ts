/**
 * What all parts of a network go by is what its operator published: taken by the others, told from
 * what is old, from what a copy says and from what somebody else wrote, each with one sentence.
 */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kvm } from "@nats-io/kv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signerOf } from "../../src/adapters/nats/keys.ts";
import { type NatsPorts, openNatsPorts } from "../../src/adapters/nats/ports.ts";
import type { ServerProcess } from "../../src/adapters/nats/server-process.ts";
import { createTrust, settingsAuthority, type Trust } from "../../src/adapters/nats/trust.ts";
import { networkConfig, parseNetworkFile } from "../../src/app/live/config.ts";
import { SettingsInForce } from "../../src/app/live/settings-in-force.ts";
import { followSettings } from "../../src/app/nats/follow-settings.ts";
import { type Invitation, readInvitation } from "../../src/app/nats/invitation.ts";
import { asOperator, knownTrust, type NatsPlace } from "../../src/app/nats/operator-keys.ts";
import { startOwnServer } from "../../src/app/nats/own-server.ts";
import { ownInForce, ownSettings } from "../../src/app/nats/publish-settings.ts";
import { nodeShard } from "../../src/live/shard.ts";
import { pingo } from "../captured.ts";
import { skipNats } from "./test-server.ts";

const KEY = "settings.network";
const quiet = { say: () => {} };

describe.skipIf(skipNats)("Settings of a network over NATS", () => {
  let folder: string;
  let server: ServerProcess;
  let place: NatsPlace;
  let trust: Trust;
  let invitation: Invitation;
  let node: NatsPorts;

  const file = () => join(place.folder, "network.yaml");
  const invitationFile = () => join(folder, "n1.invitation");
  /** The operator's edit of `network.yaml`. */
  const edit = (more: string) => {
    const [machines = ""] = readFileSync(file(), "utf8").split("# edited");
    writeFileSync(file(), `${machines.trimEnd()}\n# edited\n${more}\n`);
  };
  const configOf = (dir: string) => {
    const path = join(dir, "network.yaml");
    return networkConfig(parseNetworkFile(readFileSync(path, "utf8"), path), path);
  };
  /** A start of the gateway, as far as settings go. */
  const started = async (dir = place.folder, inForce = ownInForce(dir)) => {
    const said: string[] = [];
    const own = await ownSettings({ ...place, folder: dir }, trust, {
      config: configOf(dir),
      inForce,
      say: (line) => said.push(line),
    });
    const isNews = await own.publish();
    return { ...own, isNews, inForce, said };
  };
  /** A start of the node in a folder of its own, and what it says. */
  const followed = async (dir: string, given = invitation.given) => {
    const inForce = new SettingsInForce(join(folder, dir));
    const said: string[] = [];
    const config = networkConfig(given, invitationFile());
    const follower = { file: "n1.invitation", given, config, inForce };
    const say = (line: string) => said.push(line);
    const took = await followSettings({ ...follower, say }, node.published);
    return { ...took, said, inForce };
  };
  const settings = (...args: ReadonlyArray<string>) =>
    pingo("gateway", "settings", ...args, "--nats", server.url, "--dir", place.folder);
  const bucket = <A>(act: (kv: Awaited<ReturnType<Kvm["open"]>>) => Promise<A>) =>
    asOperator(place, trust, async ({ client }) => act(await new Kvm(client).open("pingo_keys")));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pingo-settings-"));
    const gw = join(folder, "gw");
    server = await startOwnServer(gw);
    place = { folder: gw, url: server.url };
    const args = ["--owner", "ada", "--nats", server.url, "--dir", gw, "--out", invitationFile()];
    expect(await pingo("gateway", "enrol", "node", "n1", ...args)).toMatchObject({ exit: 0 });
    trust = knownTrust(gw) as Trust;
    invitation = readInvitation(invitationFile(), "node");
    node = await openNatsPorts({
      url: server.url,
      shard: nodeShard("n1"),
      credentials: invitation.credentials,
    });
  });
  afterAll(async () => {
    await node?.close();
    await server?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  // each test stands on those before it, as the life of a network does
  test("an invited machine finds them before the gateway has ever run", async () => {
    const { name, config, isLast, said } = await followed("n");
    expect(name).toMatchObject({ version: 1 });
    expect({ config, isLast, said }).toEqual({
      config: invitation.config,
      isLast: false,
      said: [],
    });
  });

  test("the gateway's start with the same file publishes nothing", async () => {
    const first = await started();
    expect(first).toMatchObject({ name: { version: 1 }, isNews: false, isLast: false });
  });

  test("an edit: what was written with the old ends first, then all have the new", async () => {
    edit("limits: { offerUs: 7777777us }");
    const closing = await started();
    expect(closing).toMatchObject({ isLast: true, isNews: false });
    expect(closing.config.limits.offerUs).toBe(10_000_000);
    closing.inForce.ends();
    const opened = await started(place.folder, closing.inForce);
    expect(opened).toMatchObject({ name: { version: 2 }, isNews: true, isLast: false });
    expect(opened.said).toEqual([expect.stringMatching(/^limits\.offerUs: actors .* keep what/)]);

    const before = await followed("n");
    expect(before).toMatchObject({
      isLast: true,
      said: [expect.stringMatching(/version 1 .*; 2 follows/)],
    });
    expect(before.config.limits.offerUs).toBe(10_000_000);
    before.inForce.ends();
    const kept = readFileSync(join(folder, "n", "settings.json"), "utf8");
    // whoever was not there yet has nothing to end
    const fresh = await followed("fresh");
    expect(fresh).toMatchObject({ name: { version: 2 }, isLast: false, said: [] });
    expect(fresh.config.limits.offerUs).toBe(7_777_777);
    expect(fresh.config.machines).toEqual(invitation.config.machines);
    expect(kept).toContain('"version": 1');
  });

  test("a part's own file says otherwise: it says so, and the network's are used", async () => {
    const given = { ...invitation.given, limits: { offerUs: "3s", probeUs: "1s" } };
    const { config, said } = await followed("otherwise", given);
    expect(said).toEqual([
      expect.stringMatching(
        /^n1\.invitation says otherwise .* \(version 2, [0-9a-f]{12}\): limits\.offerUs; the /,
      ),
    ]);
    expect(config.limits.offerUs).toBe(7_777_777);
  });

  test("shown: version, hash, and what the file says otherwise", async () => {
    edit("limits: { offerUs: 8s }");
    const { out, exit } = await settings("show", "--json");
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      version: 2,
      hash: expect.stringMatching(/^[0-9a-f]{12}$/),
      other: ["limits.offerUs"],
      settings: { limits: { offerUs: 7_777_777 } },
    });
    expect((await settings("show")).out).toMatch(
      /^Settings version 2 .*\nnetwork\.yaml here says otherwise: limits\.offerUs\.\n/,
    );
  });

  test("a copy of the folder that is out of date is refused, and names what differs", async () => {
    const copy = join(folder, "copy");
    cpSync(place.folder, copy, { recursive: true, filter: (path) => !path.includes("store") });
    expect(existsSync(join(copy, "nats", "operator.json"))).toBe(true);
    rmSync(join(copy, "nats", "settings.json"));
    await expect(started(copy)).rejects.toThrow(
      /^network\.yaml here says .* version 2 .*: limits\.offerUs; correct .* settings publish$/,
    );
    // the same settings are no difference: it takes them over
    edit("limits: { offerUs: 7777777us }");
    cpSync(file(), join(copy, "network.yaml"));
    expect(await started(copy)).toMatchObject({ name: { version: 2 }, isNews: false });
  });

  test("a rule that is not there is said before anything is closed or kept", async () => {
    const saved = readFileSync(file(), "utf8");
    const kept = ownInForce(place.folder).kept;
    edit("policies: { placement: { rule: nearish } }");
    await expect(started()).rejects.toThrow(/^policies\.placement\.rule is "nearish", but must be/);
    expect(ownInForce(place.folder).kept).toEqual(kept);
    writeFileSync(file(), saved);
  });

  test("two publish at the same moment: one is told", async () => {
    const one = join(folder, "one");
    cpSync(place.folder, one, { recursive: true, filter: (path) => !path.includes("store") });
    edit("limits: { offerUs: 9s }");
    const inForce = ownInForce(one);
    inForce.ends();
    const config = networkConfig({ machines: [], limits: { offerUs: "11s" } }, "x");
    const late = await ownSettings({ ...place, folder: one }, trust, { ...quiet, config, inForce });
    const own = ownInForce(place.folder);
    own.ends();
    expect(await started(place.folder, own)).toMatchObject({ name: { version: 3 }, isNews: true });
    await expect(late.publish()).rejects.toThrow(/^Somebody else published settings/);
  });

  test("an old version that is put back is refused by who has seen a newer one", async () => {
    const newest = await bucket((kv) => kv.get(KEY));
    await followed("seen");
    await bucket(async (kv) => {
      const old = signedBy(trust, 1);
      await kv.put(KEY, old);
    });
    await expect(followed("seen")).rejects.toThrow(
      /^the server has version 1 .* has seen version 3; ask the operator .* publish$/,
    );
    await bucket((kv) => kv.put(KEY, newest?.value ?? ""));
    expect(await followed("seen")).toMatchObject({ name: { version: 3 } });
  });

  test("what another key signed, or what is no settings, is not the operator's", async () => {
    for (const value of [signedBy(createTrust(), 9), "{}", "no json"]) {
      await bucket((kv) => kv.put(KEY, value));
      await expect(followed("forged")).rejects.toThrow(/are not signed by the network's operator/);
      await expect(started()).rejects.toThrow(/are not signed by the network's operator/);
    }
    const again = await settings("publish");
    expect(again).toMatchObject({ exit: 0, err: "" });
    expect(again.out).toMatch(
      /^Settings version 4 \([0-9a-f]{12}\), published .*, as network.yaml/,
    );
    const mended = await followed("forged");
    expect(mended.name).toMatchObject({ version: 4 });
    expect(mended.config.limits.offerUs).toBe(9_000_000);
  });

  test("of a later version of PinGo: the sentence says so", async () => {
    await bucket((kv) => kv.put(KEY, signedBy(trust, 5, 2)));
    await expect(followed("later")).rejects.toThrow(
      /published by a later version of PinGo: update/,
    );
  });

  /** As the operator of `by` would, with some text. */
  function signedBy(by: Trust, version: number, format = 1): string {
    const signed = JSON.stringify({ format, version, atMs: 0, text: "{}" });
    const { publicKey, sign } = settingsAuthority(by);
    expect(publicKey).toMatch(/^A/);
    const bytes = Buffer.from(`pingo settings\n${signed}`);
    return JSON.stringify({ signed, signature: sign?.(bytes).toString("base64url") });
  }

  test("the key of the core may write the value and cannot sign one", async () => {
    const signed = JSON.stringify({ format: 1, version: 99, atMs: 0, text: "{}" });
    const signature = signerOf(trust.hub)(Buffer.from(`pingo settings\n${signed}`));
    const value = JSON.stringify({ signed, signature: signature.toString("base64url") });
    await bucket((kv) => kv.put(KEY, value));
    await expect(followed("core")).rejects.toThrow(/are not signed by the network's operator/);
  });
});
