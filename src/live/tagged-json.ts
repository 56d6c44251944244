/**
 * JSON text of our own trusted values: journal records and snapshots. JSON has no bigint, so
 * amounts are tagged; everything else is plain data already. What comes from elsewhere is decoded
 * by Schema.
 */

const tag = "$bigint";

type Fields = Record<string, unknown>;

/** Undefined for what is no tagged amount. */
function amountOf(value: unknown): bigint | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const text = (value as { readonly [tag]?: unknown })[tag];
  return typeof text === "string" ? BigInt(text) : undefined;
}

export function toText(value: unknown): string {
  return JSON.stringify(tagged(value));
}

/** The value itself where there is no amount in it; faster than a replacer of `JSON.stringify`. */
function tagged(value: unknown): unknown {
  if (typeof value === "bigint") return { [tag]: value.toString() };
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? withTaggedItems(value) : withTaggedFields(value as Fields);
}

function withTaggedItems(items: ReadonlyArray<unknown>): ReadonlyArray<unknown> {
  let copy: unknown[] | undefined;
  for (let i = 0; i < items.length; i++) {
    const item = tagged(items[i]);
    if (item === items[i]) continue;
    copy ??= [...items];
    copy[i] = item;
  }
  return copy ?? items;
}

function withTaggedFields(fields: Fields): Fields {
  let copy: Fields | undefined;
  for (const key of Object.keys(fields)) {
    const field = tagged(fields[key]);
    if (field === fields[key]) continue;
    copy ??= { ...fields };
    copy[key] = field;
  }
  return copy ?? fields;
}

/** Most messages hold no amount, and looking for some takes as long as the text. */
const withAmounts = new Set<string>();

/** {@link toText}, faster for all values of a `kind` in which no amount was seen so far. */
export function toTextOf(kind: string, value: unknown): string {
  if (withAmounts.has(kind)) return toText(value);
  try {
    return JSON.stringify(value);
  } catch {
    withAmounts.add(kind);
    return toText(value);
  }
}

/** Throws a SyntaxError for what is no JSON. */
export function fromText(text: string): unknown {
  if (!text.includes(tag)) return JSON.parse(text);
  return JSON.parse(text, (_key, item: unknown) => amountOf(item) ?? item);
}
