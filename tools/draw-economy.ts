/**
 * Draws docs/pictures/economy-*.svg from the numbers of a run:
 * npx pingo sim run scenarios/token-five-years.yaml && npx tsx tools/draw-economy.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { bandSvg } from "../src/sim/economy/band-plot.ts";
import type { Outcome } from "../src/sim/economy/outcome.ts";
import { plots } from "../src/sim/economy/page.ts";
import { markCss, themeCss } from "../src/sim/report/palette.ts";

const numbers = process.argv[2] ?? "out/token-five-years-1/result.json";
const outcome = JSON.parse(readFileSync(numbers, "utf8")) as Outcome;

/** A picture on a page of its own has no page's style to lean on. */
const style = `${themeCss()}
svg { background: var(--panel); font: 13px system-ui, sans-serif; }
text { fill: var(--muted); } .grid { stroke: var(--rule); } .curve { fill: none; stroke-width: 2; }
${markCss()}`;

const wanted = { emission: 0, allocation: 1, holdings: 2 } as const;

for (const [name, index] of Object.entries(wanted)) {
  const plot = plots[index];
  if (plot === undefined) throw new Error(`no plot ${index}; see src/sim/economy/page.ts`);
  const legend = plot.lines.map(({ title }, n) => {
    const at = 12 + (n % 4) * 150;
    const line = 14 + Math.floor(n / 4) * 18;
    const place = `x="${at}" y="${line}" style="fill: currentColor"`;
    return `<text class="ink-c${n + 1}" ${place}>${title}</text>`;
  });
  const { markup } = bandSvg(outcome, plot);
  const styled = markup.replace(">", `><style>${style}</style>`);
  const legible = styled.replace("</svg>", `${legend.join("\n")}</svg>\n`);
  writeFileSync(`docs/pictures/economy-${name}.svg`, legible);
}
