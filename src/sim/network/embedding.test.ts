/** How well network coordinates predict this network's round trips, with and without liars. */
import { describe, expect, test } from "vitest";
import {
  adjusted,
  attracted,
  type Coordinate,
  distanceMs,
  isStrange,
  medianOf,
  nowhere,
} from "../../kernel/coordinate.ts";
import { Stream } from "../../kernel/entropy.ts";
import { drawSites } from "./cities.ts";
import { defaultNetwork } from "./config.ts";
import { Latency, placeHosts } from "./latency.ts";

const HOSTS = 200;
/** Samples of each host, from peers drawn at random. */
const SAMPLES = 200;
/** Residuals that a host remembers. */
const MEMORY = 16;

const sites = drawSites(new Stream(5, "sites"), 60);
const latencyOf = (pathSpread: number) =>
  new Latency({
    config: { ...defaultNetwork, pathSpread },
    seed: 5,
    sites,
    hosts: Array.from(placeHosts(5, HOSTS, sites.length), (site) => ({ site })),
  });

/** What a liar says of its place: far out and sure of itself. */
function lieOf(host: number): Coordinate {
  return { x: (host % 2 === 0 ? 1 : -1) * 1_000, y: 40 * host, height: 0.01, error: 0.01 };
}

/** Median relative error of predictions among honest pairs; the first `liars` hosts lie. */
function embeddingError(latency: Latency, liars: number, guarded: boolean): number {
  const rttMs = (a: number, b: number): number => (2 * latency.oneWayUs(a, b)) / 1_000;
  const stream = new Stream(9, `embedding/${liars}`);
  const places: Array<Coordinate> = Array.from({ length: HOSTS }, () => nowhere);
  const residuals: Array<Array<number>> = places.map(() => []);
  for (let n = 0; n < SAMPLES * HOSTS; n++) {
    const [own, peer] = [n % HOSTS, stream.int(HOSTS)];
    if (own < liars || own === peer) continue;
    // half of the liars hold their answers back as well
    const late = peer < liars && peer % 2 === 0 ? 500 : 0;
    const to = peer < liars ? lieOf(peer) : (places[peer] as Coordinate);
    const sample = { to, rttMs: rttMs(own, peer) + late };
    const before = places[own] as Coordinate;
    const residual = sample.rttMs - distanceMs(before, to);
    const known = residuals[own] as Array<number>;
    const doubts = guarded && known.length >= 4 && isStrange(residual, known);
    known.push(residual);
    if (known.length > MEMORY) known.shift();
    if (!doubts) places[own] = attracted(adjusted(before, sample, n));
  }
  const errors: Array<number> = [];
  for (let a = liars; a < HOSTS; a++) {
    for (let b = a + 1; b < HOSTS; b++) {
      const truth = rttMs(a, b);
      const predicted = distanceMs(places[a] as Coordinate, places[b] as Coordinate);
      errors.push(Math.abs(predicted - truth) / truth);
    }
  }
  return medianOf(errors);
}

describe("Network coordinates on the city model", () => {
  test("200 hosts where geography says all: .089 clean, .136 with 20 % liars", () => {
    const latency = latencyOf(0);
    const guarded = embeddingError(latency, HOSTS / 5, true);
    expect(embeddingError(latency, 0, true)).toBeLessThan(0.15);
    expect(guarded).toBeLessThan(0.25);
    // without the ears for strange samples the same liars ruin it
    expect(embeddingError(latency, HOSTS / 5, false)).toBeGreaterThan(2 * guarded);
  });

  test("routes with detours of their own: .261 and .289, where .236 is the routes' noise", () => {
    // half of a log-normal's draws lie beyond .6745 sigma of the median: e^(.6745 x .35) - 1
    const latency = latencyOf(defaultNetwork.pathSpread);
    const clean = embeddingError(latency, 0, true);
    expect(clean).toBeLessThan(0.28);
    expect(embeddingError(latency, HOSTS / 5, true)).toBeLessThan(1.2 * clean);
  });
});
