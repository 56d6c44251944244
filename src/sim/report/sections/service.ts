/** Who got service, and what they had given for it: by class and one by one. */
import { type Html, html } from "../html.ts";
import type { ReportInput } from "../input.ts";
import { figureHtml, numbersHtml, percent, type Section, swatch, type Table } from "../layout.ts";
import { countOf, numberText, shortNumber } from "../number-text.ts";
import type { PointGroup, Scatter } from "../page/page-data.ts";
import { rootTicks, roundTicks } from "../scale.ts";
import { lorenzFigure } from "./lorenz.ts";

type Class = ReportInput["classes"][number];
type Point = ReportInput["contributors"][number];

interface Look {
  readonly colour: number;
  readonly shape: PointGroup["shape"];
  readonly plural: string;
}

const honestLook: Look = { colour: 1, shape: "disc", plural: "honest contributors" };
const known: Readonly<Record<string, Look>> = {
  honest: honestLook,
  "free-rider": { colour: 2, shape: "square", plural: "free riders" },
  "wrong-result": { colour: 5, shape: "triangle", plural: "contributors of wrong results" },
};
/** For kinds of adversaries without a look of their own, in turn. */
const others: ReadonlyArray<number> = [4, 6, 7, 3, 8];

/** The classes of a run with their looks, honest ones first. */
function looksOf(points: ReadonlyArray<Point>): ReadonlyMap<string, Look> {
  const names = [...new Set(points.map(({ className }) => className))].sort();
  const strange = names.filter((name) => !(name in known));
  const look = (name: string): Look =>
    known[name] ?? {
      colour: others[strange.indexOf(name) % others.length] ?? 4,
      shape: strange.indexOf(name) % 2 === 0 ? "square" : "triangle",
      plural: `of kind ${name}`,
    };
  const ordered = ["honest", ...names.filter((name) => name !== "honest")];
  return new Map(ordered.map((name) => [name, look(name)]));
}

const signs = { disc: "●", square: "■", triangle: "▲" } as const;

const amounts = [
  { key: "asked", title: "asked for", colour: "c8" },
  { key: "earned", title: "earned by verified work", colour: "c3" },
  { key: "spent", title: "served (spent)", colour: "c1" },
] as const;

const LISTED = 15;

function ratio(part: number, whole: number): string {
  return whole > 0 ? `${numberText((100 * part) / whole)} %` : "–";
}

function perHead(each: Class): number {
  return each.contributors > 0 ? each.spent / each.contributors : 0;
}

function classTable(classes: ReadonlyArray<Class>): Table {
  const honest = classes.find((each) => each.name === "honest");
  const number = (title: string) => ({ title, numeric: true });
  return {
    caption: "Amounts in VCU; one VCU is an hour of a 10 GFLOPS core",
    columns: [
      { title: "Class" },
      ...["Contributors", "Asked", "Earned", "Served", "Served of earned", "Served a head"].map(
        number,
      ),
      number("Of an honest one’s service"),
    ],
    rows: classes.map((each) => [
      each.name,
      numberText(each.contributors),
      numberText(each.asked),
      numberText(each.earned),
      numberText(each.spent),
      ratio(each.spent, each.earned),
      numberText(perHead(each)),
      honest === undefined ? "–" : ratio(perHead(each), perHead(honest)),
    ]),
  };
}

function classBars(each: Class, most: number): Html {
  const bars = amounts.map(({ key, title, colour }, i) => {
    const share = most > 0 ? Math.max(0, each[key]) / most : 0;
    const y = i * 20;
    const text = numberText(each[key]);
    const place =
      share > 0.8
        ? html`x="${percent(share)}" dx="-6" text-anchor="end" class="on"`
        : html`x="${percent(share)}" dx="6"`;
    const width = share > 0 ? 2 : 0;
    return html`<rect class="fill-${colour}" y="${y}" width="${width}" height="16"/>
<rect class="fill-${colour}" y="${y}" width="${percent(share)}" height="16" rx="2"
><title>${title}: ${text} VCU</title></rect>
<text ${place} y="${y + 12}">${text}</text>
`;
  });
  return html`<div class="row"><div class="label"><b>${each.name}</b>
<small>${countOf(each.contributors, "contributor")}, ${numberText(perHead(each))} served a
head</small></div>
<svg width="100%" height="60" role="img" aria-label="${each.name}: asked for
 ${numberText(each.asked)}, earned ${numberText(each.earned)}, served ${numberText(each.spent)} VCU"
>${bars}</svg></div>
`;
}

