/** `pingo sim …`: flags, help and examples. The work itself is loaded when it is asked for. */
import { Command, InvalidArgumentError, Option } from "commander";
import type { Exit } from "../outcome.ts";

type End = (exit: Exit) => void;

const exitCodes = `
Exit codes:
  0 fine, 1 crash, 2 usage or bad input, 10 safety violated, 11 not live,
  12 not deterministic, 13 a check missed, 130 interrupted
`;

const examples = (...lines: ReadonlyArray<string>) =>
  `\nExamples:\n${lines.map((line) => `  $ pingo sim ${line}\n`).join("")}${exitCodes}`;

const json = ["--json", "print one JSON object on stdout and nothing else"] as const;
const seed = ["--seed <n>", "seed of every draw, instead of the scenario's", wholeNumber] as const;
const workers = ["--workers <n>", "processes; by default one per core", workerCount] as const;
const cloud = ["--cloud-core-hour <usd>", "price of a cloud's core-hour (0.04)", price] as const;
const vcuHour = [
  "--vcu-hour <usd>",
  "posted price of a machine's VCU-hour, electricity and reward (0.01)",
  price,
] as const;
const set = ["--set <path=value>", "replace a value of the scenario (repeatable)"] as const;

export function simCommand(end: End): Command {
  return new Command("sim")
    .description("Simulate a network: the actors that run live, under a virtual clock.")
    .addCommand(runCommand(end))
    .addCommand(sweepCommand(end))
    .addCommand(compareCommand(end))
    .addCommand(attackCommand(end))
    .addCommand(swarmCommand(end))
    .addCommand(replayCommand(end))
    .addCommand(explainCommand(end))
    .addCommand(validateCommand(end))
    .addCommand(workerCommand(end), { hidden: true });
}

function runCommand(end: End): Command {
  return new Command("run")
    .description("Run one scenario: metrics, checks, a verdict and a report.")
    .argument("<file>", "scenario, a YAML file")
    .option(...seed)
    .option(...set, collected, [])
    .option("--until <time>", "virtual time to run, such as 6h")
    .option("--out <dir>", "folder of report.html and result.json (out/<scenario>-<seed>)")
    .option("--trace <file>", "write every delivery into this file, for replay")
    .option("--verify", "run twice side by side, stop at the first delivery that differs")
    .option(...cloud)
    .option(...vcuHour)
    .option(...json)
    .addHelpText(
      "after",
      examples(
        "run scenarios/first-light.yaml",
        "run scenarios/steady.yaml --seed 7 --until 6h --json",
        "run scenarios/churn.yaml --set nodes=500 --set policies.scheduling.rule=fcfs",
        "run scenarios/partition.yaml --set faults.0.for=2h --verify",
      ),
    )
    .action(async (file: string, options) => {
      const { run } = await import("./run-command.ts");
      end(await run(file, options));
    });
}

function sweepCommand(end: End): Command {
  return new Command("sweep")
    .description("Run settings x seeds in parallel: mean and 95 % interval per metric.")
    .argument("<file>", "scenario, a YAML file")
    .requiredOption("--seeds <n>", "how many seeds per setting", positiveNumber)
    .option("--first-seed <n>", "the first of them (1)", wholeNumber)
    .option("--set <path=a,b,c>", "values to try; several give all combinations", collected, [])
    .option("--until <time>", "virtual time to run, such as 6h")
    .option(...workers)
    .option(...json)
    .addHelpText(
      "after",
      examples(
        "sweep scenarios/steady.yaml --seeds 20",
        "sweep scenarios/churn.yaml --seeds 8 --set policies.scheduling.rule=credit,fcfs,equal",
        "sweep scenarios/churn.yaml --seeds 8 --set nodes=100,200 --set workload.load=0.5,0.9",
      ),
    )
    .action(async (file: string, options) => {
      const { sweep } = await import("./sweep-command.ts");
      end(await sweep(file, options));
    });
}

function compareCommand(end: End): Command {
  return new Command("compare")
    .description("Run sets of rules under the same seeds: who is better in which metric.")
    .argument("<file>", "scenario, a YAML file")
    .requiredOption("--policies <a,b>", "sets of rules; ours: the policies of the scenario")
    .requiredOption("--seeds <n>", "how many seeds, the same for all", positiveNumber)
    .option("--first-seed <n>", "the first of them (1)", wholeNumber)
    .option(...set, collected, [])
    .option("--until <time>", "virtual time to run, such as 6h")
    .option("--out <dir>", "folder of compare.html and compare.json (out/compare-<scenario>)")
    .option(...cloud)
    .option(...vcuHour)
    .option(...workers)
    .option(...json)
    .addHelpText(
      "after",
      examples(
        "compare scenarios/first-light.yaml --policies ours,equal,fcfs --seeds 20",
        "compare scenarios/wrong-results.yaml --policies ours,quorum3,trust --seeds 20 --json",
      ),
    )
    .action(async (file: string, options) => {
      const { compare } = await import("./compare-command.ts");
      end(await compare(file, options));
    });
}

