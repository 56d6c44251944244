/** Why somebody got little: the story of the honest contributor that is worst off. */
import { html, nothing } from "../html.ts";
import type { ReportInput } from "../input.ts";
import { type Section, tableHtml } from "../layout.ts";
import { countOf, numberText, secondsText } from "../number-text.ts";

function happened(what: string, seconds: number | null, never: string): string {
  return seconds === null ? never : `${what} after ${secondsText(seconds)}`;
}

export function whySection({ worstOff }: ReportInput): Section | undefined {
  if (worstOff === undefined) return undefined;
  const { id, asked, earned, spent, refusals, longestTask, longestWaitS } = worstOff;
  const due = Math.min(asked, earned);
  const lacks = Math.max(0, due - spent);
  const rows = refusals.map(({ reason, count, rule }) => [
    html`<code>${reason}</code>`,
    numberText(count),
    rule,
  ]);
  const columns = [
    { title: "Refused because" },
    { title: "Times", numeric: true },
    { title: "The rule, as it was told the last time" },
  ];
  const total = refusals.reduce((sum, { count }) => sum + count, 0);
  const story = [
    happened("It applied", worstOff.applied, "It never applied"),
    happened("was admitted", worstOff.admitted, "was never admitted"),
    happened("saw the first task of its own done", worstOff.firstServed, "was never served"),
  ].join(", ");
  const wait =
    longestWaitS > 0
      ? html`<p>Its longest wait for a machine was ${secondsText(longestWaitS)}, for
<code>${longestTask}</code>.</p>`
      : nothing;
  const table = tableHtml({ caption: countOf(total, "refusal"), columns, rows });
  const lack =
    lacks > 0
      ? `${numberText(lacks)} VCU of what it had earned and asked for are missing.`
      : "It got all that it had earned and asked for.";
  const body = html`<p>The honest contributor that lacks most is <code>${id}</code>: it asked for
${numberText(asked)} VCU, had earned ${numberText(earned)} and was served ${numberText(spent)}.
${lack}</p>
<p>${story}.</p>
${wait}${rows.length === 0 ? html`<p class="empty">It was never refused.</p>` : table}
<p class="hint">Message by message:
<code>npx pingo sim explain FILE --contributor ${id}</code></p>`;
  return { id: "why", title: "Why: who is worst off", body };
}
