/** Writes docs/metrics.md from the catalogue of metrics. */
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { catalogue } from "../src/sim/metrics/catalogue.ts";
import type { MetricEntry } from "../src/sim/metrics/metric-row.ts";

const titles: Readonly<Record<MetricEntry["group"], string>> = {
  people: "People and their demands",
  adversaries: "Adversaries",
  work: "Work",
  waiting: "Waiting",
  fairness: "Fairness",
  credit: "Credit",
  rewards: "Rewards",
  machines: "Machines",
  network: "Network",
  learning: "Learning",
};

const opening = `# The metrics of a run

<!-- Written by tools/write-metrics.ts from src/sim/metrics/catalogue.ts; edit that. -->

\`pingo sim run\` prints these numbers, writes them under \`metrics\` in its JSON object and shows
them in \`report.html\`; a scenario bounds them under \`checks\` by the same names.

- Times are virtual seconds. Quantiles come from a histogram whose bins are 1.6 % wide, so they are
  exact to less than 1 %.
- One VCU (verified compute unit) is an hour of a core of 10 GFLOPS: 36,000 GFLOP.
- Waits, what is asked, earned and spent count from \`measureFrom\` of the scenario on, counts from
  its begin. Fairness is about honest contributors; those admitted for less than an hour are left
  out of its quantiles and indices and counted in \`newlyAdmitted\`.
- \`pingo sim compare\` gives the mean over seeds with Student's 95 % interval, mean ± t(n - 1) s /
  sqrt(n), and judges by the same interval of the differences seed by seed. Where the last column
  is empty neither way is better.
- A paid VCU costs \`costFactor\` times the posted price of a machine's VCU-hour (\`--vcu-hour\`,
  0.01 USD unless given: electricity and reward), beside a cloud's core-hour
  (\`--cloud-core-hour\`, 0.04 USD).
- A ratio has no unit: 0.94 is 94 %. With nothing to divide by it is 0, or as the formula says.
`;

const cell = (text: string) => text.replaceAll("|", "\\|");

function groupText(group: MetricEntry["group"]): string {
  const rows = catalogue
    .filter((entry) => entry.group === group)
    .map(
      ({ name, unit, meaning, formula, better = "" }) =>
        `| \`${name}\` | ${cell(unit)} | ${cell(meaning)} | ${cell(formula)} | ${better} |`,
    );
  const head = [
    "| metric | unit | meaning | formula | better |",
    "| --- | --- | --- | --- | --- |",
  ];
  return ["", `## ${titles[group]}`, "", ...head, ...rows, ""].join("\n");
}

/** The text of the page; groups in the order of the catalogue. */
export function metricsPage(): string {
  const groups = [...new Set(catalogue.map((entry) => entry.group))];
  return opening + groups.map(groupText).join("");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(new URL("../docs/metrics.md", import.meta.url), metricsPage());
}
