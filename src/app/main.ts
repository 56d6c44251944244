/** The `pingo` command line: its subcommands, and how every one of them ends. */
import { Command, CommanderError, Help, type Option } from "commander";
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
  const ended: { exit: Exit; program?: Command } = { exit: Exit.fine };
  const end = (exit: Exit) => {
    ended.exit = exit;
  };
  try {
    const program = (ended.program = programOf([
      simCommand(end),
      ...(await liveCommandsFor(args, end)),
    ]));
    await program.parseAsync(args.flatMap(halves), { from: "user" });
    return ended.exit;
  } catch (error) {
    const failure =
      error instanceof CommanderError
        ? ((await strayCommand(error, ended.program, args)) ?? usageError(error))
        : error;
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
    .addHelpText(
      "after",
      "\nStart here:\n  $ pingo sim run scenarios/first-light.yaml\n  $ pingo up\n",
    );
  for (const command of commands) program.addCommand(command);
  forEachCommand(program, (command) => {
    command
      .exitOverride()
      .configureOutput({ outputError: () => undefined })
      .configureHelp({ optionDescription })
      .helpOption("-h, --help", "print this help")
      .showSuggestionAfterError()
      .allowExcessArguments(false);
    if (command.commands.length > 0) {
      command.helpCommand("help [command]", "print the help of a command");
    }
  });
  return program;
}

/** A list that is empty unless flags fill it has no default worth telling. */
function optionDescription(this: Help, option: Option): string {
  const text = Help.prototype.optionDescription.call(this, option);
  return text.replace(/ \(default: (?:\[\]|"")\)$/, "");
}

/**
 * `pingo node statsu`: to a command that also runs by itself the word is an argument too many, to
 * the user a misspelt command.
 */
async function strayCommand(
  error: CommanderError,
  program: Command | undefined,
  args: ReadonlyArray<string>,
): Promise<CommandError | undefined> {
  if (error.code !== "commander.excessArguments" || program === undefined) return undefined;
  let at = program;
  for (const word of args) {
    const next = at.commands.find((each) => each.name() === word);
    if (next !== undefined) at = next;
    else if (at.commands.length === 0) return undefined;
    else if (!word.startsWith("-")) {
      const { nearest } = await import("../sim/scenario/nearest-key.ts");
      const known = at.commands.map((each) => each.name());
      const near = nearest(word, known);
      const advice = near === undefined ? `known are ${known.join(", ")}` : `did you mean ${near}?`;
      const allowed = near === undefined ? known : [near];
      return new CommandError(`unknown command '${word}'; ${advice}`, { field: word, allowed });
    }
  }
  return undefined;
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
