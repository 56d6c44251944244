/**
 * The small real model: one hidden layer of leaky linear units and a softmax, in plain arrays.
 * Parameters lie in one vector: W1 (HIDDEN x FEATURES), b1, W2 (CLASSES x HIDDEN), b2.
 */
import { Stream } from "../../kernel/entropy.ts";
import { normal } from "../numbers/distributions.ts";
import { exp, ln } from "../numbers/portable.ts";
import { CLASSES, FEATURES, type Samples } from "./data.ts";

const HIDDEN = 16;
const B1 = HIDDEN * FEATURES;
const W2 = B1 + HIDDEN;
const B2 = W2 + CLASSES * HIDDEN;
export const PARAMETERS = B2 + CLASSES;
/** Slope of a unit below zero. */
const LEAK = 0.1;

/** Weights drawn with variance 1 / inputs, biases zero. */
export function firstParameters(seed: number): Float64Array {
  const stream = new Stream(seed, "learning/first");
  const theta = new Float64Array(PARAMETERS);
  for (let k = 0; k < B1; k++) theta[k] = normal(stream, 0, Math.sqrt(1 / FEATURES));
  for (let k = W2; k < B2; k++) theta[k] = normal(stream, 0, Math.sqrt(1 / HIDDEN));
  return theta;
}

/** Room for one sample's pass, made once. */
export class Network {
  private readonly hidden = new Float64Array(HIDDEN);
  private readonly odds = new Float64Array(CLASSES);

  /** Probabilities of the classes of a row, in a buffer that the next call writes over. */
  private forward(theta: Float64Array, samples: Samples, row: number): Float64Array {
    const { hidden, odds } = this;
    const { features } = samples;
    const from = row * FEATURES;
    let k = 0;
    for (let h = 0; h < HIDDEN; h++) {
      let sum = theta[B1 + h] as number;
      for (let f = 0; f < FEATURES; f++) {
        sum += (theta[k++] as number) * (features[from + f] as number);
      }
      hidden[h] = sum > 0 ? sum : LEAK * sum;
    }
    let largest = Number.NEGATIVE_INFINITY;
    k = W2;
    for (let c = 0; c < CLASSES; c++) {
      let sum = theta[B2 + c] as number;
      for (let h = 0; h < HIDDEN; h++) sum += (theta[k++] as number) * (hidden[h] as number);
      odds[c] = sum;
      if (sum > largest) largest = sum;
    }
    let total = 0;
    for (let c = 0; c < CLASSES; c++) {
      const odd = exp((odds[c] as number) - largest);
      odds[c] = odd;
      total += odd;
    }
    for (let c = 0; c < CLASSES; c++) odds[c] = (odds[c] as number) / total;
    return odds;
  }

  /** Adds the gradient of the row's cross entropy, times `scale`, to `gradient`. */
  addGradient(
    theta: Float64Array,
    samples: Samples,
    row: number,
    into: { readonly gradient: Float64Array; readonly scale: number },
  ): void {
    const { gradient, scale } = into;
    const errors = this.forward(theta, samples, row);
    const { hidden } = this;
    const { features, labels } = samples;
    const label = labels[row] as number;
    let k = W2;
    for (let c = 0; c < CLASSES; c++) {
      const error = ((errors[c] as number) - (c === label ? 1 : 0)) * scale;
      errors[c] = error;
      gradient[B2 + c] = (gradient[B2 + c] as number) + error;
      for (let h = 0; h < HIDDEN; h++, k++) {
        gradient[k] = (gradient[k] as number) + error * (hidden[h] as number);
      }
    }
    const from = row * FEATURES;
    k = 0;
    for (let h = 0; h < HIDDEN; h++) {
      let back = 0;
      for (let c = 0; c < CLASSES; c++) {
        back += (errors[c] as number) * (theta[W2 + c * HIDDEN + h] as number);
      }
      if ((hidden[h] as number) < 0) back *= LEAK;
      gradient[B1 + h] = (gradient[B1 + h] as number) + back;
      for (let f = 0; f < FEATURES; f++, k++) {
        gradient[k] = (gradient[k] as number) + back * (features[from + f] as number);
      }
    }
  }

  /** Mean cross entropy in nats; bounded, so that a ruined model has a number too. */
  loss(theta: Float64Array, samples: Samples): number {
    let sum = 0;
    const rows = samples.labels.length;
    for (let row = 0; row < rows; row++) {
      const odds = this.forward(theta, samples, row)[samples.labels[row] as number] as number;
      sum += odds > 1e-9 ? -ln(odds) : 20.7;
    }
    return sum / rows;
  }

  /** The likeliest class of a row. */
  classOf(theta: Float64Array, samples: Samples, row: number): number {
    const odds = this.forward(theta, samples, row);
    let best = 0;
    for (let c = 1; c < CLASSES; c++) if ((odds[c] as number) > (odds[best] as number)) best = c;
    return best;
  }

  /** Share of rows whose class is found. */
  accuracy(theta: Float64Array, samples: Samples): number {
    let right = 0;
    const rows = samples.labels.length;
    for (let row = 0; row < rows; row++) {
      if (this.classOf(theta, samples, row) === samples.labels[row]) right++;
    }
    return right / rows;
  }
}
