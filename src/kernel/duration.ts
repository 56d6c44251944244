/**
 * Time: integer microseconds since the Unix epoch (`…Us`). Users write durations as text
 * ("250ms", "6h"); the text is parsed here and nowhere else.
 */
import { ParseResult, Schema } from "effect";

/** Integer microseconds: an instant since the Unix epoch, or a length of time. */
export const Micros = Schema.Int.pipe(Schema.brand("Micros"));
export type Micros = typeof Micros.Type;

const MICROSECOND = 1;
export const MILLISECOND = 1_000;
export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const units: Readonly<Record<string, number>> = {
  us: MICROSECOND,
  ms: MILLISECOND,
  s: SECOND,
  m: MINUTE,
  min: MINUTE,
  h: HOUR,
  d: DAY,
};
const text = /^(\d+(?:\.\d+)?)(us|ms|s|min|m|h|d)$/;

/** Casts an integer count of microseconds; the caller owns the proof that it is an integer. */
export function micros(count: number): Micros {
  return count as Micros;
}

/** Microseconds of "250ms", "1.5h", "2d"; `undefined` when the text is no duration. */
export function parseDuration(duration: string): Micros | undefined {
  const match = text.exec(duration.trim());
  const unit = match?.[2] === undefined ? undefined : units[match[2]];
  if (match === null || unit === undefined) return undefined;
  return micros(Math.round(Number(match[1]) * unit));
}

/** Shortest exact-enough text: "250ms", "6h", "1d". Fractions have at most two digits. */
export function formatDuration(us: number): string {
  const steps: ReadonlyArray<readonly [string, number]> = [
    ["d", DAY],
    ["h", HOUR],
    ["min", MINUTE],
    ["s", SECOND],
    ["ms", MILLISECOND],
  ];
  for (const [unit, size] of steps) {
    if (Math.abs(us) >= size) return `${Number((us / size).toFixed(2))}${unit}`;
  }
  return `${us}us`;
}

/** Schema for a duration in a user's file: text outside, {@link Micros} inside. */
export const Duration = Schema.transformOrFail(Schema.String, Schema.Int, {
  strict: true,
  decode: (input, _, ast) => {
    const us = parseDuration(input);
    return us === undefined
      ? ParseResult.fail(
          new ParseResult.Type(ast, input, 'expected a duration such as "250ms", "6h" or "2d"'),
        )
      : ParseResult.succeed(us);
  },
  encode: (us) => ParseResult.succeed(formatDuration(us)),
}).annotations({
  identifier: "Duration",
  jsonSchema: { type: "string", pattern: text.source },
});
