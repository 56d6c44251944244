/** Times by processor, not by wall: other work on the machine must not show. */

/** Seconds of processor time of this process so far, all threads together. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export function median(values: ReadonlyArray<number>): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Collects all garbage where the process was started with --expose-gc. */
export function collectGarbage(): void {
  const { gc } = globalThis as { readonly gc?: () => void };
  for (let i = 0; i < 3; i++) gc?.();
}
