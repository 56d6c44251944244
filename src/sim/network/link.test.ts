import { Either, Schema } from "effect";
import { describe, expect, it } from "vitest";
import { findSite } from "./cities.ts";
import { NetworkConfig } from "./config.ts";
import { Network } from "./link.ts";

const sites = ["London", "New York", "Tokyo"].map((name) => Either.getOrThrow(findSite(name)));

/** Host h stands on site h % 3, with 1 ms of access and 8 Mbit/s, that is 1 us a byte. */
function network(input: object, hostCount = 6): Network {
  const line = { accessUs: 1000, uplinkMbps: 8, downlinkMbps: 80 };
  const hosts = Array.from({ length: hostCount }, (_, host) => ({ site: host % 3, ...line }));
  const config = Schema.decodeUnknownSync(NetworkConfig)(input);
  return new Network({ config, seed: 11, sites, hosts });
}

type Pair = readonly [from: number, to: number];

/** Arrival of a message between two hosts, each with an actor of its own number. */
function sent(net: Network, [from, to]: Pair, nowUs: number, reliable = true): number {
  net.transmit(from, to, from, to, 100, nowUs, reliable);
  return net.arrivalUs;
}

describe("a quiet network", () => {
  it("delivers after travel and the least serialisation", () => {
    const net = network({});
    expect(sent(net, [0, 1], 5000)).toBe(5000 + net.latency.oneWayUs(0, 1) + 256);
    expect([net.lost, net.blockedBy, net.duplicateUs]).toEqual([false, -1, -1]);
    expect(sent(net, [2, 2], 5000)).toBe(5000 + net.latency.oneWayUs(2, 2));
  });

  it("delays a large message by its bytes and keeps the next behind it", () => {
    const net = network({});
    net.transmit(0, 1, 0, 1, 100_000, 0, true);
    const large = net.arrivalUs;
    expect(large).toBe(net.latency.oneWayUs(0, 1) + 100_000);
    expect(sent(net, [0, 1], 1)).toBe(large);
    net.transmit(0, 1, 0, 2, 100, 1, true);
    expect(net.arrivalUs).toBeLessThan(large);
  });

  it("moves blobs at the slower end of the line", () => {
    const net = network({});
    expect(net.transferUs(0, 1, 1_000_000)).toBe(net.latency.oneWayUs(0, 1) + 1_000_000);
    expect(net.transferUs(1, 1, 1_000_000)).toBe(net.latency.oneWayUs(1, 1));
  });

  it("takes no time for kind none", () => {
    const net = network({ kind: "none" });
    expect(sent(net, [0, 1], 77)).toBe(77);
    expect(net.transferUs(0, 1, 1e9)).toBe(0);
  });
});

describe("loss", () => {
  it("is a retransmission for what must arrive, at its rate and doubling", () => {
    const net = network({ loss: 0.2 });
    const calm = net.latency.oneWayUs(0, 1) + 256;
    const timeout = Math.max(200_000, 4 * calm);
    const late = new Map<number, number>();
    for (let i = 0; i < 20_000; i++) {
      const nowUs = i * 1e10;
      const lateUs = sent(net, [0, 1], nowUs) - nowUs - calm;
      late.set(lateUs, (late.get(lateUs) ?? 0) + 1);
    }
    expect((late.get(0) ?? 0) / 20_000).toBeCloseTo(0.8, 2);
    expect((late.get(timeout) ?? 0) / 20_000).toBeCloseTo(0.16, 2);
    expect((late.get(3 * timeout) ?? 0) / 20_000).toBeCloseTo(0.032, 2);
  });

  it("is a loss for what need not", () => {
    const net = network({ loss: 0.25 });
    let lost = 0;
    for (let i = 0; i < 20_000; i++) {
      sent(net, [0, 1], i, false);
      if (net.lost) {
        lost++;
        expect(net.arrivalUs).toBe(-1);
      }
    }
    expect(lost / 20_000).toBeCloseTo(0.25, 2);
  });

  it("spares messages inside one machine", () => {
    const net = network({ loss: 0.9, duplicate: 0.9, reorder: 0.9 });
    for (let i = 0; i < 100; i++) {
      expect(sent(net, [1, 1], i, i % 2 === 0)).toBe(i + net.latency.oneWayUs(1, 1));
      expect(net.duplicateUs).toBe(-1);
    }
  });

  it("forgets pairs whose late messages have arrived", () => {
    const net = network({ loss: 0.5 });
    for (let i = 0; i < 100_000; i++) net.transmit(0, 1, i, i + 1, 100, i * 1000, true);
    expect(net.watchedPairs).toBeLessThan(10_000);
  });
});

