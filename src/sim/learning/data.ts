/**
 * Data to learn from: classes that are two Gaussian clouds each, so that no line separates them,
 * and workers that see mostly their own few classes. All from one seed.
 */
import { Stream } from "../../kernel/entropy.ts";
import { normal } from "../numbers/distributions.ts";

export const FEATURES = 10;
export const CLASSES = 8;
const CLOUDS = 2;
/** Distance of cloud centres from the middle, in standard deviations of a coordinate. */
const SPREAD = 1.15;
const NOISE = 1;
/** Share of a worker's samples that come from its own classes; the rest from all. */
const OWN_SHARE = 0.5;
const OWN_CLASSES = 3;

const SHARD = 256;
const HELD_OUT = 256;
const TEST = 1_500;

/** Samples in rows: `features` has FEATURES numbers a row, `labels` one. */
export interface Samples {
  readonly features: Float64Array;
  readonly labels: Uint8Array;
}

export interface Data {
  /** One a worker. */
  readonly shards: ReadonlyArray<Samples>;
  /** What the training side keeps to judge updates by. */
  readonly heldOut: Samples;
  /** What only the measurement sees. */
  readonly test: Samples;
}

export function drawData(seed: number, workers: number): Data {
  const centres = drawCentres(new Stream(seed, "learning/centres"));
  const drawn = (name: string, count: number, label: (stream: Stream) => number) =>
    drawSamples(centres, new Stream(seed, `learning/${name}`), count, label);
  const anyClass = (stream: Stream) => stream.int(CLASSES);
  const shards = Array.from({ length: workers }, (_, worker) => {
    const own = (stream: Stream) =>
      stream.unit() < OWN_SHARE
        ? (worker + stream.int(OWN_CLASSES)) % CLASSES
        : stream.int(CLASSES);
    return drawn(`shard/${worker}`, SHARD, own);
  });
  return {
    shards,
    heldOut: drawn("held-out", HELD_OUT, anyClass),
    test: drawn("test", TEST, anyClass),
  };
}

type Centres = ReadonlyArray<Float64Array>;

/** Centre of cloud c of class k at k CLOUDS + c. */
function drawCentres(stream: Stream): Centres {
  return Array.from({ length: CLASSES * CLOUDS }, () =>
    Float64Array.from({ length: FEATURES }, () => normal(stream, 0, SPREAD)),
  );
}

function drawSamples(
  centres: Centres,
  stream: Stream,
  count: number,
  labelOf: (stream: Stream) => number,
): Samples {
  const features = new Float64Array(count * FEATURES);
  const labels = new Uint8Array(count);
  for (let row = 0; row < count; row++) {
    const label = labelOf(stream);
    const centre = centres[label * CLOUDS + stream.int(CLOUDS)] as Float64Array;
    labels[row] = label;
    for (let f = 0; f < FEATURES; f++) {
      features[row * FEATURES + f] = normal(stream, centre[f] as number, NOISE);
    }
  }
  return { features, labels };
}
