/** `pingo up`: flags and help. The work itself is loaded when it is asked for. */
import { Command, InvalidArgumentError } from "commander";
import { priorityOption } from "../node/priority-option.ts";
import type { Exit } from "../outcome.ts";

export function upCommand(end: (exit: Exit) => void): Command {
  return new Command("up")
    .description("Run a whole network on this machine: edge, nodes, ledger, verifier, gateway.")
    .option("--dir <folder>", "where its state is kept (PINGO_HOME, else ~/.pingo)")
    .option("--port <n>", "port of the gateway on this machine", port, 7_460)
    .option("--host <address>", "address of the gateway; others than loopback need TLS")
    .option("--tls-cert <file>", "certificate of the gateway, PEM")
    .option("--tls-key <file>", "its key, PEM")
    .option("--nodes <n>", "machines of others beside your own, at the first start", count, 3)
    .option("--give <rule>", 'what this machine gives and when, such as "50% when idle"; else all')
    .addOption(priorityOption())
    .option("--no-chain", "without a chain of its own, at the first start")
    .option("--nats [url]", "over NATS: of its own server, or of the one at this address")
    .option("--revive <actor...>", "actors to take out of quarantine, such as job/e0.you.3")
    .option("--json", "print one JSON object on stdout when it is up, and nothing else")
    .addHelpText(
      "after",
      `
Your own machine never runs your own jobs, so others lend theirs: here they are ada, ben, cleo …,
who share this machine with you. Verified work buys service: you may hand in jobs as soon as your
machine has earned a little, which takes less than a minute. A chain of its own keeps credentials
and pays rewards (pingo chain). Ctrl-C stops; started again it goes on with every job.

Examples:
  $ pingo up
  $ pingo up --dir ./network --port 7461 --nodes 5
`,
    )
    .action(async (flags) => {
      if (flags.nats === undefined) end(await (await import("./up.ts")).up(flags));
      else end(await (await import("../nats/up-over-nats.ts")).upOverNats(flags));
    });
}

function port(text: string): number {
  const number = whole(text);
  if (number > 65_535) throw new InvalidArgumentError("It must be a port from 0 to 65535.");
  return number;
}

function count(text: string): number {
  const number = whole(text);
  if (number < 1 || number > 64) throw new InvalidArgumentError("It must be from 1 to 64.");
  return number;
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}
