/** Building HTML so that text is escaped unless it was built here. */

/** A piece of markup. Everything else that is put into a page is text and gets escaped. */
export interface Html {
  readonly markup: string;
}

type Piece = Html | ReadonlyArray<Html> | string | number | undefined;

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Safe as text and inside a quoted attribute. Control characters have no business in a page. */
export function escapeText(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, (c) => (/[\n\t]/.test(c) ? c : "\ufffd"))
    .replace(/[&<>"']/g, (c) => entities[c] ?? c);
}

function markupOf(piece: Piece): string {
  if (piece === undefined) return "";
  if (typeof piece === "string") return escapeText(piece);
  if (typeof piece === "number") return String(piece);
  if ("markup" in piece) return piece.markup;
  return piece.map((each) => each.markup).join("");
}

/** A template whose holes are escaped, lists of markup are joined. */
export function html(parts: TemplateStringsArray, ...pieces: ReadonlyArray<Piece>): Html {
  return { markup: String.raw({ raw: parts }, ...pieces.map(markupOf)) };
}

/** Markup that was made elsewhere and is known to be safe. */
export function trusted(markup: string): Html {
  return { markup };
}

export const nothing: Html = { markup: "" };

/** JSON for a script element: no character can end the element or a line. */
export function scriptJson(value: unknown): Html {
  const json = JSON.stringify(value);
  const hex = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return { markup: json.replace(/[<>&\u2028\u2029]/g, hex) };
}
