import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Address, beginCell, Cell } from "@ton/core";
import { afterEach, describe, expect, test } from "vitest";
import { ChainFault } from "./chain-fault.ts";
import { intervalFor, TonCenter } from "./toncenter.ts";

const wallet = Address.parse(`0:${"a".repeat(64)}`);

interface Answer {
  readonly status: number;
  readonly body: unknown;
}
interface Asked {
  readonly method: string;
  readonly params: Record<string, unknown>;
  readonly key: string | undefined;
}

const ok = (result: unknown): Answer => ({ status: 200, body: { ok: true, result } });
const no = (status: number, error: string): Answer => ({
  status,
  body: { ok: false, error, code: status },
});
const stack = ok({ gas_used: 1, exit_code: 0, stack: [["num", "0x2a"]] });
const information = ok({
  balance: "7000000000",
  state: "active",
  data: Cell.EMPTY.toBoc().toString("base64"),
  code: "",
  last_transaction_id: {
    "@type": "internal.transactionId",
    lt: "12",
    hash: Buffer.alloc(32, 1).toString("base64"),
  },
  block_id: {
    "@type": "ton.blockIdExt",
    workchain: -1,
    shard: "-9223372036854775808",
    seqno: 5,
    root_hash: "",
    file_hash: "",
  },
  sync_utime: 1_795_305_600,
});

describe("Toncenter", () => {
  let server: Server | undefined;
  let asked: Asked[] = [];
  let waits: number[] = [];
  afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

  /** A server that gives these answers one after the other, the last for ever. */
  const serving = async (answers: ReadonlyArray<Answer | "hang up">) => {
    asked = [];
    waits = [];
    server = createServer((request, response) => {
      void textOf(request).then((text) => {
        const { method, params } = JSON.parse(text) as Asked;
        asked.push({ method, params, key: request.headers["x-api-key"]?.toString() });
        const answer = answers[Math.min(asked.length, answers.length) - 1];
        if (answer === undefined || answer === "hang up") return response.destroy();
        response.writeHead(answer.status, { "content-type": "application/json" });
        return response.end(JSON.stringify(answer.body));
      });
    });
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2/jsonRPC`;
  };
  const open = async (answers: ReadonlyArray<Answer | "hang up">, intervalMs = 0) =>
    new TonCenter({
      endpoint: await serving(answers),
      intervalMs,
      apiKey: "secret",
      wait: (ms) => {
        waits.push(ms);
        return Promise.resolve();
      },
    });
  const faultOf = async (work: Promise<unknown>) => {
    const fault = await work.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(fault).toBeInstanceOf(ChainFault);
    const { kind, message } = fault as ChainFault;
    expect(message).not.toContain("secret");
    return { kind, message };
  };

  test("asked: numbers, states and places come out, and the key goes along", async () => {
    const chain = await open([stack, information]);
    expect((await chain.runGetMethod(wallet, "seqno", [])).readNumber()).toBe(42);
    const seen = await chain.getAddressInformation(wallet);
    expect([seen.balance, seen.state, seen.last?.lt, seen.seconds]).toEqual([
      7_000_000_000n,
      "active",
      12n,
      1_795_305_600,
    ]);
    expect(asked.map(({ method, key }) => [method, key])).toEqual([
      ["runGetMethod", "secret"],
      ["getAddressInformation", "secret"],
    ]);
  });

  test("too many requests: pauses grow, and it goes on; never ending: one sentence", async () => {
    const slow = no(429, "Ratelimit exceed");
    const chain = await open([slow, slow, stack]);
    expect((await chain.runGetMethod(wallet, "seqno", [])).readNumber()).toBe(42);
    expect(waits).toEqual([500, 1_000]);
    server?.close();
    const stubborn = await open([slow]);
    const fault = await faultOf(stubborn.runGetMethod(wallet, "seqno", []));
    expect(fault).toEqual({
      kind: "rate-limited",
      message: expect.stringContaining("wants fewer requests: wait a minute") as string,
    });
    expect(asked).toHaveLength(5);
  });

  test("hangs up or fails now and then: asked again; for good: one sentence", async () => {
    const chain = await open(["hang up", no(502, "bad gateway"), no(503, ""), stack]);
    expect((await chain.runGetMethod(wallet, "seqno", [])).readNumber()).toBe(42);
    server?.close();
    const broken = await open([no(500, "LITE_SERVER_NOTREADY")]);
    const fault = await faultOf(broken.getAddressInformation(wallet));
    expect(fault.kind).toBe("down");
    expect(fault.message).toContain("LITE_SERVER_NOTREADY");
  });

  test("nobody there: says which host, and what to do", async () => {
    const endpoint = await serving([]);
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;
    const chain = new TonCenter({ endpoint, intervalMs: 0, wait: () => Promise.resolve() });
    const { kind, message } = await faultOf(chain.getAddressInformation(wallet));
    expect(kind).toBe("down");
    expect(message).toMatch(/^127\.0\.0\.1:\d+ does not answer \(ECONNREFUSED\): check the/);
  });

  test("something else answers there: said so", async () => {
    const page = { status: 200, body: "<html>welcome</html>" };
    for (const answer of [page, ok({ balance: [] }), ok(null)]) {
      const chain = await open([answer]);
      const { kind, message } = await faultOf(chain.getAddressInformation(wallet));
      expect([kind, message]).toEqual(["down", expect.stringContaining("no form of toncenter v2")]);
      await new Promise((resolve) => server?.close(resolve));
    }
    server = undefined;
  });

  test("a message that the node refuses is not pressed on it; so with methods", async () => {
    const chain = await open([
      no(500, "cannot apply external message to current state"),
      ok({ gas_used: 1, exit_code: 11, stack: [] }),
      no(422, "wrong address"),
    ]);
    const boc = beginCell().endCell().toBoc();
    const refused = await faultOf(chain.sendBoc(boc));
    expect(refused.kind).toBe("refused");
    expect(refused.message).toContain("cannot apply external message");
    expect((await faultOf(chain.runGetMethod(wallet, "nothing", []))).message).toContain(
      "(exit code 11)",
    );
    expect((await faultOf(chain.getAddressInformation(wallet))).kind).toBe("refused");
    expect(asked.map(({ method }) => method)).toEqual([
      "sendBoc",
      "runGetMethod",
      "getAddressInformation",
    ]);
  });

  test("paced: requests of the same moment start one pause apart", async () => {
    const chain = await open([stack], 1_100);
    await Promise.all([1, 2, 3].map(() => chain.runGetMethod(wallet, "seqno", [])));
    expect(waits).toEqual([1_100, 1_100, 1_100]);
    expect([intervalFor("local"), intervalFor("testnet"), intervalFor("mainnet", "k")]).toEqual([
      0, 1_100, 110,
    ]);
  });

  test("given up: whoever asks is told at once, however long it would try", async () => {
    const given = new AbortController();
    // nobody listens there, and five tries take seven seconds
    const endpoint = "http://127.0.0.1:9/api/v2/jsonRPC";
    const chain = new TonCenter({ endpoint, intervalMs: 0, signal: given.signal });
    const asking = chain.getAddressInformation(wallet).catch((error: unknown) => error);
    given.abort();
    expect(await asking).toMatchObject({ name: "AbortError" });
    const later = await chain.sendBoc(Buffer.alloc(1)).catch((error: unknown) => error);
    expect(later).not.toBeInstanceOf(ChainFault);
  });
});

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