function attackCommand(end: End): Command {
  return new Command("attack")
    .description("Search the strategy of a scenario's adversaries that pays them most.")
    .argument("<file>", "scenario with adversaries, a YAML file")
    .option("--budget <n>", "how many strategies to try", positiveNumber, 200)
    .option("--seed <n>", "seed of the search and of each run", wholeNumber)
    .addOption(
      new Option("--objective <what>", "what the attackers want").choices([
        "gain",
        "profit",
        "error",
      ]),
    )
    .option(...set, collected, [])
    .option("--until <time>", "virtual time to run, such as 6h")
    .option("--out <dir>", "folder of attack.json (out/attack-<scenario>)")
    .option(...workers)
    .option(...json)
    .addHelpText(
      "after",
      examples(
        "attack scenarios/sybil-split.yaml --budget 200",
        "attack scenarios/colluders-20.yaml --budget 60 --objective error --json",
      ),
    )
    .action(async (file: string, options) => {
      const { attack } = await import("./attack-command.ts");
      end(await attack(file, options));
    });
}

function swarmCommand(end: End): Command {
  return new Command("swarm")
    .description("Draw small networks, load, faults and limits; shrink what fails.")
    .option("--runs <n>", "how many runs (200)", positiveNumber)
    .option("--minutes <n>", "stop starting runs after so many minutes", positiveNumber)
    .option("--seed <n>", "seed of the first run (1)", wholeNumber)
    .option("--defect <name>", "plant a known bug, to prove that it is found")
    .option(...workers)
    .option(...json)
    .addHelpText(
      "after",
      examples("swarm --runs 200", "swarm --minutes 30 --seed 100000 --workers 2"),
    )
    .action(async (options) => {
      const { swarm } = await import("./swarm-command.ts");
      end(await swarm(options));
    });
}

function replayCommand(end: End): Command {
  return new Command("replay")
    .description("Run a trace, a swarm's failure or a live network's journal again and compare.")
    .argument(
      "<file>",
      "a trace of run --trace, a failure file of swarm, or a live network's folder",
    )
    .option("--export <file>", "keep the journal of one shard and its states, as NAME.journal.gz")
    .option(...json)
    .addHelpText(
      "after",
      examples(
        "replay out/steady.trace",
        "replay out/swarm/failure-17.yaml",
        "replay ~/.pingo --json",
        "replay ~/.pingo/journals/edge-e0 --export edge.journal.gz",
      ),
    )
    .action(async (file: string, options) => {
      const { replay } = await import("./replay-command.ts");
      end(await replay(file, options));
    });
}

function explainCommand(end: End): Command {
  return new Command("explain")
    .description("Tell the story of one actor, message by message.")
    .argument("<file>", "scenario, a YAML file")
    .option("--job <id>", "the job to follow")
    .option("--node <id>", "the node to follow")
    .option("--contributor <id>", "the contributor to follow")
    .option(...seed)
    .option(...set, collected, [])
    .option("--until <time>", "virtual time to run, such as 6h")
    .option(...json)
    .addHelpText(
      "after",
      examples(
        "explain scenarios/steady.yaml --node n007 --until 2h",
        "explain scenarios/first-light.yaml --contributor c0012 --seed 7 --until 4h",
      ),
    )
    .action(async (file: string, options) => {
      const { explain } = await import("./explain-command.ts");
      end(await explain(file, options));
    });
}

function validateCommand(end: End): Command {
  return new Command("validate")
    .description("Check a scenario and the files it names, without running it.")
    .argument("<file>", "scenario, a YAML file")
    .option(...set, collected, [])
    .option(...json)
    .addHelpText("after", examples("validate scenarios/first-light.yaml"))
    .action(async (file: string, options) => {
      const { validate } = await import("./validate-command.ts");
      end(await validate(file, options));
    });
}

/** What sweep, compare and swarm start: it takes tasks from its parent. */
function workerCommand(end: End): Command {
  return new Command("worker").action(async () => {
    const { serve } = await import("../workers/serve.ts");
    end(await serve());
  });
}

function collected(value: string, previous: ReadonlyArray<string>): ReadonlyArray<string> {
  return [...previous, value];
}

function price(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || !(value > 0)) {
    throw new InvalidArgumentError("It must be dollars above zero such as 0.04");
  }
  return value;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError("It must be a whole number such as 7");
  }
  return value;
}

/** Beyond that the plan alone would not fit into memory. */
const COUNT_MAX = 1_000_000;
const WORKERS_MAX = 1_024;

function positiveNumber(text: string): number {
  const value = wholeNumber(text);
  if (value === 0 || value > COUNT_MAX) {
    throw new InvalidArgumentError("It must be from 1 to 1,000,000");
  }
  return value;
}

function workerCount(text: string): number {
  const value = wholeNumber(text);
  if (value === 0 || value > WORKERS_MAX)
    throw new InvalidArgumentError("It must be from 1 to 1,024");
  return value;
}
