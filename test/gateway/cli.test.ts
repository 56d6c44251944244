/**
 * `pingo job …` against a real gateway: what a requester sees, and what it is told when it fails.
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { gatewayFiles, startGateway } from "../../src/app/gateway/start-gateway.ts";
import { address } from "../../src/kernel/address.ts";
import { pingo } from "../captured.ts";
import { type Bench, bench } from "./running.ts";
import { wordPlanner } from "./scripted-network.ts";

let made: Bench;
let folder: string;
const first = { contributor: address("contributor", "you"), demand: 1 };

/** A loaded machine may take long for it. */
async function handedIn(): Promise<void> {
  await expect.poll(() => made.network.demands.size, { timeout: 30_000 }).toBe(1);
}

/** A port on which nobody listens any more. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeEach(async () => {
  made = await bench();
  folder = mkdtempSync(join(tmpdir(), "pingo-cli-"));
  writeFileSync(join(folder, "job.yaml"), "kind: echo\nwords: [one, two]\n");
  writeFileSync(join(folder, "lines.txt"), "a\nb\nc");
  writeFileSync(join(folder, "file.yaml"), "kind: echo\nmodel: lines.txt\n");
  vi.stubEnv("PINGO_HOME", join(folder, "home"));
  vi.stubEnv("PINGO_URL", made.gateway.url);
  vi.stubEnv("PINGO_TOKEN", made.token("requester"));
  vi.stubEnv("PINGO_TOKEN_FILE", "");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await made.close();
  rmSync(folder, { recursive: true, force: true });
});

const job = () => join(folder, "job.yaml");

describe("pingo job", () => {
  test("all of a job's commands, for people and for programs", async () => {
    const submitted = await pingo("job", "submit", job());
    expect(submitted).toMatchObject({ exit: 0, err: "" });
    expect(submitted.out).toMatch(/Job you\.1 is accepted: 2 tasks, 2 VCU\./);
    await made.network.finishTask(first, 0, "ONE");
    expect((await pingo("job", "list")).out).toMatch(/you\.1 +words +running +1 of 2 tasks +1 VCU/);
    expect((await pingo("job", "status", "you.1")).out).toMatch(/tasks +1 of 2 done/);
    expect((await pingo("job", "tasks", "you.1")).out).toMatch(/done +36000000 +n1, n2/);
    expect((await pingo("job", "logs", "you.1")).out).toMatch(
      /contributor\/you was asked for work/,
    );
    const explained = await pingo("job", "explain", "you.1");
    expect(explained.out).toMatch(/1 of 2 tasks have a result .*done=1, running=0, total=2/);
    const result = await pingo("job", "result", "you.1");
    expect(result.out).toBe('["ONE",null]');
    expect(result.err).toMatch(/partial/);
    const file = join(folder, "r.json");
    expect((await pingo("job", "result", "you.1", "-o", file)).exit).toBe(0);
    expect(readFileSync(file, "utf8")).toBe('["ONE",null]');
    expect((await pingo("job", "cancel", "you.1")).out).toMatch(/Job you\.1 is cancelled/);
    for (const args of [["list"], ["status", "you.1"], ["explain", "you.1"], ["logs", "you.1"]]) {
      const { exit, out, err } = await pingo("job", ...args, "--json");
      expect([args, exit, err]).toEqual([args, 0, ""]);
      expect(() => JSON.parse(out)).not.toThrow();
    }
  });

  test("files that the job names are uploaded, and a quote charges nothing", async () => {
    const quoted = await pingo("job", "quote", join(folder, "file.yaml"));
    expect(quoted.out).toMatch(/^3 VCU, or 60 PINGO at 20 a VCU/);
    const slice = await pingo("job", "quote", "--cores", "0.1", "--memory", "128", "--for", "1h");
    expect(slice.out).toMatch(/^0\.1 VCU, or 2 PINGO/);
    expect(made.network.demands.size).toBe(0);
    const { out } = await pingo("job", "submit", join(folder, "file.yaml"), "--json");
    expect(JSON.parse(out).tasks.total).toBe(3);
  });

  test("--wait follows the job through a restart of the gateway to its end", async () => {
    const { port } = made.gateway;
    const waiting = pingo("job", "submit", job(), "--wait");
    await handedIn();
    await made.gateway.close();
    await new Promise((resolve) => setTimeout(resolve, 800));
    const { folder: state, network } = made;
    made.gateway = await startGateway(network, wordPlanner, { folder: state, http: { port } });
    await network.finishTask(first, 0, "ONE");
    await network.finishTask(first, 1, "TWO");
    network.change(first, { state: "settled", endedUs: 5 });
    const { exit, out, err } = await waiting;
    expect([exit, out]).toEqual([0, expect.stringMatching(/Job you\.1 is settled\./)]);
    expect(err).toMatch(/waiting: .*trying again in/);
  });

  test("a job that fails is told with its reason and exit code 13", async () => {
    const waiting = pingo("job", "submit", job(), "--wait");
    await handedIn();
    made.network.change(first, { state: "refused", reason: "in-probation: 3 of 20", endedUs: 5 });
    const { exit, out } = await waiting;
    expect([exit, out]).toEqual([13, expect.stringMatching(/refused: in-probation: 3 of 20/)]);
  });

  test("--wait waits for a newcomer's first credit before it hands anything in", async () => {
    const { accounts, demands } = made.network;
    const active = accounts.get("you")!;
    accounts.set("you", { ...active, state: "probation", validResults: 1 });
    const look = vi.spyOn(made.network, "contributor");
    const waiting = pingo("job", "submit", job(), "--wait");
    await expect.poll(() => look.mock.calls.length, { timeout: 30_000 }).toBeGreaterThan(2);
    expect(demands.size).toBe(0);
    accounts.set("you", active);
    await handedIn();
    made.network.change(first, { state: "settled", endedUs: 5 });
    const { exit, err } = await waiting;
    expect([exit, err]).toEqual([0, expect.stringMatching(/you is in probation/)]);
  });

  test("--wait hands a job in again once its owner has earned what it costs", async () => {
    const { accounts, demands } = made.network;
    const active = accounts.get("you")!;
    const waiting = pingo("job", "submit", job(), "--wait", "--key", "k");
    await handedIn();
    accounts.set("you", { ...active, balance: 0n, earning: true });
    const reason = "insufficient-credit: it needs 2 VCU";
    made.network.change(first, { state: "refused", reason, endedUs: 5 });
    const look = vi.spyOn(made.network, "contributor");
    await expect.poll(() => look.mock.calls.length, { timeout: 30_000 }).toBeGreaterThan(2);
    expect(demands.size).toBe(1);
    // debt counts as well as what was earned
    accounts.set("you", { ...active, balance: 1_000_000_000n, mayOwe: 1_000_000_000n });
    await expect.poll(() => demands.size, { timeout: 30_000 }).toBe(2);
    made.network.change({ ...first, demand: 2 }, { state: "settled", endedUs: 5 });
    const { exit, out, err } = await waiting;
    expect(err).toMatch(/you\.1 costs 2 VCU, and you can pay 0 VCU, debt included/);
    expect([exit, out]).toEqual([0, expect.stringMatching(/Job you\.2 is settled/)]);
    // the same words with the same key name the same jobs
    const again = await pingo("job", "submit", job(), "--key", "k.2", "--json");
    expect(JSON.parse(again.out).id).toBe("you.2");
  });

  test("a network on which nobody can earn refuses at once", async () => {
    const waiting = pingo("job", "submit", job(), "--wait");
    await handedIn();
    const reason = "insufficient-credit: it needs 2 VCU";
    made.network.change(first, { state: "refused", reason, endedUs: 5 });
    expect((await waiting).exit).toBe(13);
    expect(made.network.demands.size).toBe(1);
  });

  test("Ctrl-C leaves the job running and says how to come back", async () => {
    const waiting = pingo("job", "submit", job(), "--wait");
    await handedIn();
    await new Promise((resolve) => setTimeout(resolve, 300));
    process.emit("SIGINT");
    const { exit, err } = await waiting;
    expect([exit, err]).toEqual([130, expect.stringMatching(/pingo job wait you\.1/)]);
    expect(made.network.cancelled).toEqual([]);
  });

  test("bad input and bad surroundings are one sentence each, and exit code 2", async () => {
    writeFileSync(join(folder, "bad.yaml"), "kind: [");
    writeFileSync(join(folder, "ecco.yaml"), "kind: ecco\n");
    writeFileSync(join(folder, "list.yaml"), "- 1\n");
    const other = createServer((_, response) => response.end("<html>")).listen(0);
    const otherPort = (other.address() as AddressInfo).port;
    const tries: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
      [["submit", join(folder, "none.yaml")], /cannot read the job file .*no such file/],
      [["submit", join(folder, "bad.yaml")], /bad\.yaml:1: this is no YAML: .*; mend that line$/],
      [["submit", join(folder, "list.yaml")], /must be a mapping/],
      [["submit", join(folder, "ecco.yaml")], /kind must be echo/],
      [["status", "you.9"], /there is no job you\.9 here; see pingo job list/],
      [["status", "nonsense"], /job: expected a job's id such as you\.12/],
      [["list", "--limit", "5000"], /limit must be a whole number from 1 to 1000, not 5000/],
      [["quote", "--cores", "0.01"], /cores: expected cores from 0\.1/],
      [["result", "nonsense"], /expected a job's id such as you\.12/],
      [
        ["list", "--url", `http://127.0.0.1:${await closedPort()}`],
        /no gateway answers at .*pingo up/,
      ],
      [["list", "--url", "http://no-such-host.invalid"], /no machine of the name/],
      [["list", "--url", "gopher://x"], /is no gateway's address/],
      [["list", "--url", `http://127.0.0.1:${otherPort}`], /not as a PinGo gateway does/],
      [["quote"], /name a job file, or a slice/],
      [["list", "--state", "done"], /did you mean|Allowed choices/i],
    ];
    for (const [args, sentence] of tries) {
      const plain = await pingo("job", ...args);
      expect([args, plain.exit, plain.err.trim()]).toEqual([
        args,
        2,
        expect.stringMatching(sentence),
      ]);
      expect(plain.err.trim().split("\n")).toHaveLength(1);
      const machine = await pingo("job", ...args, "--json");
      expect(JSON.parse(machine.out).error.message).toMatch(sentence);
    }
    other.close();
  });

  test("an expired token, none, and a file that others may read are told apart", async () => {
    vi.stubEnv("PINGO_TOKEN", made.token("requester", "you", -1));
    expect((await pingo("job", "list")).err).toMatch(/expired at .*pingo gateway token create/);
    vi.stubEnv("PINGO_TOKEN", "");
    expect((await pingo("job", "list")).err).toMatch(/there is no token for http/);
    vi.stubEnv("PINGO_TOKEN_FILE", join(folder, "missing"));
    expect((await pingo("job", "list")).err).toMatch(/check PINGO_TOKEN_FILE/);
    writeFileSync(join(folder, "token"), `${made.token("requester")}\n`);
    vi.stubEnv("PINGO_TOKEN_FILE", join(folder, "token"));
    expect((await pingo("job", "list")).exit).toBe(0);
  });
});

describe("pingo gateway and pingo audit", () => {
  test("a token is made, found by the commands, listed without its secret, revoked", async () => {
    const { url } = made.gateway;
    vi.stubEnv("PINGO_TOKEN", "");
    const home = join(folder, "home");
    // the bench's gateway lies directly in its folder; commands look in <dir>/gateway
    const state = mkdtempSync(join(tmpdir(), "pingo-state-"));
    const files = gatewayFiles(join(state, "gateway"));
    const there = ["--dir", state];
    const made1 = await pingo(
      ..."gateway token create --role requester --contributor you --for 1d".split(" "),
      "--note",
      "laptop",
      "--keep-for",
      url,
      ...there,
    );
    const secret = made1.out.trim();
    expect(secret).toMatch(/^pingo_[a-z2-7]{8}_[\w-]{43}$/);
    const known = join(home, "known-tokens.json");
    expect(statSync(known).mode & 0o777).toBe(0o600);
    expect(readFileSync(known, "utf8")).toContain(secret);
    expect(readFileSync(files.tokens, "utf8")).not.toContain(secret);
    const id = secret.split("_")[1]!;
    const listed = await pingo("gateway", "token", "list", ...there);
    expect(listed.out).toMatch(new RegExp(`${id} +requester +you +valid until .* laptop`));
    expect(listed.out).not.toContain(secret);
    await pingo("gateway", "token", "revoke", id, "--reason", "lost", ...there);
    expect((await pingo("gateway", "token", "list", ...there)).out).toMatch(/revoked: lost/);
    const without = await pingo("gateway", "token", "create", "--role", "requester", ...there);
    expect([without.exit, without.err]).toEqual([2, expect.stringMatching(/--contributor/)]);
    writeFileSync(join(state, "network.yaml"), "machines: [{ node: own, owner: you }]\n");
    const of = (who: string) => ["--role", "requester", "--contributor", who, ...there];
    const nobody = await pingo("gateway", "token", "create", ...of("nobody"));
    expect([nobody.exit, nobody.err]).toEqual([2, expect.stringMatching(/known are you$/m)]);
    expect((await pingo("gateway", "token", "create", ...of("you"))).exit).toBe(0);
    rmSync(state, { recursive: true, force: true });
  });

  test("audit verify names the first line that was changed", async () => {
    const state = mkdtempSync(join(tmpdir(), "pingo-state-"));
    const { AuditLog } = await import("../../src/app/gateway/audit-log.ts");
    const { audit } = gatewayFiles(join(state, "gateway"));
    expect((await pingo("audit", "verify", "--dir", state)).exit).toBe(2);
    const { mkdirSync, readdirSync } = await import("node:fs");
    mkdirSync(audit, { recursive: true });
    const log = await AuditLog.open(audit);
    const entry = { atUs: 1, request: "r", remote: "", token: "t", role: "bot", contributor: null };
    for (let i = 0; i < 5; i++) {
      await log.append({ ...entry, action: "job.submit", target: `you.${i}`, outcome: "done" });
    }
    const { head } = log.head;
    await log.close();
    const good = await pingo("audit", "verify", "--dir", state, "--head", head);
    expect([good.exit, good.out]).toEqual([0, expect.stringMatching(/holds: 5 lines/)]);
    const file = join(audit, readdirSync(audit)[0]!);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("you.2", "you.7"));
    const bad = await pingo("audit", "verify", "--dir", state);
    expect([bad.exit, bad.err]).toEqual([10, expect.stringMatching(/audit-0+1\.log, line 3: /)]);
    writeFileSync(file, text.split("\n").slice(0, 4).join("\n").concat("\n"));
    const cut = await pingo("audit", "verify", "--dir", state, "--head", head);
    expect([cut.exit, cut.err]).toEqual([10, expect.stringMatching(/was cut or rewritten/)]);
    rmSync(state, { recursive: true, force: true });
  });
});
