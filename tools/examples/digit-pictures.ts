/**
 * Pictures of digits, 28 × 28, from the strokes: each is drawn by a hand and a pen of its own that
 * the seed draws. The test set is of other hands than the training set, and of a wider range.
 */
import { Stream } from "../../src/kernel/entropy.ts";
import { glyphs, type Point, type Stroke } from "./digit-strokes.ts";

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

export interface Pictures {
  /** 0 is paper, 255 ink; one picture behind the other. */
  readonly pixels: Uint8Array;
  readonly labels: BigInt64Array;
}

/** How far hands and pens differ; 1 is what a training set has. */
export function drawDigits(count: number, seed: number, spread: number): Pictures {
  const stream = new Stream(seed, "digits");
  const pixels = new Uint8Array(count * PIXELS);
  const labels = new BigInt64Array(count);
  for (let n = 0; n < count; n++) {
    const digit = stream.int(10);
    labels[n] = BigInt(digit);
    pixels.set(drawDigit(stream, digit, spread), n * PIXELS);
  }
  return { pixels, labels };
}

/** Uniform in [-1, 1). */
const around = (stream: Stream) => 2 * stream.unit() - 1;

function drawDigit(stream: Stream, digit: number, spread: number): Uint8Array {
  const ways = glyphs[digit] ?? [];
  const glyph = ways[stream.int(ways.length)] ?? [];
  const hand = drawHand(stream, spread);
  const strokes = glyph.map((stroke) => stroke.map((point) => hand(point)));
  const width = 0.9 + 0.9 * stream.unit() * spread;
  const ink = 200 + stream.int(56);
  const noise = 14 * spread * stream.unit();
  const picture = new Uint8Array(PIXELS);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const far = Math.min(...strokes.map((stroke) => distanceTo(stroke, [x + 0.5, y + 0.5])));
      const covered = Math.max(0, Math.min(1, width + 0.5 - far));
      const value = covered * ink + around(stream) * noise;
      picture[y * SIDE + x] = Math.max(0, Math.min(255, Math.round(value)));
    }
  }
  // now and then a stray line of the pen
  if (stream.chance(Math.round(8 * spread), 100)) stray(stream, picture);
  return picture;
}

/** Turns, leans, stretches, moves and bends what is written, in pixels. */
function drawHand(stream: Stream, spread: number): (point: Point) => Point {
  const turn = 0.22 * spread * around(stream);
  const lean = 0.28 * spread * around(stream);
  const [wide, tall] = [0.78 + 0.16 * around(stream), 0.8 + 0.12 * around(stream)];
  const [right, down] = [2.2 * spread * around(stream), 2.2 * spread * around(stream)];
  const waves = Array.from({ length: 4 }, () => [
    0.035 * spread * around(stream),
    2 + 3 * stream.unit(),
    6.28 * stream.unit(),
  ]);
  const bend = (i: number, at: number) => {
    const [size = 0, rate = 0, phase = 0] = waves[i] ?? [];
    return size * Math.sin(rate * at + phase);
  };
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return ([px, py]) => {
    const x0 = px - 0.5 + bend(0, py * 3) + bend(1, px * 4);
    const y0 = py - 0.5 + bend(2, px * 3) + bend(3, py * 4);
    const x1 = wide * (x0 - lean * y0);
    const y1 = tall * y0;
    return [
      SIDE / 2 + right + SIDE * 0.92 * (cos * x1 - sin * y1),
      SIDE / 2 + down + SIDE * 0.92 * (sin * x1 + cos * y1),
    ];
  };
}

function distanceTo(stroke: Stroke, [x, y]: Point): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 1; i < stroke.length; i++) {
    const [ax, ay] = stroke[i - 1] as Point;
    const [bx, by] = stroke[i] as Point;
    const [dx, dy] = [bx - ax, by - ay];
    const long = dx * dx + dy * dy;
    const along = long === 0 ? 0 : ((x - ax) * dx + (y - ay) * dy) / long;
    const t = Math.max(0, Math.min(1, along));
    least = Math.min(least, Math.hypot(x - ax - t * dx, y - ay - t * dy));
  }
  return least;
}

function stray(stream: Stream, picture: Uint8Array): void {
  const from: Point = [SIDE * stream.unit(), SIDE * stream.unit()];
  const to: Point = [from[0] + 6 * around(stream), from[1] + 6 * around(stream)];
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const covered = Math.max(0, 1 - distanceTo([from, to], [x + 0.5, y + 0.5]));
      const at = y * SIDE + x;
      picture[at] = Math.max(picture[at] ?? 0, Math.round(180 * covered));
    }
  }
}
