/**
 * What the availability laws promise in the long run, without simulating. For an alternating
 * renewal process the share of time up is E[up] / (E[up] + E[down]) (Cox, Renewal Theory, 1962,
 * chapter 7); a cap c on a spell replaces E[X] by the limited mean E[min(X, c)].
 */
import { exp, ln, pow } from "../numbers/portable.ts";
import type { HostsConfig } from "./config.ts";
import { gamma, gammaP, normalCdf } from "./special-functions.ts";

/** Spell lengths in hours; the cap too. `Infinity` means no cap. */
export interface RandomClass {
  readonly upShape: number;
  readonly upScaleHours: number;
  readonly downMu: number;
  readonly downSigma: number;
}

const HOUR_US = 3_600_000_000;

/** E[min(X, cap)], X ~ Weibull(shape, scale): scale Γ(1 + 1/k) P(1/k, (cap/scale)^k). */
export function weibullLimitedMean(shape: number, scale: number, cap: number): number {
  const mean = scale * gamma(1 + 1 / shape);
  return cap === Infinity ? mean : mean * gammaP(1 / shape, pow(cap / scale, shape));
}

/**
 * E[min(X, cap)], ln X ~ Normal(mu, sigma):
 * e^(mu + σ²/2) Φ((ln cap − mu − σ²)/σ) + cap (1 − Φ((ln cap − mu)/σ)).
 */
export function logNormalLimitedMean(mu: number, sigma: number, cap: number): number {
  const mean = exp(mu + (sigma * sigma) / 2);
  if (cap === Infinity) return mean;
  if (cap <= 0) return 0;
  const z = (ln(cap) - mu) / sigma;
  return mean * normalCdf(z - sigma) + cap * (1 - normalCdf(z));
}

/** E[min(X, cap)], X ~ Exponential(mean). */
export function exponentialLimitedMean(mean: number, cap: number): number {
  return cap === Infinity ? mean : mean * (1 - exp(-cap / mean));
}

/**
 * Long-run share of time up of the random class under a cap in hours: .2458 without a cap, .391
 * with 30 days, .540 with 48 hours for the SETI@home parameters.
 */
export function randomAvailability(law: RandomClass, capHours: number): number {
  const up = weibullLimitedMean(law.upShape, law.upScaleHours, capHours);
  const down = logNormalLimitedMean(law.downMu, law.downSigma, capHours);
  return up / (up + down);
}

/** Long-run share of time up of each class of the mixture. */
export function classAvailability(
  config: HostsConfig,
  of: "diurnal" | "random" | "office" | "always",
): number {
  const { diurnal, random, office, always } = config.classes;
  switch (of) {
    case "diurnal":
      return (diurnal.probability * (diurnal.toHour - diurnal.fromHour)) / 24;
    case "office":
      return (office.probability * (office.toHour - office.fromHour) * 5) / (24 * 7);
    case "random":
      return randomAvailability(random, config.cap / HOUR_US);
    case "always": {
      const down = exp((always.downSigma * always.downSigma) / 2) * always.downMedian;
      return always.upMean / (always.upMean + down);
    }
  }
}

/** Long-run share of time up of the whole mixture. A trace has none: it returns NaN for it. */
export function mixtureAvailability(config: HostsConfig): number {
  if (config.kind === "trace") return Number.NaN;
  if (config.kind === "uniform" && config.uniform.alwaysOn) return 1;
  const w = config.mixture;
  const total = w.diurnal + w.random + w.office + w.always;
  return (
    (w.diurnal * classAvailability(config, "diurnal") +
      w.random * classAvailability(config, "random") +
      w.office * classAvailability(config, "office") +
      w.always * classAvailability(config, "always")) /
    total
  );
}

/** Share of its time up in which the owner leaves the machine alone. */
export function idleShare(config: HostsConfig): number {
  const { enabled, busyMean, idleMean } = config.ownerUse;
  return enabled ? idleMean / (idleMean + busyMean) : 1;
}
