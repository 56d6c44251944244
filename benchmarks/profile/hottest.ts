/** The functions of a V8 profile in which most time was spent themselves. */

export interface CpuProfile {
  readonly nodes: ReadonlyArray<{
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }>;
  readonly samples: ReadonlyArray<number>;
  readonly timeDeltas: ReadonlyArray<number>;
}

const idle = "(idle)";

/** Rows of function, file and share of the time that the processor was busy. */
export function hottest(
  { nodes, samples, timeDeltas }: CpuProfile,
  rows: number,
): ReadonlyArray<ReadonlyArray<string>> {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, number>();
  let total = 0;
  for (const [i, id] of samples.entries()) {
    const frame = frames.get(id);
    const time = timeDeltas[i] ?? 0;
    if (frame === undefined || frame.functionName === idle) continue;
    total += time;
    const name = frame.functionName || `(anonymous, line ${frame.lineNumber + 1})`;
    const key = `${name}\n${shortUrl(frame.url)}`;
    times.set(key, (times.get(key) ?? 0) + time);
  }
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, rows)
    .map(([key, time]) => [...key.split("\n"), `${((100 * time) / total).toFixed(1)} %`]);
}

/** From the package or the project's folder on. */
function shortUrl(url: string): string {
  return url.replace(/^.*\/node_modules\//, "").replace(/^.*\/dist\//, "") || "-";
}
