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

const ABOVE = 66;

/** With room above for what the report says beside the picture. */
function roomier(markup: string): string {
  return markup.replace(/viewBox="([^"]*)"/, (_, box: string) => {
    const [x = 0, y = 0, width = 0, height = 0] = box.split(" ").map(Number);
    return `viewBox="${x} ${y - ABOVE} ${width} ${height + ABOVE}"`;
  });
}

const wanted = { emission: 0, allocation: 1, holdings: 2 } as const;

for (const [name, index] of Object.entries(wanted)) {
  const plot = plots[index];
  if (plot === undefined) throw new Error(`no plot ${index}; see src/sim/economy/page.ts`);
  const swatches = plot.lines.map(({ title }, n) => {
    const place = `x="${12 + (n % 6) * 150}" y="${-32 + Math.floor(n / 6) * 18}"`;
    return `<text class="ink-c${n + 1}" ${place} style="fill: currentColor">${title}</text>`;
  });
  const heading = `<text x="12" y="-54" style="fill: var(--ink)">${plot.title}: a line is the middle
of the futures, its band holds nine of ten</text>`;
  const { markup } = bandSvg(outcome, plot);
  const styled = roomier(markup).replace(">", `><style>${style}</style>`);
  const legible = styled.replace("</svg>", `${[heading, ...swatches].join("\n")}</svg>\n`);
  writeFileSync(`docs/pictures/economy-${name}.svg`, legible);
}
