/** A hundred thousand nodes for a day: whether time and memory of one process are enough. */
import { flagsOf, numberText, printReport } from "./report.ts";
import { runScenario } from "./scenario-run.ts";

const EVENTS = 50_000_000;
const WALL_SECONDS = 600;
const PEAK_GIB = 8;
const GIB = 1_073_741_824;

const flags = flagsOf();
const tiny = ["nodes=100", "edges=1", "verifiers=1", "until=1h"];
const overrides = flags.smoke ? tiny : flags.rest;
const ran = runScenario("benchmarks/hundred-thousand.yaml", overrides);
const { result, wallSeconds, buildSeconds, peakBytes } = ran;
const perSecond = result.events / wallSeconds;
printReport(
  {
    benchmark: "hundred-thousand",
    hash: result.hash,
    figures: [
      { name: "events", value: result.events, unit: "", atLeast: EVENTS },
      { name: "time", value: wallSeconds, unit: "s", atMost: WALL_SECONDS },
      { name: "peak memory", value: peakBytes / GIB, unit: "GiB", atMost: PEAK_GIB },
    ],
    table: [
      ["events", "events/s", "wall s", "CPU s", "build s", "executions", "verdict"],
      [
        numberText(result.events),
        numberText(perSecond),
        numberText(wallSeconds),
        numberText(ran.cpuSeconds),
        numberText(buildSeconds),
        numberText(result.metrics.executions ?? 0),
        result.verdict,
      ],
    ],
    notes: ["`benchmarks/hundred-thousand.yaml`, chaos and liveness phase, trace hash on."],
  },
  flags,
);