it("holds back what may come out of order, within the window", () => {
  const net = network({ reorder: 0.5, reorderWindow: "10ms" });
  const calm = net.latency.oneWayUs(0, 1) + 256;
  const holds = Array.from({ length: 2000 }, (_, i) => sent(net, [0, 1], i, false) - i - calm);
  expect(holds.filter((us) => us > 0).length / 2000).toBeCloseTo(0.5, 1);
  expect(Math.max(...holds)).toBeLessThanOrEqual(10_000);
  expect(Math.min(...holds)).toBe(0);
});

describe("cuts", () => {
  it("block both ways between groups and nothing else", () => {
    const net = network({});
    net.addCut({ id: 4, from: { sites: [0] }, to: { hosts: [1] } });
    expect(sent(net, [3, 1], 10)).toBe(-1);
    expect([net.blockedBy, net.lost]).toEqual([4, false]);
    expect(sent(net, [1, 0], 10)).toBe(-1);
    expect(sent(net, [0, 4], 10)).toBeGreaterThan(10);
    expect(sent(net, [0, 3], 10)).toBeGreaterThan(10);
    expect(net.blockedBy).toBe(-1);
  });

  it("lose what need not arrive", () => {
    const net = network({});
    net.addCut({ id: 0, from: { sites: [0] } });
    sent(net, [0, 1], 10, false);
    expect([net.blockedBy, net.lost]).toEqual([0, true]);
  });

  it("may stop one direction only", () => {
    const net = network({});
    net.addCut({ id: 1, from: { hosts: [0] }, oneWay: true });
    expect(net.cutBetween(0, 1)).toBe(1);
    expect(net.cutBetween(1, 0)).toBe(-1);
    expect(net.cutBetween(0, 0)).toBe(-1);
    expect(sent(net, [2, 0], 10)).toBeGreaterThan(10);
  });

  it("end, one after the other", () => {
    const net = network({});
    net.addCut({ id: 1, from: { sites: [0] } });
    net.addCut({ id: 2, from: { hosts: [0] } });
    expect(net.cutBetween(0, 1)).toBe(1);
    expect(net.remove(1)).toBe(true);
    expect(net.cutBetween(0, 1)).toBe(2);
    expect(net.remove(2)).toBe(true);
    expect(net.remove(2)).toBe(false);
    expect(sent(net, [0, 1], 10)).toBe(10 + net.latency.oneWayUs(0, 1) + 256);
  });

  it("refuse an id in use and a host that is not there", () => {
    const net = network({});
    net.addClog({ id: 1, sites: [0], factor: 2 });
    expect(() => net.addCut({ id: 1, from: { sites: [0] } })).toThrow("already installed");
    expect(() => net.addCut({ id: 2, from: { hosts: [99] } })).toThrow("no host 99");
  });
});

describe("clogs and bursts", () => {
  it("slow a group and keep order when they end", () => {
    const net = network({});
    const calm = net.latency.oneWayUs(0, 1) + 256;
    net.addClog({ id: 1, sites: [1], factor: 3, extraDelayUs: 500 });
    expect(sent(net, [0, 1], 0)).toBe(3 * calm + 500);
    expect(net.transferUs(0, 1, 1000)).toBe(3 * (net.latency.oneWayUs(0, 1) + 1000) + 500);
    expect(sent(net, [0, 2], 0)).toBe(net.latency.oneWayUs(0, 2) + 256);
    net.remove(1);
    expect(sent(net, [0, 1], 1)).toBe(3 * calm + 500);
    expect(() => net.addClog({ id: 2, sites: [1], factor: 0.5 })).toThrow("speed messages up");
  });

  it("lose messages of a group", () => {
    const net = network({});
    net.addLossBurst({ id: 1, hosts: [0], loss: 0.5 });
    let lost = 0;
    for (let i = 0; i < 4000; i++) {
      sent(net, [1, 0], i, false);
      if (net.lost) lost++;
      sent(net, [1, 2], i, false);
      expect(net.lost).toBe(false);
    }
    expect(lost / 4000).toBeCloseTo(0.5, 1);
    expect(() => net.addLossBurst({ id: 2, hosts: [0], loss: 1 })).toThrow("[0, 1)");
  });
});
