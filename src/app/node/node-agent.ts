/** Puts an agent together for this machine: sensors, slots, rule and page. */
import { cpus, hostname, totalmem } from "node:os";
import { openSensors } from "../../adapters/system/sensors.ts";
import { ProcessSlots } from "../../adapters/system/slots.ts";
import { Agent } from "../../live/agent.ts";
import type { MachineSize } from "../../live/contribution/moment.ts";
import { defaultRule, isDedicated, type Rule } from "../../live/contribution/rule.ts";
import { previewOf } from "../../live/contribution/week.ts";
import type { Sensors } from "../../live/owner.ts";
import type { SlotPriority } from "../../live/slots.ts";
import { readRule } from "./rule-command.ts";
import type { StatusParts } from "./status.ts";
import { type StatusServer, serveStatus } from "./status-server.ts";

const MEBIBYTE = 1_048_576;
/** The page's week changes by the hour. */
const PREVIEW_MS = 10 * 60_000;

export interface NodeAgentOptions {
  /** A contribution rule; by default that of a node without one. */
  readonly give?: string;
  readonly node?: string;
  readonly port?: number;
  /** Behind whom its tasks run; by default as the rule says, see {@link priorityOf}. */
  readonly priority?: SlotPriority;
  readonly earnings?: StatusParts["earnings"];
  readonly network?: StatusParts["network"];
  readonly sensors?: Sensors;
}

export interface NodeAgent {
  readonly agent: Agent;
  readonly page: StatusServer;
  /** Kills what runs, lets go of page and sensors. */
  readonly close: () => Promise<void>;
}

export function thisMachine(): MachineSize {
  // A container may have less memory than the machine.
  const limit = process.constrainedMemory();
  const bytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return { cores: Math.max(1, cpus().length), memoryMib: Math.floor(bytes / MEBIBYTE) };
}

/** Behind everybody, unless the machine is given whole. Without a rule all is given. */
export function priorityOf(rule: Rule | undefined): SlotPriority {
  return rule === undefined || isDedicated(rule) ? "low" : "idle";
}

/** Rejects with one sentence for a rule that cannot be read or a port that is taken. */
export async function startNodeAgent(options: NodeAgentOptions = {}): Promise<NodeAgent> {
  const rule = readRule(options.give ?? defaultRule);
  const machine = thisMachine();
  const processes = new ProcessSlots({ priority: options.priority ?? priorityOf(rule) });
  const sensors = options.sensors ?? openSensors();
  const agent = new Agent({ sensors, slots: processes, rule, machine });
  let preview = { atMs: Number.NEGATIVE_INFINITY, of: () => previewOf(rule, week(machine)) };
  const { earnings, network } = options;
  const parts: StatusParts = {
    node: options.node ?? hostname(),
    agent,
    preview: () => {
      if (Date.now() - preview.atMs > PREVIEW_MS) {
        const made = previewOf(rule, week(machine));
        preview = { atMs: Date.now(), of: () => made };
      }
      return preview.of();
    },
    ...(earnings === undefined ? {} : { earnings }),
    ...(network === undefined ? {} : { network }),
  };
  const page = await serveStatus(parts, options.port);
  await agent.start();
  return {
    agent,
    page,
    close: async () => {
      agent.close();
      await Promise.all([page.close(), processes.close()]);
    },
  };
}

function week(machine: MachineSize) {
  return { fromMs: Date.now(), machine };
}
