/** `pingo job …`: flags, help and examples. All of it goes through the gateway's HTTP interface. */
import { Command, InvalidArgumentError, Option } from "commander";
import { JobState, ResultFormat } from "../../adapters/http/shapes.ts";
import type { Exit } from "../outcome.ts";

type End = (exit: Exit) => void;

const exitCodes = `
The gateway is the one of --url or PINGO_URL, by default http://127.0.0.1:7460 of pingo up.
Exit codes:
  0 fine, 1 crash, 2 usage, bad input or no gateway, 13 the job ended without all results,
  130 interrupted (the job goes on)
`;

const examples = (...lines: ReadonlyArray<string>) =>
  `\nExamples:\n${lines.map((line) => `  $ pingo job ${line}\n`).join("")}${exitCodes}`;

export function jobCommand(end: End): Command {
  return new Command("job")
    .description("Hand in jobs, follow them, fetch results: what a requester does.")
    .addCommand(submitCommand(end))
    .addCommand(waitCommand(end))
    .addCommand(quoteCommand(end))
    .addCommand(listCommand(end))
    .addCommand(statusCommand(end))
    .addCommand(tasksCommand(end))
    .addCommand(logsCommand(end))
    .addCommand(resultCommand(end))
    .addCommand(cancelCommand(end))
    .addCommand(explainCommand(end));
}

/** A command about a gateway has these two flags. */
function asking(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("--url <url>", "the gateway, instead of PINGO_URL")
    .option("--json", "print one JSON object on stdout and nothing else");
}

const job = ["<job>", "id of the job, such as you.3"] as const;

function submitCommand(end: End): Command {
  return asking("submit", "Hand in a job file; the job is kept once this returns.")
    .argument("<file>", "job file, YAML; files that it names lie beside it")
    .option("--wait", "wait until the job is over")
    .option("-o, --out <file>", "wait and write the result there (.json, .npy or .bin)")
    .option("--name <text>", "what to call it in lists")
    .option("--key <key>", "idempotency key: sent again it is the same job")
    .option("--contributor <id>", "on whose account (bots and operators only)")
    .addHelpText(
      "after",
      examples(
        "submit examples/digits-infer.yaml --wait",
        "submit job.yaml --key nightly-17 --json",
      ),
    )
    .action(async (file: string, options) => {
      const { submit } = await import("./submit-command.ts");
      end(await submit(file, options));
    });
}

function waitCommand(end: End): Command {
  return asking("wait", "Wait until a job is over.")
    .argument(...job)
    .option("-o, --out <file>", "write the result there (.json, .npy or .bin)")
    .addHelpText("after", examples("wait you.3", "wait you.3 --out result.json"))
    .action(async (id: string, options) => {
      const { wait } = await import("./submit-command.ts");
      end(await wait(id, options));
    });
}

function quoteCommand(end: End): Command {
  return asking("quote", "What a job or a slice would cost, in credit and in PINGO.")
    .argument("[file]", "job file, YAML")
    .option("--cores <n>", "a slice instead of a job: cores from 0.1", aboveZero)
    .option("--memory <MiB>", "its memory from 128", aboveZero)
    .option("--for <time>", "how long, such as 1h")
    .addHelpText("after", examples("quote job.yaml", "quote --cores 0.1 --memory 128 --for 1h"))
    .action(async (file: string | undefined, options) => {
      const { quote } = await import("./quote-command.ts");
      end(await quote(file, options));
    });
}

function listCommand(end: End): Command {
  return asking("list", "Your jobs, newest first.")
    .addOption(new Option("--state <state>", "only these").choices(JobState.literals))
    .option("--limit <n>", "so many (50)", aboveZero)
    .option("--cursor <cursor>", "go on where the last page ended")
    .addHelpText("after", examples("list", "list --state running --json"))
    .action(async (options) => {
      const { showList } = await import("./show-commands.ts");
      end(await showList(options));
    });
}

function statusCommand(end: End): Command {
  return asking("status", "Where a job stands.")
    .argument(...job)
    .addHelpText("after", examples("status you.3"))
    .action(async (id: string, options) => {
      const { showStatus } = await import("./show-commands.ts");
      end(await showStatus(id, options));
    });
}

function tasksCommand(end: End): Command {
  return asking("tasks", "A job's tasks: who runs them and what is believed.")
    .argument(...job)
    .option("--limit <n>", "so many (1000)", aboveZero)
    .option("--cursor <cursor>", "go on where the last page ended")
    .addHelpText("after", examples("tasks you.3"))
    .action(async (id: string, options) => {
      const { showTasks } = await import("./show-commands.ts");
      end(await showTasks(id, options));
    });
}

function logsCommand(end: End): Command {
  return asking("logs", "What happened to a job, oldest first.")
    .argument(...job)
    .addHelpText("after", examples("logs you.3"))
    .action(async (id: string, options) => {
      const { showLogs } = await import("./show-commands.ts");
      end(await showLogs(id, options));
    });
}

function resultCommand(end: End): Command {
  return asking("result", "Fetch the result, as far as there is one.")
    .argument(...job)
    .option("-o, --out <file>", "write it there instead of to stdout")
    .addOption(
      new Option("--format <format>", "by default that of the job, or of the file's name").choices(
        ResultFormat.literals,
      ),
    )
    .addHelpText("after", examples("result you.3 --out digits.json", "result you.3 | jq ."))
    .action(async (id: string, options) => {
      const { result } = await import("./result-command.ts");
      end(await result(id, options));
    });
}

function cancelCommand(end: End): Command {
  return asking("cancel", "End a job; what was verified is paid, the rest comes back.")
    .argument(...job)
    .addHelpText("after", examples("cancel you.3"))
    .action(async (id: string, options) => {
      const { cancel } = await import("./show-commands.ts");
      end(await cancel(id, options));
    });
}

function explainCommand(end: End): Command {
  return asking("explain", "Why it waits or ended, who ran it, what was paid.")
    .argument(...job)
    .addHelpText("after", examples("explain you.3"))
    .action(async (id: string, options) => {
      const { showExplanation } = await import("./show-commands.ts");
      end(await showExplanation(id, options));
    });
}

function aboveZero(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || !(value > 0)) {
    throw new InvalidArgumentError("It must be a number above zero such as 50");
  }
  return value;
}
