/** What was demanded of the run, and what went wrong. */
import { definitionOf } from "../definitions.ts";
import { type Html, html, nothing } from "../html.ts";
import type { ReportInput } from "../input.ts";
import { type Section, tableHtml } from "../layout.ts";
import { countOf, durationText, numberText } from "../number-text.ts";
import { withUnit } from "../units.ts";

const SHOWN_VIOLATIONS = 100;

const passed = html`<span class="pass">✓<span class="word"> pass</span></span>`;
const failed = html`<span class="fail">✗<span class="word"> fail</span></span>`;

export function checksSection(input: ReportInput): Section {
  const ordered = [
    ...input.checks.filter((check) => !check.pass),
    ...input.checks.filter((check) => check.pass),
  ];
  const rows = ordered.map((check): ReadonlyArray<Html | string> => {
    const definition = definitionOf(check.name);
    const value =
      definition === undefined ? numberText(check.value) : withUnit(check.value, definition.unit);
    const meaning = definition === undefined ? nothing : html` title="${definition.meaning}"`;
    return [
      html`<code${meaning}>${check.name}</code>`,
      check.pass ? passed : failed,
      value,
      check.bound,
    ];
  });
  const columns = [
    { title: "Check" },
    { title: "Result" },
    { title: "Value", numeric: true },
    { title: "Bound" },
  ];
  const body =
    rows.length === 0
      ? html`<p class="empty">The scenario checks nothing.</p>`
      : tableHtml({ caption: "What was missed comes first", columns, rows });
  return { id: "checks", title: "Checks", body };
}

export function violationsSection(input: ReportInput): Section | undefined {
  if (input.violations.length === 0) return undefined;
  const items = input.violations.slice(0, SHOWN_VIOLATIONS).map(
    (violation) => html`<li>
<p class="message">${violation.message}</p>
<p class="where">${violation.kind} · <code>${violation.checker}</code> · after
${durationText(violation.atUs)} · event ${numberText(violation.event)}</p></li>
`,
  );
  const rest = input.violations.length - items.length;
  const more =
    rest > 0 ? html`<p class="empty">${countOf(rest, "more violation")}, not shown.</p>` : nothing;
  return {
    id: "violations",
    title: "Violations",
    body: html`<ol class="violations">${items}</ol>${more}`,
  };
}
