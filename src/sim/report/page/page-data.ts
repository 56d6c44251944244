/** What the report hands to the script of its page, as JSON. Positions are computed beforehand. */

/** Lines over virtual time, one unit. */
export interface LinePlot {
  readonly unit: string;
  readonly at: ReadonlyArray<number>;
  readonly lines: ReadonlyArray<{
    readonly name: string;
    readonly values: ReadonlyArray<number | null>;
  }>;
}

/** Places are shares of the plot's width and height, from its lower left corner. */
export interface Tick {
  readonly place: number;
  readonly text: string;
}

export interface PointGroup {
  readonly name: string;
  /** Number of the mark colour, from 1. */
  readonly colour: number;
  readonly shape: "disc" | "square" | "triangle";
  readonly x: ReadonlyArray<number>;
  readonly y: ReadonlyArray<number>;
  /** One line per point, shown when the pointer is near it. */
  readonly texts: ReadonlyArray<string>;
}

export interface Scatter {
  readonly xTitle: string;
  readonly yTitle: string;
  readonly ticks: ReadonlyArray<Tick>;
  readonly groups: ReadonlyArray<PointGroup>;
}

type Stretch = readonly [from: number, to: number];

export interface PageData {
  /** The time axis: its unit in full and as short as a tick wants it, and the steps of ticks. */
  readonly time: {
    readonly unit: string;
    readonly mark: string;
    readonly steps: ReadonlyArray<number>;
  };
  readonly lines: ReadonlyArray<LinePlot>;
  /** When faults of the network or of its services were at work, and when those of one machine. */
  readonly shades: ReadonlyArray<Stretch>;
  readonly local: ReadonlyArray<Stretch>;
  readonly scatter: Scatter | null;
}
