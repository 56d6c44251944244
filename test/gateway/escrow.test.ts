/**
 * Jobs that escrows pay for, at the gateway: which escrow may pay, that it pays for one job only,
 * and that the treasurer hears what was verified, whenever the gateway was ended in between.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { demandHash, saltedDemand } from "../../src/app/job/demand-hash.ts";
import { address } from "../../src/kernel/address.ts";
import { nanoPingo } from "../../src/kernel/policies/rewards.ts";
import type { EscrowShown, Wallet } from "../../src/kernel/ports/chain.ts";
import { type Bench, bench, json, twoWords } from "./running.ts";
import { ScriptedChain } from "./scripted-chain.ts";

const walletOf = (byte: string) => `0:${byte.repeat(32)}` as Wallet;
const [mine, clients, at] = [walletOf("11"), walletOf("22"), walletOf("ee")];
const [you, other] = [address("contributor", "you"), address("contributor", "other")];
const HOUR_US = 3_600_000_000;
const demand = (salt = "") => saltedDemand(demandHash(twoWords.job, {}), salt);

const accepted: EscrowShown = {
  type: "EscrowShown",
  state: "accepted",
  client: clients,
  worker: mine,
  price: nanoPingo(100n),
  bond: nanoPingo(20n),
  demand: demand(),
  result: "",
  leftUs: HOUR_US,
  judgeUs: HOUR_US,
  threshold: 2,
  ours: 3,
};

let made: Bench;
let chain: ScriptedChain;
let yours: string;

beforeEach(async () => {
  made = await bench();
  chain = new ScriptedChain();
  Object.assign(made.network, { chain });
  yours = made.token("requester", "you");
  await chain.link(you, mine);
  await chain.link(other, clients);
  chain.active(other);
  chain.escrows.set(at, accepted);
});
afterEach(() => made.close());

const paid = { ...twoWords, escrow: { address: at } };
const submit = (order: unknown = paid, key?: string) =>
  made.ask(yours, "/v1/jobs", json(order, key === undefined ? {} : { "idempotency-key": key }));
const statusOf = async (id: string) => (await made.ask(yours, `/v1/jobs/${id}`)).body;
const demandNamed = (number: number) => ({ contributor: you, demand: number });

async function settle(number = 1): Promise<void> {
  const name = demandNamed(number);
  await made.network.finishTask(name, 0, "un");
  await made.network.finishTask(name, 1, "deux");
  made.network.change(name, { state: "settled", endedUs: 9 });
}

/** As docs/api.md says it, with nothing of ours. */
function hashOf(...results: ReadonlyArray<string>): string {
  const sha = (text: string) => createHash("sha256").update(text).digest("hex");
  return sha(`pingo result 1\n${results.map((each) => `${sha(each)}\n`).join("")}`);
}

async function refusal(change: Partial<EscrowShown>, order: unknown = paid) {
  chain.escrows.set(at, { ...accepted, ...change });
  const { status, body } = await submit(order);
  return [status, body.type?.split(":").at(-1), body.detail];
}

