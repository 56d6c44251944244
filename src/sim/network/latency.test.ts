import { Either, JSONSchema, Schema } from "effect";
import { describe, expect, it } from "vitest";
import { findSite } from "./cities.ts";
import { defaultNetwork, NetworkConfig } from "./config.ts";
import { FIBRE_US_PER_KM, Latency, placeHosts, SAME_HOST_US } from "./latency.ts";
import { parseRttMatrix } from "./rtt-matrix.ts";

const decode = Schema.decodeUnknownSync(NetworkConfig);
const site = (name: string) => Either.getOrThrow(findSite(name));
const sites = [site("London"), site("New York"), site("Tokyo")];
const hosts = [{ site: 0 }, { site: 1 }, { site: 2 }, { site: 0 }];

describe("Latency between cities", () => {
  it("is the length of the route in fibre plus both ends' access", () => {
    const config = decode({ pathInflation: 2, pathSpread: 0, pathDetourKm: 100 });
    const line = { accessUs: 1000 };
    const latency = new Latency({
      config,
      seed: 1,
      sites,
      hosts: hosts.map((host) => ({ ...host, ...line })),
    });
    const km = 100 + 2 * 5570;
    expect(latency.oneWayUs(0, 1) / (2000 + km * FIBRE_US_PER_KM)).toBeCloseTo(1, 2);
    expect(latency.oneWayUs(0, 3)).toBe(2000 + Math.round(100 * FIBRE_US_PER_KM));
    expect(latency.oneWayUs(2, 2)).toBe(SAME_HOST_US);
  });

  it("is symmetric, repeatable and moved by the seed", () => {
    const one = new Latency({ config: defaultNetwork, seed: 1, sites, hosts });
    const again = new Latency({ config: defaultNetwork, seed: 1, sites, hosts });
    const other = new Latency({ config: defaultNetwork, seed: 2, sites, hosts });
    expect(one.oneWayUs(0, 2)).toBe(one.oneWayUs(2, 0));
    expect(one.oneWayUs(0, 2)).toBe(again.oneWayUs(0, 2));
    expect(one.oneWayUs(0, 2)).not.toBe(other.oneWayUs(0, 2));
    expect(Number.isInteger(one.oneWayUs(0, 2))).toBe(true);
  });

  it("leaves hosts and routes alone when a city and a host are added", () => {
    const before = new Latency({ config: defaultNetwork, seed: 5, sites, hosts });
    const after = new Latency({
      config: defaultNetwork,
      seed: 5,
      sites: [...sites, site("Nairobi")],
      hosts: [...hosts, { site: 3 }],
    });
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < 4; b++) expect(after.oneWayUs(a, b)).toBe(before.oneWayUs(a, b));
    }
  });

  it("refuses a host on no site", () => {
    const parts = { config: defaultNetwork, seed: 1, sites, hosts: [{ site: 9 }] };
    expect(() => new Latency(parts)).toThrow("host 0 stands on no site");
  });
});

describe("Latency by matrix", () => {
  const matrix = Either.getOrThrow(parseRttMatrix("0\t10\t40\n10\t0\t60\n40\t60\t0", "m.tsv"));

  it("is half the round trip between the hosts' rows", () => {
    const config = decode({ kind: "matrix", access: { median: "0us", sigma: 0 } });
    const latency = new Latency({
      config,
      seed: 3,
      matrix,
      hosts: Array.from({ length: 40 }, () => ({ site: 0 })),
    });
    const halves = new Set<number>();
    for (let a = 0; a < 40; a++) {
      for (let b = 0; b < a; b++) halves.add(latency.oneWayUs(a, b));
    }
    // Two hosts on row 3 are 20 ms apart, as far as that row's nearest neighbour.
    expect([...halves].sort((a, b) => a - b)).toEqual([5000, 20_000, 30_000]);
  });
});

it("is nothing for kind none", () => {
  const latency = new Latency({ config: decode({ kind: "none" }), seed: 1, hosts });
  expect(latency.oneWayUs(0, 2)).toBe(0);
  expect(latency.oneWayUs(1, 1)).toBe(0);
});

it("places hosts evenly", () => {
  const counts = [0, 0, 0, 0];
  for (const place of placeHosts(1, 4000, 4)) counts[place] = (counts[place] ?? 0) + 1;
  expect(Math.min(...counts)).toBeGreaterThan(900);
});

describe("NetworkConfig", () => {
  it("has a default for everything and comes back from its text form", () => {
    expect(decode(Schema.encodeSync(NetworkConfig)(defaultNetwork))).toEqual(defaultNetwork);
    expect(defaultNetwork.retransmissionTimeout).toBe(200_000);
  });

  it.each([{ loss: 1 }, { loss: -0.1 }, { kind: "mesh" }, { sites: 0 }, { cities: [] }])(
    "refuses %j",
    (input) => {
      expect(() => decode(input)).toThrow();
    },
  );

  it("describes each field", () => {
    const schema = JSONSchema.make(NetworkConfig);
    const fields: Readonly<Record<string, { readonly description?: string }>> = Object.assign(
      {},
      ...Object.values(schema.$defs ?? {}).map((each) =>
        "properties" in each ? each.properties : {},
      ),
    );
    expect(Object.keys(fields)).toContain("retransmissionTimeout");
    for (const [field, each] of Object.entries(fields)) {
      expect(each.description, field).toMatch(/\.$/);
    }
  });
});
