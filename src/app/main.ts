/** The `pingo` command line: its subcommands, and how every one of them ends. */
import { Command, CommanderError } from "commander";
import { CommandError, Exit, reportOf } from "./outcome.ts";
import { simCommand } from "./sim/commands.ts";
import { printError, wantsJson } from "./terminal/print.ts";
import { version } from "./version.ts";

/** Runs the command and gives its exit code; never throws. */
export async function main(args: ReadonlyArray<string>): Promise<number> {
  // A reader such as `head` that has seen enough is no failure of ours.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(Exit.fine);
    throw error;
  });
  const ended: { exit: Exit } = { exit: Exit.fine };
  const end = (exit: Exit) => {
    ended.exit = exit;
  };
  try {
    const program = programOf([simCommand(end), ...(await liveCommandsFor(args, end))]);
    await program.parseAsync(args.flatMap(halves), { from: "user" });
    return ended.exit;
  } catch (error) {
    const failure = error instanceof CommanderError ? usageError(error) : error;
    if (failure === undefined) return Exit.fine;
    const report = reportOf(failure);
    printError(report, wantsJson(args));
    return report.exit;
  }
}

/** "--seed=7" as two words, so that a misspelt flag is compared without its value. */
function halves(arg: string): ReadonlyArray<string> {
  const equals = arg.startsWith("--") ? arg.indexOf("=") : -1;
  return equals < 0 ? [arg] : [arg.slice(0, equals), arg.slice(equals + 1)];
}

/** A simulation loads no server and no SDK: it starts sooner and runs without a compiler, too. */
async function liveCommandsFor(
  args: ReadonlyArray<string>,
  end: (exit: Exit) => void,
): Promise<ReadonlyArray<Command>> {
  if (args[0] === "sim") return [];
  const { liveCommands } = await import("./live-commands.ts");
  return liveCommands(end);
}

function programOf(commands: ReadonlyArray<Command>): Command {
  const program = new Command("pingo")
    // a flag belongs to the command before it: gateway and gateway enrol both have --nats
    .enablePositionalOptions()
    .description("Idle CPUs as one network that only its contributors may use.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText(
      "after",
      "\nStart here:\n  $ pingo sim run scenarios/first-light.yaml\n  $ pingo up\n",
    );
  for (const command of commands) program.addCommand(command);
  forEachCommand(program, (command) => {
    command
      .exitOverride()
      .configureOutput({ outputError: () => undefined })
      .showSuggestionAfterError()
      .allowExcessArguments(false);
  });
  return program;
}

function forEachCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) forEachCommand(child, visit);
}

/** Commander's complaint as one sentence; undefined when help was asked for and given. */
function usageError(error: CommanderError): CommandError | undefined {
  if (error.exitCode === 0) return undefined;
  if (error.code === "commander.help") {
    return new CommandError("a command is missing; pick one from the list above");
  }
  const suggestion = /\(Did you mean (?:one of )?(.+?)\?\)/s.exec(error.message)?.[1];
  const sentence = error.message
    .replace(/^error: /, "")
    .replace(/\n\(Did you mean.*$/s, "")
    .replace(/\.$/, "")
    .replace(/\. It must/, "; it must");
  const quoted = /'([^']+)'/.exec(sentence)?.[1];
  const near = suggestion?.split(", ");
  const advice = near === undefined ? "see --help" : `did you mean ${near.join(" or ")}?`;
  const message = sentence.includes(";") ? sentence : `${sentence}; ${advice}`;
  return new CommandError(message, {
    field: quoted,
    allowed: near,
  });
}
