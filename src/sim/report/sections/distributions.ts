/** How long things took: histograms whose bounds stand on a logarithmic axis. */
import { definitionOf } from "../definitions.ts";
import { type Html, html } from "../html.ts";
import type { ReportInput } from "../input.ts";
import { figureHtml, numbersHtml, percent, type Section } from "../layout.ts";
import { countOf, numberText, shortNumber, spokenName } from "../number-text.ts";
import { decadeTicks, log10, roundTicks } from "../scale.ts";
import { conversion, shownUnit, withUnit } from "../units.ts";

const HEIGHT = 220;

type Histogram = ReportInput["histograms"][number];

interface Bin {
  readonly from: number;
  /** Infinity for the open one. */
  readonly to: number;
  readonly count: number;
}

interface Mark {
  readonly name: string;
  readonly value: number;
}

function binsOf({ bounds, counts }: Histogram): ReadonlyArray<Bin> {
  return counts.map((count, i) => ({
    from: bounds[i] ?? Number.POSITIVE_INFINITY,
    to: bounds[i + 1] ?? Number.POSITIVE_INFINITY,
    count: Number.isFinite(count) ? Math.max(0, count) : 0,
  }));
}

/** Bins between the first and the last that hold anything. */
function occupied(bins: ReadonlyArray<Bin>): ReadonlyArray<Bin> {
  const first = bins.findIndex((bin) => bin.count > 0);
  const last = bins.findLastIndex((bin) => bin.count > 0);
  return first < 0 ? [] : bins.slice(first, last + 1).filter((bin) => Number.isFinite(bin.from));
}

/** Shares of the width; bounds without a logarithm get a fifth of a decade beside the others. */
function positions(bins: ReadonlyArray<Bin>) {
  const known = bins.flatMap((bin) => [bin.from, bin.to]).filter((x) => x > 0 && x < Infinity);
  const gap = 0.2;
  const least = known.length === 0 ? 0 : log10(Math.min(...known));
  const most = known.length === 0 ? 1 : log10(Math.max(...known));
  const low = bins.some((bin) => bin.from <= 0) ? least - gap : least;
  const high = bins.some((bin) => bin.to === Infinity) ? most + gap : most;
  const width = high > low ? high - low : 1;
  const place = (x: number) => {
    if (x <= 0) return 0;
    if (x === Infinity) return 1;
    return Math.min(1, Math.max(0, (log10(x) - low) / width));
  };
  const decades = known.length === 0 ? [] : decadeTicks(Math.min(...known), Math.max(...known));
  const ticks = bins.some((bin) => bin.from <= 0)
    ? [0, ...decades.filter((tick) => place(tick) > 0.12)]
    : decades;
  return { place, ticks };
}

const plain = (name: string) => name.replace(/[^a-z0-9-]/gi, "").toLowerCase();

/**
 * The quantiles of the same quantity among the metrics, in the histogram's unit: waitP95S belongs
 * to "waiting time", because that begins with "wait".
 */
function quantileMarks(input: ReportInput, histogram: Histogram): ReadonlyArray<Mark> {
  const whole = plain(histogram.name);
  return Object.entries(input.metrics).flatMap(([name, value]) => {
    const found = /^(.*?)[._-]?(p\d\d?|median)(?:[._-]?(us|ms|s|min|h))?$/i.exec(name);
    if (found === null || !whole.startsWith(plain(found[1] ?? "-"))) return [];
    if (!(value > 0) || !Number.isFinite(value)) return [];
    const unit = definitionOf(name)?.unit ?? found[3] ?? histogram.unit;
    const factor = conversion(unit, histogram.unit);
    if (factor === undefined) return [];
    return [{ name: (found[2] ?? "").toLowerCase(), value: value * factor }];
  });
}

function barsHtml(bins: ReadonlyArray<Bin>, place: (x: number) => number, most: number): Html {
  const bars = bins.map((bin) => {
    const left = place(bin.from);
    const width = Math.max(0, place(bin.to) - left);
    const height = bin.count === 0 ? 0 : Math.max(3, (bin.count / most) * HEIGHT);
    const top = Number((HEIGHT - height).toFixed(1));
    return html`<rect x="${percent(left)}" width="${percent(width)}" y="${top}"
 height="${Number(height.toFixed(1))}"
><title>${rangeText(bin)}: ${numberText(bin.count)}</title></rect>
`;
  });
  return html`<g class="bars">${bars}</g>`;
}