describe("Escrow: a job that it pays for", () => {
  test("is taken, watched, and judged by the hash of what was verified, once", async () => {
    const { status, body } = await submit();
    expect([status, body.escrow.state, body.result]).toEqual([202, "watched", null]);
    expect(body.escrow.address).toMatch(/^EQ/);
    expect(chain.told).toEqual(["watch ee"]);
    await settle();
    const result = hashOf("un", "deux");
    await expect.poll(() => chain.told).toEqual(["watch ee", `judged ee ${result}`]);
    const settled = await statusOf("you.1");
    expect([settled.state, settled.result]).toEqual(["settled", result]);
    expect(settled.escrow.what).toMatch(/pays once its worker submits it/);
    chain.escrows.set(at, { ...accepted, state: "submitted", result });
    chain.show(at);
    const { body: why } = await made.ask(yours, "/v1/jobs/you.1/explain");
    expect(why.facts).toContainEqual({
      what: 'The verdict "good" waits for the chain.',
      numbers: { escrow: settled.escrow.address, state: "wanted", verdict: "good" },
    });
    await made.restart();
    expect(chain.told).toHaveLength(2);
  });

  test("killed before the treasurer heard of it: it hears at the next start", async () => {
    await submit();
    await settle();
    const file = join(made.folder, "jobs.jsonl");
    const read = () => readFileSync(file, "utf8").trimEnd().split("\n");
    await expect.poll(() => read().length).toBe(4);
    const lines = read();
    expect(lines.map((line) => JSON.parse(line).line)).toEqual([
      "accepted",
      "handed",
      "ended",
      "judged",
    ]);
    const again = [];
    // the disk as it was after each of its lines
    for (let kept = 1; kept <= lines.length; kept += 1) {
      writeFileSync(file, `${lines.slice(0, kept).join("\n")}\n`);
      chain.told.length = 0;
      await made.restart();
      await expect.poll(() => made.network.demands.size).toBe(1);
      await expect
        .poll(() => chain.told.at(-1)?.slice(0, 6) ?? "")
        .toBe(kept === 4 ? "" : "judged");
      again.push(chain.told.map((each) => each.split(" ")[0]));
    }
    expect(again).toEqual([["watch", "judged"], ["watch", "judged"], ["judged"], []]);
  });

  test("one escrow, one job, until that one ended without its result", async () => {
    expect((await submit(paid, "k")).body.id).toBe("you.1");
    chain.escrows.set(at, { ...accepted, state: "submitted", result: "ab" });
    expect((await submit(paid, "k")).body.id).toBe("you.1");
    chain.escrows.set(at, accepted);
    const both = await Promise.all([submit(), submit()]);
    expect(both.map(({ status }) => status)).toEqual([409, 409]);
    expect(both[0]?.body.detail).toMatch(/pays for job you\.1, and one escrow pays for one job/);
    made.network.change(demandNamed(1), { state: "refused", reason: "no credit", endedUs: 9 });
    // all of them look at the chain before the first one is accepted
    const shown = chain.escrow;
    let looking = 0;
    const escrow = async (named: Wallet) => {
      looking += 1;
      await expect.poll(() => looking).toBe(3);
      return shown(named);
    };
    Object.assign(chain, { escrow });
    const next = await Promise.all([submit(), submit(), submit()]);
    Object.assign(chain, { escrow: shown });
    expect(next.map(({ status }) => status).sort((a, b) => a - b)).toEqual([202, 409, 409]);
    await settle(2);
    await expect.poll(async () => (await statusOf("you.2")).state).toBe("settled");
    expect((await submit()).status).toBe(409);
    await made.restart();
    expect((await submit()).body.type).toMatch(/escrow-taken$/);
  });

  test("settled, and its results cannot be read: told once they can", async () => {
    await submit();
    const { network } = made;
    const tasks = network.tasks;
    Object.assign(network, { tasks: async () => undefined });
    await settle();
    await expect.poll(async () => (await statusOf("you.1")).state).toBe("settled");
    expect([(await statusOf("you.1")).result, chain.told]).toEqual([null, ["watch ee"]]);
    Object.assign(network, { tasks });
    const result = hashOf("un", "deux");
    await expect.poll(() => chain.told, { timeout: 20_000 }).toContain(`judged ee ${result}`);
    expect((await statusOf("you.1")).result).toBe(result);
  });

  test("a job that fails has no result, and nothing is said of it to the treasurer", async () => {
    await submit();
    await made.network.finishTask(demandNamed(1), 0, "un");
    made.network.change(demandNamed(1), { state: "failed", reason: "no agreement", endedUs: 9 });
    await expect.poll(async () => (await statusOf("you.1")).state).toBe("failed");
    expect([(await statusOf("you.1")).result, chain.told]).toEqual([null, ["watch ee"]]);
  });

  test("without an escrow a job has a result's hash and nothing else is new", async () => {
    await submit(twoWords);
    await settle();
    await expect.poll(async () => (await statusOf("you.1")).result).toBe(hashOf("un", "deux"));
    expect([(await statusOf("you.1")).escrow, chain.told]).toEqual([null, []]);
  });
});

