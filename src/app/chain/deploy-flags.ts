/** `pingo chain deploy`: flags and help; and those that all commands about contracts have. */
import { Command, Option } from "commander";
import { chainNetworks } from "../../adapters/ton/networks.ts";
import type { Exit } from "../outcome.ts";

/** Those of every command that reads the chain. */
export function looking(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(
      new Option("--network <network>", "where the contracts are")
        .choices(chainNetworks)
        .default("local"),
    )
    .option("--endpoint <url>", "a toncenter v2 interface (PINGO_TON_ENDPOINT)")
    .option("--dir <folder>", "state folder of the network (PINGO_HOME, else ~/.pingo)")
    .option("--json", "print one JSON object on stdout and nothing else");
}

/** Those of every command that sends. */
export function sending(name: string, description: string): Command {
  return looking(name, description)
    .option("--key-file <file>", "key of the wallet that signs (PINGO_TON_KEY_FILE)")
    .option("--dry-run", "print what would be sent and what it costs; send nothing")
    .option("--yes", "do not ask before mainnet");
}

export function deployCommand(end: (exit: Exit) => void): Command {
  return sending("deploy", "Put PinGo's contracts on a chain, or go on where that was interrupted.")
    .option("--settings <file>", "roles, shares and rules, YAML; see docs/chain.md")
    .option("--issuer <key>", "public key of an issuer; three times, or none", collect, [])
    .addHelpText(
      "after",
      `
All that will be sent is printed first. A deployment that was interrupted goes on with the same
contracts: what is done is skipped. --dry-run needs neither a network nor a key.

Examples:
  $ pingo chain deploy --network testnet --dry-run
  $ pingo chain deploy --network local
  $ pingo chain deploy --network testnet --key-file deployer.key
`,
    )
    .action(async (flags) => end(await (await import("./deploy-command.ts")).deploy(flags)));
}

function collect(value: string, before: ReadonlyArray<string>): ReadonlyArray<string> {
  return [...before, value];
}
