/** `pingo chain …`: flags and help. The work itself is loaded when it is asked for. */
import { Command, InvalidArgumentError } from "commander";
import type { Exit } from "../outcome.ts";
import {
  claimCommand,
  credentialCommand,
  escrowCommand,
  memeCommand,
  rootsCommand,
  statusCommand,
  vestingCommand,
} from "./contract-flags.ts";
import { deployCommand } from "./deploy-flags.ts";

type End = (exit: Exit) => void;

const dir = ["--dir <folder>", "state folder of the network (PINGO_HOME, else ~/.pingo)"] as const;
const json = ["--json", "print one JSON object on stdout and nothing else"] as const;

/** One line a subcommand, in the order of the help. */
const subcommands: ReadonlyArray<(end: End) => Command> = [
  upCommand,
  deployCommand,
  statusCommand,
  credentialCommand,
  claimCommand,
  escrowCommand,
  vestingCommand,
  rootsCommand,
  memeCommand,
];

export function chainCommand(end: End): Command {
  const group = new Command("chain").description("What PinGo keeps on TON, here and elsewhere.");
  for (const subcommand of subcommands) group.addCommand(subcommand(end));
  return group;
}

function upCommand(end: End): Command {
  return new Command("up")
    .description("Run a chain on this machine for trying things out: its coins are worth nothing.")
    .option(...dir)
    .option("--port <n>", "port on this machine", port, 7_470)
    .option(...json)
    .addHelpText(
      "after",
      `
Clients of toncenter work with it unchanged: only the address is another. It listens on this machine
alone. Ctrl-C stops it; started again it goes on with the same accounts and transactions.

Examples:
  $ pingo chain up
  $ pingo chain up --dir ./network --port 7471
`,
    )
    .action(async (flags) => end(await (await import("./up.ts")).chainUp(flags)));
}

function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError("It must be a port from 0 to 65535.");
  }
  return Number(text);
}
