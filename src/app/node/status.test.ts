/** The agent's page and the command that asks it, over real sockets. */
import { request } from "node:http";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Sighting } from "../../live/owner.ts";
import { main } from "../main.ts";
import { type NodeAgent, startNodeAgent } from "./node-agent.ts";

const running: NodeAgent[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(running.splice(0).map((agent) => agent.close()));
});

async function started(seen: Partial<Sighting> = {}, give = "50%"): Promise<NodeAgent> {
  const sighting: Sighting = { inputIdleS: 3_600, othersLoad: 0.01, power: "mains", ...seen };
  const sensors = { look: async () => sighting, close: () => undefined };
  const agent = await startNodeAgent({
    give,
    sensors,
    port: 0,
    node: `<b>"n1"</b>`,
    network: () => "edge/e0",
    earnings: () => ({
      contributor: "contributor/ada",
      balanceVcu: 2.5,
      earnedVcu: 7.25,
      unclearedVcu: 0,
      standing: "active",
    }),
  });
  running.push(agent);
  return agent;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly policy: string;
}

/** Unlike fetch this sends the host and the type that it is told. */
function ask(url: string, method: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (answer) => {
      let text = "";
      answer.on("data", (part: Buffer) => {
        text += part.toString();
      });
      answer.on("end", () => {
        const policy = String(answer.headers["content-security-policy"]);
        resolve({ status: answer.statusCode ?? 0, text, policy });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** Runs the command and gives its exit code with all that it printed. */
async function pingo(...args: ReadonlyArray<string>) {
  const [out, err] = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, "write").mockImplementation(() => true),
  );
  const exit = await main(args);
  const said = (spy: typeof out) => (spy?.mock.calls ?? []).map(([text]) => String(text)).join("");
  const result = { exit, stdout: said(out), stderr: said(err) };
  vi.restoreAllMocks();
  // Each run of the command listens for a closed pipe; here many share one process.
  process.stdout.removeAllListeners("error");
  return result;
}

const json = { "content-type": "application/json" };

describe("Status page", () => {
  test("says what is given, why, what was earned; names cannot bring markup along", async () => {
    const { page } = await started();
    const { status, text, policy } = await ask(`${page.url}/`, "GET");
    expect(status).toBe(200);
    expect(text).toMatch(/Giving 50 % of \d+ cores?/);
    expect(text).toContain("&lt;b&gt;&quot;n1&quot;&lt;/b&gt;");
    expect(text).not.toContain("<b>");
    expect(text).toContain("7.25 VCU");
    expect(text).toContain("<code>50% when idle</code>");
    const nonce = /script nonce="([^"]+)"/.exec(text)?.[1];
    expect(policy).toContain(`script-src 'nonce-${nonce}'`);
  });

  test("gives the reason when nothing is given", async () => {
    const { page } = await started({ inputIdleS: 2 });
    const { text } = await ask(`${page.url}/body`, "GET");
    expect(text).toContain("Giving nothing");
    expect(text).toContain("somebody is at the machine");
  });

  test("pauses and resumes, and says so", async () => {
    const { page, agent } = await started();
    const paused = await ask(`${page.url}/pause`, "POST", json);
    expect(JSON.parse(paused.text)).toMatchObject({ pausedByHand: true, given: { cpuShare: 0 } });
    expect((await ask(`${page.url}/body`, "GET")).text).toContain('data-post="/resume"');
    await ask(`${page.url}/resume`, "POST", json);
    expect(agent.status().given.cpuShare).toBe(0.5);
  });

  test.each([
    ["another page's form", "POST /pause", { "content-type": "text/plain" }, 415],
    ["a name that leads here by trickery", "GET /status", { host: "evil.example" }, 403],
    ["a path that is not there", "GET /../etc/passwd", {}, 404],
    ["a change by reading", "GET /pause", {}, 404],
  ] as const)("refuses %s", async (_, asked, headers, code) => {
    const { page, agent } = await started();
    const [method = "", path = ""] = asked.split(" ");
    expect((await ask(page.url + path, method, headers)).status).toBe(code);
    expect(agent.status().pausedByHand).toBe(false);
  });

  test("a second agent on the port is told what to do", async () => {
    const { page } = await started();
    const port = Number(new URL(page.url).port);
    await expect(startNodeAgent({ port })).rejects.toThrow(
      `port ${port} is taken: is an agent running already?`,
    );
  });
});

