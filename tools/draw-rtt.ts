/**
 * Draws docs/pictures/rtt-quantiles.svg and prints the table of docs/network-model.md: quantiles of
 * measured and of simulated round trips. PINGO_TRACES names the folder of the trace.
 */
import { writeFileSync } from "node:fs";
import { Either } from "effect";
import {
  generatedRtts,
  inflationInTheStates,
  measuredRtts,
  PROBABILITIES,
  quantile,
  readTrace,
} from "../test/validation/network-planetlab.ts";

const WIDTH = 640;
const HEIGHT = 360;
const PLOT = { left: 56, right: 620, top: 24, bottom: 308 };
const RTT_MS_MAX = 450;
const SEEDS = [1, 2, 3, 4, 5];

function x(ms: number): number {
  return PLOT.left + (Math.min(ms, RTT_MS_MAX) / RTT_MS_MAX) * (PLOT.right - PLOT.left);
}

function y(probability: number): number {
  return PLOT.bottom - probability * (PLOT.bottom - PLOT.top);
}

/** The distribution function as a path: the quantile of every half percent. */
function curve(sorted: Float64Array): string {
  const points = Array.from({ length: 199 }, (_, i) => (i + 1) / 200).map(
    (p) => `${x(quantile(sorted, p)).toFixed(1)} ${y(p).toFixed(1)}`,
  );
  return `M${points.join("L")}`;
}

function axes(): string {
  const across = [0, 100, 200, 300, 400].map(
    (ms) =>
      `<path class="grid" d="M${x(ms)} ${PLOT.top}V${PLOT.bottom}"/>` +
      `<text x="${x(ms)}" y="${PLOT.bottom + 18}" text-anchor="middle">${ms}</text>`,
  );
  const up = [0, 0.25, 0.5, 0.75, 1].map(
    (p) =>
      `<path class="grid" d="M${PLOT.left} ${y(p)}H${PLOT.right}"/>` +
      `<text x="${PLOT.left - 8}" y="${y(p) + 4}" text-anchor="end">${p * 100} %</text>`,
  );
  return [...across, ...up].join("\n");
}

function dots(sorted: Float64Array): string {
  return PROBABILITIES.map(
    (p) => `<circle cx="${x(quantile(sorted, p)).toFixed(1)}" cy="${y(p).toFixed(1)}" r="4"/>`,
  ).join("");
}

function picture(measured: Float64Array, generated: Float64Array): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"
 aria-label="Distribution of round-trip times, measured and simulated, nearly on one line">
<style>
text { font: 13px system-ui, sans-serif; fill: #444; }
.grid { stroke: #8888; stroke-width: .5; }
.measured { stroke: #b4530a; fill: #b4530a; }
.simulated { stroke: #1d6fb8; fill: #1d6fb8; }
path.measured, path.simulated { fill: none; stroke-width: 2.5; }
path.simulated { stroke-dasharray: 7 4; }
text.measured, text.simulated { stroke: none; }
@media (prefers-color-scheme: dark) {
text { fill: #ccc; }
.measured { stroke: #f5a35c; fill: #f5a35c; }
.simulated { stroke: #6cb6f5; fill: #6cb6f5; }
}
</style>
${axes()}
<text x="${(PLOT.left + PLOT.right) / 2}" y="346" text-anchor="middle">round trip, ms</text>
<path class="measured" d="${curve(measured)}"/>
<path class="simulated" d="${curve(generated)}"/>
<g class="measured">${dots(measured)}</g>
<g class="simulated">${dots(generated)}</g>
<text class="measured" x="400" y="236">measured, 490 machines</text>
<text class="simulated" x="400" y="258">simulated, 490 machines</text>
</svg>
`;
}

function table(measured: Float64Array): string {
  const runs = SEEDS.map((seed) => generatedRtts(seed));
  const rows = PROBABILITIES.map((p) => {
    const truth = quantile(measured, p);
    const each = runs.map((run) => quantile(run, p));
    const worst = Math.max(...each.map((ms) => Math.abs(ms / truth - 1)));
    const cells = [truth, each[0] ?? 0, Math.min(...each), Math.max(...each)];
    const text = cells.map((ms) => ms.toFixed(1)).join(" | ");
    return `| ${p * 100} % | ${text} | ${(100 * worst).toFixed(1)} % |`;
  });
  return [
    "| quantile | measured ms | seed 1 ms | least of 5 seeds | most | worst error |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

const trace = readTrace(process.env.PINGO_TRACES);
if (Either.isLeft(trace)) {
  process.stderr.write(`draw-rtt: ${trace.left}\n`);
  process.exitCode = 1;
} else {
  const measured = measuredRtts(trace.right);
  const file = new URL("../docs/pictures/rtt-quantiles.svg", import.meta.url);
  writeFileSync(file, picture(measured, generatedRtts(1)));
  const inflation = SEEDS.map((seed) => inflationInTheStates(seed).toFixed(2)).join(", ");
  process.stdout.write(`${table(measured)}\n\nUnited States, median inflation: ${inflation}\n`);
}
