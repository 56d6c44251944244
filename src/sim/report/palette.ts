/**
 * The colours of the report in its two themes. Text has a contrast of 4.5 at least and marks of 3
 * against the panel they stand on; lines also differ by dash and points by shape.
 */
const light = {
  page: "#f4f6f8",
  panel: "#ffffff",
  ink: "#1b2430",
  muted: "#556172",
  rule: "#d8dee6",
  accent: "#1d5fa8",
  pass: "#0b6b3a",
  fail: "#b3261e",
  warn: "#7d5200",
  shade: "rgba(180, 83, 10, 0.13)",
  c1: "#1d6fb8",
  c2: "#b4530a",
  c3: "#0f7b5f",
  c4: "#7a4fb5",
  c5: "#b8397a",
  c6: "#7d6608",
  c7: "#0b7285",
  c8: "#5b6470",
};

const dark: typeof light = {
  page: "#10151c",
  panel: "#19202a",
  ink: "#e6ebf2",
  muted: "#a6b2c1",
  rule: "#333e4c",
  accent: "#7cb8f7",
  pass: "#5fd08f",
  fail: "#ff8f85",
  warn: "#f2c14e",
  shade: "rgba(245, 163, 92, 0.17)",
  c1: "#6cb6f5",
  c2: "#f5a35c",
  c3: "#4fd1a5",
  c4: "#b79cf2",
  c5: "#f28bbd",
  c6: "#e3c75a",
  c7: "#5ccfe0",
  c8: "#b3bcc7",
};

export const MARK_COLOURS = 8;

/** The name of the colour of the nth line, bar or kind; they repeat after eight. */
export function markColour(n: number): string {
  return `c${(n % MARK_COLOURS) + 1}`;
}

function variables(theme: typeof light): string {
  return Object.entries(theme)
    .map(([name, colour]) => `--${name}: ${colour};`)
    .join(" ");
}

/** Paper is always light; on a screen the toggle wins over what the system prefers. */
export function themeCss(): string {
  return `:root { color-scheme: light; ${variables(light)} }
@media screen and (prefers-color-scheme: dark) {
  :root:not([data-theme="light"]) { color-scheme: dark; ${variables(dark)} }
}
@media screen {
  :root[data-theme="dark"] { color-scheme: dark; ${variables(dark)} }
}`;
}

/** Classes that paint marks: `fill-c1`, `stroke-c1`, `ink-c1`. */
export function markCss(): string {
  const rules = Array.from({ length: MARK_COLOURS }, (_, i) => {
    const name = markColour(i);
    return `.fill-${name} { fill: var(--${name}); } .ink-${name} { color: var(--${name}); }
.stroke-${name} { stroke: var(--${name}); }`;
  });
  return rules.join("\n");
}
