/**
 * Places in the world: the cities of the `city-timezones` table (coordinates, population, IANA time
 * zone), drawn by population. Order is fixed by code units, never by a locale.
 */
import { cityMapping } from "city-timezones";
import { Either } from "effect";
import type { Stream } from "../../kernel/entropy.ts";
import { invariant } from "../../kernel/invariant.ts";
import { openUnit } from "../numbers/distributions.ts";
import { asin, cos, ln, sin, sqrt } from "../numbers/portable.ts";

/** A place where hosts stand. Coordinates in degrees, north and east positive. */
export interface Site {
  /** City and two-letter country, "Berlin, DE"; not unique, some countries repeat a name. */
  readonly name: string;
  readonly city: string;
  /** May be empty. */
  readonly province: string;
  /** ISO 3166-1 alpha-2 code; three letters for a place that has none. */
  readonly country: string;
  readonly countryName: string;
  readonly latitude: number;
  readonly longitude: number;
  /** Inhabitants; 0 where the table does not know. Such a place is found by name, never drawn. */
  readonly population: number;
  /** IANA zone name, for display; empty where the table does not know. */
  readonly timeZone: string;
}

/** No city has the name asked for; `nearest` are up to three names spelled most like it. */
export class UnknownCity extends Error {
  override readonly name = "UnknownCity";
  readonly city: string;
  readonly nearest: ReadonlyArray<string>;

  constructor(city: string, nearest: ReadonlyArray<string>) {
    super(`no city is called "${city}"; did you mean ${nearest.join(" or ")}?`);
    this.city = city;
    this.nearest = nearest;
  }
}

const EARTH_RADIUS_KM = 6371.0088;
const RADIANS_PER_DEGREE = 3.141592653589793 / 180;

let table: ReadonlyArray<Site> | undefined;

/** Every city of the table, ordered by country, city, province, then coordinates. */
export function allSites(): ReadonlyArray<Site> {
  table ??= readTable();
  return table;
}

function readTable(): ReadonlyArray<Site> {
  const keyed = cityMapping.map((row) => {
    const site = siteOf(row);
    const { country, city, province, latitude, longitude } = site;
    return { site, key: [country, city, province, latitude, longitude].join("\u0000") };
  });
  return keyed.sort((a, b) => compareText(a.key, b.key)).map((row) => row.site);
}

function siteOf(row: (typeof cityMapping)[number]): Site {
  // Against the library's types, a few rows have the number -99 for a code or null for a zone.
  const code: unknown = row.iso2;
  const zone: unknown = row.timezone;
  const country = typeof code === "string" ? code : row.iso3;
  return {
    name: `${row.city}, ${country}`,
    city: row.city,
    province: row.province,
    country,
    countryName: row.country,
    latitude: row.lat,
    longitude: row.lng,
    // Some rows average two censuses and end in .5.
    population: Math.max(0, Math.round(row.pop)),
    timeZone: typeof zone === "string" ? zone : "",
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * `count` different sites, each next one with probability proportional to its population among
 * those left (successive sampling; P. Efraimidis and P. Spirakis, "Weighted random sampling with a
 * reservoir", 2006: the smallest of Exp(population)). A longer draw begins with the shorter one,
 * and the number of draws does not depend on `count`. Put hosts on the result with equal chances:
 * then a host's place follows population.
 */
export function drawSites(
  stream: Stream,
  count: number,
  among: ReadonlyArray<Site> = allSites(),
): ReadonlyArray<Site> {
  const inhabited = among.filter((site) => site.population > 0);
  invariant(count >= 0 && count <= inhabited.length, `cannot draw ${count} of the cities`);
  return inhabited
    .map((site, index) => ({ site, index, key: -ln(openUnit(stream.unit())) / site.population }))
    .sort((a, b) => a.key - b.key || a.index - b.index)
    .slice(0, count)
    .map((row) => row.site);
}

/**
 * The site called `name`: "Berlin", or "Berlin, DE" with a country or a province after it;
 * case and accents do not matter. Of several the most populous wins.
 */
export function findSite(name: string): Either.Either<Site, UnknownCity> {
  const whole = plain(name.trim());
  const comma = whole.lastIndexOf(",");
  const city = comma < 0 ? whole : whole.slice(0, comma).trim();
  const region = comma < 0 ? "" : whole.slice(comma + 1).trim();
  let best: Site | undefined;
  for (const site of allSites()) {
    // A city's own name may hold a comma: "Washington, D.C.".
    if (!(isCalled(site, city) && isIn(site, region)) && !isCalled(site, whole)) continue;
    if (best === undefined || site.population > best.population) best = site;
  }
  return best === undefined
    ? Either.left(new UnknownCity(name, nearestNames(city, region)))
    : Either.right(best);
}

/** Lower case without accents, as people type. Unicode promises that decompositions stay. */
function plain(text: string): string {
  return text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();
}

function isCalled(site: Site, city: string): boolean {
  return plain(site.city) === city;
}

function isIn(site: Site, region: string): boolean {
  if (region === "") return true;
  return [site.country, site.countryName, site.province].some((each) => plain(each) === region);
}

/** Three names by edit distance; among equals the right region, then the larger city. */
function nearestNames(city: string, region: string): ReadonlyArray<string> {
  const ranked = allSites()
    .map((site) => ({
      site,
      distance: editDistance(city, plain(site.city)) + (isIn(site, region) ? 0 : 0.5),
    }))
    .sort((a, b) => a.distance - b.distance || b.site.population - a.site.population);
  const names: Array<string> = [];
  for (const { site } of ranked) {
    if (!names.includes(site.name)) names.push(site.name);
    if (names.length === 3) break;
  }
  return names;
}

/** Levenshtein distance in code units. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] ?? 0) + (a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1);
      row.push(Math.min(change, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}

/**
 * Minutes that local time at a site is ahead of UTC: solar time, longitude / 15 hours rounded to
 * half an hour. Legal time differs by up to an hour or two (summer time, wide zones such as China);
 * the zone rules live in a table that changes with the engine, so they are not used.
 */
export function utcOffsetMinutes(site: Pick<Site, "longitude">): number {
  const halfHours = Math.round(site.longitude / 7.5);
  return halfHours === 0 ? 0 : halfHours * 30;
}

type Point = Pick<Site, "latitude" | "longitude">;

/** Great-circle distance in km by the haversine formula on the mean sphere. */
export function distanceKm(a: Point, b: Point): number {
  const halfNorth = sin(((b.latitude - a.latitude) * RADIANS_PER_DEGREE) / 2);
  const halfEast = sin(((b.longitude - a.longitude) * RADIANS_PER_DEGREE) / 2);
  const across = cos(a.latitude * RADIANS_PER_DEGREE) * cos(b.latitude * RADIANS_PER_DEGREE);
  const haversine = halfNorth * halfNorth + across * halfEast * halfEast;
  return 2 * EARTH_RADIUS_KM * asin(sqrt(Math.min(1, haversine)));
}
