/**
 * Digits as a pen writes them: strokes through points of a square, in ways in which people write
 * each digit. Own work, so that the example's data has no owner but this project.
 */

export type Point = readonly [number, number];
export type Stroke = ReadonlyArray<Point>;
/** Strokes of one way of writing a digit; x to the right, y downwards, both from 0 to 1. */
export type Glyph = ReadonlyArray<Stroke>;

/** Points of an arc around a centre; angles in degrees, 0 to the right, 90 downwards. */
function arc(centre: Point, radii: Point, [from, to]: readonly [number, number]): Stroke {
  const steps = Math.max(4, Math.ceil(Math.abs(to - from) / 20));
  return Array.from({ length: steps + 1 }, (_, i): Point => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    return [centre[0] + radii[0] * Math.cos(angle), centre[1] + radii[1] * Math.sin(angle)];
  });
}

const line = (...points: ReadonlyArray<Point>): Stroke => points;

export const glyphs: ReadonlyArray<ReadonlyArray<Glyph>> = [
  [
    [arc([0.5, 0.5], [0.28, 0.4], [-90, 270])],
    [arc([0.5, 0.5], [0.2, 0.38], [-60, 300])],
    [arc([0.5, 0.5], [0.3, 0.36], [-90, 270]), line([0.66, 0.24], [0.34, 0.76])],
  ],
  [
    [line([0.5, 0.1], [0.5, 0.9])],
    [line([0.34, 0.28], [0.54, 0.1], [0.54, 0.9])],
    [line([0.34, 0.28], [0.52, 0.1], [0.52, 0.9]), line([0.34, 0.9], [0.7, 0.9])],
  ],
  [
    [[...arc([0.5, 0.32], [0.24, 0.22], [-170, 40]), [0.26, 0.9], [0.76, 0.9]]],
    [[...arc([0.5, 0.3], [0.22, 0.2], [-150, 60]), [0.24, 0.88], [0.4, 0.8], [0.78, 0.9]]],
    [line([0.28, 0.14], [0.7, 0.14], [0.7, 0.48], [0.28, 0.88], [0.74, 0.88])],
  ],
  [
    [[...arc([0.48, 0.3], [0.22, 0.2], [-160, 90]), ...arc([0.48, 0.7], [0.24, 0.2], [-90, 160])]],
    [line([0.26, 0.12], [0.72, 0.12], [0.46, 0.44]), arc([0.46, 0.66], [0.26, 0.22], [-90, 150])],
  ],
  [
    [line([0.62, 0.9], [0.62, 0.1], [0.22, 0.64], [0.8, 0.64])],
    [line([0.32, 0.1], [0.28, 0.54], [0.74, 0.54]), line([0.66, 0.16], [0.64, 0.9])],
    [line([0.5, 0.1], [0.24, 0.58], [0.78, 0.6]), line([0.62, 0.36], [0.56, 0.9])],
  ],
  [
    [[[0.74, 0.1], [0.34, 0.1], [0.3, 0.46], ...arc([0.48, 0.66], [0.26, 0.22], [-100, 150])]],
    [
      [[0.36, 0.12], [0.32, 0.44], ...arc([0.46, 0.64], [0.24, 0.24], [-90, 160])],
      line([0.36, 0.12], [0.76, 0.12]),
    ],
  ],
  [
    [[[0.66, 0.12], [0.4, 0.34], ...arc([0.5, 0.66], [0.24, 0.22], [-170, 190])]],
    [
      [
        ...arc([0.56, 0.5], [0.28, 0.38], [-70, -180]),
        ...arc([0.5, 0.68], [0.22, 0.2], [180, 540]),
      ],
    ],
  ],
  [
    [line([0.24, 0.12], [0.76, 0.12], [0.44, 0.9])],
    [line([0.24, 0.14], [0.74, 0.12], [0.5, 0.5], [0.42, 0.9]), line([0.34, 0.5], [0.68, 0.5])],
    [line([0.26, 0.24], [0.28, 0.12], [0.74, 0.14], [0.46, 0.88])],
  ],
  [
    [arc([0.5, 0.3], [0.2, 0.19], [90, 450]), arc([0.5, 0.69], [0.24, 0.2], [-90, 270])],
    [
      line(
        [0.68, 0.2],
        [0.5, 0.1],
        [0.32, 0.22],
        [0.4, 0.42],
        [0.62, 0.58],
        [0.7, 0.76],
        [0.5, 0.9],
        [0.3, 0.76],
        [0.4, 0.58],
        [0.62, 0.4],
        [0.68, 0.2],
      ),
    ],
  ],
  [
    [[...arc([0.5, 0.34], [0.22, 0.22], [0, 360]), [0.72, 0.34], [0.68, 0.9]]],
    [[...arc([0.48, 0.34], [0.24, 0.2], [-20, 340]), ...arc([0.46, 0.5], [0.28, 0.4], [-20, 110])]],
    [arc([0.48, 0.32], [0.2, 0.2], [0, 360]), line([0.7, 0.14], [0.66, 0.9])],
  ],
];
