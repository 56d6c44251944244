/** The main job: what a newcomer waits for. */
import { flagsOf, numberText, printReport } from "./report.ts";
import { runScenario } from "./scenario-run.ts";

const WALL_SECONDS = 60;
const EVENTS = 1_000_000;

const flags = flagsOf();
const overrides = flags.smoke ? ["nodes=50", "until=2h"] : flags.rest;
const { result, wallSeconds, peakBytes, ...ran } = runScenario(
  "scenarios/first-light.yaml",
  overrides,
);
printReport(
  {
    benchmark: "first-light",
    hash: result.hash,
    figures: [
      { name: "time", value: wallSeconds, unit: "s", atMost: WALL_SECONDS },
      { name: "events", value: result.events, unit: "", atLeast: EVENTS },
    ],
    table: [
      ["events", "events/s", "wall s", "CPU s", "peak MiB", "verdict"],
      [
        numberText(result.events),
        numberText(result.events / wallSeconds),
        numberText(wallSeconds),
        numberText(ran.cpuSeconds),
        numberText(peakBytes / 1_048_576),
        result.verdict,
      ],
    ],
    notes: ["`scenarios/first-light.yaml`, its own seed, trace hash on, no report written."],
  },
  flags,
);
