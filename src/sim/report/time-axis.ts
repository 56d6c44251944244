/** Virtual time as an axis: the unit that suits the length of the run, and round steps in it. */
export interface TimeAxis {
  readonly unit: string;
  readonly mark: string;
  /** Seconds in a unit. */
  readonly size: number;
  readonly steps: ReadonlyArray<number>;
}

const decimal = [1, 2, 5].flatMap((m) => [m, m * 10, m * 100, m * 1000]).sort((a, b) => a - b);
const sixties = [0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600];

const axes: ReadonlyArray<TimeAxis & { readonly from: number }> = [
  { unit: "days", mark: "d", size: 86_400, steps: [0.25, 0.5, ...decimal], from: 3.1 * 86_400 },
  {
    unit: "hours",
    mark: "h",
    size: 3600,
    steps: [0.25, 0.5, 1, 2, 3, 4, 6, 12, 24, 48, 96],
    from: 2.1 * 3600,
  },
  { unit: "minutes", mark: "min", size: 60, steps: sixties, from: 180 },
];

export function timeAxis(seconds: number): TimeAxis {
  const found = axes.find((axis) => seconds >= axis.from);
  return found ?? { unit: "seconds", mark: "s", size: 1, steps: [0.001, 0.01, 0.1, ...sixties] };
}

/** At most seven round marks from 0 to the end, in the axis's unit. */
export function timeTicks(axis: TimeAxis, seconds: number): ReadonlyArray<number> {
  const end = seconds / axis.size;
  const step = axis.steps.find((each) => end / each <= 7) ?? end / 4;
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, i) => i * step);
}
