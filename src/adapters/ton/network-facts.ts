/** What an endpoint is asked before it is trusted: which network it serves, at which prices. */
import { Cell } from "@ton/core";
import { ChainFault } from "./chain-fault.ts";
import type { ChainNetwork } from "./networks.ts";
import { type Prices, pricesFrom } from "./prices.ts";

/** The first block of each public network: its name for those who do not believe names. */
const zeroStates: Readonly<Record<string, ChainNetwork>> = {
  "F6OpKZKqvqeFp6CQmFomXNMfMj2EnaUSOXN+Mh+wVWk=": "mainnet",
  "gj+B8wb/AmlPk1z1AhVI484rhrUpgSr2oSFIh56VoSg=": "testnet",
};

const WAIT_MS = 20_000;
const RENT_PRICES = 18;
const GAS_PRICES = 21;
const MESSAGE_PRICES = 25;

export interface Endpoint {
  readonly url: string;
  /** For public servers, which otherwise answer once a second. */
  readonly apiKey?: string | undefined;
}

/** Whatever is neither of the public networks is somebody's own. */
export async function networkAt(endpoint: Endpoint): Promise<ChainNetwork> {
  const info = await ask(endpoint, "getMasterchainInfo", {});
  const hash = textIn(info, "init", "root_hash");
  if (hash === undefined) throw stranger(endpoint);
  return zeroStates[hash] ?? "local";
}

export async function pricesAt(endpoint: Endpoint): Promise<Prices> {
  const [rent, gas, message] = [
    await parameterAt(endpoint, RENT_PRICES),
    await parameterAt(endpoint, GAS_PRICES),
    await parameterAt(endpoint, MESSAGE_PRICES),
  ];
  return pricesFrom(rent, gas, message);
}

async function parameterAt(endpoint: Endpoint, id: number): Promise<Cell> {
  const found = await ask(endpoint, "getConfigParam", { config_id: id });
  const bytes = textIn(found, "config", "bytes");
  if (bytes === undefined) throw stranger(endpoint);
  return Cell.fromBase64(bytes);
}

async function ask({ url, apiKey }: Endpoint, method: string, params: object): Promise<unknown> {
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(apiKey === undefined ? {} : { "x-api-key": apiKey }),
      },
      body: JSON.stringify({ id: "1", jsonrpc: "2.0", method, params }),
      signal: AbortSignal.timeout(WAIT_MS),
    });
    answer = await response.json();
  } catch (cause) {
    const words = `Nothing answers at ${url} as a chain's interface: check --endpoint.`;
    throw new ChainFault("down", words, { cause });
  }
  if (response.status === 429) {
    throw new ChainFault(
      "rate-limited",
      `${url} wants fewer requests: wait a little, or set PINGO_TON_API_KEY to a key of yours.`,
    );
  }
  if (!isRecord(answer) || answer.ok !== true) throw stranger({ url });
  return answer.result;
}

function stranger({ url }: Endpoint): ChainFault {
  const words = `${url} does not answer as toncenter v2 does: name one that does by --endpoint.`;
  return new ChainFault("down", words);
}

function textIn(value: unknown, outer: string, inner: string): string | undefined {
  const within = isRecord(value) ? value[outer] : undefined;
  const found = isRecord(within) ? within[inner] : undefined;
  return typeof found === "string" ? found : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