describe("Escrow: refused", () => {
  test("another state, wallet, verifiers, no time: each says what to do", async () => {
    const cases: ReadonlyArray<readonly [Partial<EscrowShown>, number, string, RegExp]> = [
      [{ state: "absent" }, 422, "no-such-escrow", /pays it with pingo chain escrow fund/],
      [{ state: "awaiting" }, 422, "no-such-escrow", /has no price in it/],
      [{ state: "funded" }, 409, "escrow-state", /accept it first: pingo chain escrow accept/],
      [{ state: "submitted" }, 409, "escrow-state", /has submitted already/],
      [{ state: "done" }, 409, "escrow-state", /is over; ask its client/],
      [{ leftUs: 30_000_000 }, 409, "escrow-late", /is over in 30s, too soon/],
      [{ leftUs: -1 }, 409, "escrow-late", /working time of the escrow \S+ is over, too soon/],
      [{ worker: clients }, 403, "not-worker", /another wallet than that of contributor you/],
      [{ demand: demand("second") }, 422, "other-demand", /job file and files to the letter/],
      [{ ours: 1 }, 422, "other-verifiers", /wants 2 of its verifiers to agree and 1 of them/],
      [{ judgeUs: 5_000_000 }, 422, "judging-time", /gives its verifiers 5s, .* needs 1min/],
      [{ client: walletOf("33") }, 403, "client-no-contributor", /only contributors may use/],
    ];
    for (const [change, status, code, words] of cases) {
      expect(await refusal(change)).toEqual([status, code, expect.stringMatching(words)]);
    }
    expect([made.network.demands.size, chain.told]).toEqual([0, []]);
  });

  test("a client without a badge, one that gave its wallet up, one that is suspended", async () => {
    const { context } = chain;
    const without = { ...context.owners.get(other)! };
    const owners = (change: object) =>
      Object.assign(chain, {
        context: { ...context, owners: context.owners.set(other, { ...without, ...change }) },
      });
    owners({ look: null });
    expect(await refusal({})).toEqual([
      403,
      "client-no-credential",
      expect.stringMatching(/other/),
    ]);
    // claimed a moment ago: what the treasurer saw before is not the last word
    const { look } = chain;
    owners({ look: { ...without.look, state: "none", untilUs: 0 } });
    const seen = { ...without.look, seenUs: 7 };
    Object.assign(chain, { look: async () => owners({ look: seen }) });
    expect((await refusal({}))[0]).toBe(202);
    made.network.change(demandNamed(1), { state: "failed", reason: "no agreement", endedUs: 9 });
    await expect.poll(async () => (await statusOf("you.1")).state).toBe("failed");
    Object.assign(chain, { look });
    owners({ look: { ...without.look, untilUs: 5 } });
    expect((await refusal({}))[1]).toBe("client-no-credential");
    owners({ state: "suspended" });
    expect((await refusal({}))[1]).toBe("client-no-contributor");
    owners({ wallets: [clients, walletOf("44")] });
    expect((await refusal({}))[1]).toBe("client-no-contributor");
  });

  test("asked before it is accepted, for that puts a bond at stake: the same words", async () => {
    const quote = async (change: Partial<EscrowShown>) => {
      chain.escrows.set(at, { ...accepted, ...change });
      const { status, body } = await made.ask(yours, "/v1/quotes", json({ order: paid }));
      return [status, body.type?.split(":").at(-1)];
    };
    const funded = { state: "funded", worker: "" } as const;
    expect(await quote(funded)).toEqual([200, undefined]);
    expect(await quote({})).toEqual([200, undefined]);
    expect(await quote({ ...funded, demand: demand("second") })).toEqual([422, "other-demand"]);
    expect(await quote({ ...funded, ours: 1 })).toEqual([422, "other-verifiers"]);
    expect(await quote({ ...funded, client: mine })).toEqual([403, "client-no-contributor"]);
    expect(await quote({ state: "done" })).toEqual([409, "escrow-state"]);
    expect([made.network.demands.size, chain.told]).toEqual([0, []]);
  });

  test("the salt of the terms belongs to the job; another job does not", async () => {
    const change = { demand: demand("second") };
    const salted = (salt: string, order: object = twoWords) => ({
      ...order,
      escrow: { address: at, salt },
    });
    expect((await refusal(change, salted("third")))[1]).toBe("other-demand");
    const cheap = { job: { kind: "echo", words: ["one", "cheap"] } };
    expect((await refusal(change, salted("second", cheap)))[1]).toBe("other-demand");
    expect((await refusal(change, salted("second")))[0]).toBe(202);
  });

  test("no address, no escrow of ours, a chain that is away, no chain at all", async () => {
    const named = (text: string) => ({ ...twoWords, escrow: { address: text } });
    const none = await refusal({}, named("somewhere"));
    expect(none).toEqual([422, "bad-escrow", expect.stringMatching(/no address of TON/)]);
    const strange = await refusal({}, named(walletOf("99")));
    expect(strange).toEqual([422, "no-such-escrow", expect.stringMatching(/this network's PINGO/)]);
    chain.isAway = true;
    const { status, body, headers } = await submit();
    expect([status, body.detail, headers.get("retry-after")]).toEqual([
      503,
      expect.stringMatching(/chain does not answer now/),
      "10",
    ]);
    Object.assign(made.network, { chain: undefined });
    expect(await refusal({})).toEqual([422, "no-chain", expect.stringMatching(/has no chain/)]);
    expect((await submit({ ...twoWords, escrow: "EQ" })).status).toBe(400);
  });
});

describe("Escrow: watched for its client", () => {
  const watch = (token: string) => made.ask(token, "/v1/escrows", json({ address: at }));

  test("for who pays and who is paid, while it is open; what came of it is told", async () => {
    chain.escrows.set(at, { ...accepted, state: "funded", worker: "" });
    const clientsToken = made.token("requester", "other");
    expect(await watch(clientsToken)).toMatchObject({
      status: 202,
      body: { state: "watched", verdict: null },
    });
    expect((await watch(yours)).body.detail).toMatch(/neither paid by your wallet nor pays it/);
    chain.escrows.set(at, accepted);
    expect((await watch(yours)).status).toBe(202);
    chain.escrows.set(at, { ...accepted, ours: 1 });
    expect((await watch(clientsToken)).body.type).toMatch(/other-verifiers$/);
    chain.escrows.set(at, { ...accepted, client: walletOf("33") });
    expect((await watch(yours)).body.type).toMatch(/client-no-contributor$/);
    chain.escrows.set(at, { ...accepted, state: "done" });
    expect((await watch(clientsToken)).body.state).toBe("watched");
    chain.show(at);
    expect((await watch(clientsToken)).body).toMatchObject({ state: "over", verdict: null });
    expect(chain.told).toEqual(["watch ee", "watch ee"]);
    expect(
      (await made.ask(made.token("auditor"), "/v1/escrows", json({ address: at }))).status,
    ).toBe(403);
  });
});
