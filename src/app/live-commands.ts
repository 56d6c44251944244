/** The commands that live networks and their clients have; only they load servers and SDKs. */
import type { Command } from "commander";
import { chainCommand } from "./chain/commands.ts";
import { auditCommand } from "./gateway/audit-commands.ts";
import { gatewayCommand } from "./gateway/commands.ts";
import { jobCommand } from "./job/commands.ts";
import { upCommand } from "./live/up-command.ts";
import { edgeCommand, natsCommand } from "./nats/commands.ts";
import { nodeCommand } from "./node/commands.ts";
import type { Exit } from "./outcome.ts";

export function liveCommands(end: (exit: Exit) => void): ReadonlyArray<Command> {
  return [
    upCommand(end),
    nodeCommand(end),
    edgeCommand(end),
    jobCommand(end),
    gatewayCommand(end),
    auditCommand(end),
    natsCommand(end),
    chainCommand(end),
  ];
}
