/**
 * JSON text of our own trusted values: journal records and snapshots. JSON has no bigint, so
 * amounts are tagged; everything else is plain data already. What comes from elsewhere is decoded
 * by Schema.
 */

const tag = "$bigint";

/** Undefined for what is no tagged amount. */
function amountOf(value: unknown): bigint | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const text = (value as { readonly [tag]?: unknown })[tag];
  return typeof text === "string" ? BigInt(text) : undefined;
}

export function toText(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "bigint" ? { [tag]: item.toString() } : item,
  );
}

/** Most messages hold no amount, and a replacer makes `JSON.stringify` five times slower. */
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
