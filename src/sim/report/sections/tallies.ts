/** What was refused, and what nobody handled: counts by name. */
import { type Html, html, nothing } from "../html.ts";
import type { ReportInput } from "../input.ts";
import { percent, type Section, tableHtml } from "../layout.ts";
import { countOf, numberText } from "../number-text.ts";

const SHOWN = 100;

interface Tally {
  readonly name: string;
  readonly count: number;
}

function bar(share: number): Html {
  return html`<svg class="bar" width="100%" height="10" aria-hidden="true"
><rect class="fill-c1" width="${percent(share)}" height="10" rx="2"/></svg>`;
}

function tallyHtml(caption: string, first: string, tallies: ReadonlyArray<Tally>): Html {
  const ordered = [...tallies].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  const greatest = Math.max(1, ordered[0]?.count ?? 1);
  const rows = ordered
    .slice(0, SHOWN)
    .map((tally) => [
      html`<code>${tally.name}</code>`,
      numberText(tally.count),
      bar(Math.max(0, tally.count) / greatest),
    ]);
  const columns = [{ title: first }, { title: "Times", numeric: true }, { title: "" }];
  const rest = ordered.length - rows.length;
  const more = rest > 0 ? html`<p class="empty">${countOf(rest, "more")}, not shown.</p>` : nothing;
  return html`<div class="tally">${tableHtml({ caption, columns, rows })}${more}</div>`;
}

export function refusalsSection(input: ReportInput): Section {
  const total = input.refusals.reduce((sum, each) => sum + each.count, 0);
  const tallies = input.refusals.map(({ reason, count }) => ({ name: reason, count }));
  const body =
    tallies.length === 0
      ? html`<p class="empty">Nothing was refused.</p>`
      : tallyHtml(`${countOf(total, "refusal")} by reason`, "Reason", tallies);
  return { id: "refusals", title: "Refusals", body };
}

export function unhandledSection(input: ReportInput): Section {
  const total = input.unhandled.reduce((sum, each) => sum + each.count, 0);
  const tallies = input.unhandled.map(({ what, count }) => ({ name: what, count }));
  const body =
    tallies.length === 0
      ? html`<p class="empty">Every message was handled.</p>`
      : tallyHtml(
          `${countOf(total, "message")} that the state of their receiver did not expect`,
          "Message",
          tallies,
        );
  return { id: "unhandled", title: "Unhandled messages", body };
}
