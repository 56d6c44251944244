/** `pingo job quote`: what a job or a slice would cost, before anything is charged. */
import { inVcu } from "../../kernel/credit.ts";
import { CommandError, Exit } from "../outcome.ts";
import { print, printJson } from "../terminal/print.ts";
import { type AskFlags, asked } from "./asked.ts";
import { readJobFile } from "./job-file.ts";

export interface QuoteFlags extends AskFlags {
  readonly cores?: number;
  readonly memory?: number;
  readonly for?: string;
}

export async function quote(path: string | undefined, flags: QuoteFlags): Promise<Exit> {
  const { cores, memory, for: length } = flags;
  const isSlice = cores !== undefined || memory !== undefined || length !== undefined;
  if ((path === undefined) === !isSlice) {
    throw new CommandError(
      "name a job file, or a slice with --cores, --memory and --for, such as " +
        "--cores 0.1 --memory 128 --for 1h",
    );
  }
  const wanted =
    path === undefined
      ? { slice: { cores: cores ?? 0.1, memoryMib: memory ?? 128, for: length ?? "1h" } }
      : readJobFile(path);
  const { price, pingo, pingoPerVcu, balance, rule, tasks } = await asked(flags, (client) =>
    client.quote(wanted),
  );
  if (flags.json === true) {
    printJson({ tasks, price, pingo, pingoPerVcu, balance, rule });
    return Exit.fine;
  }
  print(`${inVcu(price)}, or ${pingo} PINGO at ${pingoPerVcu} a VCU`);
  print(`  ${rule}`);
  if (balance !== null) {
    const after = balance - price;
    const rest = after < 0n ? `${inVcu(-after)} are missing` : `${inVcu(after)} would be left`;
    print(`  your balance is ${inVcu(balance)}; ${rest}`);
  }
  return Exit.fine;
}
