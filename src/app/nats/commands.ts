/**
 * `pingo nats …` and `pingo edge`: flags and help. The work itself is loaded when it is asked for.
 */
import { Command, InvalidArgumentError } from "commander";
import { priorityOption } from "../node/priority-option.ts";
import type { Exit } from "../outcome.ts";

type End = (exit: Exit) => void;

const dir = ["--dir <folder>", "state folder of the network (PINGO_HOME, else ~/.pingo)"] as const;
const json = ["--json", "print one JSON object on stdout and nothing else"] as const;

export function natsCommand(end: End): Command {
  return new Command("nats")
    .description("The nats-server that connects the processes of a network.")
    .addCommand(initCommand(end))
    .addCommand(serveCommand(end));
}

function initCommand(end: End): Command {
  return new Command("init")
    .description("Make the operator's keys and the configuration of a server that trusts them.")
    .option(...dir)
    .option("--host <address>", "where the server listens", "127.0.0.1")
    .option("--port <n>", "port for clients", port, 4_222)
    .option("--tls-cert <file>", "certificate of the server, PEM")
    .option("--tls-key <file>", "its key, PEM")
    .option("--tls-ca <file>", "who signed the certificates of a cluster's servers, PEM")
    .option("--name <name>", "name of the server; unique within a cluster", "pingo")
    .option("--cluster-port <n>", "port for the other servers of a cluster", port)
    .option("--route <url>", "another server: nats-route://host:port; repeat it", collect, [])
    .option(...json)
    .addHelpText(
      "after",
      `
The keys are made once and kept: whoever has them is the operator.

Examples:
  $ pingo nats init
  $ nats-server -c ~/.pingo/nats/pingo.conf
  $ pingo nats serve
`,
    )
    .action(async (flags) => end(await (await import("./init.ts")).init(flags)));
}

function serveCommand(end: End): Command {
  return new Command("serve")
    .description("Run a server on loopback with the keys of this folder until Ctrl-C.")
    .option(...dir)
    .option("--config <file>", "run the server that pingo nats init wrote this for, instead")
    .option("--port <n>", "port for clients", port, 4_222)
    .option(...json)
    .action(async (flags) => end(await (await import("./init.ts")).serve(flags)));
}

export function edgeCommand(end: End): Command {
  return new Command("edge")
    .description("Run an edge in a process of its own; a second one stands by.")
    .requiredOption("--invitation <file>", "made by pingo gateway enrol edge")
    .option("--dir <folder>", "where dead letters are kept")
    .option("--nats <url>", "instead of the address in the invitation")
    .option(...json)
    .action(async (flags) => end(await (await import("./run-parts.ts")).runEdge(flags)));
}

/** Flags by which `pingo node` runs a node; without them it looks after the machine. */
export function addNodeFlags(command: Command, end: End): Command {
  return command
    .enablePositionalOptions()
    .option("--invitation <file>", "run the node that the operator invited with this file")
    .option("--dir <folder>", "where its journal is kept")
    .option("--nats <url>", "instead of the address in the invitation")
    .option("--give <rule>", 'what this machine gives and when, such as "50% when idle"')
    .addOption(priorityOption())
    .option("--page <n>", "port of its page on this machine", port)
    .option(...json)
    .action(async (flags, self: Command) => {
      if (flags.invitation === undefined) self.help({ error: true });
      else end(await (await import("./run-parts.ts")).runNode(flags));
    });
}

/** Flags by which `pingo gateway` runs one over NATS. */
export function addGatewayFlags(command: Command, end: End): Command {
  return command
    .enablePositionalOptions()
    .option("--nats <url>", "run the gateway with ledger, verifier and contributors on this server")
    .option(...dir)
    .option("--port <n>", "port of the gateway on this machine", port, 7_460)
    .option("--host <address>", "address of the gateway; others than loopback need TLS")
    .option("--tls-cert <file>", "certificate of the gateway, PEM")
    .option("--tls-key <file>", "its key, PEM")
    .option(...json)
    .action(async (flags, self: Command) => {
      if (flags.nats === undefined) self.help({ error: true });
      else end(await (await import("./run-parts.ts")).runGateway(flags));
    });
}

export function enrolCommand(end: End): Command {
  const letIn = (name: "node" | "edge") =>
    new Command(name)
      .argument("<name>", "lower case letters, digits and dashes")
      .requiredOption("--nats <url>", "address of the server, as the other machine sees it")
      .option(...dir)
      .option("--out <file>", "where the invitation is written; by default <name>.invitation")
      .option(...json);
  const node = letIn("node")
    .description("Let a machine in.")
    .requiredOption("--owner <name>", "the contributor whose machine it is")
    .option("--slots <n>", "tasks that it runs at once", count)
    .option("--slot-mflops <n>", "speed of one slot, MFLOP per second", count)
    .action(async (name: string, flags) => {
      end(await (await import("./enrol-command.ts")).enrolNode(name, flags));
    });
  const edge = letIn("edge")
    .description("Let the edge in.")
    .action(async (name: string, flags) => {
      end(await (await import("./enrol-command.ts")).enrolEdge(name, flags));
    });
  return new Command("enrol")
    .description("Make an invitation for another machine: one file that only its owner may read.")
    .addCommand(node)
    .addCommand(edge);
}

export function expelCommand(end: End): Command {
  const cutOff = (role: "node" | "edge") =>
    new Command(role)
      .description(`Cut ${role === "node" ? "a machine" : "the edge"} off at once.`)
      .argument("<name>", "as it was invited")
      .requiredOption("--nats <url>", "address of the server")
      .requiredOption("--reason <text>", "kept with its name; see pingo gateway deny list")
      .option(...dir)
      .option(...json)
      .action(async (name: string, flags) => {
        const { expelPart } = await import("./enrol-command.ts");
        end(await expelPart({ role, id: name }, flags));
      });
  return new Command("expel")
    .description("Take an invitation back: its key counts no more and its connection ends.")
    .addCommand(cutOff("node"))
    .addCommand(cutOff("edge"));
}

export function settingsCommand(end: End): Command {
  const about = (name: string, description: string) =>
    new Command(name)
      .description(description)
      .requiredOption("--nats <url>", "address of the server")
      .option(...dir)
      .option(...json);
  const show = about("show", "Version, hash and content, and what network.yaml says otherwise.");
  show.action(async (flags) => {
    end(await (await import("./settings-command.ts")).showSettings(flags));
  });
  const publish = about("publish", "Make what network.yaml says here the network's.");
  publish.action(async (flags) => {
    end(await (await import("./settings-command.ts")).publishSettings(flags));
  });
  return new Command("settings")
    .description("What all parts of the network go by: limits, access, rules, commons, chain.")
    .addCommand(show)
    .addCommand(publish);
}

function collect(url: string, urls: ReadonlyArray<string>): ReadonlyArray<string> {
  return [...urls, url];
}

function port(text: string): number {
  const number = whole(text);
  if (number > 65_535) throw new InvalidArgumentError("It must be a port from 0 to 65535.");
  return number;
}

function count(text: string): number {
  const number = whole(text);
  if (number < 1) throw new InvalidArgumentError("It must be 1 or more.");
  return number;
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}
