/** `pingo node …`: what concerns one machine. The work itself is loaded when it is asked for. */
import { Command } from "commander";
import { defaultRule } from "../../live/contribution/rule.ts";
import { addNodeFlags } from "../nats/commands.ts";
import type { Exit } from "../outcome.ts";

type End = (exit: Exit) => void;

const json = ["--json", "print one JSON object on stdout and nothing else"] as const;

const ruleHelp = `
A rule is clauses with commas between them, in any order:
  50% when idle           give so much of the processor; also "2 cores", "all"
  100% at night           at night 22:00-07:00, by day, between 9:00 and 17:30
  20% on weekends         on weekdays, on mon-fri, on sat and sun
  10% even when busy      only then to a machine whose owner uses it; or "always"
  50% even on battery     only then to a machine without mains
  never on battery        nothing at all; also "when busy", "when load over 25%", times
  max 4GB                 at most; also "50% memory", "2 slots", "2 cores", with "when busy" …
  night 23:00-06:00       what night is
  idle after 5min         without input for so long the owner counts as away

Without a rule: ${defaultRule}
`;

export function nodeCommand(end: End): Command {
  return addNodeFlags(new Command("node"), end)
    .description("Run a node; look after one machine: what it gives, when and why.")
    .addCommand(ruleCommand(end))
    .addCommand(statusCommand(end));
}

function ruleCommand(end: End): Command {
  const explain = new Command("explain")
    .description("Show what a contribution rule gives in the coming week.")
    .argument("[rule]", "one line in quotes; by default the rule of a node without one")
    .option("--zone <name>", "time zone such as Europe/Berlin; by default this machine's")
    .option("--cores <n>", "cores of the machine; by default this machine's")
    .option("--memory <size>", "memory of the machine such as 16GB; by default this machine's")
    .option("--from <date>", "first day such as 2026-03-28; by default today")
    .option(...json)
    .addHelpText(
      "after",
      `${ruleHelp}
Examples:
  $ pingo node rule explain "50% when idle, 100% at night, never on battery, max 4GB"
  $ pingo node rule explain "10% always, all at night on weekends" --zone Asia/Tokyo --json
`,
    )
    .action(async (rule: string | undefined, options) => {
      const { explain: run } = await import("./rule-command.ts");
      end(run(rule, options));
    });
  return new Command("rule").description("Work with contribution rules.").addCommand(explain);
}

function statusCommand(end: End): Command {
  return new Command("status")
    .description("Ask the agent on this machine what it does, and why.")
    .option("--url <url>", "its page; by default http://127.0.0.1:7461")
    .option("--pause", "give nothing until it is resumed")
    .option("--resume", "give again what the rule says")
    .option(...json)
    .action(async (options) => {
      const { status } = await import("./status-command.ts");
      end(await status(options));
    });
}
