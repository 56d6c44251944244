/** The availability classes: how a machine of each is found at the start, and what follows. */
import { DAY, HOUR } from "../../kernel/duration.ts";
import type { Stream } from "../../kernel/entropy.ts";
import { exponential, uniform } from "../numbers/distributions.ts";
import { ln } from "../numbers/portable.ts";
import type { HostsConfig } from "./config.ts";
import { type DailyWindow, windowEnd, windowStart, windowStateAt } from "./daily-window.ts";
import { exponentialSpells, logNormalSpells, type SpellLaw, weibullSpells } from "./spell-law.ts";

type Lifetime = NonNullable<HostsConfig["lifetime"]>;

/** Classes of the mixture, and the two of hosts that are not drawn from it. */
export const hostClasses = ["diurnal", "random", "office", "always", "trace", "constant"] as const;
export type HostClass = (typeof hostClasses)[number];

/** An up or down spell and its end, in local microseconds. */
export interface Spell {
  isUp: boolean;
  untilUs: number;
}

/** Instants are local: µs since the epoch plus the site's offset. */
export interface SpellProcess {
  /** State and end of the spell under way at `localUs`, as long-run observation would find it. */
  begin(localUs: number, stream: Stream, into: Spell): void;
  /** End of the spell that begins at `localUs`; `into.isUp` says which kind it is. */
  next(localUs: number, stream: Stream, into: Spell): void;
}

/** Index in {@link hostClasses} of the class that a uniform number in [0, 1) falls on. */
export function classFor(config: HostsConfig, unit: number): number {
  if (config.kind === "uniform" && config.uniform.alwaysOn) return hostClasses.indexOf("constant");
  if (config.kind === "trace") return hostClasses.indexOf("trace");
  const { diurnal, random, office, always } = config.mixture;
  const weights = [diurnal, random, office, always];
  let target = unit * (diurnal + random + office + always);
  for (const [index, weight] of weights.entries()) {
    if (target < weight) return index;
    target -= weight;
  }
  return weights.findLastIndex((weight) => weight > 0);
}

/**
 * How long a host stays from the scenario's start, µs, at least 1: a share leaves uniformly in the
 * first week, the others after it and an exponential time. One or two draws.
 */
export function drawStay(lifetime: Lifetime, stream: Stream): number {
  const leavesEarly = stream.unit() < lifetime.firstWeekShare;
  const week = 7 * DAY;
  const stay = leavesEarly ? uniform(stream, 0, week) : week + exponential(stream, lifetime.mean);
  return 1 + Math.round(stay);
}

/** One process a class, in the order of {@link hostClasses}. */
export function spellProcesses(config: HostsConfig): ReadonlyArray<SpellProcess> {
  const { diurnal, random, office, always } = config.classes;
  const cap = config.cap / HOUR;
  return [
    windowProcess({ ...diurnal, weekdaysOnly: false }),
    renewalProcess(
      weibullSpells(random.upShape, random.upScaleHours, cap),
      logNormalSpells(random.downMu, random.downSigma, cap),
    ),
    windowProcess({ ...office, weekdaysOnly: true }),
    renewalProcess(
      exponentialSpells(always.upMean / HOUR),
      logNormalSpells(ln(always.downMedian / HOUR), always.downSigma, Infinity),
    ),
    alwaysUp,
    alwaysUp,
  ];
}

const alwaysUp: SpellProcess = {
  begin: (_localUs, _stream, into) => {
    into.isUp = true;
    into.untilUs = Infinity;
  },
  next: (_localUs, _stream, into) => {
    into.untilUs = Infinity;
  },
};

/**
 * Alternating renewal. It starts in its stationary regime: up with the long-run share, and what is
 * left of the spell drawn from the equilibrium law, so no warm-up is needed.
 */
function renewalProcess(up: SpellLaw, down: SpellLaw): SpellProcess {
  const availability = up.mean / (up.mean + down.mean);
  return {
    begin: (localUs, stream, into) => {
      into.isUp = stream.unit() < availability;
      const rest = (into.isUp ? up : down).residual(stream);
      into.untilUs = localUs + Math.round(rest * HOUR);
    },
    next: (localUs, stream, into) => {
      const length = (into.isUp ? up : down).draw(stream);
      into.untilUs = localUs + Math.round(length * HOUR);
    },
  };
}

function windowProcess(window: DailyWindow): SpellProcess {
  return {
    begin: (localUs, stream, into) => windowStateAt(window, localUs, stream, into),
    next: (localUs, stream, into) => {
      into.untilUs = into.isUp
        ? windowEnd(window, localUs, stream)
        : windowStart(window, localUs, stream);
    },
  };
}