function rangeText(bin: Bin): string {
  if (bin.to === Infinity) return `${numberText(bin.from)} and more`;
  return `${numberText(bin.from)} to ${numberText(bin.to)}`;
}

/** The leftmost stands highest, so no line runs through a name. */
function quantileHtml(name: string, share: number, floor: number): Html {
  const x = percent(share);
  const side = share > 0.95 ? html`dx="-4" text-anchor="end"` : html`dx="4"`;
  return html`<line class="mark" x1="${x}" x2="${x}" y1="-${14 * floor}" y2="${HEIGHT}"/>
<text class="mark" x="${x}" y="-${14 * floor - 10}" ${side}>${name}</text>
`;
}

function pictureHtml(histogram: Histogram, bins: ReadonlyArray<Bin>, marks: ReadonlyArray<Mark>) {
  const { place, ticks } = positions(bins);
  const upTicks = roundTicks(Math.max(...bins.map((bin) => bin.count)), 4);
  const most = upTicks.at(-1) ?? 1;
  const up = upTicks.map((count) => {
    const y = Number((HEIGHT * (1 - count / most)).toFixed(1));
    return html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/>
<text x="-8" y="${y + 4}" text-anchor="end">${shortNumber(count)}</text>
`;
  });
  const across = ticks.map((tick) => {
    const x = percent(place(tick));
    return html`<line class="grid" x1="${x}" x2="${x}" y1="0" y2="${HEIGHT + 5}"/>
<text x="${x}" y="${HEIGHT + 19}" text-anchor="middle">${numberText(tick)}</text>
`;
  });
  const quantiles = marks.map((mark, i) =>
    quantileHtml(mark.name, place(mark.value), marks.length - i),
  );
  const label = `Histogram of ${spokenName(histogram.name)}. The numbers are below.`;
  return html`<div class="plot axes"><svg width="100%" height="${HEIGHT}" role="img"
 aria-label="${label}">${up}${across}${barsHtml(bins, place, most)}${quantiles}</svg></div>`;
}

function figureOf(input: ReportInput, histogram: Histogram): Html {
  const all = binsOf(histogram);
  const bins = occupied(all);
  const total = all.reduce((sum, bin) => sum + bin.count, 0);
  const title = spokenName(histogram.name);
  if (bins.length === 0) return html`<h3>${title}</h3><p class="empty">Nothing was counted.</p>`;
  const marks = quantileMarks(input, histogram);
  let below = 0;
  const rows = bins.map((bin) => {
    below += bin.count;
    return [rangeText(bin), numberText(bin.count), `${numberText((100 * below) / total)} %`];
  });
  const unit = shownUnit(histogram.unit);
  const columns = [
    { title: unit === "" ? "From, to" : `From, to (${unit})` },
    { title: "Count", numeric: true },
    { title: "Up to here", numeric: true },
  ];
  const quantiles = marks.map((mark) => [mark.name, withUnit(mark.value, histogram.unit)]);
  return figureHtml({
    title,
    note: [
      unit === "" ? "logarithmic axis" : `${unit}, logarithmic axis`,
      ...marks.map((mark) => `${mark.name} ${withUnit(mark.value, histogram.unit)}`),
      countOf(total, "sample"),
    ].join(" · "),
    picture: pictureHtml(histogram, bins, marks),
    numbers: numbersHtml(
      ...(marks.length === 0
        ? []
        : [
            {
              caption: "Quantiles",
              columns: [{ title: "Quantile" }, { title: "Value", numeric: true }],
              rows: quantiles,
            },
          ]),
      { caption: `${title}, bin by bin`, columns, rows },
    ),
  });
}

export function distributionsSection(input: ReportInput): Section | undefined {
  if (input.histograms.length === 0) return undefined;
  const figures = input.histograms.map((histogram) => figureOf(input, histogram));
  return { id: "distributions", title: "Distributions", body: html`${figures}` };
}
