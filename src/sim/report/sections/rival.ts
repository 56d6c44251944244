/** A gate's second run: what the rival's rules made of the same seed. */
import { definitionOf } from "../definitions.ts";
import { html } from "../html.ts";
import type { ReportInput } from "../input.ts";
import { percent, type Section, swatch, tableHtml } from "../layout.ts";
import { numberText, spokenName } from "../number-text.ts";
import { withoutUnit, withUnit } from "../units.ts";

const LISTED = 12;

interface Pair {
  readonly name: string;
  readonly ours: number;
  readonly theirs: number;
}

/** The metrics that differ most, in parts of the larger of the two. */
function pairs({ metrics, rival }: ReportInput): ReadonlyArray<Pair> {
  const apart = ({ ours, theirs }: Pair) =>
    Math.abs(ours - theirs) / Math.max(Math.abs(ours), Math.abs(theirs));
  return Object.entries(metrics)
    .map(([name, ours]) => ({ name, ours, theirs: rival?.metrics[name] ?? ours }))
    .filter(({ name, ours, theirs }) => ours !== theirs && definitionOf(name)?.better !== undefined)
    .sort((a, b) => apart(b) - apart(a) || (a.name < b.name ? -1 : 1));
}

function pairHtml({ name, ours, theirs }: Pair) {
  const definition = definitionOf(name);
  const unit = definition?.unit ?? "";
  const most = Math.max(ours, theirs, Number.MIN_VALUE);
  const bar = (value: number, i: number) => html`<rect class="fill-c${i + 1}" y="${i * 14}"
 height="11" rx="2" width="${percent(Math.max(0, value) / most)}"/>`;
  return html`<div class="row"><div class="label"><b>${spokenName(withoutUnit(name, unit))}</b>
<small>${withUnit(ours, unit)} against ${withUnit(theirs, unit)}; ${definition?.better ?? "no way"}
is better</small></div>
<svg width="100%" height="30" role="img" aria-label="${name}: ${numberText(ours)} against
 ${numberText(theirs)}">${[ours, theirs].map(bar)}</svg></div>
`;
}

export function rivalSection(input: ReportInput): Section | undefined {
  const { rival } = input;
  if (rival === undefined) return undefined;
  const all = pairs(input);
  const columns = [
    { title: "Metric" },
    { title: "Ours", numeric: true },
    { title: rival.policies, numeric: true },
  ];
  const rows = all.map(({ name, ours, theirs }) => [
    html`<code>${name}</code>`,
    numberText(ours),
    numberText(theirs),
  ]);
  const caption = "Metrics that differ and have a better direction";
  const body =
    all.length === 0
      ? html`<p class="empty">All figures are the same: our rules were not at work.</p>`
      : html`<p>The same seed, machines and demand under the rules <b>${rival.policies}</b>. One run
proves nothing about chance; <code>pingo sim compare</code> gives intervals.</p>
<p class="legend"><span>${swatch("c1")} ours</span>
<span>${swatch("c2")} ${rival.policies}</span></p>
<div class="rows">${all.slice(0, LISTED).map(pairHtml)}</div>
<details class="numbers"><summary>Numbers</summary>
${tableHtml({ caption, columns, rows })}</details>`;
  return { id: "rival", title: "Beside a rival", body };
}
