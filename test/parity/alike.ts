/**
 * Compares what two shells made of one actor. A message within an edge's process takes no time live
 * and 20 microseconds in the simulator, so instants may differ by a few such steps, and rates that
 * fade with time by their share of it. All else is equal.
 */

/** Instants, microseconds, and what fades with them: by these names in the actors' states. */
const instants = /Us$/;
const fading = /\.(rate|longRate)(\.|$)/;
const NEAR_US = 1_000;
const NEAR_SHARE = 1e-4;

/** One line for each leaf that is not alike. */
export function unlike(one: unknown, other: unknown, path = ""): ReadonlyArray<string> {
  if (isNode(one) && isNode(other)) {
    const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    return keys.flatMap((key) => unlike(one[key], other[key], `${path}.${key}`));
  }
  if (Object.is(one, other) || isNear(one, other, path)) return [];
  return [`${path}: ${String(one)} or ${String(other)}`];
}

function isNear(one: unknown, other: unknown, path: string): boolean {
  const [first, second] = [Number(one), Number(other)];
  const apart = Math.abs(first - second);
  if (instants.test(path)) return apart <= NEAR_US;
  return fading.test(path) && apart <= NEAR_SHARE * Math.max(Math.abs(first), Math.abs(second));
}

function isNode(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
