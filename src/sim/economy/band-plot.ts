/** Ranges over time as a still picture: a band from low to high with the middle as a line. */
import { DAY } from "../../kernel/duration.ts";
import { type Html, html, trusted } from "../report/html.ts";
import { figureHtml, numbersHtml, swatch } from "../report/layout.ts";
import { numberText, shortNumber } from "../report/number-text.ts";
import { markColour } from "../report/palette.ts";
import { roundTicks } from "../report/scale.ts";
import type { Outcome, Range } from "./outcome.ts";

const YEAR_DAYS = 365;
const WIDTH = 960;
const HEIGHT = 280;
/** Points drawn of a line at most. */
const DRAWN = 260;

export interface Line {
  readonly title: string;
  readonly series: string;
}

export interface BandPlot {
  readonly title: string;
  readonly note: string;
  readonly lines: ReadonlyArray<Line>;
}

interface Drawn extends Line {
  readonly ranges: ReadonlyArray<Range>;
}

function drawnOf(outcome: Outcome, { lines }: BandPlot): ReadonlyArray<Drawn> {
  return lines.map((line) => ({ ...line, ranges: outcome.series[line.series] ?? [] }));
}

function yearsOf({ atUs }: Outcome): number {
  return Math.floor((atUs.at(-1) ?? 0) / (YEAR_DAYS * DAY));
}

/** The picture alone, for the report and for pages of the documentation. */
export function bandSvg(outcome: Outcome, plot: BandPlot): Html {
  const drawn = drawnOf(outcome, plot);
  const highest = Math.max(0, ...drawn.flatMap(({ ranges }) => ranges.map(({ high }) => high)));
  const ticks = roundTicks(highest, 5);
  const top = ticks.at(-1) ?? 1;
  const end = outcome.atUs.at(-1) ?? 1;
  const x = (atUs: number) => ((atUs / end) * WIDTH).toFixed(1);
  const y = (value: number) => ((1 - value / top) * HEIGHT).toFixed(1);
  const grid = ticks.map(
    (tick) => html`<line class="grid" x1="0" x2="${WIDTH}" y1="${y(tick)}" y2="${y(tick)}"/>
<text x="-8" y="${Number(y(tick)) + 4}" text-anchor="end">${shortNumber(tick)}</text>
`,
  );
  const years = yearsOf(outcome);
  const marks = Array.from({ length: years + 1 }, (_, year) => {
    const at = x(year * YEAR_DAYS * DAY);
    return html`<text x="${at}" y="${HEIGHT + 18}" text-anchor="middle">${year}</text>
`;
  });
  const step = Math.max(1, Math.ceil(outcome.atUs.length / DRAWN));
  const kept = outcome.atUs.map((_, n) => n).filter((n) => n % step === 0);
  const bands = drawn.map(({ ranges }, i) => {
    const place = (n: number, of: keyof Range) =>
      `${x(outcome.atUs[n] ?? 0)},${y(ranges[n]?.[of] ?? 0)}`;
    const line = (of: keyof Range) => kept.map((n) => place(n, of));
    const around = [...line("high"), ...line("low").reverse()].join(" ");
    const colour = markColour(i);
    return html`<polygon class="fill-${colour}" opacity="0.22" points="${around}"/>
<polyline class="curve stroke-${colour}" points="${line("middle").join(" ")}"/>
`;
  });
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="-64 -10 ${WIDTH + 84} ${HEIGHT + 34}"
 role="img" aria-label="${plot.title}. The numbers are below.">${grid}${marks}${bands}</svg>`;
}

export function bandFigure(outcome: Outcome, plot: BandPlot): Html {
  const drawn = drawnOf(outcome, plot);
  const years = yearsOf(outcome);
  const legend = drawn.map(({ title }, i) => html`<span>${swatch(markColour(i))} ${title}</span> `);
  return figureHtml({
    title: plot.title,
    note: plot.note,
    picture: html`<p class="legend">${legend}</p>
<div class="plot world">${bandSvg(outcome, plot)}</div>`,
    numbers: numbersHtml({
      caption: `${plot.title}: 5, 50 and 95 of a hundred futures`,
      columns: [{ title: "Year" }, ...drawn.map(({ title }) => ({ title, numeric: true }))],
      rows: Array.from({ length: years }, (_, year) => {
        const until = (year + 1) * YEAR_DAYS * DAY;
        const n = outcome.atUs.findLastIndex((atUs) => atUs <= until);
        return [String(year + 1), ...drawn.map(({ ranges }) => rangeText(ranges[n]))];
      }),
    }),
  });
}

export function rangeText(range: Range | undefined): Html {
  if (range === undefined) return trusted("");
  const { low, middle, high } = range;
  return html`${numberText(middle)} <small>${numberText(low)} to ${numberText(high)}</small>`;
}
