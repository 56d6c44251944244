/** A gateway on a free port of loopback with a folder of its own, and a plain way to ask it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Role } from "../../src/adapters/http/shapes.ts";
import {
  type GatewayOptions,
  type RunningGateway,
  startGateway,
} from "../../src/app/gateway/start-gateway.ts";
import { ScriptedNetwork, wordPlanner } from "./scripted-network.ts";

export interface Bench {
  readonly folder: string;
  readonly network: ScriptedNetwork;
  gateway: RunningGateway;
  readonly token: (role: Role, contributor?: string | null, forUs?: number) => string;
  readonly ask: (token: string | undefined, path: string, init?: RequestInit) => Promise<Answer>;
  /** Stops the gateway and starts it over the same folder and network. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: any;
}

const HOUR_US = 3_600_000_000;

export async function bench(options: Partial<GatewayOptions> = {}): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "pingo-gateway-"));
  const network = new ScriptedNetwork("you", "other");
  const start = () =>
    startGateway(network, wordPlanner, { folder, ...options, http: { port: 0, ...options.http } });
  const made: Bench = {
    folder,
    network,
    gateway: await start(),
    token: (role, contributor = role === "requester" ? "you" : null, forUs = HOUR_US) =>
      made.gateway.tokens.create({
        role,
        contributor,
        note: "test",
        nowUs: Date.now() * 1_000,
        forUs,
      }).secret,
    ask: async (token, path, init = {}) => {
      const headers = new Headers(init.headers);
      if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
      const answer = await fetch(`${made.gateway.url}${path}`, { ...init, headers });
      const text = await answer.text();
      const isJson = /json/.test(answer.headers.get("content-type") ?? "");
      const body = isJson ? JSON.parse(text) : undefined;
      return { status: answer.status, headers: answer.headers, text, body };
    },
    restart: async () => {
      await made.gateway.close();
      made.gateway = await start();
    },
    close: async () => {
      await made.gateway.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return made;
}

export function json(value: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(value),
  };
}

export const twoWords = { job: { kind: "echo", words: ["one", "two"] } };
