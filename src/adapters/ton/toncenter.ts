/**
 * The transport to a server of toncenter v2: the local chain, or a public one of the test or main
 * network. Asks no faster than it is allowed, asks again with growing pauses what may be asked
 * again, and tells every failure in a sentence.
 */
import { setTimeout } from "node:timers/promises";
import type { Address, Transaction, TupleItem, TupleReader } from "@ton/core";
import { TonClient } from "@ton/ton";
import { ChainFault } from "./chain-fault.ts";
import type { AccountSeen, ChainTransport, Place } from "./transport.ts";

export interface TonCenterParts {
  /** Of the JSON-RPC, such as https://testnet.toncenter.com/api/v2/jsonRPC. */
  readonly endpoint: string;
  readonly apiKey?: string | undefined;
  /** Between the starts of two requests. */
  readonly intervalMs: number;
  readonly timeoutMs?: number;
  readonly wait?: (ms: number) => Promise<void>;
  /** Ends all asking at once: whoever asked is told by an error that is no fault of the chain. */
  readonly signal?: AbortSignal | undefined;
}

/** What public servers allow: one request a second, or ten with a key of one's own. */
export function intervalFor(network: "local" | "testnet" | "mainnet", apiKey?: string): number {
  if (network === "local") return 0;
  return apiKey === undefined ? 1_100 : 110;
}

const TIMEOUT_MS = 15_000;
const TRIES = 5;
const FIRST_PAUSE_MS = 500;
const TOO_MANY = 429;
const SERVER_FAULT = 500;
/** Of the words of a server, so many are shown. */
const SHOWN = 200;

export class TonCenter implements ChainTransport {
  private readonly parts: TonCenterParts;
  private readonly client: TonClient;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(parts: TonCenterParts) {
    const { endpoint, apiKey, timeoutMs = TIMEOUT_MS } = parts;
    this.parts = parts;
    this.client = new TonClient({
      endpoint,
      timeout: timeoutMs,
      ...(apiKey === undefined ? {} : { apiKey }),
    });
  }

  async sendBoc(boc: Buffer): Promise<void> {
    await this.ask("sendBoc", () => this.client.sendFile(boc));
  }

  async runGetMethod(
    address: Address,
    method: string,
    args: ReadonlyArray<TupleItem>,
  ): Promise<TupleReader> {
    const answer = await this.ask(method, () =>
      this.client.runMethodWithError(address, method, [...args]),
    );
    // 1 is a success, too: the machine's other way to end
    if (answer.exit_code === 0 || answer.exit_code === 1) return answer.stack;
    throw new ChainFault(
      "refused",
      `${address.toString()} does not answer ${method} (exit code ${answer.exit_code}): ` +
        "check the address and the network.",
    );
  }

  async getAddressInformation(address: Address): Promise<AccountSeen> {
    const seen = await this.ask("getAddressInformation", () =>
      this.client.getContractState(address),
    );
    const { balance, state, code, data, lastTransaction: last, timestampt: seconds } = seen;
    const place =
      last === null ? undefined : { lt: BigInt(last.lt), hash: Buffer.from(last.hash, "base64") };
    return { balance, state, code, data, last: place, seconds };
  }

  getTransactions(
    address: Address,
    { limit, from }: { readonly limit: number; readonly from?: Place },
  ): Promise<ReadonlyArray<Transaction>> {
    const place =
      from === undefined
        ? {}
        : { lt: String(from.lt), hash: from.hash.toString("base64"), inclusive: true };
    return this.ask("getTransactions", () =>
      this.client.getTransactions(address, { limit, archival: true, ...place }),
    );
  }

  private async ask<T>(method: string, request: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      await this.pause();
      this.parts.signal?.throwIfAborted();
      try {
        return await request();
      } catch (error) {
        const fault = this.faultOf(method, error);
        // the server has read the message and says no: once more changes nothing
        if (fault.kind === "refused" || tries === TRIES) throw fault;
        await this.wait(FIRST_PAUSE_MS * 2 ** (tries - 1));
      }
    }
  }

  /** Requests start one after the other with a pause in between; their answers may overlap. */
  private pause(): Promise<unknown> {
    const { intervalMs } = this.parts;
    if (intervalMs === 0) return this.turn;
    const mine = this.turn;
    this.turn = mine.then(() => this.wait(intervalMs));
    return mine;
  }

  private wait(ms: number): Promise<void> {
    const { wait, signal } = this.parts;
    return wait?.(ms) ?? setTimeout(ms, undefined, { ...(signal && { signal }) });
  }

  private faultOf(method: string, cause: unknown): ChainFault {
    const where = hostOf(this.parts.endpoint);
    const { status, words } = answerIn(cause);
    if (status === TOO_MANY) {
      return new ChainFault(
        "rate-limited",
        `${where} wants fewer requests: wait a minute, or use an API key of your own.`,
        { cause },
      );
    }
    if (status === undefined) {
      const isSpeech = cause instanceof Error && /^(Malformed|Received)/.test(cause.message);
      const why = isSpeech ? "answers in no form of toncenter v2" : `does not answer (${words})`;
      return new ChainFault("down", `${where} ${why}: check the endpoint and try again.`, {
        cause,
      });
    }
    const isSaidNo = method === "sendBoc" && status >= SERVER_FAULT && words !== "";
    if (isSaidNo || (status > 400 && status < SERVER_FAULT && status !== 408)) {
      return new ChainFault("refused", `${where} refuses ${method} (${status} ${words}).`, {
        cause,
      });
    }
    return new ChainFault("down", `${where} fails at ${method} (${status} ${words}): try again.`, {
      cause,
    });
  }
}

/** Without the path: an API key may stand in it. */
function hostOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).host : "The endpoint";
}

/** What an HTTP client's error holds of the server's answer. */
function answerIn(error: unknown): { readonly status?: number; readonly words: string } {
  const { response, code, message } = error as {
    readonly response?: { readonly status?: number; readonly data?: unknown };
    readonly code?: string;
    readonly message?: string;
  };
  if (response?.status === undefined) return { words: code ?? message ?? "no reason" };
  const { data } = response;
  const said = (data as { readonly error?: unknown } | null)?.error ?? data;
  const words = typeof said === "string" ? said : JSON.stringify(said ?? "");
  return { status: response.status, words: words.slice(0, SHOWN) };
}
