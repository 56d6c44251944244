/** Which faults were declared, how often they fired, and when they were at work. */
import { type Html, html, nothing } from "../html.ts";
import { type ReportInput, runSeconds } from "../input.ts";
import { figureHtml, numbersHtml, percent, type Section } from "../layout.ts";
import { countOf, numberText, secondsText } from "../number-text.ts";
import { markColour } from "../palette.ts";
import { within } from "../spans.ts";
import { timeAxis, timeTicks } from "../time-axis.ts";

const SHOWN_ROWS = 60;
const SHOWN_SPANS = 400;
const LISTED_SPANS = 200;
const ROW_HEIGHT = 20;

type Fault = ReportInput["faults"][number];

/** Even a moment is seen: each mark is two pixels wide at least. */
function spanHtml(span: Fault["spans"][number], end: number, colour: string): Html {
  const [inside] = within([span], end);
  if (inside === undefined) return nothing;
  const x = percent(inside.from / end);
  const width = percent((inside.to - inside.from) / end);
  const lasting = span.to > span.from ? ` for ${secondsText(span.to - span.from)}` : "";
  const title = html`<title>${span.on}: after ${secondsText(span.from)}${lasting}</title>`;
  return html`<g class="fill-${colour}"><rect x="${x}" y="3" width="${width}" height="14"
>${title}</rect><rect x="${x}" y="3" width="2" height="14">${title}</rect></g>
`;
}

function rowHtml(fault: Fault, end: number, colour: string): Html {
  const times = fault.fired === 0 ? "never fired" : countOf(fault.fired, "time");
  const spans = fault.spans.slice(0, SHOWN_SPANS).map((span) => spanHtml(span, end, colour));
  return html`<div class="row"><div class="label"><b>${fault.kind}</b> <code>${fault.target}</code>
<small>${times}</small></div>
<svg width="100%" height="${ROW_HEIGHT}" role="img" aria-label="${fault.kind} on ${fault.target},
 ${times}"><line class="grid" x1="0" x2="100%" y1="10" y2="10"/>${spans}</svg></div>
`;
}

function axisHtml(end: number): Html {
  const axis = timeAxis(end);
  const ticks = timeTicks(axis, end).map((tick) => {
    const share = (tick * axis.size) / end;
    const x = percent(share);
    return html`<line class="grid" x1="${x}" x2="${x}" y1="0" y2="5"/>
<text x="${x}" y="19" text-anchor="middle">${numberText(tick)}</text>
`;
  });
  return html`<div class="row" aria-hidden="true"><div class="label note">${axis.unit}</div>
<svg class="ticks" width="100%" height="24">${ticks}</svg></div>`;
}

function listed(faults: ReadonlyArray<Fault>): Html {
  const spans = faults
    .flatMap((fault) => fault.spans.map((span) => ({ kind: fault.kind, ...span })))
    .sort((a, b) => a.from - b.from);
  const shown = spans.slice(0, LISTED_SPANS);
  const caption =
    spans.length > shown.length
      ? `The first ${numberText(shown.length)} of ${countOf(spans.length, "occurrence")}`
      : countOf(spans.length, "occurrence");
  return numbersHtml(
    {
      caption: "Declared faults",
      columns: [{ title: "Fault" }, { title: "Target" }, { title: "Fired", numeric: true }],
      rows: faults.map((fault) => [fault.kind, fault.target, numberText(fault.fired)]),
    },
    {
      caption,
      columns: [
        { title: "After" },
        { title: "Fault" },
        { title: "On" },
        { title: "Lasted", numeric: true },
      ],
      rows: shown.map((span) => [
        secondsText(span.from),
        span.kind,
        span.on,
        span.to > span.from ? secondsText(span.to - span.from) : "a moment",
      ]),
    },
  );
}

export function faultsSection(input: ReportInput): Section {
  const title = "Faults";
  if (input.faults.length === 0) {
    const body = html`<p class="empty">The scenario declares no faults.</p>`;
    return { id: "faults", title, body };
  }
  const end = runSeconds(input);
  const kinds = [...new Set(input.faults.map((fault) => fault.kind))];
  const rows = input.faults
    .slice(0, SHOWN_ROWS)
    .map((fault) => rowHtml(fault, end, markColour(kinds.indexOf(fault.kind))));
  const rest = input.faults.length - rows.length;
  const more =
    rest > 0
      ? html`<p class="empty">${countOf(rest, "more declared fault")}, not drawn.</p>`
      : nothing;
  const body = figureHtml({
    title: "When faults were at work",
    note: "over virtual time",
    picture: html`<div class="rows timeline">${rows}${axisHtml(end)}</div>${more}`,
    numbers: listed(input.faults),
  });
  return { id: "faults", title, body };
}
