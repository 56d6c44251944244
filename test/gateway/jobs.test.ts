/** Jobs over real HTTP: what is promised of them holds across restarts and repeated requests. */
import { readFileSync, rmSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { auditFiles } from "../../src/app/gateway/audit-log.ts";
import { verifyAudit } from "../../src/app/gateway/audit-verify.ts";
import { traceIdOf } from "../../src/app/gateway/spans.ts";
import { gatewayFiles } from "../../src/app/gateway/start-gateway.ts";
import { address } from "../../src/kernel/address.ts";
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

const first = { contributor: address("contributor", "you"), demand: 1 };

describe("Jobs at the gateway", () => {
  test("a job goes from accepted to its result, and the client sees each step", async () => {
    const { ask, token, network } = await opened();
    const you = token("requester");
    const submitted = await ask(you, "/v1/jobs", json({ ...twoWords, name: "my words" }));
    expect(submitted.status, submitted.text).toBe(202);
    expect(submitted.body).toMatchObject({
      id: "you.1",
      name: "my words",
      kind: "echo",
      state: "waiting",
      tasks: { total: 2, running: 0, done: 0 },
      price: "2000000000",
      spent: "0",
    });
    expect(submitted.body.trace).toBe(traceIdOf("test", "e0.1"));
    expect((await ask(you, "/v1/jobs/you.1/result")).body).toMatchObject({
      type: "urn:pingo:problem:no-result",
      status: 409,
    });
    await network.finishTask(first, 0, "ONE");
    const partial = await ask(you, "/v1/jobs/you.1/result");
    expect(partial.headers.get("pingo-partial")).toBe("true");
    expect(partial.text).toBe('["ONE",null]');
    await network.finishTask(first, 1, "TWO");
    network.change(first, { state: "settled", endedUs: 77 });
    expect((await ask(you, "/v1/jobs/you.1")).body).toMatchObject({
      state: "settled",
      tasks: { total: 2, running: 0, done: 2 },
      spent: "2000000000",
      endedUs: 77,
    });
    const whole = await ask(you, "/v1/jobs/you.1/result");
    expect([whole.text, whole.headers.get("pingo-partial")]).toEqual(['["ONE","TWO"]', "false"]);
    const tasks = await ask(you, "/v1/jobs/you.1/tasks?limit=1");
    expect(tasks.body).toMatchObject({ tasks: [{ index: 0, state: "done" }], next: "1" });
    const rest = await ask(you, "/v1/jobs/you.1/tasks?cursor=1");
    expect(rest.body).toMatchObject({ tasks: [{ index: 1, nodes: ["n1", "n2"] }], next: null });
  });

  test("the same idempotency key gives the same job, also after a restart", async () => {
    const made = await opened();
    const you = made.token("requester");
    const send = () => made.ask(you, "/v1/jobs", json(twoWords, { "idempotency-key": "k-1" }));
    const [a, b] = await Promise.all([send(), send()]);
    expect([a.body.id, b.body.id]).toEqual(["you.1", "you.1"]);
    await made.restart();
    expect((await send()).body.id).toBe("you.1");
    expect(made.network.demands.size).toBe(1);
    const other = await made.ask(
      you,
      "/v1/jobs",
      json({ job: { kind: "echo", words: ["three"] } }, { "idempotency-key": "k-1" }),
    );
    expect(other.body).toMatchObject({ type: "urn:pingo:problem:key-reused", status: 422 });
    expect((await made.ask(you, "/v1/jobs", json(twoWords))).body.id).toBe("you.2");
  });

  test("a job accepted while the network was down is handed over after a restart", async () => {
    const made = await opened();
    const you = made.token("requester");
    made.network.down = true;
    const submitted = await made.ask(you, "/v1/jobs", json(twoWords));
    expect([submitted.status, submitted.body.state]).toEqual([202, "accepted"]);
    made.network.down = false;
    await made.restart();
    expect(made.gateway.recovered).toBe(1);
    expect((await made.ask(you, "/v1/jobs/you.1")).body.state).toBe("waiting");
    await made.restart();
    expect(made.gateway.recovered).toBe(0);
    expect(made.network.demands.size).toBe(1);
  });

  test("a crash between a job's record and its audit line: a restart writes the line", async () => {
    const made = await opened();
    made.network.down = true;
    await made.ask(made.token("requester"), "/v1/jobs", json(twoWords));
    made.network.down = false;
    const { audit } = gatewayFiles(made.folder);
    rmSync(audit, { recursive: true });
    await made.restart();
    const [line] = readFileSync(auditFiles(audit)[0] ?? "", "utf8").split("\n");
    const noted = { action: "job.submit", target: "you.1", outcome: "recovered" };
    expect(JSON.parse(line?.slice(65) ?? "")).toMatchObject({ ...noted, contributor: "you" });
    await made.restart();
    expect((await verifyAudit(audit)).lines).toBe(1);
  });

  test("the network that comes back gets the job without a restart", async () => {
    const { ask, token, network } = await opened();
    const you = token("requester");
    network.down = true;
    await ask(you, "/v1/jobs", json(twoWords));
    network.down = false;
    await expect
      .poll(async () => (await ask(you, "/v1/jobs/you.1")).body.state, { timeout: 10_000 })
      .toBe("waiting");
  });

  test("a cancelled job says so although the network settled it", async () => {
    const { ask, token, network } = await opened();
    const you = token("requester");
    await ask(you, "/v1/jobs", json(twoWords));
    await network.finishTask(first, 0, "ONE");
    const asked = await ask(you, "/v1/jobs/you.1/cancel", { method: "POST" });
    expect([asked.status, asked.body.state]).toEqual([202, "cancelled"]);
    expect(network.cancelled).toEqual(["job/e0.1"]);
  });

  test("pages go from the newest to the oldest and lose none", async () => {
    const { ask, token } = await opened();
    const you = token("requester");
    for (let i = 0; i < 5; i++) await ask(you, "/v1/jobs", json(twoWords));
    const one = await ask(you, "/v1/jobs?limit=2");
    const two = await ask(you, `/v1/jobs?limit=2&cursor=${one.body.next}`);
    const three = await ask(you, `/v1/jobs?limit=2&cursor=${two.body.next}`);
    const ids = [one, two, three].flatMap(({ body }) => body.jobs.map(({ id }: any) => id));
    expect(ids).toEqual(["you.5", "you.4", "you.3", "you.2", "you.1"]);
    expect(three.body.next).toBeNull();
    expect((await ask(you, "/v1/jobs?cursor=zz.9")).status).toBe(422);
    expect((await ask(you, "/v1/jobs?state=settled")).body.jobs).toEqual([]);
  });

  test("a job that names files runs on the blobs that were uploaded for them", async () => {
    const { ask, token, network } = await opened();
    const you = token("requester");
    const blob = await ask(you, "/v1/blobs", { method: "POST", body: "a\nb\nc" });
    expect([blob.status, blob.body.bytes]).toEqual([201, 5]);
    const order = { job: { kind: "echo", model: "m.txt" }, files: { "m.txt": blob.body.id } };
    expect((await ask(you, "/v1/jobs", json(order))).body.tasks.total).toBe(3);
    expect(network.demands.get("you.1")?.message.contents).toEqual(["a", "b", "c"]);
    const missing = { ...order, files: { "m.txt": "0".repeat(64) } };
    expect((await ask(you, "/v1/jobs", json(missing))).body).toMatchObject({
      type: "urn:pingo:problem:no-such-blob",
      field: "files.m.txt",
    });
    const wrong = await ask(you, "/v1/jobs", json({ job: { kind: "ecco" } }));
    expect(wrong.body).toMatchObject({ status: 422, field: "kind", allowed: ["echo"] });
  });

  test("events tell the state at once, each change and the end, and then stop", async () => {
    const { ask, token, network, gateway } = await opened();
    const you = token("requester");
    await ask(you, "/v1/jobs", json(twoWords));
    const answer = await fetch(`${gateway.url}/v1/jobs/you.1/events`, {
      headers: { authorization: `Bearer ${you}` },
    });
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const until = async (wanted: RegExp) => {
      while (!wanted.test(text)) {
        const { value, done } = await reader.read();
        if (done) break;
        text += value;
      }
    };
    await until(/"state":"waiting"/);
    await network.finishTask(first, 0, "ONE");
    await until(/"state":"running"/);
    network.change(first, { state: "settled", endedUs: 5 });
    await until(/never/);
    expect(text.match(/^event: .*$/gm)).toEqual(["event: status", "event: status", "event: end"]);
  });

  test("an explanation has its numbers, a log its messages, a quote its rule", async () => {
    const { ask, token, network } = await opened();
    const you = token("requester");
    await ask(you, "/v1/jobs", json(twoWords));
    network.machines.push({
      id: "n1",
      owner: "other",
      state: "working",
      edge: "e0",
      slots: 1,
      slotMflops: 10_000,
      running: 1,
      done: 0,
    });
    const why = await ask(you, "/v1/jobs/you.1/explain");
    const words = why.body.facts.map(({ what }: any) => what).join("\n");
    expect(words).toMatch(/none of the 1 nodes of other owners is idle/);
    expect(words).toMatch(/Its price is 2 VCU; 0 VCU of it are paid/);
    expect((await ask(you, "/v1/jobs/you.1/log")).body.lines[0].what).toBe("was asked for work");
    const slice = { slice: { cores: 0.1, memoryMib: 128, for: "1h" } };
    expect((await ask(you, "/v1/quotes", json(slice))).body).toMatchObject({
      price: "100000000",
      pingo: "2",
      balance: "5000000000",
    });
    const memory = { slice: { cores: 0.1, memoryMib: 4_096, for: "30min" } };
    expect((await ask(you, "/v1/quotes", json(memory))).body.price).toBe("1000000000");
    const job = await ask(you, "/v1/quotes", json({ order: twoWords }));
    expect(job.body).toMatchObject({ tasks: 2, price: "2000000000", pingo: "40" });
    expect(network.demands.size).toBe(1);
  });

  test("metrics, health, the document and the page are served", async () => {
    const { ask, token } = await opened();
    const metrics = await ask(token("operator"), "/metrics");
    expect(metrics.text).toMatch(/^pingo_deliveries_total\{shard="core"\} 3$/m);
    expect(metrics.text).toMatch(/^# TYPE pingo_gateway_request_seconds histogram$/m);
    expect((await ask(undefined, "/health")).body.status).toBe("ok");
    const document = await ask(undefined, "/openapi.json");
    expect(Object.keys(document.body.paths)).toContain("/v1/jobs/{job}/events");
    expect(document.body.paths["/v1/jobs"].post.responses["422"]).toBeDefined();
    const page = await ask(undefined, "/");
    expect(page.text).toContain("/v1/jobs/{job}/events");
  });
});
