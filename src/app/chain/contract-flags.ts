/** `pingo chain status|credential|claim|escrow|vesting|roots|meme`: flags and help. */
import { Command, Option } from "commander";
import type { Exit } from "../outcome.ts";
import { looking, sending } from "./deploy-flags.ts";

type End = (exit: Exit) => void;

const collect = (value: string, before: ReadonlyArray<string>) => [...before, value];
const terms = ["<terms>", "YAML file with the terms of the job; docs/chain.md shows one"] as const;

const examples = (...lines: ReadonlyArray<string>) =>
  `\nExamples:\n${lines.map((line) => `  $ pingo chain ${line}\n`).join("")}`;

export function statusCommand(end: End): Command {
  return looking("status", "The contracts of this network: where, how funded, in whose hands.")
    .addHelpText("after", examples("status", "status --network testnet --json"))
    .action(async (flags) => end(await (await import("./status-command.ts")).status(flags)));
}

export function credentialCommand(end: End): Command {
  const show = looking("show", "A wallet's credential: valid, lapsed, ended, or none.")
    .argument("[wallet]", "its address; else that of your key")
    .option("--key-file <file>", "key of your wallet (PINGO_TON_KEY_FILE)")
    .action(async (wallet: string | undefined, flags) => {
      const { showCredential } = await import("./credential-commands.ts");
      end(await showCredential(wallet, flags));
    });
  const claim = sending("claim", "Present your voucher: makes the credential, or renews it.")
    .option("--voucher <file>", "the voucher, JSON, instead of asking the gateway")
    .option("--url <url>", "the gateway, instead of PINGO_URL")
    .addHelpText("after", examples("credential claim", "credential claim --voucher voucher.json"))
    .action(async (flags) => {
      end(await (await import("./credential-commands.ts")).claimCredential(flags));
    });
  const link = sending("link", "Prove to the network which wallet is yours; wallet apps do it too.")
    .option("--url <url>", "the gateway, instead of PINGO_URL")
    .action(async (flags) => end(await (await import("./link-command.ts")).linkWallet(flags)));
  return new Command("credential")
    .description("The soul-bound badge that says: this wallet contributed.")
    .addCommand(link)
    .addCommand(show)
    .addCommand(claim);
}

export function claimCommand(end: End): Command {
  return sending("claim", "Claim the PINGO that your wallet has earned; once for all epochs.")
    .option("--proof <file>", "the proof, JSON, instead of asking the gateway")
    .option("--url <url>", "the gateway, instead of PINGO_URL")
    .addHelpText("after", examples("claim", "claim --dry-run"))
    .action(async (flags) => end(await (await import("./claim-command.ts")).claimRewards(flags)));
}

export function escrowCommand(end: End): Command {
  const commands = () => import("./escrow-commands.ts");
  const url = ["--url <url>", "the gateway, instead of PINGO_URL"] as const;
  const result = ["--result <hash>", "hash of the result, 64 hexadecimal digits"] as const;
  return new Command("escrow")
    .description("One job's price and bond, held by a contract until verifiers decided.")
    .addCommand(
      looking("status", "Where the job stands.")
        .argument(...terms)
        .action(async (file: string, flags) =>
          end(await (await commands()).escrowStatus(file, flags)),
        ),
    )
    .addCommand(
      sending("fund", "Make the escrow and pay the price: what its client does.")
        .argument(...terms)
        .option(...url)
        .action(async (file: string, flags) =>
          end(await (await commands()).fundEscrow(file, flags)),
        ),
    )
    .addCommand(
      sending("accept", "Take the job with a bond: what its worker does.")
        .argument(...terms)
        .action(async (file: string, flags) =>
          end(await (await commands()).acceptJob(file, flags)),
        ),
    )
    .addCommand(
      sending("submit", "Submit the hash of the result: what its worker does.")
        .argument(...terms)
        .option("--job <job>", "the job whose verified result it is, such as you.3")
        .option(...result)
        .option(...url)
        .action(async (file: string, flags) =>
          end(await (await commands()).submitResult(file, flags)),
        ),
    )
    .addCommand(
      sending("verdict", "Bring what enough verifiers signed; anybody may.")
        .argument(...terms)
        .requiredOption(...result)
        .addOption(
          new Option("--verdict <verdict>", "what they found")
            .choices(["good", "wrong"])
            .makeOptionMandatory(),
        )
        .option("--verifier-key <file>", "key of a verifier who signs here; repeat it", collect, [])
        .option("--signature <n=hex>", "of verifier n who signed elsewhere; repeat it", collect, [])
        .action(async (file: string, flags) =>
          end(await (await commands()).bringVerdict(file, flags)),
        ),
    )
    .addCommand(
      sending("expire", "End a job whose time is over; anybody may.")
        .argument(...terms)
        .action(async (file: string, flags) =>
          end(await (await commands()).expireEscrow(file, flags)),
        ),
    )
    .addHelpText(
      "after",
      examples(
        "escrow fund terms.yaml",
        "escrow accept terms.yaml",
        "escrow submit terms.yaml --job you.3",
        "escrow status terms.yaml --json",
      ),
    );
}

export function vestingCommand(end: End): Command {
  const commands = () => import("./vesting-commands.ts");
  return new Command("vesting")
    .description("PINGO that becomes free over years.")
    .addCommand(
      looking("show", "What vests to whom, and how much has.").action(async (flags) =>
        end(await (await commands()).showVestings(flags)),
      ),
    )
    .addCommand(
      sending("release", "Take out what has vested to your wallet.")
        .option("--vesting <address>", "which, where several vest to you")
        .action(async (flags) => end(await (await commands()).release(flags))),
    );
}

export function rootsCommand(end: End): Command {
  return new Command("roots")
    .description("Roots of rewards and of the ledger.")
    .addCommand(
      looking("show", "Which are in force, which wait, what was paid under them.").action(
        async (flags) => end(await (await import("./status-command.ts")).showRoots(flags)),
      ),
    );
}

export function memeCommand(end: End): Command {
  const create = sending("create", "Make a jetton of fixed supply that nobody administers.")
    .requiredOption("--name <name>", "as wallets show it")
    .requiredOption("--symbol <symbol>", "a few letters")
    .requiredOption(
      "--picture <file or url>",
      "at most four KiB on the chain itself, or its address",
    )
    .option("--description <text>", "a sentence")
    .option("--supply <n>", "whole coins; all of them are yours", "1000000000")
    .option("--salt <n>", "another number makes another jetton of the same", "0")
    .addHelpText(
      "after",
      examples('meme create --name "Dog of the Day" --symbol DOG --picture dog.png'),
    )
    .action(async (flags) => end(await (await import("./meme-command.ts")).createMeme(flags)));
  return new Command("meme").description("Meme tokens.").addCommand(create);
}
