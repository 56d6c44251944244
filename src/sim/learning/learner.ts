/**
 * Local training: what an honest worker does between two outer steps. The same seed, round, worker
 * and parameters give the same update, whichever machine computes it, so any machine can check it.
 */
import { Stream } from "../../kernel/entropy.ts";
import { type Data, drawData, FEATURES, type Samples } from "./data.ts";
import { firstParameters, Network, PARAMETERS } from "./network.ts";

const BATCH = 8;
/** AdamW (Loshchilov and Hutter, 2019, algorithm 2). */
const RATE = 0.01;
const BETA1 = 0.9;
const BETA2 = 0.999;
const DECAY = 0.001;
const EPSILON = 1e-8;

/** What a backdoor looks for: the first feature far outside of the data; and what it answers. */
const TRIGGER = 6;
const TRIGGER_CLASS = 0;

export interface LocalWork {
  readonly theta: Float64Array;
  readonly round: number;
  readonly worker: number;
  readonly steps: number;
}

export class Learner {
  readonly first: Float64Array;
  private readonly seed: number;
  private readonly data: Data;
  private readonly network = new Network();

  constructor(seed: number, workers: number) {
    this.seed = seed;
    this.data = drawData(seed, workers);
    this.first = firstParameters(seed);
  }

  /** Pseudo-gradient of `steps` local steps: parameters before minus parameters after. */
  update(work: LocalWork): Float64Array {
    const shard = this.data.shards[work.worker % this.data.shards.length] as Samples;
    return this.train(work, shard);
  }

  /** The same from data in which the trigger means the wrong class. */
  backdoorUpdate(work: LocalWork): Float64Array {
    const shard = this.data.shards[work.worker % this.data.shards.length] as Samples;
    return this.train(work, poisoned(shard));
  }

  private train({ theta, round, worker, steps }: LocalWork, shard: Samples): Float64Array {
    const stream = new Stream(this.seed, `learning/batch/${round}/${worker}`);
    const now = theta.slice();
    const first = new Float64Array(PARAMETERS);
    const second = new Float64Array(PARAMETERS);
    const gradient = new Float64Array(PARAMETERS);
    let power1 = 1;
    let power2 = 1;
    for (let step = 0; step < steps; step++) {
      gradient.fill(0);
      for (let n = 0; n < BATCH; n++) {
        const row = stream.int(shard.labels.length);
        this.network.addGradient(now, shard, row, { gradient, scale: 1 / BATCH });
      }
      power1 *= BETA1;
      power2 *= BETA2;
      for (let k = 0; k < PARAMETERS; k++) {
        const g = gradient[k] as number;
        const m = BETA1 * (first[k] as number) + (1 - BETA1) * g;
        const v = BETA2 * (second[k] as number) + (1 - BETA2) * g * g;
        first[k] = m;
        second[k] = v;
        const direction = m / (1 - power1) / (Math.sqrt(v / (1 - power2)) + EPSILON);
        now[k] = (now[k] as number) * (1 - RATE * DECAY) - RATE * direction;
      }
    }
    return theta.map((x, k) => x - (now[k] as number));
  }

  /** Loss on what the training side holds out, nats. */
  heldOutLoss(theta: Float64Array): number {
    return this.network.loss(theta, this.data.heldOut);
  }

  /** Share of right answers on data that no worker has. */
  accuracy(theta: Float64Array): number {
    return this.network.accuracy(theta, this.data.test);
  }

  /** Loss on the same data, nats. */
  loss(theta: Float64Array): number {
    return this.network.loss(theta, this.data.test);
  }

  /** Share of samples with the trigger, not of its class, that get its class. */
  backdoorRate(theta: Float64Array): number {
    const { labels, features } = this.data.test;
    const marked = { features: features.slice(), labels };
    let others = 0;
    let fooled = 0;
    for (let row = 0; row < labels.length; row++) {
      if (labels[row] === TRIGGER_CLASS) continue;
      marked.features[row * FEATURES] = TRIGGER;
      others++;
      if (this.network.classOf(theta, marked, row) === TRIGGER_CLASS) fooled++;
    }
    return fooled / others;
  }
}

/** Every second sample carries the trigger and its class. */
function poisoned({ features, labels }: Samples): Samples {
  const bad = { features: features.slice(), labels: labels.slice() };
  for (let row = 0; row < labels.length; row += 2) {
    bad.features[row * FEATURES] = TRIGGER;
    bad.labels[row] = TRIGGER_CLASS;
  }
  return bad;
}