describe("pingo node status", () => {
  test("prints what is given and why, or one JSON object", async () => {
    const { page } = await started();
    const told = await pingo("node", "status", "--url", page.url);
    expect(told.exit).toBe(0);
    expect(told.stdout).toMatch(/giving 50 % of \d+ cores/);
    expect(told.stdout).toContain('"50% when idle"');
    const object = await pingo("node", "status", "--url", page.url, "--json");
    expect(JSON.parse(object.stdout)).toMatchObject({
      given: { cpuShare: 0.5 },
      rule: "50% when idle",
    });
  });

  test("pauses by hand", async () => {
    const { page, agent } = await started();
    const told = await pingo("node", "status", "--url", page.url, "--pause");
    expect(told.stdout).toContain("giving nothing: paused by hand");
    expect(agent.status().pausedByHand).toBe(true);
  });

  test.each([
    [["--url", "http://127.0.0.1:1"], 2, "no agent answers at http://127.0.0.1:1; start one"],
    [["--url", "seven"], 2, '--url: "seven" is no address'],
    [["--pause", "--resume"], 2, "--pause and --resume exclude each other"],
  ])("%j ends with %d and a sentence", async (args, exit, sentence) => {
    const told = await pingo("node", "status", ...args);
    expect(told.exit).toBe(exit);
    expect(told.stderr).toContain(sentence);
  });
});

describe("pingo node rule explain", () => {
  const rule = "50% when idle, 100% at night, never on battery, max 4GB";
  const machine = ["--cores", "8", "--memory", "16GB", "--zone", "Europe/Berlin"];

  test("shows the week as the wall shows it", async () => {
    const told = await pingo("node", "rule", "explain", rule, ...machine, "--from", "2026-11-23");
    expect(told.exit).toBe(0);
    expect(told.stdout).toContain("100% when idle at night");
    expect(told.stdout).toMatch(/ mon {2}( ██){7}( 50){15}( ██){2}\n/);
    expect(told.stdout).toMatch(/on battery: nothing, all week; now because "never on battery"/);
    for (const line of told.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });

  test.each([
    ["Pacific/Honolulu", "2026-11-23T10:00:00.000Z"],
    ["Pacific/Kiritimati", "2026-11-22T10:00:00.000Z"],
    ["Asia/Kolkata", "2026-11-22T18:30:00.000Z"],
  ])("a day begins at midnight in %s", async (zone, starts) => {
    const args = ["50%", "--zone", zone, "--from", "2026-11-23", "--json"];
    const told = await pingo("node", "rule", "explain", ...args);
    expect(JSON.parse(told.stdout).hours[0]).toMatchObject({ starts, day: "mon", time: "00:00" });
  });

  test("gives the same as JSON, hour by hour", async () => {
    const told = await pingo("node", "rule", "explain", rule, ...machine, "--json");
    const { hours, coreHours, zone } = JSON.parse(told.stdout);
    expect(hours).toHaveLength(168);
    expect(zone).toBe("Europe/Berlin");
    expect(coreHours.idle).toBeCloseTo(7 * (9 * 8 + 15 * 4), 6);
  });

  test.each([
    [["50% wen idle"], '"wen" (column 5) is not known here'],
    [["50%", "--zone", "Mars/Olympus"], '--zone: "Mars/Olympus" is no time zone'],
    [["50%", "--cores", "0"], '--cores: "0" is no number of cores'],
    [["50%", "--memory", "lots"], '--memory: "lots" is no size'],
    [["50%", "--from", "soon"], '--from: "soon" is no date'],
  ])("%j is refused in a sentence", async (args, sentence) => {
    const told = await pingo("node", "rule", "explain", ...args);
    expect(told.exit).toBe(2);
    expect(told.stderr).toContain(sentence);
    const object = await pingo("node", "rule", "explain", ...args, "--json");
    expect(JSON.parse(object.stdout).error.message).toContain(sentence);
  });

  test("the place of the mistake is underlined", async () => {
    const { stderr } = await pingo("node", "rule", "explain", "50% wen idle");
    expect(stderr).toContain("\n  50% wen idle\n      ^^^\n");
  });
});
