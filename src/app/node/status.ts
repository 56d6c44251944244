/** What the agent tells about itself, to a page and to `pingo node status`. */
import type { Agent, AgentStatus } from "../../live/agent.ts";
import type { Preview } from "../../live/contribution/week.ts";

/** What a contributor has of it, as the network's ledger says. */
export interface Earnings {
  readonly contributor: string;
  readonly balanceVcu: number;
  /** Verified work that was paid so far. */
  readonly earnedVcu: number;
  /** Rewards that are not cleared yet. */
  readonly unclearedVcu: number;
  readonly standing: string;
}

/** What the agent itself costs its machine. */
export interface AgentCost {
  /** Share of one core since the agent began, its tasks left out. */
  readonly cpuShare: number;
  readonly memoryMib: number;
}

export interface NodeStatus extends AgentStatus {
  readonly node: string;
  readonly cost: AgentCost;
  /** Undefined where no network is joined yet. */
  readonly earnings: Earnings | undefined;
  /** Where the network is, or why it cannot be reached. */
  readonly network: string | undefined;
}

/** What only the composition knows. */
export interface StatusParts {
  readonly node: string;
  readonly agent: Agent;
  readonly preview: () => Preview;
  readonly earnings?: () => Earnings | undefined;
  readonly network?: () => string | undefined;
}

const MEBIBYTE = 1_048_576;

export function statusOf({ node, agent, earnings, network }: StatusParts): NodeStatus {
  const status = agent.status();
  return {
    ...status,
    node,
    cost: costNow(),
    earnings: earnings?.(),
    network: network?.(),
  };
}

function costNow(): AgentCost {
  const { user, system } = process.cpuUsage();
  return {
    cpuShare: (user + system) / 1e6 / process.uptime(),
    memoryMib: process.memoryUsage.rss() / MEBIBYTE,
  };
}
