/** `pingo audit …`: flags and help. The work itself is loaded when it is asked for. */
import { Command } from "commander";
import type { Exit } from "../outcome.ts";
import type { VerifyFlags } from "./verify-command.ts";

export function auditCommand(end: (exit: Exit) => void): Command {
  return new Command("audit").description("The log of who did what with which token.").addCommand(
    new Command("verify")
      .description("Check the chain of hashes; name the first line that breaks it.")
      .option("--dir <folder>", "state folder of the network (PINGO_HOME, else ~/.pingo)")
      .option("--head <hash>", "a hash that was noted before and must still be in the chain")
      .option("--json", "print one JSON object on stdout and nothing else")
      .addHelpText(
        "after",
        "\nExit codes: 0 the chain holds, 2 there is no log, 10 it is broken.\n" +
          "\nExamples:\n  $ pingo audit verify\n  $ pingo audit verify --json\n",
      )
      .action(async (options: VerifyFlags) => {
        const { verify } = await import("./verify-command.ts");
        end(await verify(options));
      }),
  );
}
