/** Ranges over time as a still picture: a band from low to high with the middle as a line. */
import { DAY } from "../../kernel/duration.ts";
import { type Html, html, trusted } from "../report/html.ts";
import { figureHtml, numbersHtml, swatch } from "../report/layout.ts";
import { numberText, shortNumber } from "../report/number-text.ts";
import { markColour } from "../report/palette.ts";
import { decadeTicks, log10, roundTicks } from "../report/scale.ts";
import type { Outcome, Range } from "./outcome.ts";

const YEAR_DAYS = 365;
const WIDTH = 960;
const HEIGHT = 280;
/** Points drawn of a line at most. */
const DRAWN = 260;
/** Of lines in turn: where two agree both are seen, and colour is not all that tells them apart. */
const dashes = ["none", "7 4", "2 3", "10 3 2 3"];

export interface Line {
  readonly title: string;
  readonly series: string;
}

export interface BandPlot {
  readonly title: string;
  readonly note: string;
  /** What stands upright. */
  readonly unit: string;
  /** Given: upright are decades, and all below is drawn on the ground. */
  readonly least?: number;
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

interface Upright {
  readonly ticks: ReadonlyArray<number>;
  /** From 0, the ground, to 1. */
  readonly at: (value: number) => number;
}

function uprightOf(drawn: ReadonlyArray<Drawn>, { least }: BandPlot): Upright {
  const highest = Math.max(0, ...drawn.flatMap(({ ranges }) => ranges.map(({ high }) => high)));
  if (least === undefined) {
    const ticks = roundTicks(highest, 5);
    const top = ticks.at(-1) ?? 1;
    return { ticks, at: (value) => value / top };
  }
  const decades = Math.max(1, Math.ceil(log10(highest / least) - 1e-9));
  const top = Number(`1e${decades}`) * least;
  const at = (value: number) => (value <= least ? 0 : log10(value / least) / decades);
  return { ticks: decadeTicks(least, top), at };
}

/** The picture alone, for the report and for pages of the documentation. */
export function bandSvg(outcome: Outcome, plot: BandPlot): Html {
  const drawn = drawnOf(outcome, plot);
  const { ticks, at } = uprightOf(drawn, plot);
  const end = outcome.atUs.at(-1) ?? 1;
  const x = (atUs: number) => ((atUs / end) * WIDTH).toFixed(1);
  const y = (value: number) => ((1 - at(value)) * HEIGHT).toFixed(1);
  const grid = ticks.map(
    (tick) => html`<line class="grid" x1="0" x2="${WIDTH}" y1="${y(tick)}" y2="${y(tick)}"/>
<text x="-8" y="${Number(y(tick)) + 4}" text-anchor="end">${shortNumber(tick)}</text>
`,
  );
  const years = yearsOf(outcome);
  const marks = Array.from({ length: years + 1 }, (_, year) => {
    const middle = x(year * YEAR_DAYS * DAY);
    return html`<text x="${middle}" y="${HEIGHT + 18}" text-anchor="middle">${year}</text>
`;
  });
  const names = html`<text x="${WIDTH / 2}" y="${HEIGHT + 38}" text-anchor="middle">years from the
beginning</text>
<text transform="translate(-56 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${plot.unit}</text>
`;
  const step = Math.max(1, Math.ceil(outcome.atUs.length / DRAWN));
  const kept = outcome.atUs.map((_, n) => n).filter((n) => n % step === 0);
  const bands = drawn.map(({ ranges }, i) => {
    const place = (n: number, of: keyof Range) =>
      `${x(outcome.atUs[n] ?? 0)},${y(ranges[n]?.[of] ?? 0)}`;
    const line = (of: keyof Range) => kept.map((n) => place(n, of));
    const around = [...line("high"), ...line("low").reverse()].join(" ");
    const colour = markColour(i);
    const dash = dashes[i % dashes.length];
    const middle = line("middle").join(" ");
    return html`<polygon class="fill-${colour}" opacity="0.22" points="${around}"/>
<polyline class="curve stroke-${colour}" stroke-dasharray="${dash}" points="${middle}"/>
`;
  });
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="-76 -10 ${WIDTH + 96} ${HEIGHT + 54}"
 role="img" aria-label="${plot.title}. The numbers are below.">
${grid}${marks}${names}${bands}</svg>`;
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
