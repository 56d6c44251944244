/** One metric of a comparison: a line per set of rules with the interval of its mean. */
import type { Comparison, Measured } from "../../compare/comparison.ts";
import { definitionOf } from "../definitions.ts";
import { type Html, html, nothing } from "../html.ts";
import { percent } from "../layout.ts";
import { numberText, spokenName } from "../number-text.ts";
import { markColour } from "../palette.ts";
import { shownUnit, withoutUnit } from "../units.ts";

const HEIGHT = 22;
/** An axis begins at zero unless all values lie so close together that nothing could be seen. */
const CLOSE = 0.15;

interface Axis {
  readonly from: number;
  readonly to: number;
}

function axisOf(values: ReadonlyArray<Measured>): Axis {
  const low = Math.min(...values.map((each) => each.low));
  const high = Math.max(...values.map((each) => each.high));
  const close = low > 0 && high - low < CLOSE * high;
  const from = close ? low - 0.1 * (high - low) : Math.min(0, low);
  return { from, to: high > from ? high : from + 1 };
}

/** True for a metric that is zero everywhere: nothing to look at. */
export function isNone({ metrics }: Comparison, name: string): boolean {
  return Object.values(metrics[name] ?? {}).every(({ low, high }) => low === 0 && high === 0);
}

function rowHtml(
  policy: string,
  value: Measured,
  look: { axis: Axis; colour: string; best: boolean },
) {
  const { axis, colour, best } = look;
  const place = (x: number) => (x - axis.from) / (axis.to - axis.from);
  const half = value.high - value.mean;
  const text =
    half === 0 ? numberText(value.mean) : `${numberText(value.mean)} ± ${numberText(half)}`;
  const zero = axis.from < 0 && axis.to > 0 ? percent(place(0)) : undefined;
  const atZero =
    zero === undefined
      ? nothing
      : html`<line class="grid" x1="${zero}" x2="${zero}" y1="2" y2="20"/>`;
  return html`<div class="row"><div class="label">${best ? html`<b>${policy}</b>` : policy}
<small>${text}${best ? html` <span class="pass">best</span>` : nothing}</small></div>
<svg width="100%" height="${HEIGHT}" role="img" aria-label="${policy}: ${text}"
><line class="grid" x1="0" x2="100%" y1="11" y2="11"/>
${atZero}
<rect class="fill-${colour}" x="${percent(place(value.low))}" y="9" height="4" rx="2"
 width="${percent(place(value.high) - place(value.low))}" opacity="0.55"/>
<circle class="fill-${colour}" cx="${percent(place(value.mean))}" cy="11" r="5"
><title>${policy}: ${text}</title></circle></svg></div>
`;
}

function directionText(way: "higher" | "lower" | undefined): string {
  return way === undefined ? "" : `${way} is better`;
}

export function metricFigure(comparison: Comparison, name: string): Html {
  const { policies, metrics, winners } = comparison;
  const values = policies.flatMap((policy) => metrics[name]?.[policy] ?? []);
  const definition = definitionOf(name);
  const unit = definition?.unit ?? "";
  const axis = axisOf(values);
  const best = winners[name] ?? [];
  const isTie = best.length === policies.length;
  const rows = policies.map((policy, i) => {
    const value = values[i];
    if (value === undefined) return nothing;
    const isBest = !isTie && best.includes(policy);
    return rowHtml(policy, value, { axis, colour: markColour(i), best: isBest });
  });
  const ends = [numberText(axis.from), numberText(axis.to)];
  const notes = [
    shownUnit(unit),
    directionText(definition?.better),
    best.length > 0 && isTie ? "no difference" : "",
    `axis ${ends.join(" to ")}`,
  ].filter((note) => note !== "");
  return html`<figure>
<figcaption><span class="caption" title="${definition?.meaning ?? name}"
>${spokenName(withoutUnit(name, unit))}</span> <span class="note">${notes.join(" · ")}</span>
</figcaption>
<div class="rows intervals">${rows}</div>
</figure>
`;
}
