/** The run in figures, each with its definition behind it. */
import { definitionOf, groupsOf } from "../definitions.ts";
import { type Html, html, nothing } from "../html.ts";
import type { ReportInput } from "../input.ts";
import type { Section } from "../layout.ts";
import { numberText, spokenName } from "../number-text.ts";
import { shownUnit, withoutUnit } from "../units.ts";

function valueHtml(value: number, unit: string): Html {
  const shown = shownUnit(unit);
  const suffix = shown === "" ? nothing : html` <small>${shown}</small>`;
  return html`<span class="value">${numberText(value)}${suffix}</span>`;
}

function metricHtml(name: string, value: number): Html {
  const definition = definitionOf(name);
  if (definition === undefined) {
    return html`<div class="metric"><span class="name">${spokenName(name)}</span>
${valueHtml(value, "")}</div>
`;
  }
  const title = spokenName(withoutUnit(name, definition.unit));
  const unit = title.toLowerCase() === definition.unit ? "" : definition.unit;
  return html`<details class="metric"><summary title="${definition.meaning}">
<span class="name">${title}</span> ${valueHtml(value, unit)}</summary>
<p>${definition.meaning}</p>
<p><code>${definition.formula}</code></p>
<p class="where"><code>${name}</code> in docs/metrics.md</p></details>
`;
}

/** A group of which nothing happened in this run is there, but closed. */
export function metricsSection(input: ReportInput): Section {
  const groups = [...groupsOf(Object.keys(input.metrics))].map(([group, names]) => {
    const metrics = names.map((name) => metricHtml(name, input.metrics[name] ?? Number.NaN));
    const body = html`<div class="metrics">${metrics}</div>
`;
    const title = html`<h3>${spokenName(group)}</h3>`;
    if (names.some((name) => input.metrics[name] !== 0))
      return html`${title}
${body}`;
    const all = html`<small>all ${names.length} are 0</small>`;
    return html`<details class="idle"><summary>${title} ${all}</summary>
${body}</details>
`;
  });
  const body =
    groups.length === 0
      ? html`<p class="empty">The run measured nothing.</p>`
      : html`<p class="hint screen">Open a figure for its definition.</p>${groups}`;
  return { id: "metrics", title: "Metrics", body };
}
