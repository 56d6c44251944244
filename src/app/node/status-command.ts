/** `pingo node status`: asks the agent that runs on this machine. */
import { CommandError, Exit } from "../outcome.ts";
import { out, print, printJson } from "../terminal/print.ts";
import { tableLines } from "../terminal/table.ts";
import type { NodeStatus } from "./status.ts";
import { STATUS_PORT } from "./status-server.ts";

export interface StatusFlags {
  readonly url?: string;
  readonly pause?: boolean;
  readonly resume?: boolean;
  readonly json?: boolean;
}

const TERM_MS = 5_000;

export async function status(flags: StatusFlags): Promise<Exit> {
  if (flags.pause === true && flags.resume === true) {
    throw new CommandError("--pause and --resume exclude each other; give one of them");
  }
  const url = urlOf(flags.url);
  const path = flags.pause === true ? "/pause" : flags.resume === true ? "/resume" : "/status";
  const told = await ask(new URL(path, url), path === "/status" ? "GET" : "POST");
  if (flags.json === true) printJson(told);
  else for (const line of linesOf(told, url)) print(line);
  return Exit.fine;
}

function urlOf(given: string | undefined): URL {
  const text = given ?? `http://127.0.0.1:${STATUS_PORT}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new CommandError(
      `--url: "${text}" is no address; write http://127.0.0.1:${STATUS_PORT}`,
      {
        field: "url",
      },
    );
  }
  return url;
}

async function ask(url: URL, method: "GET" | "POST"): Promise<NodeStatus> {
  const nobody = new CommandError(
    `no agent answers at ${url.origin}; start one with pingo node, or say where with --url`,
    { code: "no-agent" },
  );
  let text = "";
  try {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(url, { method, headers, signal: AbortSignal.timeout(TERM_MS) });
    text = await answer.text();
  } catch {
    throw nobody;
  }
  try {
    const told = JSON.parse(text) as NodeStatus;
    if (typeof told.given.cpuShare === "number" && typeof told.owner.state === "string")
      return told;
  } catch {
    // What answers is no agent; the sentence below says so.
  }
  throw new CommandError(`what answers at ${url.origin} is no agent of PinGo`, { field: "url" });
}

function linesOf(told: NodeStatus, url: URL): ReadonlyArray<string> {
  const { given, machine, owner, running, cost, earnings } = told;
  const gives = given.reason === "given";
  const percent = Math.round(given.cpuShare * 100);
  const head = gives
    ? out.green(`giving ${percent} % of ${machine.cores} cores`)
    : out.yellow(`giving nothing: ${given.reason}`);
  const load = owner.load === undefined ? "not known" : `${Math.round(owner.load * 100)} %`;
  const rows = [
    ["why", given.why],
    ["owner", `${owner.state}: ${owner.why}`],
    ["power", owner.power],
    ["others' load", load],
    ["tasks", String(running)],
    ["memory for tasks", `${given.memoryMib} MB`],
    [
      "the agent",
      `${(cost.cpuShare * 100).toFixed(2)} % of a core, ${cost.memoryMib.toFixed(0)} MB`,
    ],
    ["rule", told.rule],
    ...(earnings === undefined
      ? []
      : [["earned", `${earnings.earnedVcu} VCU, balance ${earnings.balanceVcu} VCU`]]),
    ["page", url.origin],
  ];
  return [head, ...tableLines([{ title: "" }, { title: "" }], rows).map((line) => `  ${line}`)];
}
