import { Either } from "effect";
import { describe, expect, it } from "vitest";
import { Stream } from "../../kernel/entropy.ts";
import { allSites, distanceKm, drawSites, findSite, utcOffsetMinutes } from "./cities.ts";

const found = (name: string) => Either.getOrThrow(findSite(name));

describe("drawSites", () => {
  it("gives the same different places for the same seed", () => {
    const names = (seed: number) => drawSites(new Stream(seed, "sites"), 50).map((s) => s.name);
    expect(names(1)).toEqual(names(1));
    expect(names(1)).not.toEqual(names(2));
    expect(new Set(drawSites(new Stream(1, "sites"), 500)).size).toBe(500);
  });

  it("keeps the places of a smaller draw when more are drawn", () => {
    const few = drawSites(new Stream(9, "sites"), 10);
    expect(drawSites(new Stream(9, "sites"), 200).slice(0, 10)).toEqual(few);
  });

  it("draws by population", () => {
    const first = Array.from(
      { length: 200 },
      (_, seed) => drawSites(new Stream(seed, "sites"), 1)[0]?.population ?? 0,
    );
    // Half of the table's people live in places above about 800 thousand inhabitants.
    const inhabited = [...allSites()].sort((a, b) => b.population - a.population);
    const total = inhabited.reduce((sum, site) => sum + site.population, 0);
    let people = 0;
    const median = inhabited.find((site) => {
      people += site.population;
      return people > total / 2;
    });
    const above = first.filter((population) => population >= (median?.population ?? 0)).length;
    expect(above / 200).toBeGreaterThan(0.4);
    expect(above / 200).toBeLessThan(0.6);
  });

  it("can draw nothing, but not more than there is", () => {
    expect(drawSites(new Stream(1, "sites"), 0)).toEqual([]);
    expect(() => drawSites(new Stream(1, "sites"), 1_000_000)).toThrow("cannot draw 1000000");
  });
});

describe("findSite", () => {
  it("takes the largest of a name, and a region to choose another", () => {
    expect(found("London").country).toBe("GB");
    expect(found("london, ca").province).toBe("Ontario");
    expect(found("Portland, Maine").country).toBe("US");
    expect(found("Berlin, Germany").name).toBe("Berlin, DE");
    expect(found("Washington, D.C.").country).toBe("US");
  });

  it("does not mind accents", () => {
    expect(found("Zurich")).toBe(found("Zürich, CH"));
  });

  it("names the nearest when there is none", () => {
    const answer = findSite("Berlim, DE");
    expect(Either.isLeft(answer) && answer.left.message).toContain(
      'no city is called "Berlim, DE"; did you mean Berlin, DE or ',
    );
    expect(Either.isLeft(findSite(""))).toBe(true);
  });
});

it("orders the table by code units and cleans its oddities", () => {
  const keys = allSites().map((site) => `${site.country}\u0000${site.city}`);
  expect(keys).toEqual([...keys].sort());
  expect(allSites().every((site) => Number.isInteger(site.population))).toBe(true);
  expect(allSites().every((site) => typeof site.timeZone === "string")).toBe(true);
  expect(found("Pristina").country).toBe("KOS");
});

it("measures great circles", () => {
  expect(distanceKm(found("London"), found("New York"))).toBeCloseTo(5570, -2);
  expect(distanceKm(found("Tokyo"), found("Tokyo"))).toBe(0);
  const pole = { latitude: 90, longitude: 0 };
  const opposite = { latitude: -90, longitude: 123 };
  expect(distanceKm(pole, opposite)).toBeCloseTo(Math.PI * 6371.0088, 6);
});

it("tells solar time to half an hour", () => {
  expect(utcOffsetMinutes({ longitude: 13.4 })).toBe(60);
  expect(utcOffsetMinutes({ longitude: -74 })).toBe(-300);
  expect(utcOffsetMinutes({ longitude: 77.6 })).toBe(300);
  expect(Object.is(utcOffsetMinutes({ longitude: -0.1 }), 0)).toBe(true);
});
