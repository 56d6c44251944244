/** The pieces every section of the report is built of. */
import { type Html, html, nothing } from "./html.ts";

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

export function sectionHtml(section: Section): Html {
  return html`
<section id="${section.id}" aria-labelledby="${section.id}-title">
<h2 id="${section.id}-title">${section.title}</h2>
${section.body}
</section>`;
}

type Cell = Html | string;

export interface Column {
  readonly title: string;
  /** Numbers stand flush right, one digit below the other. */
  readonly numeric?: boolean;
}

export interface Table {
  readonly caption: string;
  readonly columns: ReadonlyArray<Column>;
  readonly rows: ReadonlyArray<ReadonlyArray<Cell>>;
}

const cellClass = (column: Column | undefined) =>
  column?.numeric === true ? html` class="num"` : nothing;

/** The first column names the row. A wide table scrolls in its own frame, not with the page. */
export function tableHtml(table: Table): Html {
  const head = table.columns.map(
    (column) => html`<th scope="col"${cellClass(column)}>${column.title}</th>`,
  );
  const rows = table.rows.map((row) => {
    const cells = row.map((cell, i) =>
      i === 0
        ? html`<th scope="row">${cell}</th>`
        : html`<td${cellClass(table.columns[i])}>${cell}</td>`,
    );
    return html`<tr>${cells}</tr>\n`;
  });
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${table.caption}"><table>
<caption>${table.caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${rows}</tbody></table></div>`;
}

/** The numbers behind a picture, for those who cannot or do not want to look at it. */
export function numbersHtml(...tables: ReadonlyArray<Table>): Html {
  return html`<details class="numbers"><summary>Numbers</summary>
${tables.map(tableHtml)}
</details>`;
}

export interface Figure {
  readonly title: string;
  /** What is drawn: units, scales, shading. */
  readonly note?: Html | string;
  readonly picture: Html;
  readonly numbers: Html;
}

export function figureHtml(figure: Figure): Html {
  const note = figure.note === undefined ? nothing : html`<span class="note">${figure.note}</span>`;
  return html`<figure>
<figcaption><span class="caption">${figure.title}</span> ${note}</figcaption>
${figure.picture}
${figure.numbers}
</figure>
`;
}

/** A coloured square before a name, as in the legend of a picture. */
export function swatch(colour: string): Html {
  return html`<svg class="swatch" width="12" height="12" aria-hidden="true"
><rect class="fill-${colour}" width="12" height="12" rx="2"/></svg>`;
}

/** A place along a picture's width, in per cent with two decimals. */
export function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))}%`;
}
