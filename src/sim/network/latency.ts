/**
 * How long a bit travels between two hosts when nothing goes wrong. Built once; every look-up is
 * two array reads and an addition.
 */
import { Stream } from "../../kernel/entropy.ts";
import { invariant } from "../../kernel/invariant.ts";
import { normalQuantile, openUnit } from "../numbers/distributions.ts";
import { exp } from "../numbers/portable.ts";
import { distanceKm, type Site } from "./cities.ts";
import type { NetworkConfig } from "./config.ts";
import { drawPerHost } from "./host-draw.ts";
import type { RttMatrix } from "./rtt-matrix.ts";

/** One way between two processes of one machine, microseconds. */
export const SAME_HOST_US = 20;

/** Microseconds of light per km of fibre: the refractive index of silica, 1.468, over c. */
export const FIBRE_US_PER_KM = 1.468 / 0.299792458;

/** A longer one-way delay is a mistake in the configuration. */
const ONE_WAY_US_MAX = 1_000_000_000;

/** What a host is to the network: a place and, where it is no volunteer's machine, its own line. */
export interface HostPlace {
  /** Index into the sites (kind "cities"); ignored by the other kinds. */
  readonly site: number;
  /** One-way access delay in microseconds instead of a drawn one. */
  readonly accessUs?: number;
  /** Rates in Mbit/s instead of drawn ones. */
  readonly uplinkMbps?: number;
  readonly downlinkMbps?: number;
}

/** The parts a network is built from. */
export interface LatencyParts {
  readonly config: NetworkConfig;
  readonly seed: number;
  readonly hosts: ReadonlyArray<HostPlace>;
  /** For kind "cities". */
  readonly sites?: ReadonlyArray<Pick<Site, "name" | "latitude" | "longitude">>;
  /** For kind "matrix". */
  readonly matrix?: RttMatrix;
}

/** One-way delays between hosts. Immutable after construction. */
export class Latency {
  readonly hostCount: number;
  /** Sites, or rows of the matrix; 1 for kind "none". */
  readonly siteCount: number;
  /** Site and access delay of a host side by side: one cache line, however many hosts there are. */
  private readonly host: Int32Array;
  private readonly between: Int32Array;
  private readonly sameHostUs: number;

  constructor(parts: LatencyParts) {
    const { config, seed, hosts } = parts;
    this.hostCount = hosts.length;
    this.host = new Int32Array(2 * hosts.length);
    this.sameHostUs = config.kind === "none" ? 0 : SAME_HOST_US;
    if (config.kind === "none") {
      this.siteCount = 1;
      this.between = new Int32Array(1);
      return;
    }
    this.drawAccess(config, seed, hosts);
    if (config.kind === "matrix") {
      invariant(parts.matrix !== undefined, "a network of kind matrix needs a matrix");
      this.siteCount = parts.matrix.size;
      this.between = oneWayOfMatrix(parts.matrix);
      const rows = new Stream(seed, "network/rows");
      for (let host = 0; host < hosts.length; host++)
        this.host[2 * host] = rows.int(this.siteCount);
      return;
    }
    const sites = parts.sites ?? [];
    invariant(sites.length > 0, "a network of kind cities needs sites");
    this.siteCount = sites.length;
    this.between = oneWayOfSites(config, seed, sites);
    for (const [host, place] of hosts.entries()) {
      invariant(place.site >= 0 && place.site < sites.length, `host ${host} stands on no site`);
      this.host[2 * host] = place.site;
    }
  }

  /** Microseconds from host `a` to host `b` for an empty message, the same in both directions. */
  oneWayUs(a: number, b: number): number {
    if (a === b) return this.sameHostUs;
    const host = this.host;
    const at = (host[2 * a] as number) * this.siteCount + (host[2 * b] as number);
    const accessUs = (host[2 * a + 1] as number) + (host[2 * b + 1] as number);
    return (this.between[at] as number) + accessUs;
  }

  /** Site index (or matrix row) of a host. */
  siteOf(host: number): number {
    return this.host[2 * host] ?? 0;
  }

  /** Microseconds between two sites, one way, access not included. */
  siteDelayUs(a: number, b: number): number {
    return this.between[a * this.siteCount + b] ?? 0;
  }

  private drawAccess(config: NetworkConfig, seed: number, hosts: ReadonlyArray<HostPlace>): void {
    const drawn = drawPerHost(new Stream(seed, "network/access"), hosts.length, config.access);
    for (const [host, place] of hosts.entries()) {
      const us = Math.round(place.accessUs ?? drawn[host] ?? 0);
      this.host[2 * host + 1] = Math.min(us, ONE_WAY_US_MAX);
    }
  }
}

/**
 * Puts hosts on sites with equal chances. Sites drawn by population already carry its weight, so a
 * second weighting would count it twice.
 */
export function placeHosts(seed: number, hostCount: number, siteCount: number): Uint16Array {
  const stream = new Stream(seed, "network/places");
  return new Uint16Array(hostCount).map(() => stream.int(siteCount));
}

/**
 * Route length = fixed detour + great circle * inflation, the inflation log-normal per pair of
 * sites and never below 1; time = length * the slowness of light in glass. A pair's draw is named
 * by the two sites, so adding a city leaves the others' routes alone.
 */
function oneWayOfSites(
  config: NetworkConfig,
  seed: number,
  sites: ReadonlyArray<Pick<Site, "name" | "latitude" | "longitude">>,
): Int32Array {
  const { pathInflation, pathSpread, pathDetourKm } = config;
  const oneWay = new Int32Array(sites.length * sites.length);
  for (const [i, a] of sites.entries()) {
    for (let j = i; j < sites.length; j++) {
      const b = sites[j] ?? a;
      let inflation = pathInflation;
      if (pathSpread > 0 && j > i) inflation *= exp(pathSpread * pairNormal(seed, a.name, b.name));
      const km = pathDetourKm + distanceKm(a, b) * Math.max(1, inflation);
      const us = Math.min(ONE_WAY_US_MAX, Math.round(km * FIBRE_US_PER_KM));
      oneWay[i * sites.length + j] = us;
      oneWay[j * sites.length + i] = us;
    }
  }
  return oneWay;
}

/** A standard normal number fixed by the seed and two names in either order. */
function pairNormal(seed: number, a: string, b: string): number {
  const pair = a < b ? `${a}|${b}` : `${b}|${a}`;
  return normalQuantile(openUnit(new Stream(seed, `network/route/${pair}`).unit()));
}

/** Half the round trip; two hosts on one row are as near as that row's nearest neighbour. */
function oneWayOfMatrix(matrix: RttMatrix): Int32Array {
  const { size, rttUs } = matrix;
  const oneWay = new Int32Array(size * size);
  for (let i = 0; i < size; i++) {
    let nearest = 0;
    for (let j = 0; j < size; j++) {
      const us = Math.ceil((rttUs[i * size + j] ?? 0) / 2);
      oneWay[i * size + j] = us;
      if (i !== j && (nearest === 0 || us < nearest)) nearest = us;
    }
    oneWay[i * size + i] = nearest;
  }
  return oneWay;
}
