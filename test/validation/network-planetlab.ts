/**
 * The model put where a measurement was made. The trace is one slice of the PlanetLab data of
 * R. Zhu et al. (NetLatency-Data, MIT licence): 490 machines of universities and laboratories,
 * every pair, without places. So the places are our assumption: university cities, shares by
 * continent chosen by us and not taken from a list of the machines.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Either, Schema } from "effect";
import { allSites, distanceKm, findSite, type Site } from "../../src/sim/network/cities.ts";
import { NetworkConfig } from "../../src/sim/network/config.ts";
import { FIBRE_US_PER_KM, type HostPlace, Latency } from "../../src/sim/network/latency.ts";
import { parseRttMatrix, type RttMatrix } from "../../src/sim/network/rtt-matrix.ts";

export const TRACE = "planetlab490_rtt_ms_slice1.tsv";
export const PROBABILITIES = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

interface Region {
  readonly hosts: number;
  readonly cities: string;
}

const northAmerica: Region = {
  hosts: 220,
  cities:
    "Boston, US|New York, US|Philadelphia, US|Pittsburgh, US|Washington, D.C.|Baltimore, US|" +
    "Durham, US|Atlanta, US|Chicago, US|Ann Arbor, US|Madison, US|Minneapolis, US|St. Louis, US|" +
    "Houston, US|Austin, US|Salt Lake City, US|Denver, US|Seattle, US|Portland, Oregon|" +
    "Berkeley, US|Los Angeles, US|San Diego, US|San Francisco, US|Lincoln, Nebraska|Buffalo, US|" +
    "Miami, US|Cleveland, US|Vancouver, CA|Toronto, CA|Montreal, CA",
};
const europe: Region = {
  hosts: 162,
  cities:
    "London, GB|Cambridge, GB|Paris, FR|Lyon, FR|Berlin, DE|Munich, DE|Frankfurt, DE|Zurich, CH|" +
    "Geneva, CH|Amsterdam, NL|Brussels, BE|Madrid, ES|Barcelona, ES|Lisbon, PT|Rome, IT|" +
    "Milan, IT|Vienna, AT|Prague, CZ|Warsaw, PL|Budapest, HU|Helsinki, FI|Stockholm, SE|" +
    "Oslo, NO|Copenhagen, DK|Athens, GR|Dublin, IE",
};
const asia: Region = {
  hosts: 74,
  cities:
    "Beijing, CN|Shanghai, CN|Hong Kong, HK|Taipei, TW|Tokyo, JP|Osaka, JP|Seoul, KR|" +
    "Singapore, SG|Bengaluru, IN|Tel Aviv-Yafo, IL|Bangkok, TH",
};
const south: Region = {
  hosts: 34,
  cities:
    "Sao Paulo, BR|Rio de Janeiro, BR|Buenos Aires, AR|Santiago, CL|Melbourne, AU|Sydney, AU|" +
    "Auckland, NZ",
};

/** Access of a machine in a computing centre that many experiments share; fitted, see the docs. */
const ACCESS_US = 2000;

/** The measured matrix, or the reason why there is none. */
export function readTrace(folder: string | undefined): Either.Either<RttMatrix, string> {
  if (folder === undefined) return Either.left("PINGO_TRACES is not set");
  const file = join(folder, TRACE);
  if (!existsSync(file)) return Either.left(`${file} is absent`);
  return parseRttMatrix(readFileSync(file, "utf8"), TRACE).pipe(Either.mapLeft((e) => e.message));
}

/** All round trips of the measured matrix in ms, sorted. */
export function measuredRtts(matrix: RttMatrix): Float64Array {
  const { size, rttUs } = matrix;
  return pairs(size, (i, j) => (rttUs[i * size + j] ?? 0) / 1000);
}

/** All round trips between as many simulated machines in ms, sorted. */
export function generatedRtts(seed: number, overrides: object = {}): Float64Array {
  const sites: Array<Site> = [];
  const hosts: Array<HostPlace> = [];
  for (const region of [northAmerica, europe, asia, south]) {
    const cities = region.cities.split("|").map((name) => Either.getOrThrow(findSite(name)));
    for (let host = 0; host < region.hosts; host++) {
      hosts.push({ site: sites.length + (host % cities.length), accessUs: ACCESS_US });
    }
    sites.push(...cities);
  }
  const config = Schema.decodeUnknownSync(NetworkConfig)(overrides);
  const latency = new Latency({ config, seed, sites, hosts });
  return pairs(hosts.length, (i, j) => (2 * latency.oneWayUs(i, j)) / 1000);
}

/**
 * Median of delay / (straight fibre) between the 120 largest cities of the contiguous United
 * States, without access: what Bozkurt et al. (2018) put at 2.1.
 */
export function inflationInTheStates(seed: number): number {
  const sites = allSites()
    .filter((s) => s.country === "US" && s.longitude > -125 && s.latitude > 24)
    .sort((a, b) => b.population - a.population)
    .slice(0, 120);
  const config = Schema.decodeUnknownSync(NetworkConfig)({});
  const latency = new Latency({ config, seed, sites, hosts: [] });
  const ratios = pairs(sites.length, (i, j) => {
    const km = distanceKm(sites[i] as Site, sites[j] as Site);
    return latency.siteDelayUs(i, j) / (km * FIBRE_US_PER_KM);
  });
  return quantile(ratios, 0.5);
}

/** The p-quantile of sorted numbers. */
export function quantile(sorted: Float64Array, p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? 0;
}

function pairs(size: number, value: (i: number, j: number) => number): Float64Array {
  const values = new Float64Array((size * (size - 1)) / 2);
  let n = 0;
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) values[n++] = value(i, j);
  }
  return values.sort();
}
