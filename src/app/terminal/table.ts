/** Aligned columns of text. */
import { stripVTControlCharacters } from "node:util";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Columns that a text takes on the screen; colours take none. */
function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** Lines of a table; a title line only when a column has a title. */
export function tableLines(
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
): ReadonlyArray<string> {
  const widths = columns.map(({ title }, i) =>
    rows.reduce((width, row) => Math.max(width, widthOf(row[i] ?? "")), widthOf(title)),
  );
  const lineOf = (cells: ReadonlyArray<string>) =>
    columns
      .map(({ align }, i) => {
        const cell = cells[i] ?? "";
        const blanks = " ".repeat((widths[i] ?? 0) - widthOf(cell));
        return align === "right" ? blanks + cell : cell + blanks;
      })
      .join("  ")
      .trimEnd();
  const titles = columns.map(({ title }) => title);
  const head = titles.some((title) => title !== "") ? [lineOf(titles)] : [];
  return [...head, ...rows.map(lineOf)];
}

const SIGNIFICANT = 4;

/** A number for a table: whole ones with commas, others with four digits that count. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : String(value);
  if (Number.isInteger(value)) return grouped(String(value));
  const magnitude = Math.abs(value);
  if (magnitude >= 1e15 || magnitude < 1e-4) return value.toExponential(SIGNIFICANT - 1);
  if (magnitude >= 1_000) return grouped(value.toFixed(0));
  return String(Number(value.toPrecision(SIGNIFICANT)));
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}
