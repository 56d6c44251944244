/** Lorenz curves: which share of all service and of all earnings the poorest part of us has. */
import { type Html, html } from "../html.ts";
import type { ReportInput } from "../input.ts";
import { figureHtml, numbersHtml, swatch } from "../layout.ts";
import { numberText } from "../number-text.ts";

const SIDE = 300;
const POINTS = 60;

/** Shares of the total that the poorest i of n have, i = 0 … n. */
export function lorenzPoints(values: ReadonlyArray<number>): ReadonlyArray<number> {
  const ranked = [...values].map((value) => Math.max(0, value)).sort((a, b) => a - b);
  const total = ranked.reduce((sum, value) => sum + value, 0);
  let sum = 0;
  return [0, ...ranked.map((value) => (total === 0 ? 0 : (sum += value) / total))];
}

function pathHtml(shares: ReadonlyArray<number>, colour: string, dash: string): Html {
  const n = shares.length - 1;
  const step = Math.max(1, Math.ceil(n / POINTS));
  const places = shares.flatMap((share, i) => {
    if (i % step !== 0 && i !== n) return [];
    return [`${((i / n) * SIDE).toFixed(1)},${((1 - share) * SIDE).toFixed(1)}`];
  });
  return html`<polyline class="curve stroke-${colour}" points="${places.join(" ")}"
 stroke-dasharray="${dash}"/>`;
}

export function lorenzFigure(input: ReportInput): Html {
  const honest = input.contributors.filter(({ className }) => className === "honest");
  if (honest.length < 2) return html``;
  const served = lorenzPoints(honest.map(({ spent }) => spent));
  const earned = lorenzPoints(honest.map((each) => each.earned));
  const ticks = [0, 25, 50, 75, 100].map((tick) => {
    const at = (tick / 100) * SIDE;
    return html`<line class="grid" x1="${at}" x2="${at}" y1="0" y2="${SIDE}"/>
<line class="grid" x1="0" x2="${SIDE}" y1="${at}" y2="${at}"/>
<text x="${at}" y="${SIDE + 18}" text-anchor="middle">${tick}</text>
<text x="-8" y="${SIDE - at + 4}" text-anchor="end">${tick}</text>
`;
  });
  const at = (of: ReadonlyArray<number>, share: number) =>
    `${numberText(100 * (of[Math.round(share * (of.length - 1))] ?? 0))} %`;
  const rows = [0.1, 0.25, 0.5, 0.75, 0.9].map((share) => [
    `${numberText(100 * share)} %`,
    at(served, share),
    at(earned, share),
  ]);
  return figureHtml({
    title: "Lorenz curves of honest contributors",
    note: "% of all that the poorest % of them have; straight: all have the same",
    picture: html`<p class="legend"><span>${swatch("c1")} service</span>
<span>${swatch("c3")} earnings (dashed)</span></p>
<div class="plot square"><svg viewBox="-40 -8 ${SIDE + 56} ${SIDE + 34}" role="img"
 aria-label="Lorenz curves of service and earnings. The numbers are below.">${ticks}
<line class="curve stroke-c8" x1="0" y1="${SIDE}" x2="${SIDE}" y2="0"/>
${pathHtml(earned, "c3", "6 4")}${pathHtml(served, "c1", "none")}</svg></div>`,
    numbers: numbersHtml({
      caption: "What the poorest have of all",
      columns: [
        { title: "Poorest" },
        { title: "Service", numeric: true },
        { title: "Earnings", numeric: true },
      ],
      rows,
    }),
  });
}
