/** Stretches of time. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Overlapping stretches as one, in order. */
export function merged(spans: ReadonlyArray<Span>): ReadonlyArray<Span> {
  const ordered = [...spans].sort((a, b) => a.from - b.from || a.to - b.to);
  const result: Array<{ from: number; to: number }> = [];
  for (const { from, to } of ordered) {
    const last = result.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else result.push({ from, to });
  }
  return result;
}

/** Cut to the run; what lies outside is gone. */
export function within(spans: ReadonlyArray<Span>, end: number): ReadonlyArray<Span> {
  return spans
    .filter((span) => span.to >= 0 && span.from <= end && span.to >= span.from)
    .map((span) => ({ from: Math.max(0, span.from), to: Math.min(end, span.to) }));
}
