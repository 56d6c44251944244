/** Numbers and durations as a reader wants them, the same on every machine. */

const NARROW_SPACE = "\u202f";
const MINUS = "\u2212";

/**
 * Four significant digits, whole numbers in full: 1 234 567, 0.01235, 2.5e-9. Also runs in the
 * report's page, so it uses nothing but its argument.
 */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return "n/a";
  if (value < 0) return `\u2212${numberText(-value)}`;
  if (value === Number.POSITIVE_INFINITY) return "\u221e";
  if (value !== 0 && (value < 1e-4 || value >= 1e15)) {
    const [digits, power] = value.toExponential(2).split("e");
    return `${Number(digits)}e${Number(power)}`.replace("-", "\u2212");
  }
  if (value >= 1000 || Number.isInteger(value)) {
    return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  }
  return String(Number(value.toPrecision(4)));
}

/** For axes: 950, 12k, 3.4M. Also runs in the report's page. */
export function shortNumber(value: number): string {
  if (value < 0) return `\u2212${shortNumber(-value)}`;
  const steps: ReadonlyArray<readonly [number, string]> = [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ];
  for (const [size, suffix] of steps) {
    if (value >= size) return `${Number((value / size).toPrecision(3))}${suffix}`;
  }
  return String(Number(value.toPrecision(3)));
}

const spans: ReadonlyArray<readonly [number, string]> = [
  [86_400_000_000, "d"],
  [3_600_000_000, "h"],
  [60_000_000, "min"],
];

/** 1 d 2 h 3 min 4.5 s; zero parts are left out. */
export function durationText(us: number): string {
  if (!Number.isFinite(us)) return numberText(us);
  if (us < 0) return `${MINUS}${durationText(-us)}`;
  const parts: string[] = [];
  let rest = Math.round(us);
  for (const [size, name] of spans) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${numberText(count)}${NARROW_SPACE}${name}`);
    rest -= count * size;
  }
  if (rest > 0 || parts.length === 0) parts.push(`${rest / 1e6}${NARROW_SPACE}s`);
  return parts.join(" ");
}

export function secondsText(seconds: number): string {
  return durationText(Math.round(seconds * 1000) * 1000);
}

/** "waitP95" and "wait.p95" as "Wait p95". */
export function spokenName(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[._/-]+/g, " ")
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "1 fault", "2 faults". */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${numberText(count)} ${count === 1 ? one : many}`;
}
