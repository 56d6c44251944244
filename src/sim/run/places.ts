/** Where everything stands: cities, the edges among them, machines, time zones and regions. */
import { Either } from "effect";
import { Stream } from "../../kernel/entropy.ts";
import { invariant } from "../../kernel/invariant.ts";
import { distanceKm, drawSites, findSite, type Site, utcOffsetMinutes } from "../network/cities.ts";
import { placeHosts } from "../network/latency.ts";
import { type Region, Region as RegionSchema } from "../scenario/faults.ts";
import { ScenarioError } from "../scenario/scenario-error.ts";
import type { Scenario } from "../scenario/schema.ts";

export interface Places {
  readonly sites: ReadonlyArray<Site>;
  /** City of each machine. */
  readonly siteOfMachine: Uint16Array;
  /** City of each edge. */
  readonly siteOfEdge: ReadonlyArray<number>;
  readonly regionOfSite: ReadonlyArray<Region>;
  readonly offsetOfSite: ReadonlyArray<number>;
}

/** `machines` counts nodes and the machines of contributors that have no node. */
export function places(scenario: Scenario, seed: number, machines: number): Places {
  const sites = sitesOf(scenario, seed);
  return {
    sites,
    siteOfMachine: placeHosts(seed, machines, sites.length),
    siteOfEdge: edgeSites(sites, scenario.edges),
    regionOfSite: sites.map(regionOf),
    offsetOfSite: sites.map(utcOffsetMinutes),
  };
}

function sitesOf({ network, name }: Scenario, seed: number): ReadonlyArray<Site> {
  if (network.cities === undefined) {
    return drawSites(new Stream(seed, "network/sites"), network.sites);
  }
  return network.cities.map((city, i) => {
    const found = findSite(city);
    if (Either.isRight(found)) return found.right;
    const { message, nearest } = found.left;
    throw new ScenarioError(`${name}: ${message}`, `network.cities.${i}`, nearest);
  });
}

/** The largest city, then each time the one with most people times distance to the next edge. */
function edgeSites(sites: ReadonlyArray<Site>, count: number): ReadonlyArray<number> {
  const chosen: number[] = [];
  const distance = sites.map(() => Number.POSITIVE_INFINITY);
  for (let n = 0; n < count; n++) {
    let best = 0;
    let most = -1;
    for (const [i, site] of sites.entries()) {
      const weight = site.population * (n === 0 ? 1 : (distance[i] as number));
      if (weight > most) {
        most = weight;
        best = i;
      }
    }
    chosen.push(best);
    const edge = sites[best];
    invariant(edge !== undefined, "a network has a city");
    for (const [i, site] of sites.entries()) {
      distance[i] = Math.min(distance[i] as number, distanceKm(site, edge));
    }
  }
  return chosen;
}

const regions: ReadonlyArray<string> = RegionSchema.literals;

/** Continent of the IANA zone; places without one are told by their longitude. */
function regionOf(site: Site): Region {
  const continent = site.timeZone.slice(0, Math.max(0, site.timeZone.indexOf("/")));
  if (regions.includes(continent)) return continent as Region;
  return site.longitude < -30 ? "America" : site.longitude < 45 ? "Europe" : "Asia";
}
