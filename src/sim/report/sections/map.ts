/** Where machines and edges stand, and the largest flows between them; needs no map service. */
import { type Html, html } from "../html.ts";
import type { ReportInput } from "../input.ts";
import { figureHtml, numbersHtml, type Section, swatch } from "../layout.ts";
import { countOf, numberText } from "../number-text.ts";

type Atlas = NonNullable<ReportInput["atlas"]>;
type City = Atlas["cities"][number];
type Flow = Atlas["flows"][number];

const WIDTH = 720;
/** Latitudes that are shown: hardly anybody lives beyond them. */
const NORTH = 75;
const SOUTH = -57;
const HEIGHT = (WIDTH / 360) * (NORTH - SOUTH);
const LISTED = 15;

const across = (longitude: number) => ((longitude + 180) / 360) * WIDTH;
const down = (latitude: number) =>
  ((NORTH - Math.max(SOUTH, Math.min(NORTH, latitude))) / (NORTH - SOUTH)) * HEIGHT;
const short = (x: number) => Number(x.toFixed(1));

function gridHtml(): ReadonlyArray<Html> {
  const meridians = [-120, -60, 0, 60, 120].map((longitude) => {
    const x = short(across(longitude));
    return html`<line class="grid" x1="${x}" x2="${x}" y1="0" y2="${HEIGHT}"/>`;
  });
  const parallels = [-30, 0, 30, 60].map((latitude) => {
    const y = short(down(latitude));
    const half = latitude < 0 ? " S" : latitude > 0 ? " N" : "";
    return html`<line class="grid" x1="0" x2="${WIDTH}" y1="${y}" y2="${y}"/>
<text x="4" y="${short(y - 3)}">${Math.abs(latitude)}°${half}</text>`;
  });
  return [...meridians, ...parallels];
}

/** A bow between two cities, higher the further they lie apart. */
function flowHtml({ from, to, bytes }: Flow, cities: ReadonlyArray<City>, most: number): Html {
  const [a, b] = [cities[from], cities[to]];
  if (a === undefined || b === undefined) return html``;
  const [x1, y1] = [across(a.longitude), down(a.latitude)];
  const [x2, y2] = [across(b.longitude), down(b.latitude)];
  const lift = 0.18 * Math.sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1));
  const middle = `${short((x1 + x2) / 2)} ${short((y1 + y2) / 2 - lift)}`;
  const width = short(0.6 + 2.4 * Math.sqrt(bytes / most));
  return html`<path class="arc" d="M${short(x1)} ${short(y1)}Q${middle} ${short(x2)} ${short(y2)}"
 stroke-width="${width}"><title>${a.name} to ${b.name}: ${gigabytes(bytes)}</title></path>
`;
}

function gigabytes(bytes: number): string {
  return `${numberText(bytes / 1e9)} GB`;
}

function cityHtml(city: City, most: number): Html {
  const r = short(2 + 6 * Math.sqrt(city.machines / most));
  const [x, y] = [short(across(city.longitude)), short(down(city.latitude))];
  const title = html`<title>${city.name}: ${countOf(city.machines, "machine")}${
    city.edges > 0 ? `, ${countOf(city.edges, "edge")}` : ""
  }</title>`;
  if (city.edges > 0) {
    return html`<rect class="fill-c2" x="${short(x - 5)}" y="${short(y - 5)}" width="10" height="10"
 transform="rotate(45 ${x} ${y})">${title}</rect>
`;
  }
  return html`<circle class="fill-c1" cx="${x}" cy="${y}" r="${r}" opacity="0.75">${title}</circle>
`;
}

export function mapSection({ atlas }: ReportInput): Section | undefined {
  if (atlas === undefined || atlas.cities.length === 0) return undefined;
  const { cities, flows } = atlas;
  const people = Math.max(1, ...cities.map(({ machines }) => machines));
  const largest = Math.max(1, ...flows.map(({ bytes }) => bytes));
  const shown = [...cities].sort((a, b) => a.edges - b.edges || b.machines - a.machines);
  const rows = flows
    .slice(0, LISTED)
    .map(({ from, to, bytes }) => [
      cities[from]?.name ?? "",
      cities[to]?.name ?? "",
      gigabytes(bytes),
    ]);
  const body = figureHtml({
    title: "Machines and transfers",
    note: `dots: machines of a city by area; bows: the ${countOf(flows.length, "largest flow")}`,
    picture: html`<p class="legend"><span>${swatch("c1")} machines</span>
<span>${swatch("c2")} edges</span></p>
<div class="plot world"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"
 aria-label="Map of machines, edges and the largest transfers. The numbers are below.">
${gridHtml()}${flows.map((flow) => flowHtml(flow, cities, largest))}
${shown.map((city) => cityHtml(city, people))}</svg></div>`,
    numbers: numbersHtml({
      caption: "Largest flows between an edge's city and a city of machines, both ways",
      columns: [{ title: "Edge" }, { title: "Machines" }, { title: "Moved", numeric: true }],
      rows,
    }),
  });
  return { id: "map", title: "Map", body };
}
