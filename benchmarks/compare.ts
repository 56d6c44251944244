/** Six rules over twenty seeds of a network of 500 machines and 72 hours, as users run it. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { flagsOf, numberText, printReport } from "./report.ts";

const MINUTES = 10;
/** The machine that the goal is set for. */
const WORKERS = 2;
const POLICIES = "ours,equal,fcfs,quorum3,trust,random";

const flags = flagsOf();
const size = flags.smoke
  ? ["--seeds", "2", "--until", "1h", "--set", "nodes=20"]
  : ["--seeds", "20"];
const folder = mkdtempSync(join(tmpdir(), "pingo-compare-"));
const args = ["sim", "compare", "benchmarks/compare.yaml", "--policies", POLICIES, ...size];
const ran = spawnSync(
  process.execPath,
  ["bin/pingo.js", ...args, "--workers", String(WORKERS), "--out", folder, "--json"],
  { encoding: "utf8", maxBuffer: 64 * 1_048_576 },
);
if (ran.stdout === "") throw new Error(`the comparison gave no numbers: ${ran.stderr}`);
const { wallMs, ...numbers } = JSON.parse(ran.stdout) as {
  readonly wallMs: number;
  readonly seeds: ReadonlyArray<number>;
  readonly policies: ReadonlyArray<string>;
};
const minutes = wallMs / 60_000;
const runs = numbers.seeds.length * numbers.policies.length;
printReport(
  {
    benchmark: "compare",
    hash: createHash("sha256").update(JSON.stringify(numbers)).digest("hex").slice(0, 16),
    figures: [{ name: "time", value: minutes, unit: "min", atMost: MINUTES }],
    table: [
      ["runs", "workers", "wall min", "s/run and worker"],
      [
        numberText(runs),
        numberText(WORKERS),
        numberText(minutes),
        numberText((60 * minutes * WORKERS) / runs),
      ],
    ],
    notes: [`\`npx pingo ${args.join(" ")} --workers ${WORKERS}\`, after \`npm run build\`.`],
  },
  flags,
);