function classFigure(input: ReportInput): Html {
  const most = Math.max(
    0,
    ...input.classes.flatMap((each) => [each.asked, each.earned, each.spent]),
  );
  const top = roundTicks(most, 4).at(-1) ?? 1;
  const legend = amounts.map(({ title, colour }) => html`<span>${swatch(colour)} ${title}</span> `);
  return figureHtml({
    title: "Service against contribution, by class",
    note: "VCU",
    picture: html`<p class="legend">${legend}</p>
<div class="rows">${input.classes.map((each) => classBars(each, top))}</div>`,
    numbers: numbersHtml(classTable(input.classes)),
  });
}

function greatest(points: ReadonlyArray<Point>): number {
  return points.reduce((most, each) => Math.max(most, each.earned, each.spent), 0);
}

/** Roots spread the many small amounts and keep the line of equal amounts straight. */
export function serviceScatter(input: ReportInput): Scatter | null {
  const points = input.contributors;
  if (points.length === 0) return null;
  const most = greatest(points) || 1;
  const top = most * 1.05;
  const place = (amount: number) =>
    Number(Math.sqrt(Math.max(0, Number.isFinite(amount) ? amount : 0) / top).toFixed(4));
  const groups = [...looksOf(points)].flatMap(([name, look]): ReadonlyArray<PointGroup> => {
    const members = points.filter((each) => each.className === name);
    if (members.length === 0) return [];
    return [
      {
        name: `${numberText(members.length)} ${look.plural}`,
        colour: look.colour,
        shape: look.shape,
        x: members.map((each) => place(each.earned)),
        y: members.map((each) => place(each.spent)),
        texts: members.map(
          ({ id, earned, spent }) =>
            `${id}, ${name}: earned ${numberText(earned)}, served ${numberText(spent)} VCU`,
        ),
      },
    ];
  });
  const ticks = rootTicks(top).map((tick) => ({ place: place(tick), text: shortNumber(tick) }));
  return { xTitle: "earned, VCU", yTitle: "served, VCU", ticks, groups };
}

function furthest(points: ReadonlyArray<Point>): Table {
  const gap = (each: Point) => Math.abs(each.spent - each.earned);
  const ordered = [...points].sort((a, b) => gap(b) - gap(a) || (a.id < b.id ? -1 : 1));
  const number = (title: string) => ({ title, numeric: true });
  return {
    caption: "Contributors furthest from the line, VCU",
    columns: [
      { title: "Contributor" },
      { title: "Class" },
      ...["Asked", "Earned", "Served", "Served − earned"].map(number),
    ],
    rows: ordered
      .slice(0, LISTED)
      .map((each) => [
        each.id,
        each.className,
        ...[each.asked, each.earned, each.spent, each.spent - each.earned].map(numberText),
      ]),
  };
}

function pointLegend(input: ReportInput): ReadonlyArray<Html> {
  const groups = serviceScatter(input)?.groups ?? [];
  return groups.map(
    ({ name, colour, shape }) =>
      html`<span><b class="ink-c${colour}" aria-hidden="true">${signs[shape]}</b> ${name}</span> `,
  );
}

function scatterFigure(input: ReportInput): Html {
  const count = numberText(input.contributors.length);
  return figureHtml({
    title: "Service against contribution, one by one",
    note: "VCU, both axes in square roots; dashed: served what it earned",
    picture: html`<div class="plot" id="scatter" role="img"
 aria-label="${count} contributors: what each earned against the service it got. The numbers are
 below."></div>
<p class="legend">${pointLegend(input)}</p>
<p class="hint screen" id="scatter-hint">Point at a mark to see whose it is.</p>`,
    numbers: numbersHtml(furthest(input.contributors)),
  });
}

export function serviceSection(input: ReportInput): Section {
  const figures = [
    ...(input.classes.length === 0 ? [] : [classFigure(input)]),
    ...(input.contributors.length === 0 ? [] : [scatterFigure(input), lorenzFigure(input)]),
  ];
  const empty = html`<p class="empty">There were no contributors.</p>`;
  return {
    id: "service",
    title: "Service and contribution",
    body: figures.length === 0 ? empty : html`${figures}`,
  };
}
