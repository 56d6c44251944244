/** `pingo gateway …`: tokens and the deny list of a gateway whose folder is on this machine. */
import { Command, InvalidArgumentError, Option } from "commander";
import { Role } from "../../adapters/http/shapes.ts";
import { parseDuration } from "../../kernel/duration.ts";
import { addGatewayFlags, enrolCommand, expelCommand, settingsCommand } from "../nats/commands.ts";
import type { Exit } from "../outcome.ts";

type End = (exit: Exit) => void;

const roleHelp = `
Roles:
  requester  hands in jobs on one contributor's account and sees only those
  node       moves blobs; sees no job and no account
  edge       moves blobs, sees nodes
  auditor    sees everything, changes nothing
  operator   may do everything
  bot        hands in jobs for contributors that it names
`;

export function gatewayCommand(end: End): Command {
  return addGatewayFlags(new Command("gateway"), end)
    .description("Run a gateway over NATS; its members, tokens and deny list.")
    .addCommand(enrolCommand(end))
    .addCommand(expelCommand(end))
    .addCommand(settingsCommand(end))
    .addCommand(
      new Command("token")
        .description("Make, list and revoke the tokens by which clients are known.")
        .addCommand(createCommand(end))
        .addCommand(listCommand(end))
        .addCommand(revokeCommand(end)),
    )
    .addCommand(
      new Command("deny")
        .description("Keep addresses, tokens or contributors out, with the reason they are told.")
        .addCommand(denyAddCommand(end))
        .addCommand(denyListCommand(end))
        .addCommand(denyRemoveCommand(end)),
    );
}

function local(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("--dir <folder>", "state folder of the network (PINGO_HOME, else ~/.pingo)")
    .option("--json", "print one JSON object on stdout and nothing else");
}

const examples = (...lines: ReadonlyArray<string>) =>
  `\nExamples:\n${lines.map((line) => `  $ pingo gateway ${line}\n`).join("")}`;

function createCommand(end: End): Command {
  return local("create", "Make a token and print its secret, which is shown only now.")
    .addOption(
      new Option("--role <role>", "what it may do").choices(Role.literals).makeOptionMandatory(),
    )
    .option("--contributor <id>", "on whose account; a requester needs one")
    .addOption(
      new Option("--for <time>", "how long it is valid, up to 365d")
        .argParser(lifetime)
        .default(lifetime("30d"), "30d"),
    )
    .option("--note <text>", "what it is for", "")
    .option("--keep-for <url>", "also leave it for this user's commands that ask this gateway")
    .addHelpText(
      "after",
      roleHelp +
        examples(
          "token create --role requester --contributor ada --for 90d",
          "token create --role auditor --note 'grafana' --json",
        ),
    )
    .action(async (options) => {
      const { createToken } = await import("./token-commands.ts");
      end(createToken(options));
    });
}

function listCommand(end: End): Command {
  return local("list", "The tokens, without their secrets.").action(async (options) => {
    const { listTokens } = await import("./token-commands.ts");
    end(listTokens(options));
  });
}

function revokeCommand(end: End): Command {
  return local("revoke", "End a token now; a running gateway heeds it at the next request.")
    .argument("<id>", "id of the token, eight letters")
    .option("--reason <text>", "what its user is told", "it is no longer needed")
    .addHelpText("after", examples("token revoke k3xq7aab --reason 'laptop was stolen'"))
    .action(async (id: string, options) => {
      const { revokeToken } = await import("./token-commands.ts");
      end(revokeToken(id, options));
    });
}

const kind = ["address", "token", "contributor"] as const;

function denyAddCommand(end: End): Command {
  return local("add", "Keep somebody out.")
    .argument("<kind>", kind.join(", "))
    .argument("<value>", "an address or network, a token's id, a contributor's id")
    .requiredOption("--reason <text>", "what they are told")
    .option("--for <time>", "how long; by default until it is removed", lifetime)
    .addHelpText(
      "after",
      examples("deny add address 203.0.113.0/24 --reason 'floods the gateway' --for 1d"),
    )
    .action(async (what: string, value: string, options) => {
      const { deny } = await import("./deny-commands.ts");
      end(deny(what, value, options));
    });
}

function denyListCommand(end: End): Command {
  return local("list", "Who is kept out, and why.").action(async (options) => {
    const { listDenials } = await import("./deny-commands.ts");
    end(listDenials(options));
  });
}

function denyRemoveCommand(end: End): Command {
  return local("remove", "Let somebody in again.")
    .argument("<kind>", [...kind, "node", "edge"].join(", "))
    .argument("<value>", "as it is in the list")
    .action(async (what: string, value: string, options) => {
      const { allow } = await import("./deny-commands.ts");
      end(allow(what, value, options));
    });
}

/** Microseconds. */
function lifetime(text: string): number {
  const us = parseDuration(text);
  if (us === undefined || us <= 0) {
    throw new InvalidArgumentError("It must be a time such as 90d or 12h");
  }
  return us;
}
