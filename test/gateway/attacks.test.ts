/** Attacks on the gateway over real sockets: each is tried, and nothing of it gets through. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { HttpApi } from "@effect/platform";
import { afterEach, describe, expect, test } from "vitest";
import { api } from "../../src/adapters/http/api.ts";
import { roles } from "../../src/adapters/http/shapes.ts";
import { verifyAudit } from "../../src/app/gateway/audit-verify.ts";
import { DenyList } from "../../src/app/gateway/deny-list.ts";
import { gatewayFiles } from "../../src/app/gateway/start-gateway.ts";
import { type Bench, bench, json, twoWords } from "./running.ts";

const benches: Array<Bench> = [];
const opened = async (...options: Parameters<typeof bench>) => {
  const made = await bench(...options);
  benches.push(made);
  return made;
};
afterEach(async () => {
  for (const each of benches.splice(0)) await each.close();
});

/** Sends text as it is and gives all that comes back until the other side closes. */
function raw(port: number, text: string, keepOpenMs = 3_000): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    const timer = setTimeout(() => socket.destroy(), keepOpenMs);
    socket.on("data", (bytes) => {
      answer += bytes.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

const addresses: Array<{ method: string; path: string }> = [];
HttpApi.reflect(api, {
  onGroup: () => {},
  onEndpoint: ({ endpoint }) => {
    const path = endpoint.path
      .replace(":job", "you.1")
      .replace(":blob", "0".repeat(64))
      .replace(":contributor", "you");
    addresses.push({ method: endpoint.method, path });
  },
});
const open = new Set(["GET /health"]);

describe("Who asks", () => {
  test("every address but the open ones wants a token, and none tells which exist", async () => {
    expect(addresses.length).toBeGreaterThan(18);
    let { ask } = await opened();
    for (const [i, { method, path }] of addresses.entries()) {
      // who fails more often than this is told to wait
      if (i % 15 === 14) ({ ask } = await opened());
      if (open.has(`${method} ${path}`)) continue;
      const body = method === "GET" ? {} : json({});
      const { status, headers, body: problem } = await ask(undefined, path, { ...body, method });
      expect([method, path, status]).toEqual([method, path, 401]);
      expect(headers.get("content-type")).toBe("application/problem+json");
      expect(headers.get("www-authenticate")).toContain("Bearer");
      expect(problem.detail).toMatch(/pingo gateway token create/);
    }
  });

  test("a forged, an expired and a revoked token are refused with their reason", async () => {
    const { ask, token, gateway, folder } = await opened();
    const good = token("requester");
    const [, id] = good.split("_");
    const forged = `pingo_${id}_${"A".repeat(43)}`;
    const expired = token("requester", "you", -1);
    const tries = [
      [forged, "forged-token"],
      [expired, "expired-token"],
      [`${good}x`, "no-token"],
      ["", "no-token"],
      ["' OR 1=1 --", "no-token"],
    ] as const;
    for (const [secret, code] of tries) {
      const { status, body } = await ask(secret, "/v1/me");
      expect([secret, status, body.type]).toEqual([secret, 401, `urn:pingo:problem:${code}`]);
    }
    expect((await ask(good, "/v1/me")).body).toMatchObject({ role: "requester", token: id });
    gateway.tokens.revoke(id!, "laptop was stolen", Date.now() * 1_000);
    const revoked = await ask(good, "/v1/me");
    expect(revoked.body.detail).toMatch(/was revoked: laptop was stolen/);
    const file = gatewayFiles(folder).tokens;
    expect(statSync(file).mode & 0o777).toBe(0o600);
    // a secret may begin with an underscore itself
    expect(readFileSync(file, "utf8")).not.toContain(good.slice(`pingo_${id}_`.length));
  });

  test("a revocation by another process counts at the next request", async () => {
    const { ask, token, folder } = await opened();
    const { Tokens } = await import("../../src/app/gateway/tokens.ts");
    const good = token("operator");
    expect((await ask(good, "/v1/me")).status).toBe(200);
    new Tokens(gatewayFiles(folder).tokens).revoke(good.split("_")[1]!, "gone", 1);
    expect((await ask(good, "/v1/me")).status).toBe(401);
  });

  test("guessing tokens is stopped before it gets anywhere", async () => {
    const { ask } = await opened({ rates: { failures: { perSecond: 0.1, burst: 5 } } });
    const statuses = [];
    for (let i = 0; i < 8; i++) {
      statuses.push((await ask(`pingo_aaaaaaaa_${"B".repeat(43)}`, "/v1/me")).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  });

  test("no role does what it may not", async () => {
    const { ask, token } = await opened();
    await ask(token("requester"), "/v1/jobs", json(twoWords));
    const may: Record<string, ReadonlyArray<string>> = {
      "POST /v1/jobs": ["requester", "operator", "bot"],
      "GET /v1/jobs": ["requester", "auditor", "operator", "bot"],
      "GET /v1/jobs/you.1/log": ["requester", "auditor", "operator", "bot"],
      "POST /v1/jobs/you.1/cancel": ["requester", "operator", "bot"],
      "POST /v1/blobs": ["requester", "node", "edge", "operator", "bot"],
      "GET /v1/blobs/": ["node", "edge", "auditor", "operator"],
      "GET /v1/nodes": ["requester", "edge", "auditor", "operator", "bot"],
      "GET /metrics": ["auditor", "operator"],
      "GET /v1/audit/head": ["auditor", "operator"],
    };
    for (const role of roles) {
      const secret = token(role, "you");
      for (const [what, allowed] of Object.entries(may)) {
        const [method, path] = what.split(" ") as [string, string];
        const whole = path === "/v1/blobs/" ? `/v1/blobs/${"0".repeat(64)}` : path;
        const body = path === "/v1/jobs" && method === "POST" ? json(twoWords) : { method };
        const { status } = await ask(secret, whole, { ...body, method });
        const isRefused = status === 403;
        expect([role, what, isRefused]).toEqual([role, what, !allowed.includes(role)]);
      }
    }
  });

  test("a requester neither sees nor touches the jobs and accounts of others", async () => {
    const { ask, token, network } = await opened();
    await ask(token("requester"), "/v1/jobs", json(twoWords));
    const other = token("requester", "other");
    for (const path of ["", "/tasks", "/result", "/explain", "/log", "/events"]) {
      expect([path, (await ask(other, `/v1/jobs/you.1${path}`)).status]).toEqual([path, 404]);
    }
    const cancel = await ask(other, "/v1/jobs/you.1/cancel", { method: "POST" });
    expect([cancel.status, network.cancelled.length]).toEqual([404, 0]);
    expect((await ask(other, "/v1/jobs")).body.jobs).toEqual([]);
    expect((await ask(other, "/v1/contributors/you")).status).toBe(404);
    expect((await ask(other, "/v1/contributors/you/credit")).status).toBe(404);
    const listed = await ask(other, "/v1/contributors");
    expect(listed.body.contributors.map(({ id }: any) => id)).toEqual(["other"]);
    const asYou = await ask(other, "/v1/jobs", json({ ...twoWords, contributor: "you" }));
    expect([asYou.status, asYou.body.type]).toEqual([403, "urn:pingo:problem:role"]);
    const bot = token("bot");
    expect((await ask(bot, "/v1/jobs", json(twoWords))).status).toBe(422);
    const named = await ask(bot, "/v1/jobs", json({ ...twoWords, contributor: "other" }));
    expect(named.body.contributor).toBe("other");
    const cut = await ask(bot, "/v1/jobs/you.1/cancel", { method: "POST" });
    expect([cut.status, network.cancelled.length]).toEqual([403, 0]);
  });

  test("who is on the deny list is told why, for as long as it lasts", async () => {
    const { ask, token, folder } = await opened();
    const list = new DenyList(gatewayFiles(folder).denyList);
    const you = token("requester");
    const nowUs = Date.now() * 1_000;
    const kept = { kind: "contributor", value: "you", reason: "resold results" } as const;
    list.add({ ...kept, sinceUs: 0, untilUs: null });
    expect((await ask(you, "/v1/me")).body.detail).toMatch(/kept out: resold results/);
    list.remove("contributor", "you");
    expect((await ask(you, "/v1/me")).status).toBe(200);
    list.add({ kind: "address", value: "127.0.0.0/8", reason: "test", sinceUs: 0, untilUs: nowUs });
    expect((await ask(you, "/v1/me")).status).toBe(200);
    list.add({
      kind: "address",
      value: "127.0.0.0/8",
      reason: "floods",
      sinceUs: 0,
      untilUs: null,
    });
    expect((await ask(undefined, "/health")).status).toBe(403);
  });
});

describe("What is sent", () => {
  test("bodies above the limit are refused unread, declared or not", async () => {
    const { ask, token, gateway } = await opened({
      http: { maxJsonBytes: 1_000, maxBlobBytes: 5_000, maxUploadBytes: 50_000 },
    });
    const you = token("requester");
    const big = await ask(you, "/v1/jobs", json({ job: { words: "x".repeat(2_000) } }));
    expect([big.status, big.body.type]).toEqual([413, "urn:pingo:problem:too-large"]);
    const blob = await ask(you, "/v1/blobs", { method: "POST", body: "y".repeat(6_000) });
    expect(blob.status).toBe(413);
    const head =
      `POST /v1/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${you}\r\n` +
      "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    const chunk = `400\r\n${"z".repeat(1_024)}\r\n`;
    expect(await raw(gateway.port, head + chunk.repeat(4), 2_000)).toMatch(/^HTTP\/1\.1 411 /);
    const blobHead = head.replace("/v1/jobs", "/v1/blobs");
    expect(await raw(gateway.port, blobHead + chunk.repeat(8), 2_000)).toMatch(/^HTTP\/1\.1 413 /);
    const fits = await ask(you, "/v1/blobs", { method: "POST", body: "y".repeat(5_000) });
    expect(fits.status).toBe(201);
  });

  test("uploads that are under way together have a limit, and it is given back", async () => {
    const { ask, token } = await opened({ http: { maxBlobBytes: 4_000, maxUploadBytes: 5_000 } });
    const you = token("requester");
    const slow = (size: number) => {
      let finish = () => {};
      const body = new ReadableStream({
        start: (controller) => {
          controller.enqueue(Buffer.alloc(size, 1));
          finish = () => controller.close();
        },
      });
      const init = { method: "POST", body, duplex: "half" } as RequestInit;
      return { answer: ask(you, "/v1/blobs", init), finish: () => finish() };
    };
    const first = slow(3_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const second = await ask(you, "/v1/blobs", { method: "POST", body: Buffer.alloc(3_000) });
    expect([second.status, second.headers.get("retry-after")]).toEqual([503, "5"]);
    first.finish();
    expect((await first.answer).status).toBe(201);
    const third = await ask(you, "/v1/blobs", { method: "POST", body: Buffer.alloc(3_000) });
    expect(third.status).toBe(201);
  });

  test("what is no JSON, no mapping or of another kind is refused in a sentence", async () => {
    const { ask, token } = await opened();
    const you = token("requester");
    const type = { "content-type": "application/json" };
    const tries: ReadonlyArray<readonly [RequestInit, number, RegExp]> = [
      [{ body: "{", headers: type }, 400, /is no JSON/],
      [{ body: "[1,2]", headers: type }, 400, /./],
      [{ body: '{"job":7}', headers: type }, 400, /^job: /],
      [{ body: "a=b", headers: { "content-type": "text/plain" } }, 415, /must be JSON/],
      [{ body: "x", headers: { "content-type": "multipart/form-data; boundary=x" } }, 415, /JSON/],
      [json({ ...twoWords, name: "a\u001b[2Jb" }), 400, /^name: /],
      [json({ ...twoWords, files: { m: "../../etc/passwd" } }), 400, /^files\.m: /],
      [json(twoWords, { "idempotency-key": "a b" }), 400, /idempotency-key/],
      [json({ job: { kind: "echo", words: ["a"] }, contributor: "../you" }), 400, /contributor/],
    ];
    for (const [init, status, detail] of tries) {
      const answer = await ask(you, "/v1/jobs", { method: "POST", ...init });
      expect([init.body, answer.status]).toEqual([init.body, status]);
      expect(answer.body.detail).toMatch(detail);
      expect(answer.body.detail.length).toBeLessThan(400);
    }
    const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    const nested = await ask(you, "/v1/jobs", { method: "POST", body: deep, headers: type });
    expect(nested.status).toBe(400);
    const proto = '{"job":{"kind":"echo","words":["a"],"__proto__":{"polluted":true}}}';
    await ask(you, "/v1/jobs", { method: "POST", body: proto, headers: type });
    expect(({} as any).polluted).toBeUndefined();
  });

  test("no name becomes a path, in blobs, jobs or files", async () => {
    const { ask, token, folder, gateway } = await opened();
    const operator = token("operator", "you");
    const names = [
      "../../../../etc/passwd",
      "..%2f..%2f..%2fetc%2fpasswd",
      "%2e%2e/%2e%2e/tokens.json",
      "....//....//tokens.json",
      "/etc/passwd",
      `${"0".repeat(63)}%00`,
      "CON",
      "a".repeat(5_000),
      "\u202Egnp.exe",
    ];
    for (const name of names) {
      const path = `/v1/blobs/${encodeURI(name)}`;
      const line =
        `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n` +
        `authorization: Bearer ${operator}\r\n\r\n`;
      const answer = await raw(gateway.port, line, 1_000);
      expect([name.slice(0, 40), answer]).toEqual([
        name.slice(0, 40),
        expect.stringMatching(/^HTTP\/1\.1 40[04] /),
      ]);
      expect(answer).not.toMatch(/root:|"hash"/);
    }
    const before = new Set(readdirSync(folder, { recursive: true, encoding: "utf8" }));
    const blob = await ask(operator, "/v1/blobs", { method: "POST", body: "evil" });
    for (const file of ["../../../evil.onnx", "/tmp/evil", "a\u0000b", "COM1.onnx", "\n"]) {
      const order = { job: { kind: "echo", model: file }, files: { [file]: blob.body.id } };
      expect((await ask(operator, "/v1/jobs", json(order))).status).toBe(202);
    }
    expect(new Set(readdirSync(folder, { recursive: true, encoding: "utf8" }))).toEqual(before);
    expect(existsSync(join(folder, "..", "evil.onnx"))).toBe(false);
    const wrong = await ask(operator, `/v1/blobs/${"0".repeat(64)}`, { method: "PUT", body: "x" });
    expect(wrong.body).toMatchObject({ status: 422, field: "blob" });
  });

  test("headers cannot be injected and requests cannot be smuggled", async () => {
    const { ask, token, gateway } = await opened();
    const you = token("requester");
    const given = await ask(you, "/v1/me", { headers: { "x-request-id": "mine-1" } });
    expect(given.headers.get("x-request-id")).toBe("mine-1");
    const odd = await ask(you, "/v1/me", { headers: { "x-request-id": "a<script>" } });
    expect(odd.headers.get("x-request-id")).toMatch(/^[A-Za-z0-9_-]{12}$/);
    const split = `GET /v1/jobs/you.1%0d%0aset-cookie:%20a=b HTTP/1.1\r\nhost: x\r\n\r\n`;
    expect(await raw(gateway.port, split, 500)).not.toMatch(/^set-cookie/im);
    const both =
      "POST /v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n" +
      "transfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n";
    const smuggled = await raw(gateway.port, both, 1_000);
    expect(smuggled).toMatch(/^HTTP\/1\.1 400 /);
    expect(smuggled.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(await raw(gateway.port, "\u0016\u0003\u0001 nonsense\r\n\r\n", 1_000)).toMatch(/400/);
    const long = `GET /health HTTP/1.1\r\nhost: x\r\nx: ${"h".repeat(40_000)}\r\n\r\n`;
    expect(await raw(gateway.port, long, 1_000)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("a replayed idempotency key with another body changes nothing", async () => {
    const { ask, token, network } = await opened();
    const you = token("requester");
    const key = { "idempotency-key": "pay-once" };
    await ask(you, "/v1/jobs", json(twoWords, key));
    const replay = await ask(you, "/v1/jobs", json({ job: { kind: "echo", words: ["x"] } }, key));
    expect([replay.status, network.demands.size]).toEqual([422, 1]);
    const others = await ask(token("requester", "other"), "/v1/jobs", json(twoWords, key));
    expect(others.body.id).toBe("other.1");
  });
});

describe("How much and how slowly", () => {
  test("a flood is answered 429 with Retry-After, and ends when it ends", async () => {
    const { ask, token } = await opened({ rates: { perToken: { perSecond: 5, burst: 10 } } });
    const [you, other] = [token("requester"), token("requester", "other")];
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(you, "/v1/me")));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(15);
    expect(refused[0]?.headers.get("retry-after")).toBe("1");
    expect(refused[0]?.body).toMatchObject({ retryAfterS: 1, type: "urn:pingo:problem:too-many" });
    expect((await ask(other, "/v1/me")).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect((await ask(you, "/v1/me")).status).toBe(200);
  });

  test("an address that floods without a token is stopped as well", async () => {
    const { ask } = await opened({ rates: { perAddress: { perSecond: 5, burst: 10 } } });
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(undefined, "/health")));
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(15);
  });

  test("a head or a body that drips is cut off", async () => {
    const { token, gateway } = await opened({ http: { headMs: 400, requestMs: 900 } });
    const beganMs = performance.now();
    const head = await raw(gateway.port, "GET /health HTTP/1.1\r\nhost: x\r\nx-a: ", 8_000);
    expect(head).toMatch(/^HTTP\/1\.1 408 /);
    const body = await raw(
      gateway.port,
      `POST /v1/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token("requester")}\r\n` +
        'content-type: application/json\r\ncontent-length: 100\r\n\r\n{"job',
      8_000,
    );
    expect(body).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - beganMs).toBeLessThan(8_000);
  });

  test("more connections than allowed are turned away, and the others work", async () => {
    const { gateway } = await opened({ http: { maxConnections: 4 } });
    const held = Array.from({ length: 4 }, () => connect(gateway.port, "127.0.0.1"));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const fifth = await raw(gateway.port, "GET /health HTTP/1.1\r\nhost: x\r\n\r\n", 1_000);
    expect(fifth).toBe("");
    for (const socket of held) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const last = "GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    expect(await raw(gateway.port, last, 1_000)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("What is left behind", () => {
  test("the audit log tells who did what, and neither it nor the log has a secret", async () => {
    const made = await opened();
    const { ask, token, folder } = made;
    const you = token("requester");
    await ask(you, "/v1/jobs", json(twoWords));
    await ask(you, "/metrics");
    await ask(`pingo_${you.split("_")[1]}_${"C".repeat(43)}`, "/v1/me");
    await ask(you, `/v1/jobs?cursor=${you}`);
    await made.gateway.close();
    const files = gatewayFiles(folder);
    const audit = readFileSync(join(files.audit, readdirSync(files.audit)[0]!), "utf8");
    const lines = audit
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line.slice(65)));
    expect(lines.map(({ action, outcome, token: by }) => [action, outcome, by])).toEqual([
      ["job.submit", "done", you.split("_")[1]],
      ["metrics.read", "role", you.split("_")[1]],
      ["token.check", "forged-token", null],
    ]);
    const log = readFileSync(files.log, "utf8");
    for (const text of [audit, log]) {
      expect(text).not.toContain(you);
      expect(text).not.toContain("C".repeat(43));
    }
    expect(log.split("\n").filter((line) => line.includes('"what":"request"'))).toHaveLength(4);
    expect((await verifyAudit(files.audit)).bad).toBeUndefined();
    Object.assign(made, { close: async () => {} });
  });

  test("a fault inside is not shown to the caller", async () => {
    const { ask, token, network, folder } = await opened();
    Object.assign(network, {
      nodes: () => Promise.reject(new Error("password of the database is hunter2")),
    });
    const { status, text, body } = await ask(token("operator"), "/v1/nodes");
    expect([status, body.type]).toEqual([500, "urn:pingo:problem:fault"]);
    expect(text).not.toContain("hunter2");
    await expect
      .poll(() => readFileSync(gatewayFiles(folder).log, "utf8"))
      .toContain(`"request":"${body.instance.split(":").at(-1)}"`);
  });
});
