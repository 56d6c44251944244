/** Everything the run recorded over virtual time, one picture per unit. */
import { type Html, html, trusted } from "../html.ts";
import { type ReportInput, runSeconds } from "../input.ts";
import { figureHtml, numbersHtml, type Section, type Table } from "../layout.ts";
import { numberText, secondsText, spokenName } from "../number-text.ts";
import type { LinePlot, PageData } from "../page/page-data.ts";
import { MARK_COLOURS } from "../palette.ts";
import { merged, within } from "../spans.ts";
import { align, spread, thin } from "../thinning.ts";
import { type TimeAxis, timeAxis } from "../time-axis.ts";
import { shownUnit } from "../units.ts";

/** Pictures are a thousand pixels wide or so. */
const SHOWN_POINTS = 1200;
const NUMBER_ROWS = 25;
/** What lasts longer than this share of the run is no episode and would shade everything. */
const EPISODE = 0.9;

/** Of one machine, or a property of some; the others touch many at once. */
const isLocal = (fault: ReportInput["faults"][number]) => fault.target.startsWith("node/");
const isLasting = (fault: ReportInput["faults"][number]) => fault.kind === "wrong-result";

type Series = ReportInput["series"][number];

/** Series of one unit together, as many as there are colours. */
function byUnit(all: ReadonlyArray<Series>): ReadonlyArray<ReadonlyArray<Series>> {
  const units = new Map<string, Series[]>();
  for (const series of all) {
    units.set(series.unit, [...(units.get(series.unit) ?? []), series]);
  }
  return [...units.values()].flatMap((group) => {
    const pages = Math.ceil(group.length / MARK_COLOURS);
    return Array.from({ length: pages }, (_, page) =>
      group.slice(page * MARK_COLOURS, (page + 1) * MARK_COLOURS),
    );
  });
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

function linePlot(group: ReadonlyArray<Series>, axis: TimeAxis): LinePlot {
  const unit = shownUnit(group[0]?.unit ?? "");
  const data = thin(align(group), SHOWN_POINTS);
  const lines = group.map((series, i) => ({
    name: spokenName(series.name),
    values: (data.values[i] ?? []).map((v) => (v === null ? null : rounded(v))),
  }));
  return { unit, at: data.at.map((t) => rounded(t / axis.size)), lines };
}

interface Extent {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  readonly last: number;
}

function extentOf(values: ReadonlyArray<number>): Extent {
  const known = values.filter((v) => Number.isFinite(v));
  if (known.length === 0)
    return { min: Number.NaN, mean: Number.NaN, max: Number.NaN, last: Number.NaN };
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const value of known) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
  }
  return { min, mean: sum / known.length, max, last: known.at(-1) ?? Number.NaN };
}

function numbersOf(group: ReadonlyArray<Series>): Html {
  const unit = shownUnit(group[0]?.unit ?? "");
  const suffix = unit === "" ? "" : `, ${unit}`;
  const number = (title: string) => ({ title, numeric: true });
  const extents: Table = {
    caption: `Over the whole run${suffix}`,
    columns: [{ title: "Name" }, ...["Least", "Mean of samples", "Most", "Last"].map(number)],
    rows: group.map((series) => {
      const { min, mean, max, last } = extentOf(series.values);
      return [spokenName(series.name), ...[min, mean, max, last].map(numberText)];
    }),
  };
  const data = align(group);
  const samples: Table = {
    caption: `Some samples${suffix}`,
    columns: [{ title: "Time" }, ...group.map((series) => number(spokenName(series.name)))],
    rows: spread(data.at.length, NUMBER_ROWS).map((i) => [
      secondsText(data.at[i] ?? 0),
      ...data.values.map((row) => {
        const value = row[i] ?? null;
        return value === null ? "–" : numberText(value);
      }),
    ]),
  };
  return numbersHtml(extents, samples);
}

function titleOf(group: ReadonlyArray<Series>): string {
  const names = group.map((series) => spokenName(series.name));
  if (names.length > 3) return `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
  return names.map((name, i) => (i === 0 ? name : name.toLowerCase())).join(", ");
}

function figureOf(group: ReadonlyArray<Series>, place: number): Html {
  const unit = shownUnit(group[0]?.unit ?? "");
  const title = titleOf(group);
  const label = `Lines over virtual time: ${title}. The numbers are below.`;
  return figureHtml({
    title,
    note: unit,
    picture: html`<div class="plot lines" data-lines="${place}" role="img"
 aria-label="${label}"></div>`,
    numbers: numbersOf(group),
  });
}

const howToRead =
  trusted(`<p class="hint screen">Drag over a plot to zoom in on a time, double-click
to see the whole run, click a name to hide its line. Shaded: a fault of the network or of a service
was at work. Marked along the time axis: a fault of one machine.</p>
<noscript><p class="notice">The plots of this section and the points below need scripts; the tables
under “Numbers” do not.</p></noscript>`);

export function overTimeSection(input: ReportInput): Section {
  const groups = byUnit(input.series);
  const body =
    groups.length === 0
      ? html`<p class="empty">The run recorded nothing over time.</p>`
      : html`${howToRead}${groups.map(figureOf)}`;
  return { id: "over-time", title: "Over time", body };
}

export function overTimeData(input: ReportInput): Omit<PageData, "scatter"> {
  const end = runSeconds(input);
  const axis = timeAxis(end);
  const stretches = (faults: ReportInput["faults"]) => {
    const spans = within(
      faults.flatMap((fault) => [...fault.spans]),
      end,
    );
    return merged(spans.filter((span) => span.to - span.from < EPISODE * end)).map(
      ({ from, to }) => [rounded(from / axis.size), rounded(to / axis.size)] as const,
    );
  };
  const episodes = input.faults.filter((fault) => !isLasting(fault));
  return {
    time: { unit: axis.unit, mark: axis.mark, steps: axis.steps },
    lines: byUnit(input.series).map((group) => linePlot(group, axis)),
    shades: stretches(episodes.filter((fault) => !isLocal(fault))),
    local: stretches(episodes.filter(isLocal)),
  };
}
