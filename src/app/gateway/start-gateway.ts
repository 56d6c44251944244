/**
 * Puts a gateway together over a network and starts it: files in one folder, readable by their
 * owner
 * only. `pingo up` runs it beside the actors, `pingo gateway` on a machine of its own.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Effect, Schema } from "effect";
import { type HttpOptions, httpDefaults, serveHttp } from "../../adapters/http/server.ts";
import { EmissionParams } from "../../policies/rewards/emission.ts";
import { CommandError } from "../outcome.ts";
import { version } from "../version.ts";
import { AuditLog } from "./audit-log.ts";
import { DenyList } from "./deny-list.ts";
import { Escrows } from "./escrows.ts";
import { Gateway } from "./gateway.ts";
import { fileLog } from "./gateway-log.ts";
import { defaultRates, Guard, type Rates } from "./guard.ts";
import { JobRecords } from "./job-records.ts";
import { Jobs } from "./jobs.ts";
import type { NetworkHandle } from "./network-handle.ts";
import type { Planner } from "./planner.ts";
import { Tokens } from "./tokens.ts";

export interface GatewayOptions {
  /** Tokens, records, audit log and log lie here. */
  readonly folder: string;
  readonly http?: Partial<HttpOptions>;
  readonly rates?: Partial<Rates>;
  readonly pingoPerVcu?: number;
  readonly auditRotateBytes?: number;
}

export interface RunningGateway {
  readonly url: string;
  readonly port: number;
  readonly tokens: Tokens;
  /** Jobs that were accepted before and are handed to the network only now. */
  readonly recovered: number;
  readonly close: () => Promise<void>;
}

const GRACE_MS = 2_000;
const postedRate = Schema.decodeSync(EmissionParams)({}).pingoPerVcu;

/** Where everything of a gateway lies in its folder. */
export function gatewayFiles(folder: string) {
  return {
    tokens: join(folder, "tokens.json"),
    denyList: join(folder, "deny.json"),
    audit: join(folder, "audit"),
    jobs: join(folder, "jobs.jsonl"),
    log: join(folder, "log", "gateway.log"),
  };
}

export async function startGateway(
  network: NetworkHandle,
  planner: Planner,
  options: GatewayOptions,
): Promise<RunningGateway> {
  const files = gatewayFiles(options.folder);
  mkdirSync(files.audit, { recursive: true, mode: 0o700 });
  const log = fileLog(files.log);
  const report = (what: string, error: unknown) =>
    log.write("error", what, { error: error instanceof Error ? error.message : String(error) });
  const audit = await AuditLog.open(files.audit, options.auditRotateBytes);
  const tokens = new Tokens(files.tokens);
  const denyList = new DenyList(files.denyList);
  const rates = { ...defaultRates, ...options.rates };
  const guard = new Guard({ tokens, denyList, audit, rates, report });
  const records = JobRecords.open(files.jobs);
  const escrows = new Escrows({ network, guard, records });
  const jobs = new Jobs({ network, planner, guard, records, escrows, report });
  const pingoPerVcu = options.pingoPerVcu ?? postedRate;
  const parts = { network, guard, jobs, escrows, audit, log, version: version(), pingoPerVcu };
  const service = new Gateway(parts);
  const http = { ...httpDefaults, ...options.http };
  // not awaited by anybody who asks: what is under way is told as "accepted" until it is handed
  // over
  const server = await serveHttp(service, http).catch((error: unknown) => {
    throw inWords(error, http);
  });
  const recovered = await jobs.begin();
  log.write("info", "started", { url: server.url, recovered });
  return {
    url: server.url,
    port: server.port,
    tokens,
    recovered,
    close: async () => {
      service.draining = true;
      await server.close(GRACE_MS);
      await jobs.close();
      await audit.close();
      log.write("info", "stopped");
      log.close();
    },
  };
}

/** The same for a program of Effect: closed with its scope. */
export function gateway(network: NetworkHandle, planner: Planner, options: GatewayOptions) {
  return Effect.acquireRelease(
    Effect.tryPromise({
      try: () => startGateway(network, planner, options),
      catch: (error) => error,
    }),
    (running) => Effect.promise(() => running.close()),
  );
}

function inWords(error: unknown, { host, port }: HttpOptions): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EADDRINUSE") {
    return new CommandError(
      `port ${port} of ${host} is taken, perhaps by another pingo up; stop it or use --port`,
      { code: "port", field: "port" },
    );
  }
  if (code === "EACCES" || code === "EADDRNOTAVAIL") {
    return new CommandError(`cannot listen on ${host}:${port}; use another --host or --port`, {
      code: "port",
      field: "port",
    });
  }
  return error;
}
